"""When to say again what was not acknowledged."""

from __future__ import annotations

from random import Random

FIRST_S = 1.0
MOST_S = 240.0
"""So much, because when a whole district alarms at once, a short range keeps the channel full of collisions."""
URGENT_MOST_S = 30.0
"""Panic and fire: they come through before the others do."""


class Backoff:
    """Of one frame that waits for its acknowledgement: the wait, with a random part whose range doubles.

    The wait is 2 airtimes + turnaround + U(0, W), W = 1 s, 2 s, 4 s ... 240 s (of panic and fire 30 s), counted from
    the end of our own transmission: there is room for an acknowledgement behind one other frame.
    """

    def __init__(
        self, random: Random, turnaround_s: float, *, first_s: float = FIRST_S, most_s: float = MOST_S
    ) -> None:
        self._random = random
        self._turnaround_s = turnaround_s
        self._first_s = first_s
        self._most_s = most_s
        self.window_s = first_s
        """W of the next wait."""

    def wait(self, airtime_s: float, *, urgent: bool = False) -> float:
        """Seconds from the end of a transmission of ``airtime_s`` to its repetition; the range doubles for the next."""
        window_s = min(self.window_s, URGENT_MOST_S) if urgent else self.window_s
        seconds = 2 * airtime_s + self._turnaround_s + self._random.uniform(0, window_s)
        self.window_s = min(2 * self.window_s, self._most_s)
        return seconds

    def reset(self) -> None:
        """It was acknowledged: the next frame begins anew."""
        self.window_s = self._first_s
