"""The centre of a simulated network: the real end behind its modem, and a small stand-in for the station's intake.

The stand-in does what ``docs/radio-protocol.md`` demands of a centre and nothing else: a counter is taken in the commit
that stores its message, a copy waits for that commit or is acknowledged again (four times at most), and everything else
is refused.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from random import Random
from typing import Any

from panels.radio.air import Air
from panels.radio.ledger import Ledger
from panels.radio.side import Counters, Disk, Side
from panels.radio.wrapping import datagrams
from protocols.channel.jamming import Jamming, Sign, Why
from protocols.datagram import Standing, Window
from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Dialect, Noise, Verdict
from protocols.radio.book import Book
from protocols.radio.channel import RadioChannel
from protocols.radio.options import RadioOptions
from protocols.radio.receiving import RadioReceivingEnd

COPIES_ANSWERED = 4
_STORED = {
    ArrivalKind.LINK_TEST: Verdict.ALIVE,
    ArrivalKind.MALFORMED: Verdict.MALFORMED,
    ArrivalKind.UNSUPPORTED: Verdict.UNSUPPORTED,
}
_SOURCE = Source("radio", "radio", "simulated", "simulated")
_LOOK_S = 1.0
Counted = tuple[str, int]


class Centre(Side):
    """Of one network. ``commit_s`` is what a commit takes; what came meanwhile goes with the next."""

    def __init__(
        self,
        air: Air,
        disk: Disk,
        options: RadioOptions,
        book: Book,
        ledger: Ledger,
        random: Random,
        *,
        commit_s: float = 0.02,
        off_s: float = 5.0,
    ) -> None:
        super().__init__(air, disk, off_s)
        self._options = options
        self._book = book
        self._ledger = ledger
        self._random = random
        self._commit_s = commit_s
        self._windows: dict[str, Window] = {}
        """On disk."""
        self._pending: dict[Counted, list[Arrival]] = {}
        self._repeats: Tally[Counted] = Tally()
        self._commit: int | None = None
        self.channel: RadioChannel
        self.refused: Tally[str] = Tally()
        """By why."""
        self.noise = 0
        self.signs: dict[int, list[float]] = {}
        """When each unit gave a sign of life."""
        self.jamming: list[tuple[float, Why | None]] = []
        """When the channel was found jammed, and clear again."""

    def make(self) -> Any:
        """As after a start of the station: the windows of the disk, and nothing else."""
        self._pending.clear()
        self._repeats.clear()
        self._commit = None
        self.channel = RadioChannel(self._options, self._book, Counters(self.disk), self._random)
        self._watch = Jamming(self._options.profile.carrier_limit_s)
        self._began = self.air.now
        self.air.at(self.air.now + _LOOK_S, self._look, self.starts)
        return RadioReceivingEnd(_SOURCE, lambda *_: Dialect(), self.channel)

    def on_air(self, data: bytes) -> None:
        """For the books."""
        for datagram in datagrams(data, self._options):
            self._ledger.sealed(datagram)

    def take(self, items: Sequence[Arrival | Noise]) -> None:
        """Judge what came."""
        for item in items:
            if isinstance(item, Noise):
                self.noise += 1
                continue
            verdict = self._judge(item)
            if verdict is not None:
                self.end.decide(item, verdict, self.now)

    def _judge(self, arrival: Arrival) -> Verdict | None:
        counter = arrival.counter
        if arrival.refused or counter is None:
            self.refused[arrival.refused or "no counter"] += 1
            return Verdict.REFUSED
        name = (counter.window, counter.number)
        waiting = self._pending.get(name)
        if waiting is not None:
            same = arrival.counter is not None and waiting[0].raw == arrival.raw
            if same and len(waiting) <= COPIES_ANSWERED:
                waiting.append(arrival)
                return None
            self.refused["pending"] += 1
            return Verdict.REFUSED
        standing = self._windows.get(counter.window, Window()).ask(counter.number, counter.mark)
        if standing is Standing.NEW:
            self._pending[name] = [arrival]
            if self._commit is None:
                self._commit = self.air.at(self.air.now + self._commit_s, self._store, self.starts)
            return None
        if standing is Standing.SEEN and self._repeats[name] < COPIES_ANSWERED:
            self._repeats[name] += 1
            return Verdict.DUPLICATE
        self.refused[standing.value] += 1
        return Verdict.REFUSED

    def _store(self, start: int) -> None:
        if start == self.starts and self.end is not None:
            self.guard(self._stored)

    def _stored(self) -> None:
        """One transaction, then the verdicts. The power may fail before, between and after."""
        self._commit = None
        pending, self._pending = self._pending, {}
        self.disk.strike()
        for first, *_ in pending.values():
            counter = first.counter
            assert counter is not None
            self._windows[counter.window] = self._windows.get(counter.window, Window()).taken(
                counter.number, counter.mark
            )
            self._ledger.stored(first, self.air.now)
        self.disk.strike()
        for first, *copies in pending.values():
            verdict = _STORED.get(first.kind, Verdict.STORED)
            assert first.counter is not None
            self.signs.setdefault(int(first.counter.window.split("/")[1], 16), []).append(self.air.now)
            self.end.decide(first, verdict, self.now)
            for copy in copies:
                self._repeats[first.counter.window, first.counter.number] += 1
                self.end.decide(copy, Verdict.DUPLICATE, self.now)
        # What was read ahead of these verdicts.
        self.take(self.end.receive(b"", self.now))

    def _look(self, start: int) -> None:
        """For a jammer."""
        if start != self.starts or self.end is None:
            return
        channel, now = self.channel, self.air.now
        signs = []
        for unit in self._book.all():
            # One that was not heard since the start is awaited for an interval first.
            at = channel.polls.heard_at(unit.station)
            since = self._began + unit.test_s if at is None else at
            if unit.test_s > 0 and since <= now:
                signs.append(Sign(unit.station, since, unit.test_s))
        before = self._watch.why
        why = self._watch.look(now, signs, busy_since=channel.access.busy_since)
        if why is not before:
            self.jamming.append((now, why))
        self.air.at(now + _LOOK_S, self._look, start)
