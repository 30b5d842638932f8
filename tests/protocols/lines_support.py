"""A small protocol for the tests of lines: ``<1:130>`` is an event, ``<1!>`` a link test, ``<?...>`` unreadable.

``~...~`` is the same with a terminator that may be missing. Answers are ``+`` yes, ``-`` no, ``x`` never, ``w`` wait,
``.`` nothing to us, and ``*`` a yes with something off about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from protocols.ends import LinkTest, Message, Payload
from protocols.lines.receiving import Reading
from protocols.lines.scanning import MORE, READY, Found, Scanner
from protocols.lines.sending import Frames, Heard, UnsendableError
from protocols.model import (
    Arrival,
    ArrivalKind,
    Finding,
    Moment,
    Noise,
    Qualifier,
    Scheme,
    Severity,
    Signal,
    Verdict,
)

NOW = Moment(1767355200.0, 1000.0)
ODD = Finding("toy.odd", Severity.DEVIATION)


def later(seconds: float, now: Moment = NOW) -> Moment:
    """A moment after another."""
    return Moment(now.wall + seconds, now.mono + seconds)


class Brackets:
    """``<...>`` of up to sixteen bytes without ``<``, and ``~...~`` whose last byte may be missing."""

    filler = b" \r\n"
    longest = 16

    def seek(self, buffer: bytes, at: int) -> int:
        places = [place for place in (buffer.find(b"<", at), buffer.find(b"~", at)) if place >= 0]
        return min(places, default=len(buffer))

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        last = b">" if buffer[at : at + 1] == b"<" else b"~"
        end = buffer.find(last, at + 1, at + self.longest)
        again = buffer.find(b"<", at + 1, at + self.longest)
        if again >= 0 and (end < 0 or again < end):
            return 0
        if end >= 0:
            return end + 1 - at
        if last == b"~" and final:
            return len(buffer) - at
        return 0 if final or len(buffer) - at >= self.longest else READY if last == b"~" else MORE

    def guess(self, raw: bytes) -> str:
        return "toy" if raw.startswith(b"<") else "garbage"


class Reader(Brackets):
    """Reads them."""

    name = "toy"
    ack_s = 4.0

    def read(self, found: Found, now: Moment) -> Reading | Noise:
        text = found.raw.strip(b"<>~").decode("latin-1")
        kind = ArrivalKind.EVENT
        if text.startswith("?"):
            kind = ArrivalKind.MALFORMED
        elif text.endswith("!"):
            kind = ArrivalKind.LINK_TEST
        elif text.startswith("n"):
            return Noise(found.raw, "toy", len(found.raw))
        account, _, code = text.partition(":")
        signals = ()
        if kind is ArrivalKind.EVENT:
            signals = (Signal(account=account, scheme=Scheme.CONTACT_ID, code=code, qualifier=Qualifier.NEW),)
        arrival = Arrival(raw=found.raw, protocol="toy", kind=kind, account=account, signals=signals)
        return Reading(arrival, text.encode("latin-1"), echo=text, answered=not text.startswith("s"))

    def answer(self, echo: Any, verdict: Verdict, now: Moment) -> tuple[bytes, str]:
        if verdict is Verdict.NOT_STORED:
            return b"", ""
        if verdict in (Verdict.MALFORMED, Verdict.REFUSED):
            return b"-", "NO"
        return b"+" + str(echo).encode("latin-1"), "YES"


class Speech:
    """Says them."""

    ack_s = 4.0
    attempts = 3
    heartbeat = b"<!>"
    heartbeat_s: float | None = None
    greeting = b""
    filler = b" \r\n"
    longest = 1

    def compose(self, message: Message, now: Moment) -> Frames:
        if isinstance(message, LinkTest):
            return Frames((self.heartbeat,))
        if isinstance(message, Payload):
            return Frames(tuple(f"<{part}>".encode("ascii") for part in message.content.split("/")))
        if not message.code:
            raise UnsendableError("a message needs a code: give one.")
        return Frames((f"<{message.account}:{message.code}>".encode("ascii"),))

    def seek(self, buffer: bytes, at: int) -> int:
        return next((place for place in range(at, len(buffer)) if buffer[place] in b"+-xw.*"), len(buffer))

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        return 1

    def guess(self, raw: bytes) -> str:
        return "garbage"

    def hear(self, found: Found) -> tuple[Heard, str] | tuple[Heard, str, tuple[Finding, ...]]:
        if found.raw == b"*":
            return Heard.YES, "yes", (ODD,)
        return {
            b"+": (Heard.YES, "yes"),
            b"-": (Heard.NO, "no"),
            b"x": (Heard.NEVER, "never"),
            b"w": (Heard.WAIT, "wait"),
            b".": (Heard.NOTHING, ""),
        }[found.raw]


def scanned(pieces: Sequence[bytes], *, final: bool = True) -> list[Found | Noise]:
    """What a stream in these pieces holds."""
    scanner = Scanner(Brackets())
    items: list[Found | Noise] = []
    for piece in pieces:
        scanner.feed(piece)
        while (item := scanner.next()) is not None:
            items.append(item)
    while final and (item := scanner.next(final=True)) is not None:
        items.append(item)
    return items
