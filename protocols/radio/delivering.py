"""The events of a unit on their way: which one is said now, when it is said again, and when it is through.

A two-way unit has one event outstanding and says it again, byte for byte, until its ACK comes; a more urgent one takes
its place meanwhile. It is sealed anew, under a new counter, where the centre may no longer answer the old one: after
many repetitions, or when the counter has fallen far behind. A one-way unit says every event some times, at random
distances; those of several events mix.
"""

from __future__ import annotations

from protocols.channel import Backoff, Priority, Transmission
from protocols.datagram import MORE_QUEUED, Type
from protocols.datagram.payloads import Result
from protocols.ends import Outcome, OutcomeKind
from protocols.radio.book import Name, Ways
from protocols.radio.outbox import Item, Outbox
from protocols.radio.voice import Voice

GAP_S = (2.0, 20.0)
"""Between the copies of a one-way unit."""
RETRY_S = 2.0
"""Until something is tried again that found no counter or no room; until the queue is written again."""
YIELD_FROM = 3
"""Transmissions without an answer from which on others are made way for: then the channel is full, not noisy."""
YIELD_LEAST_S, YIELD_URGENT_S, YIELD_S = 1.0, 8.0, 40.0
"""How long a repetition waits after an ACK to another unit: panic and fire less than anything else."""
YIELD_URGENT_MOST_S, YIELD_MOST_S = 15.0, 90.0
"""How far it can be put off by that in all."""
ANEW_AFTER = 10
"""Transmissions of one datagram after which its event is sealed anew: the centre answers a few copies only."""
ANEW_BEHIND = 32
"""How far a counter may be behind the newest: half of the centre's window."""


class Delivery:
    """Of one unit. Takes up what the outbox has kept."""

    def __init__(self, voice: Voice, outbox: Outbox) -> None:
        self._voice = voice
        self._outbox = outbox
        self._two_way = voice.unit.ways is Ways.TWO
        self._outstanding: Item | None = None
        """Of a two-way unit: what its acknowledgement is awaited of."""
        self._queued: Item | None = None
        """What waits for the channel."""
        self._save_at: float | None = None
        self.told: list[Outcome] = []
        """Outcomes that nobody was told yet."""
        for item in outbox.items:
            item.name = voice.name_of(item.datagram)
            if item.name is None:
                item.datagram = b""

    def look(self, now: float) -> None:
        """Have said what is due and most urgent."""
        if self._outbox.unsaved and (self._save_at is None or self._save_at <= now):
            self._outbox.try_to_save()
            self._save_at = now + RETRY_S if self._outbox.unsaved else None
        while (item := self._due(now)) is not None and item is not self._queued:
            if self._queued is not None:
                # It keeps its datagram, and its turn comes again.
                self._voice.access.drop(self._queued)
                self._queued = None
            self._say(item, now)

    def next(self, now: float) -> float | None:
        """When to look again; None where only the channel is waited for, or nothing is there."""
        items = self._outbox.items
        times = [item.again_at for item in items if item.again_at > now]
        if self._save_at is not None:
            times.append(self._save_at)
        if self._queued is None and len(times) < len(items) and self._due(now) is not None:
            return now
        return min(times, default=None)

    def on_air(self, transmission: Transmission) -> bool:
        """A frame is being sent; whether it is one of an event."""
        item = self._queued
        if item is None or transmission.token is not item:
            return False
        self._queued = None
        item.sent += 1
        item.repeats += 1
        if self._two_way:
            assert item.backoff is not None
            urgent = item.priority <= Priority.FIRE
            item.again_at = transmission.end + item.backoff.wait(transmission.airtime_s, urgent=urgent)
            item.latest_at = item.again_at + (YIELD_URGENT_MOST_S if urgent else YIELD_MOST_S)
        elif item.sent < self._voice.unit.copies:
            item.again_at = transmission.end + self._voice.random.uniform(*GAP_S)
        else:
            reason = f"sent {item.sent} times; a one-way unit is never answered"
            self.told.append(self._finish(item, OutcomeKind.ACCEPTED, reason))
        return True

    def acknowledged(self, name: Name, result: Result) -> Outcome | None:
        """The centre has what was said under that name."""
        item = next((item for item in self._outbox.items if name == item.name or name in item.former), None)
        if item is None:
            return None
        if result in (Result.STORED, Result.ALIVE):
            return self._finish(item, OutcomeKind.ACCEPTED, "acknowledged")
        return self._finish(item, OutcomeKind.REFUSED, "kept, but not understood by the centre")

    def make_way(self, now: float) -> None:
        """The centre acknowledges somebody else while we go unanswered: there is a crowd, and we are not first in it.

        Only so far between two repetitions: an ACK to another unit cannot be checked, and must not silence us.
        """
        item = self._outstanding
        if item is None or item.sent < YIELD_FROM or item.again_at <= now or item is self._queued:
            return
        most_s = YIELD_URGENT_S if item.priority <= Priority.FIRE else YIELD_S
        item.again_at = min(item.latest_at, max(item.again_at, now + self._voice.random.uniform(YIELD_LEAST_S, most_s)))

    def _finish(self, item: Item, kind: OutcomeKind, reason: str) -> Outcome:
        self._voice.access.drop(item)
        if item is self._queued:
            self._queued = None
        if item is self._outstanding:
            self._outstanding = None
        self._outbox.remove(item)
        return Outcome(item.ticket, kind, reason)

    def _due(self, now: float) -> Item | None:
        if not self._two_way:
            due = [item for item in self._outbox.items if item.again_at <= now]
            return min(due, key=lambda item: (item.priority, item.sent, item.number), default=None)
        started = [item for item in self._outbox.items if item.sent or item.again_at <= now]
        best = min(started, key=lambda item: (item.priority, item.number), default=None)
        current = self._outstanding
        if best is not None and (current is None or best.priority < current.priority):
            self._outstanding = current = best
        return current if current is not None and current.again_at <= now else None

    def _say(self, item: Item, now: float) -> None:
        unit = self._voice.unit
        if unit.attempts and item.sent >= unit.attempts:
            reason = f"no acknowledgement after {item.sent} transmissions"
            self.told.append(self._finish(item, OutcomeKind.GAVE_UP, reason))
            return
        if item.backoff is None:
            item.backoff = Backoff(self._voice.random, self._voice.options.profile.turnaround_s)
        if (item.name is None or self._is_worn(item, item.name)) and not self._seal(item):
            item.again_at = now + RETRY_S
            return
        if self._voice.say(item.datagram, item.priority, now, item, first=not item.sent):
            self._queued = item
        else:
            item.again_at = now + RETRY_S

    def _is_worn(self, item: Item, name: Name) -> bool:
        """Whether the centre may have stopped answering it."""
        key_id, counter = name
        if not self._two_way:
            return False
        behind = self._voice.newest - counter if key_id == self._voice.unit.key.key_id else 0
        return item.repeats >= ANEW_AFTER or behind >= ANEW_BEHIND

    def _seal(self, item: Item) -> bool:
        more = MORE_QUEUED if len(self._outbox.items) > 1 and self._two_way else 0
        sealed = self._voice.seal(Type.EVENT, item.payload, more)
        if sealed is None:
            # Better worn than not at all.
            return item.name is not None
        if item.name is not None:
            item.former.append(item.name)
        item.name, item.datagram, item.repeats = sealed.name, sealed.datagram, 0
        # An alarm does not wait for a disk. Its counter is reserved, so the worst is that a restart tells it twice.
        self._outbox.try_to_save()
        return True
