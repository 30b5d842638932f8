"""A station's end of SIA blocks in memory, and the blocks that are said to it."""

from __future__ import annotations

from collections.abc import Callable

from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Verdict
from protocols.sia import SIAReceivingEnd
from protocols.sia.blocks import Block, build

NOW = Moment(1_795_651_200.0, 1000.0)
"""2026-11-26 00:00:00 UTC."""
ACK, NAK = bytes.fromhex("40 38 87"), bytes.fromhex("40 39 86")
FIRST = 7 << 20


def said(text: str, *, asks: bool = True, reverse: bool = False) -> bytes:
    """A block by its function and data in one text (latin-1): ``NBA001``."""
    return build(Block(text[0], text[1:].encode("latin-1"), asks, reverse))


def later(seconds: float, now: Moment = NOW) -> Moment:
    return Moment(now.wall + seconds, now.mono + seconds)


def stranger(adapter: str, receiver: str | None, prefix: str | None, account: str) -> Dialect:
    return Dialect()


def make_end(
    *,
    transport: str = "tcp",
    options: SourceOptions = SourceOptions(),  # noqa: B008 - immutable
    lookup: Callable[[str, str | None, str | None, str], Dialect] = stranger,
    limits: Limits = Limits(),  # noqa: B008
    reject_damaged: bool = True,
) -> SIAReceivingEnd:
    source = Source("sia", "sia", "192.0.2.7:41122", "192.0.2.7", transport)
    return SIAReceivingEnd(source, lookup, first=FIRST, options=options, limits=limits, reject_damaged=reject_damaged)


VERDICTS = {
    ArrivalKind.EVENT: Verdict.STORED,
    ArrivalKind.OPAQUE: Verdict.STORED,
    ArrivalKind.AMENDMENT: Verdict.STORED,
    ArrivalKind.MALFORMED: Verdict.MALFORMED,
    ArrivalKind.LINK_TEST: Verdict.ALIVE,
}


class Desk:
    """The smallest station: numbers what it stores, knows a message by its number, decides at once."""

    def __init__(self, end: SIAReceivingEnd) -> None:
        self.end = end
        self.arrivals: list[Arrival] = []
        """Handed out."""
        self.stored: list[Arrival] = []
        self.noise: list[Noise] = []
        self.known: set[tuple[str, int | None, bytes]] = set()
        self.fails: set[str] = set()
        """Codes of events that cannot be stored."""
        self.entries = 0

    def hear(self, data: bytes, now: Moment = NOW) -> bytes:
        """Say bytes to the end; what it answers."""
        return self.deal(self.end.receive(data, now), now)

    def wait(self, now: Moment) -> bytes:
        """Let a time-out come due."""
        return self.deal(self.end.expire(now), now)

    def hang_up(self, now: Moment = NOW) -> bytes:
        return self.deal(self.end.receive_eof(now), now)

    def deal(self, items: object, now: Moment) -> bytes:
        assert isinstance(items, list | tuple)
        for item in items:
            if isinstance(item, Noise):
                self.noise.append(item)
                continue
            self.arrivals.append(item)
            if item.kind is not ArrivalKind.ANSWER:
                self.end.decide(item, self.verdict(item), now)
        out = self.end.data_to_send()
        if self.end.held and not self.end.undecided:
            out += self.deal(self.end.receive(b"", now), now)
        return out

    def verdict(self, arrival: Arrival) -> Verdict:
        if any(signal.code in self.fails for signal in arrival.signals):
            return Verdict.NOT_STORED
        verdict = VERDICTS[arrival.kind]
        if arrival.identity is not None and verdict is Verdict.STORED:
            key = (arrival.identity.scope, arrival.identity.number, arrival.identity.content)
            if key in self.known:
                return Verdict.DUPLICATE
            self.known.add(key)
            self.entries += 1
            self.stored.append(arrival)
            if arrival.kept is not None:
                arrival.kept.entry = self.entries
        return verdict

    @property
    def codes(self) -> list[str]:
        """Codes of the events stored, in order."""
        return [
            signal.code for arrival in self.stored if arrival.kind is ArrivalKind.EVENT for signal in arrival.signals
        ]
