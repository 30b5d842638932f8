"""The two sides of a channel in a run: objects with what they have to say, and the centre; each with its real access.

Frames hold a number and padding: what is measured is the channel, not a protocol.
"""

from __future__ import annotations

from struct import Struct as Layout
from typing import TYPE_CHECKING

from msgspec.structs import replace

from panels.radio.air import Node, Reception
from panels.radio.setting import Way
from protocols.channel import Access, Backoff, Priority, Profile

if TYPE_CHECKING:
    from panels.radio.trial import Run

_NUMBERS = Layout(">HI")
"""Object and message; the centre's frames carry those of what they answer."""
CENTRE = "centre"
NO_CARRIER = 255
"""KISS P of stations that cannot hear whether the channel is free."""
INTERVAL_JITTER = 0.1
"""Intervals differ by so much from time to time, so that no two stations meet for ever."""


class Tally:
    """Counts of a run."""

    def __init__(self) -> None:
        self.since = 0.0
        self.born: dict[tuple[int, int], tuple[float, bool]] = {}
        """Messages by their numbers: when, and whether an alarm."""
        self.arrived: dict[tuple[int, int], float] = {}
        self.frames = 0
        self.frames_arrived = 0
        self.airtime = 0.0
        self.rounds: list[float] = []

    def sent(self, now: float, airtime_s: float, of_station: bool) -> None:
        if now >= self.since:
            self.airtime += airtime_s
            self.frames += of_station


class Side:
    """A node with its access: asks it when there is a reason to, and keys up."""

    def __init__(self, run: Run, name: str, profile: Profile, *, senses: bool) -> None:
        self.run = run
        self.air = run.air
        self.senses = senses
        self.access = Access(profile, run.air.random)
        self.node: Node = run.air.node(
            name,
            self.received,
            self._carrier if senses else None,
            turnaround_s=profile.turnaround_s,
            detect_s=run.setting.detect_s,
        )
        self.air.sense(self.node, False)
        self._timer: int | None = None

    def received(self, reception: Reception) -> None:
        """What came; overridden."""

    def over(self, end: float) -> None:
        """A transmission ended; overridden."""

    def say(self, frame: bytes, priority: Priority, not_before: float | None = None, token: object = None) -> None:
        """Hand a frame to the access."""
        if self.senses and not self.node.sensing:
            now = self.air.now
            since = self.air.silent_since(self.node)
            if since is not None:
                self.access.heard(since, 0.0)
            self.access.busy(now, self.air.sense(self.node, True))
        self.access.submit(frame, priority, self.air.now, not_before, token)
        self.look()

    def look(self) -> None:
        """Send what may go, else ask again when it may."""
        if self._timer is not None:
            self.air.cancel(self._timer)
            self._timer = None
        now = self.air.now
        taken = self.access.take(now)
        if taken is not None:
            end = self.air.send(self.node, taken.frame, taken.airtime_s)
            self.run.tally.sent(now, taken.airtime_s, self.node.name != CENTRE)
            self.air.at(end, self._over, end)
        due = self.access.next_timeout()
        if due is not None:
            self._timer = self.air.at(due, self._due)
        elif self.senses and self.node.sensing:
            self.air.sense(self.node, False)
            self.access.busy(now, False)

    def _due(self) -> None:
        self._timer = None
        self.look()

    def _over(self, end: float) -> None:
        self.over(end)

    def _carrier(self, on: bool) -> None:
        self.access.busy(self.air.now, on)
        self.look()


