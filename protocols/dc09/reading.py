"""One frame into one arrival: keys tried, times weighed, events read, departures named.

Both the receiving end and the decoder of captures read through here. :func:`read` never raises: whatever goes
wrong inside becomes an arrival of kind malformed with the finding ``dc09.unreadable``.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from protocols.dc09 import cipher, codec, extended, grammar, stamp
from protocols.dc09.codec import Header
from protocols.dc09.events import read_events
from protocols.dc09.findings import finding
from protocols.dc09.framing import Frame
from protocols.dc09.identity import digest, number, scope
from protocols.dc09.identity import seal as seal_of
from protocols.model import (
    Arrival,
    ArrivalKind,
    Dialect,
    Edition,
    Finding,
    Identity,
    Key,
    Protection,
)

PROTOCOL = "dc09"
CRC_ASCII = "crc-ascii"
CRC_BINARY = "crc-binary"
CRC_COUNTS_CR = "crc-counts-cr"
"""The dialects found in framing."""

LookupAccount = Callable[[str | None, str | None, str], Dialect]
"""``(R, L, #) -> Dialect``."""


class Reply(Struct):
    """What the answer to an arrival needs. Opaque to everyone but the receiving end."""

    echo: bytes
    """Sequence to account as received; empty when nothing of the header could be read."""
    binary: bool
    head: bytes
    """CRC and length as received; their case is repeated."""
    stamped: bool
    """The message carried a time stamp."""
    encrypted: bool
    key: Key | None
    """The key that opened the message."""
    bar: bool
    """The peer writes ``|`` behind its padding."""
    long_pad: bool
    """Pad as the 2026 edition asks."""
    token: str = ""
    """The token answered; empty for silence."""
    answer: bytes | None = None
    """None while undecided."""

    def __repr__(self) -> str:
        return "<Reply>"


class Times(Struct, frozen=True):
    """What is known of the present when a message is read."""

    wall: float
    """Seconds since the epoch."""
    watched: bool = True
    """Whether the stamp is compared with ``wall``; not for captures, which may be of any age."""


def read(frame: Frame, lookup: LookupAccount, times: Times) -> Arrival:
    """The arrival that ``frame`` is. Never raises."""
    try:
        return _read(frame, lookup, times)
    except codec.UnreadableError as error:
        return _unread(frame, error.echo, error.finding)
    except Exception:  # the one place where an error of ours becomes data: no frame may stop the receiver
        salvaged = grammar.SALVAGE.match(frame.body)
        echo = b"" if salvaged is None else frame.body[salvaged.start(2) : salvaged.end()]
        return _unread(frame, echo, finding("dc09.unreadable"))


def _unread(frame: Frame, echo: bytes, why: Finding) -> Arrival:
    findings = _framing_findings(frame)
    findings.append(why)
    return Arrival(
        raw=frame.raw,
        protocol=PROTOCOL,
        kind=ArrivalKind.MALFORMED,
        sequence=echo[:4].decode("latin-1"),
        findings=tuple(findings),
        dialect=_dialect(frame),
        reply=Reply(echo, frame.binary, _head(frame), False, False, None, True, False),
    )


def _framing_findings(frame: Frame) -> list[Finding]:
    findings = []
    if frame.binary:
        findings.append(finding("dc09.crc.binary", 1, 2))
    if frame.counts_cr:
        findings.append(finding("dc09.crc.counts-the-cr", 1, frame.offset - 1))
    return findings


def _dialect(frame: Frame) -> str:
    if frame.binary:
        return CRC_BINARY
    return CRC_COUNTS_CR if frame.counts_cr else CRC_ASCII


def _head(frame: Frame) -> bytes:
    return frame.raw[3:7] if frame.binary else frame.raw[1:9]


def _read(frame: Frame, lookup: LookupAccount, times: Times) -> Arrival:
    findings = _framing_findings(frame) if frame.binary or frame.counts_cr else []
    body = frame.body
    header, content = codec.read_plain(body, findings, frame.offset)
    account = header.account or (content.inner if content is not None else None) or ""
    dialect = lookup(header.receiver, header.prefix, account)

    key: Key | None = None
    plain = seal = b""
    bar = True
    fields_at: int | None = None
    if content is None:
        secret = _secret(body, header, findings, frame.offset)
        opened = None
        if secret is not None:
            if dialect.keys:
                opened = codec.open_with(dialect.keys, secret, header, findings)
            if opened is None:
                findings.append(finding("dc09.cipher.wrong-key" if dialect.keys else "dc09.cipher.no-key"))
        if opened is None or secret is None:
            return _sealed(frame, header, findings, dialect)
        key, plain, content, bar = opened.key, opened.plain, opened.content, opened.bar
        if opened.padding < cipher.BLOCK and dialect.edition is Edition.E2026:
            findings.append(finding("dc09.cipher.short-padding"))
        account = header.account or content.inner or ""
        seal = seal_of(header, account, secret)
    elif content.fields_at:
        fields_at = frame.offset + content.fields_at

    sent_at, timely = _weigh(content.stamp, key is not None, dialect, times, findings)
    fields = extended.read(content.fields, dialect.encoding, findings, fields_at) if content.fields else {}
    kind, signals = read_events(header, content, account, fields, sent_at, dialect, times.wall, findings)

    identity = None
    if kind is not ArrivalKind.ANSWER and (seal or kind is not ArrivalKind.LINK_TEST):
        identity = Identity(
            scope=scope(header.receiver, header.prefix, account),
            number=None if kind is ArrivalKind.LINK_TEST else number(header.sequence),
            content=digest(header, content),
            seal=seal or None,
        )
    return Arrival(
        raw=frame.raw,
        protocol=PROTOCOL,
        kind=kind,
        token=header.token,
        receiver=header.receiver,
        prefix=header.prefix,
        account=header.account or "",
        sequence=header.sequence,
        sent_at=sent_at,
        path=extended.path(fields) if fields else "",
        signals=signals,
        findings=tuple(findings),
        protection=Protection.NONE if key is None else Protection.KEYED,
        key_owner="" if key is None else key.owner,
        plain=plain,
        timely=timely,
        identity=identity,
        dialect=_dialect(frame),
        reply=None
        if kind is ArrivalKind.ANSWER
        else Reply(
            header.echo,
            frame.binary,
            _head(frame),
            content.stamp is not None,
            header.encrypted,
            key,
            bar,
            dialect.edition is Edition.E2026,
        ),
    )


def _secret(body: bytes, header: Header, findings: list[Finding], offset: int) -> bytes | None:
    """The cipher blocks; None when they are none."""
    digits = body[header.begin :]
    if digits.endswith(b"]"):
        findings.append(finding("dc09.cipher.closing-bracket", offset + len(body) - 1, 1))
        digits = digits[:-1]
    secret = cipher.blocks(digits)
    if secret is None:
        findings.append(finding("dc09.cipher.form", offset + header.begin, len(digits)))
    return secret


def _sealed(frame: Frame, header: Header, findings: list[Finding], dialect: Dialect) -> Arrival:
    """An encrypted message that no key opened: nothing is known of it but its header."""
    answer = header.token in codec.ANSWER_TOKENS
    reply = None
    if not answer:
        reply = Reply(header.echo, frame.binary, _head(frame), False, True, None, True, False)
    return Arrival(
        raw=frame.raw,
        protocol=PROTOCOL,
        kind=ArrivalKind.ANSWER if answer else ArrivalKind.OPAQUE,
        token=header.token,
        receiver=header.receiver,
        prefix=header.prefix,
        account=header.account or "",
        sequence=header.sequence,
        findings=tuple(findings),
        protection=Protection.FAILED,
        dialect=_dialect(frame),
        reply=reply,
    )


def _weigh(
    mark: bytes | None, encrypted: bool, dialect: Dialect, times: Times, findings: list[Finding]
) -> tuple[float | None, bool]:
    """When the message was sent, by its stamp, and whether it is timely."""
    if mark is None:
        if encrypted:
            findings.append(finding("dc09.time.missing"))
        return None, not encrypted or not times.watched
    sent_at = stamp.read(mark)
    if sent_at is None:
        findings.append(finding("dc09.time.no-such-date"))
        return None, not encrypted or not times.watched
    if not times.watched:
        return sent_at, True
    if encrypted:
        timely = stamp.is_timely(sent_at, times.wall)
        if not timely:
            findings.append(finding("dc09.time.window"))
        return sent_at, timely
    skew = abs(sent_at - times.wall)
    if skew > stamp.SKEW_S:
        if skew > stamp.LOCAL_S:
            local = stamp.as_local(sent_at, dialect.time_zone)
            if local is not None and abs(local - times.wall) <= stamp.LOCAL_S:
                findings.append(finding("dc09.time.local"))
                return local, True
        findings.append(finding("dc09.time.skew"))
    return sent_at, True
