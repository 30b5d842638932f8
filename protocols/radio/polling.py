"""Which two-way unit is asked whether it is there: one at a time, those that miss a test, never all at once.

A unit that was not heard for its test interval and a little more is asked, up to three times one after the other, for
one frame or its answer may be lost. So long as it stays silent it is asked again after pauses that double from the test
interval's tenth to the interval itself. Units that are new to us come due at random, not all in the same second. What
silence means is not decided here (``receiver.supervision``).
"""

from __future__ import annotations

from random import Random

from msgspec import Struct

from protocols.radio.book import Book, Outstation, Ways

LATE = 0.1
"""Share of its interval that a test may be late, besides :data:`LATE_S`."""
LATE_S = 5.0
AT_ONCE = 3
FIRST_PAUSE = 0.1
"""The first pause between two polls of a silent unit, as a share of its interval."""
LEAST_PAUSE_S = 5.0
PROMPT_S = 60.0
"""An answer that comes later than this after its poll proves nothing: it may have been kept back and played again."""


class _Unit(Struct, eq=False):
    heard_at: float
    due_at: float
    """When it is asked."""
    pause_s: float = 0.0
    """0 while it is not silent."""
    asked: int = 0
    """Times since it was heard."""


class Polls:
    """Of one channel. Times are monotonic seconds."""

    def __init__(self, book: Book, random: Random) -> None:
        self._book = book
        self._random = random
        self._units: dict[int, _Unit] = {}
        self._awaited_until = float("-inf")
        self._looked_at = float("-inf")
        self._sent: dict[tuple[int, int, int], float] = {}
        """Unit, key id and counter of the polls of the last minute, and when each was sent."""

    def heard(self, unit: Outstation, now: float) -> None:
        """It sent something authentic."""
        self._units[unit.station] = _Unit(now, now + _patience(unit))
        self._awaited_until = float("-inf")

    def heard_at(self, station: int) -> float | None:
        """When it was heard; None where it was not since the start."""
        found = self._units.get(station)
        return None if found is None or found.heard_at == float("-inf") else found.heard_at

    def take(self, now: float, answer_s: float) -> Outstation | None:
        """Whom to ask now. Nobody else is, until there has been time for the answer (``answer_s``)."""
        if now < self._awaited_until:
            return None
        self._look(now)
        late = [(one.due_at, number) for number, one in self._units.items() if one.due_at <= now]
        for _, number in sorted(late):
            unit = self._book.find(number)
            if unit is None or not _is_asked(unit):
                del self._units[number]
                continue
            one = self._units[number]
            one.asked += 1
            if one.asked >= AT_ONCE:
                one.pause_s = min(max(2 * one.pause_s, LEAST_PAUSE_S, unit.test_s * FIRST_PAUSE), unit.test_s)
            one.due_at = now + max(one.pause_s, answer_s)
            self._awaited_until = now + answer_s
            return unit
        return None

    def sent(self, unit: Outstation, key_id: int, counter: int, now: float) -> None:
        """A poll was sealed under that counter."""
        self._sent = {name: at for name, at in self._sent.items() if now - at <= PROMPT_S}
        self._sent[unit.station, key_id, counter] = now

    def asked(self, until: float) -> None:
        """The poll is on the air only now, and its answer is awaited until then."""
        self._awaited_until = max(self._awaited_until, until)

    def was_sent(self, unit: Outstation, key_id: int, counter: int, now: float) -> bool:
        """Whether that poll was sent just now."""
        at = self._sent.get((unit.station, key_id, counter))
        return at is not None and now - at <= PROMPT_S

    def next(self, now: float) -> float | None:
        """When to ask :meth:`take` again; None where nobody is supervised."""
        self._look(now)
        due = min((one.due_at for one in self._units.values()), default=None)
        return None if due is None or due == float("inf") else max(due, self._awaited_until)

    def _look(self, now: float) -> None:
        """Take up units that were entered meanwhile: each has a whole interval, from the time it is known of."""
        if now - self._looked_at < 1.0:
            return
        self._looked_at = now
        for unit in self._book.all():
            if unit.station not in self._units and _is_asked(unit):
                spread = self._random.uniform(0, unit.test_s * LATE)
                self._units[unit.station] = _Unit(float("-inf"), now + _patience(unit) + spread)


def _is_asked(unit: Outstation) -> bool:
    return unit.ways is Ways.TWO and unit.test_s > 0


def _patience(unit: Outstation) -> float:
    return unit.test_s * (1 + LATE) + LATE_S if _is_asked(unit) else float("inf")
