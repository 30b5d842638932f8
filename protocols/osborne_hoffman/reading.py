r"""A poll or an event to an arrival, and verdicts to answers.

What is proven of the answers: one public parser answers ``"ACK"``, quotes included, to polls in the clear; another one
answers ``ACK<CR><LF>`` and ``NACK<CR><LF>``, having sent the panel a key at the beginning of the session. The first is
the usual form here, the second is the edge ``line``. No answer to an event was captured; it is given in the same form.

Not spoken: the session that begins with the receiver's 24 bytes of key and is encrypted from then on (3DES), and the
number that a receiver gives to a panel whose id is zero.
"""

from __future__ import annotations

from typing import Any

from protocols import contact_id, sia_text
from protocols.lines.placing import Finder
from protocols.lines.receiving import Reading
from protocols.lines.scanning import Found
from protocols.lines.texts import decode
from protocols.model import Arrival, ArrivalKind, Base, Finding, Moment, Noise, Signal, Verdict
from protocols.osborne_hoffman import grammar
from protocols.osborne_hoffman.findings import finding
from protocols.osborne_hoffman.grammar import Event, Poll

PROTOCOL = "osborne-hoffman"
DAMAGED = "osborne-hoffman.damaged"
"""``Noise.guess`` of bytes that begin like a poll or an event."""
GARBAGE = "garbage"
LINE = "line"
EDGES = {"": 'answers "ACK" in quotes', LINE: "answers ACK and NACK with CR LF"}

_NEGATIVE = frozenset((Verdict.MALFORMED, Verdict.REFUSED))
_ANSWERS = {"": (b'"ACK"', b'"NAK"'), LINE: (b"ACK\r\n", b"NACK\r\n")}
_NO_ID = b"00000000"


class Reader:
    """The protocol, for ``LineReceivingEnd``."""

    name = PROTOCOL
    ack_s = 5.0
    """No public figure."""
    filler = grammar.FILLER
    longest = grammar.LONGEST

    def __init__(self, finder: Finder, edge: str = "") -> None:
        self._finder = finder
        self._positive, self._negative = _ANSWERS.get(edge, _ANSWERS[""])

    def seek(self, buffer: bytes, at: int) -> int:
        """As ``Grammar.seek``."""
        return grammar.seek(buffer, at)

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """As ``Grammar.match``."""
        return grammar.match(buffer, at, final)

    def guess(self, raw: bytes) -> str:
        """As ``Grammar.guess``."""
        return DAMAGED if raw.lstrip(grammar.FILLER).startswith((b"SR", b"0101")) else GARBAGE

    def read(self, found: Found, now: Moment) -> Reading | Noise:
        """As ``Reader.read``."""
        message = grammar.parse(found.raw)
        if message is None:
            return Noise(found.raw, DAMAGED, len(found.raw))
        content = found.raw.strip(grammar.FILLER)
        if isinstance(message, Poll):
            return Reading(_poll(found.raw, message), content)
        return Reading(self._event(found.raw, message, now), content)

    def answer(self, echo: Any, verdict: Verdict, now: Moment) -> tuple[bytes, str]:
        """As ``Reader.answer``."""
        if verdict is Verdict.NOT_STORED:
            return b"", ""
        return (self._negative, "NAK") if verdict in _NEGATIVE else (self._positive, "ACK")

    def _event(self, raw: bytes, event: Event, now: Moment) -> Arrival:
        findings: list[Finding] = []
        if event.length != event.counted:
            findings.append(finding("osborne-hoffman.length", event.head_at - 4, 4))
        if not event.cr:
            findings.append(finding("osborne-hoffman.no-cr", event.stop - 1, 1))
        receiver = None if event.receiver is None else event.receiver.decode("ascii")
        inner = event.account.decode("ascii")
        account = (event.system_account or event.header_account).decode("ascii") or inner
        sent_at = float(int(event.time, 16)) if event.time else None
        kind, signals = self._content(event, receiver, inner or account, sent_at, now, findings)
        return Arrival(
            raw=raw,
            protocol=PROTOCOL,
            kind=kind,
            token=event.token.decode("ascii"),
            receiver=receiver,
            account=account,
            inner=inner,
            sequence=event.sequence.decode("ascii"),
            sent_at=sent_at,
            line=(event.line or b"").decode("ascii"),
            signals=signals,
            findings=tuple(findings),
        )

    def _content(
        self, event: Event, receiver: str | None, account: str, sent_at: float | None, now: Moment, found: list[Finding]
    ) -> tuple[ArrivalKind, tuple[Signal, ...]]:
        if event.encrypted:
            found.append(finding("osborne-hoffman.encrypted", event.open_at, event.stop - event.open_at))
            return ArrivalKind.OPAQUE, ()
        dialect = self._finder.dialect(receiver, account)
        if event.token == b"ADM-CID":
            try:
                signal, more = contact_id.read(event.content, account, sent_at)
            except contact_id.ContactIDError:
                found.append(finding("osborne-hoffman.data.unreadable", event.open_at, event.stop - event.open_at))
                return ArrivalKind.MALFORMED, ()
            found.extend(more)
            return ArrivalKind.EVENT, (signal,)
        if event.token != b"SIA-DCS":
            found.append(finding("osborne-hoffman.token.unread"))
            return ArrivalKind.OPAQUE, ()
        signals, more = sia_text.read(
            decode(event.content, dialect.encoding),
            account,
            sent_at=sent_at,
            now_wall=now.wall,
            time_zone=dialect.time_zone,
            hexadecimal=dialect.base is Base.HEX,
        )
        found.extend(more)
        if not signals:
            found.append(finding("osborne-hoffman.data.no-event", event.open_at, event.stop - event.open_at))
            return ArrivalKind.OPAQUE, ()
        return ArrivalKind.EVENT, signals


def _poll(raw: bytes, poll: Poll) -> Arrival:
    findings = []
    if not poll.cr:
        findings.append(finding("osborne-hoffman.no-cr", len(raw) - 1, 1))
    if poll.id == _NO_ID:
        findings.append(finding("osborne-hoffman.poll.no-id", *_place(poll.spans[3])))
    return Arrival(
        raw=raw,
        protocol=PROTOCOL,
        kind=ArrivalKind.LINK_TEST,
        token="SR",  # noqa: S106 - a word of the protocol
        receiver=poll.receiver.decode("ascii"),
        account=poll.account.decode("ascii"),
        sent_at=float(int(poll.time, 16)) if poll.time else None,
        line=poll.line.decode("ascii"),
        findings=tuple(findings),
    )


def _place(span: tuple[int, int]) -> tuple[int, int]:
    return span[0], span[1] - span[0]
