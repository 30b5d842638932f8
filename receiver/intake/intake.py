"""The verdict on every arrival: taken from lines, judged, given to the journal, settled once its commit is known.

Everything here runs in the reactor's thread. What the station remembers changes only when a commit is done.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

from twisted.logger import Logger

from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Identity, Moment, Noise, Verdict
from receiver.adapters.line import Line
from receiver.intake.bodies import FindAccount
from receiver.intake.counted import Counted
from receiver.intake.judging import Heard, Judge
from receiver.intake.memory import Identities, Seals
from receiver.intake.pending import Pending
from receiver.intake.verdicts import ACKNOWLEDGED, AFTER_STORING, STRANGERS_WHY, WHEN_REPEATED, WHY
from receiver.intake.watcher import Watcher
from receiver.intake.windows import Windows
from receiver.journal.entry import Entry, EntryKind
from receiver.journal.writer import Journal

ROUNDED_S = 1.0
"""An entry that lies ahead of the clock by less says nothing about it: times are rounded, and clocks are trimmed."""


class Intake:
    """Takes arrivals from lines, gives them to the journal, gives verdicts back."""

    _log = Logger()

    def __init__(
        self,
        *,
        node: str,
        journal: Journal,
        find: FindAccount,
        watcher: Watcher,
        heard: Heard,
        stranger: Callable[[Arrival, Source], None],
        duplicate_s: float = 300.0,
        late_s: float = 60.0,
        silent_to_strangers: bool = False,
        queue: int = 20_000,
        since: float = 0.0,
        listen_only: Container[str] = (),
    ) -> None:
        """``since`` is when the station started, seconds since the epoch.

        ``listen_only`` names the adapters on which nothing is ever answered.
        """
        self._watcher = watcher
        self._heard = heard
        self._limit = queue
        self._waiting: dict[Line, None] = {}
        self.identities = Identities(duplicate_s)
        self.seals = Seals()
        self.windows = Windows()
        self.counters = Counted()
        self._judge = Judge(
            node=node,
            journal=journal,
            find=find,
            heard=heard,
            stranger=stranger,
            identities=self.identities,
            seals=self.seals,
            windows=self.windows,
            counters=self.counters,
            late_s=late_s,
            silent_to_strangers=silent_to_strangers,
            since=since,
            listen_only=listen_only,
        )
        self._pending = self._judge.pending
        self.full = False

    # From the lines

    def opened(self, line: Line, now: Moment) -> None:
        """A connection stands."""
        self._watcher.note(line.source, "connected")

    def closed(self, line: Line, now: Moment, why: str) -> None:
        """A connection is gone. What is pending for it is stored all the same."""
        self._waiting.pop(line, None)
        self._watcher.note(line.source, f"disconnected: {why}")

    def wait_for_room(self, line: Line) -> None:
        """Resume this line when there is room."""
        self._waiting[line] = None

    def dropped(self, source: Source, size: int, why: str) -> None:
        """Bytes were thrown away unread."""
        self.counters.dropped += 1
        self._watcher.note(source, why)

    def handle(self, items: Sequence[Arrival | Noise], line: Line, now: Moment) -> None:
        """Take what an end read; give the verdicts that need no disk at once."""
        for item in items:
            if type(item) is Noise:
                self.counters.noise += 1
                self._watcher.noise(line.source, item)
                self._judge.noise(item, line.source, now)
                continue
            assert isinstance(item, Arrival)
            self.counters.arrivals += 1
            try:
                verdict, why = self._judge.judge(item, line, now)
            except Exception:
                # A fault of ours with one message: it gets no answer, and those beside it get theirs.
                self._log.failure("a message from {peer} could not be judged", peer=line.source.peer)
                verdict, why = Verdict.NOT_STORED, "fault"
            if verdict is not None:
                self._settle(item, line, verdict, now, why)
        self._count()

    def _settle(self, arrival: Arrival, line: Line, verdict: Verdict, now: Moment, why: str = "") -> None:
        line.end.decide(arrival, verdict, now)
        if verdict in ACKNOWLEDGED:
            line.proven = True
        answer = line.end.answer(arrival)
        self._watcher.verdict(line.source, arrival, verdict, answer, why or WHY[verdict])

    # From the journal

    def settle(self, settled: Iterable[tuple[Any, tuple[Entry, ...] | None]], now: Moment) -> None:
        """A commit is known: remember what was stored, give the verdicts, let the lines write once each."""
        touched: dict[Line, None] = {}
        for pending, entries in settled:
            if not isinstance(pending, Pending):
                continue
            self._pending.remove(pending)
            try:
                self._settle_pending(pending, entries, now)
            except Exception:
                self._log.failure("a message from {peer} could not be settled", peer=pending.line.source.peer)
            touched[pending.line] = None
            for _, line in pending.copies:
                touched[line] = None
        self._count()
        for line in touched:
            self._let(line, line.flush)
        if self._waiting and not self.full:
            waiting, self._waiting = self._waiting, {}
            for line in waiting:
                self._let(line, line.resume)

    def _let(self, line: Line, go_on: Callable[[], None]) -> None:
        """A fault of ours with one line stops none of the others, and nobody who waits for what was stored."""
        try:
            go_on()
        except Exception:
            self._log.failure("the line of {peer} could not go on", peer=line.source.peer)

    def _settle_pending(self, pending: Pending, entries: tuple[Entry, ...] | None, now: Moment) -> None:
        arrival, identity = pending.arrival, pending.known
        stored = entries is not None
        if entries:
            for one in (arrival, *[copy for copy, _ in pending.copies]):
                if one.kept is not None:
                    # Before the verdict: what adds to the message may follow at once.
                    one.kept.entry = entries[-1].id
        if stored:
            if identity is not None:
                self.identities.remember(identity, pending.now.mono)
                self.seals.remember(identity, pending.line.source.host, pending.now.mono)
            if arrival.counter is not None:
                self.windows.taken(arrival.counter)
            if arrival.kind is ArrivalKind.LINK_TEST:
                self.counters.link_tests += 1
            else:
                self.counters.stored += 1
            if entries and entries[0].body.kind is EntryKind.UNREAD:
                self.counters.unread += 1
        else:
            self.counters.not_stored += 1
        verdict = AFTER_STORING[arrival.kind] if stored else Verdict.NOT_STORED
        why = STRANGERS_WHY if pending.header is None and verdict is Verdict.STORED else ""
        self._settle(arrival, pending.line, verdict, now, why)
        for copy, line in pending.copies:
            self.counters.duplicates += stored
            self._settle(copy, line, WHEN_REPEATED[copy.kind] if stored else Verdict.NOT_STORED, now)
        # A radio unit's answer to a poll that nobody waits for any more may be a recording that was held back.
        if stored and arrival.timely:
            self._heard(arrival, pending.header, pending.line.source, pending.now)

    def _count(self) -> None:
        self.full = self._pending.rows >= self._limit

    def remember(self, entry: Entry, now: Moment, *, at_start: bool = False) -> None:
        """An entry found again after disk trouble or, ``at_start``, one of before the restart; oldest first."""
        body = entry.body
        ahead_s = entry.received_us / 1e6 - now.wall
        doubtful = at_start and ahead_s > ROUNDED_S
        if doubtful:
            # The clock is behind, or was ahead: nobody can say how long ago this came, and all that came before it. A
            # panel whose counter begins anew may use the same number for the same event, and that must not be lost.
            self.identities.doubt()
        if entry.id != entry.arrival or not body.content:
            return
        at = now.mono + min(ahead_s, 0.0)
        identity = Identity(
            scope=body.scope,
            number=body.number_of_message,
            content=bytes.fromhex(body.content),
            seal=bytes.fromhex(body.seal) if body.seal else None,
        )
        self.identities.remember(identity, at, dated=not doubtful)
        self.seals.remember(identity, body.peer.rpartition(":")[0].strip("[]"), at)

    def sweep(self, now: Moment) -> None:
        """Let go of what is too old to matter, and tell the end of a flood. Call it now and then."""
        self.identities.sweep(now.mono)
        self._judge.security.tell_ends(now)
        self._judge.garbled.tell_ends(now)

    def close(self) -> None:
        """Take nothing more; what was taken is still settled."""
        self._limit = 0
        self.full = True

    @property
    def queued(self) -> int:
        """Entries, and copies of messages, on their way to the disk."""
        return self._pending.rows
