"""What a message says: its kind and its signals, by token, with what the message around them adds."""

from __future__ import annotations

from msgspec.structs import replace

from protocols import contact_id, sia_text
from protocols.dc09 import codec, extended, grammar, identity, stamp, text
from protocols.dc09.codec import Content, Header
from protocols.dc09.findings import finding
from protocols.model import ArrivalKind, Base, Dialect, Finding, Signal

MOST_REPEATED = 16_384
"""So many bytes of extended data are kept with the events that share them: a small message must not fill the disk."""
_EVENT, _LINK_TEST = ArrivalKind.EVENT, ArrivalKind.LINK_TEST
_HEX = Base.HEX


def read_events(
    header: Header,
    content: Content,
    account: str,
    fields: extended.Extended,
    sent_at: float | None,
    dialect: Dialect,
    wall: float,
    findings: list[Finding],
) -> tuple[ArrivalKind, tuple[Signal, ...]]:
    """What sort of message it is, and what it says."""
    token = header.token
    if token in codec.EVENT_TOKENS:
        if header.sequence == identity.NO_NUMBER:
            findings.append(finding("dc09.event.sequence-zero"))
        owner = account
        if content.inner != account:
            owner = _owner(content.inner, account, findings)
        if not content.data.strip():
            findings.append(finding("dc09.data.empty"))
            return ArrivalKind.MALFORMED, ()
        data, encoding = content.data, dialect.encoding
        words = data.decode("ascii") if data.isascii() and encoding == "utf-8" else text.decode(data, encoding)
        if token == "ADM-CID":  # noqa: S105 - a token of the protocol
            try:
                signal, more = contact_id.read(words, owner, sent_at)
            except contact_id.ContactIDError:
                findings.append(finding("dc09.data.no-event"))
                return ArrivalKind.MALFORMED, ()
            signals: tuple[Signal, ...] = (signal,)
        else:
            read, more = sia_text.read(
                words,
                owner,
                sent_at=sent_at,
                now_wall=wall,
                time_zone=dialect.time_zone,
                hexadecimal=dialect.base is _HEX,
            )
            signals = tuple(read)
        findings.extend(more)
        if not signals:
            findings.append(finding("dc09.data.no-event"))
            return ArrivalKind.OPAQUE, ()
        if fields:
            signals = _complete(signals, fields, len(content.fields), sent_at, wall, findings)
        return _EVENT, signals
    if token in codec.LINK_TEST_TOKENS:
        if token == "NULL" and header.sequence != identity.NO_NUMBER:  # noqa: S105 - nobody knows what XNM counts by
            findings.append(finding("dc09.null.sequence"))
        if content.data or content.inner:
            if grammar.NOTHING.fullmatch(content.data) is None:
                # The token stands outside the encryption: whoever changes it must not turn an alarm into nothing.
                findings.append(finding("dc09.null.data"))
                return ArrivalKind.OPAQUE, ()
            findings.append(finding("dc09.null.filler"))
        if any(not "A" <= letter <= "Z" for letter in fields):
            # Not extended data: a second pair of brackets around what may be an event.
            findings.append(finding("dc09.null.data"))
            return ArrivalKind.OPAQUE, ()
        return _LINK_TEST, ()
    if token in codec.ANSWER_TOKENS:
        if header.encrypted and token in codec.NEVER_ENCRYPTED:
            findings.append(finding("dc09.token.never-encrypted"))
        return ArrivalKind.ANSWER, ()
    findings.append(finding("dc09.token.unsupported" if token in codec.UNREAD_TOKENS else "dc09.token.unknown"))
    return ArrivalKind.UNSUPPORTED, ()


def _owner(inner: str | None, account: str, findings: list[Finding]) -> str:
    """The account an event belongs to: the inner one, unless it is missing or all zeros."""
    if not inner:
        return account
    if not inner.strip("0"):
        findings.append(finding("dc09.data.account-zero"))
        return account
    if inner.upper() != account.upper():
        same = inner.upper().lstrip("0") == account.upper().lstrip("0")
        findings.append(finding("dc09.data.account-zeros" if same else "dc09.data.account-differs"))
    return inner


def _complete(
    signals: tuple[Signal, ...],
    fields: extended.Extended,
    size: int,
    sent_at: float | None,
    wall: float,
    findings: list[Finding],
) -> tuple[Signal, ...]:
    """The signals with what the extended data says, which has ``size`` bytes."""
    others: tuple[Signal, ...] = ()
    if len(signals) > 1 and len(signals) * size > MOST_REPEATED:
        findings.append(finding("dc09.extended.first-only"))
        signals, others = signals[:1], signals[1:]
    occurred_at = None
    if "H" in fields:
        reference = sent_at if sent_at is not None else wall
        occurred_at = stamp.read_occurred(fields["H"][0].strip(), reference)
    latitude, longitude = extended.position(fields)
    url = fields["V"][0] if "V" in fields else ""
    words = fields["I"][0] if "I" in fields else ""
    return (
        tuple(
            replace(
                signal,
                extended=fields,
                latitude=latitude,
                longitude=longitude,
                url=signal.url or url,
                text=signal.text or words,
                occurred_at=signal.occurred_at if occurred_at is None else occurred_at,
            )
            for signal in signals
        )
        + others
    )