class Station(Side):
    """An object with its radio; says its tests, and its alarms when told to."""

    def __init__(self, run: Run, index: int) -> None:
        its = run.setting
        blind = its.way is Way.ONE_WAY
        profile = replace(its.profile, persistence=NO_CARRIER) if blind else its.profile
        super().__init__(run, f"object {index}", profile, senses=not blind)
        self.air.listen(self.node, False)
        self.index = index
        self._number = 0
        self._queue: list[tuple[Priority, int, float]] = []
        """Priority, number and time of what is still to be said; the first is being said."""
        self._backoff = Backoff(run.air.random, its.profile.turnaround_s)
        self._left = 0
        self._waits: int | None = None

    @property
    def waits(self) -> bool:
        """For an acknowledgement."""
        return self._waits is not None

    def begin(self) -> None:
        """Tests from a phase of its own on."""
        its = self.run.setting
        if its.saturated:
            self.report(Priority.TEST)
        elif its.way is not Way.POLLS:
            self.air.at(self.air.random.uniform(0, its.interval_s), self._test)

    def _test(self) -> None:
        self.report(Priority.TEST)
        its = self.run.setting
        spread = self.air.random.uniform(1 - INTERVAL_JITTER, 1 + INTERVAL_JITTER)
        self.air.at(self.air.now + its.interval_s * spread, self._test)

    def report(self, priority: Priority) -> None:
        """A message is born."""
        its, now = self.run.setting, self.air.now
        self._number += 1
        key = (self.index, self._number)
        if now >= self.run.tally.since:
            self.run.tally.born[key] = (now, priority is not Priority.TEST)
        if its.way is Way.ONE_WAY:
            frame, at = frame_of(*key, its.frame_bytes), now
            for copy in range(its.copies):
                at += self.air.random.uniform(*its.gap_s) if copy else 0.0
                self.say(frame, priority, at)
        elif its.saturated:
            self.say(frame_of(*key, its.frame_bytes), priority)
        else:
            self._queue.append((priority, self._number, now))
            if len(self._queue) == 1:
                self._next()
            elif now >= self.node.sending_until:
                self._overtake()

    def _overtake(self) -> None:
        """Something more urgent goes before what waits for its turn or its acknowledgement; that comes again later."""
        first = self._queue[0]
        self._queue.sort()
        if self._queue[0] is not first:
            if self._waits is not None:
                self.air.cancel(self._waits)
            self.access.drop(first[1])
            self._next()

    def _next(self) -> None:
        self._left = self.run.setting.attempts
        self._backoff.reset()
        self._attempt()

    def _attempt(self) -> None:
        self._waits = None
        priority, number, _ = self._queue[0]
        if self._left == 0 and priority is Priority.TEST:
            self._done()
            return
        # An alarm is said until it is acknowledged.
        self._left = max(0, self._left - 1)
        self.say(frame_of(self.index, number, self.run.setting.frame_bytes), priority, token=number)

    def _done(self) -> None:
        self.air.listen(self.node, False)
        self._queue.pop(0)
        if self._queue:
            self._next()

    def over(self, end: float) -> None:
        its = self.run.setting
        if its.saturated:
            self.report(Priority.TEST)
        elif self._queue and self._waits is None and not len(self.access):
            self.air.listen(self.node, True)
            urgent = self._queue[0][0] <= Priority.FIRE
            wait = self._backoff.wait(its.profile.airtime(its.frame_bytes), urgent=urgent)
            self._waits = self.air.at(end + wait, self._attempt)
            self._overtake()

    def received(self, reception: Reception) -> None:
        index, number = _NUMBERS.unpack_from(reception.data)
        if reception.sender != CENTRE or index != self.index:
            return
        if number == 0:
            self.say(frame_of(self.index, 0, self.run.setting.frame_bytes), Priority.ACK)
        elif self._waits is not None and self._queue and number == self._queue[0][1]:
            self.air.cancel(self._waits)
            self._waits = None
            self._done()
        else:
            self._queue[1:] = [each for each in self._queue[1:] if each[1] != number]


class Centre(Side):
    """Counts what arrives, acknowledges it, polls."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, CENTRE, run.setting.profile, senses=run.setting.way is not Way.ONE_WAY)
        self._at = 0
        self._left = 0
        self._poll = 0
        """Number of the poll on its way."""
        self._overdue: int | None = None
        self._round_began: float | None = None

    def begin(self) -> None:
        """Polls, where it does."""
        if self.run.setting.way is Way.POLLS:
            self._at = -1
            self._go_on()

    def received(self, reception: Reception) -> None:
        run, its, now = self.run, self.run.setting, self.air.now
        index, number = _NUMBERS.unpack_from(reception.data)
        run.tally.frames_arrived += reception.start >= run.tally.since
        if number == 0:
            if self._overdue is not None and index == self._at:
                self.air.cancel(self._overdue)
                self._overdue = None
                if (index, -self._poll) in run.tally.born:
                    run.tally.arrived[index, -self._poll] = now
                self._go_on()
            return
        if (index, number) in run.tally.born:
            run.tally.arrived.setdefault((index, number), now)
        if its.way is not Way.ONE_WAY and not its.saturated:
            self.say(frame_of(index, number, its.answer_bytes), Priority.ACK)

    def _go_on(self) -> None:
        """To the next object."""
        its, now = self.run.setting, self.air.now
        polled = self.run.stations[self._at]
        if not polled.waits:
            self.air.listen(polled.node, False)
        self._at = (self._at + 1) % its.objects
        self._left = its.attempts
        self._poll += 1
        if self._at == 0:
            if self._round_began is not None and self._round_began >= self.run.tally.since:
                self.run.tally.rounds.append(now - self._round_began)
            self._round_began = now
        if now >= self.run.tally.since:
            self.run.tally.born[self._at, -self._poll] = (now, False)
        self._ask()

    def _ask(self) -> None:
        self._overdue = None
        if self._left == 0:
            self._go_on()
            return
        self._left -= 1
        # The others hear the poll, too, and do nothing about it.
        self.air.listen(self.run.stations[self._at].node, True)
        self.say(frame_of(self._at, 0, self.run.setting.answer_bytes), Priority.POLL)

    def over(self, end: float) -> None:
        its = self.run.setting
        if its.way is Way.POLLS and self._overdue is None and not len(self.access):
            # As long as an answer takes, and the first slot in which it may be missed.
            answer = its.profile.turnaround_s + its.profile.airtime(its.frame_bytes) + its.profile.slot_s
            self._overdue = self.air.at(end + answer, self._ask)


def frame_of(index: int, number: int, size: int) -> bytes:
    return _NUMBERS.pack(index, number).ljust(size, b"\0")
