"""The sequence numbers of a panel's events: 0001 to 9999, then 0001 again (DC-09 5.4.3)."""

from __future__ import annotations

from panels.inspection.figures import Numbers
from protocols.model import Arrival

LAST = 9999
STUCK = 2
"""Other content under the number of the event before, so often in a row: the counter does not count."""
LATE = 16
"""A number at most so far behind is a late message, and no new count."""


class NumberWatch:
    """Follows one panel's numbers. Repetitions are not given to it."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._last: int | None = None
        self._in_a_row = 0
        self._elsewhere: set[int] = set()
        """Numbers since the last event that other messages of the communicator used."""
        self._count = self._zero = self._gaps = self._skipped = self._restarts = self._reused = 0

    def elsewhere(self, sequence: str) -> None:
        """A number used by a link test, or under another account of the same communicator: it is not left out."""
        if sequence.isdecimal() and len(self._elsewhere) < LAST:
            self._elsewhere.add(int(sequence))

    def take(self, arrival: Arrival) -> None:
        """An event that is not a repetition."""
        self._count += 1
        if not arrival.sequence.isdecimal():
            return
        number = int(arrival.sequence)
        if not number:
            self._zero += 1
            return
        before = self._last
        self._last = number
        elsewhere, self._elsewhere = self._elsewhere, set()
        if before is None:
            self._first = number
            return
        if number == before:
            self._reused += 1
            self._in_a_row += 1
            return
        self._in_a_row = 0
        ahead = (number - before) % LAST
        if ahead == 1:
            return
        if number > before or ahead < LAST // 2:
            left_out = ahead - 1 - sum(0 < (each - before) % LAST < ahead for each in elsewhere if each)
            if left_out > 0:
                self._gaps += 1
                self._skipped += left_out
        elif before - number <= LATE and number != 1:
            self._last = before
        else:
            self._restarts += 1

    @property
    def stuck(self) -> bool:
        """Different events came under one number, again and again."""
        return self._in_a_row >= STUCK

    @property
    def restarts(self) -> int:
        """How often counting began anew."""
        return self._restarts

    @property
    def gaps(self) -> int:
        """How often numbers were left out."""
        return self._gaps

    def report(self) -> Numbers:
        """What was counted."""
        return Numbers(
            first=self._first,
            last=self._last,
            count=self._count,
            zero=self._zero,
            gaps=self._gaps,
            skipped=self._skipped,
            restarts=self._restarts,
            reused=self._reused,
        )
