"""What the tests of Ademco 685 and MX8000 share: ends with known surroundings, and a wire between two of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from protocols.ends import Limits, Outcome, Source
from protocols.lines.options import SourceOptions, Speaker
from protocols.lines.receiving import LineReceivingEnd
from protocols.lines.sending import LineSendingEnd
from protocols.model import Arrival, ArrivalKind, Dialect, Moment, Noise, Verdict
from protocols.wire import Wire

NOW = Moment(1767355200.0, 1000.0)
"""2026-01-02 12:00:00 UTC."""


def after(seconds: float, now: Moment = NOW) -> Moment:
    return Moment(now.wall + seconds, now.mono + seconds)


def receiver(wire: Wire, transport: str = "tcp", undecided: int = 100, **options: Any) -> LineReceivingEnd:
    """The station's end."""
    source = Source("line", wire.name, "192.0.2.7:41122", "192.0.2.7", transport)
    end = wire.receiving(
        source,
        lambda adapter, receiver, prefix, account: Dialect(),
        options=SourceOptions(**options),
        limits=Limits(undecided=undecided),
        first=0,
    )
    assert isinstance(end, LineReceivingEnd)
    return end


def sender(wire: Wire, account: str = "1234", **speaker: Any) -> Any:
    """The other end."""
    end = wire.sending(Speaker(account=account, **{"receiver": "0", **speaker}))
    assert isinstance(end, LineSendingEnd)
    return end


def plain(arrival: Arrival) -> Arrival:
    """An arrival without what the end adds to it."""
    return replace(arrival, reply=None, identity=None)


def told(items: Sequence[Arrival | Noise]) -> list[tuple[object, ...]]:
    """Items that can be compared."""
    return [
        (one.kind, one.raw, one.account, one.signals, tuple(finding.id for finding in one.findings))
        if isinstance(one, Arrival)
        else (one.guess, one.raw, one.size)
        for one in items
    ]


def feed(wire: Wire, pieces: Sequence[bytes], **options: Any) -> list[Arrival | Noise]:
    """Everything that pieces give, with the silence after them."""
    end = receiver(wire, **options)
    items: list[Arrival | Noise] = []
    for piece in pieces:
        items += end.receive(piece, NOW)
    items += _held(end)
    items += end.receive_eof(NOW)
    return items + _held(end)


def _held(end: LineReceivingEnd) -> list[Arrival | Noise]:
    items: list[Arrival | Noise] = []
    while end.held:
        items += end.receive(b"", NOW)
    return items


def one(wire: Wire, frame: bytes, **options: Any) -> Arrival:
    """The single arrival that bytes are."""
    [item] = feed(wire, [frame], **options)
    assert isinstance(item, Arrival)
    return item


def ids(arrival: Arrival) -> list[str]:
    return [finding.id for finding in arrival.findings]


class Station:
    """The smallest thing that keeps the laws: stores once by identity, now and then cannot."""

    def __init__(self, rng: random.Random, failing: float = 0.0) -> None:
        self.stored: list[str] = []
        self.known: set[tuple[str, int | None, bytes]] = set()
        self._rng = rng
        self._failing = failing

    def verdict(self, arrival: Arrival) -> Verdict:
        if arrival.kind is ArrivalKind.LINK_TEST:
            return Verdict.ALIVE
        if arrival.kind is ArrivalKind.MALFORMED:
            return Verdict.MALFORMED
        assert arrival.identity is not None
        key = (arrival.identity.scope, arrival.identity.number, arrival.identity.content)
        if key in self.known:
            return Verdict.DUPLICATE
        if self._rng.random() < self._failing:
            return Verdict.NOT_STORED
        self.known.add(key)
        self.stored.extend(signal.number for signal in arrival.signals)
        return Verdict.STORED


def talk(
    panel: Any, end: LineReceivingEnd, station: Station, rng: random.Random, faults: float, until: float
) -> list[Outcome]:
    """Let both talk over a wire that loses whole writes, until nothing is on its way."""
    outcomes: list[Outcome] = []
    now = NOW
    while now.mono < until:
        data, answers = panel.data_to_send(), end.data_to_send()
        if data and rng.random() >= faults:
            cut = rng.randrange(len(data) + 1)
            for item in (*end.receive(data[:cut], now), *end.receive(data[cut:], now)):
                if isinstance(item, Arrival):
                    end.decide(item, station.verdict(item), now)
        if answers and rng.random() >= faults:
            outcomes.extend(item for item in panel.receive(answers, now) if isinstance(item, Outcome))
        if data or answers:
            continue
        due = [time for time in (panel.next_timeout(), end.next_timeout()) if time is not None]
        if not due or not panel.unfinished:
            break
        now = after(max(0.0, min(due) - now.mono), now)
        for item in end.expire(now):
            if isinstance(item, Arrival):
                end.decide(item, station.verdict(item), now)
        outcomes.extend(item for item in panel.expire(now) if isinstance(item, Outcome))
    return outcomes
