"""The airtime budget: never more than so many seconds on the air in any window."""

from __future__ import annotations

from collections import deque

MARGIN_S = 1e-6
"""Kept back, so that rounding never exceeds the budget."""
ROUNDING_S = 1e-8


class Budget:
    """Of one transmitter. ``seconds`` in any ``window_s``; the last ``reserve`` share is for what may not wait."""

    def __init__(self, seconds: float, window_s: float, reserve: float) -> None:
        self._window_s = window_s
        self._urgent_s = seconds - MARGIN_S
        self._common_s = seconds * (1 - reserve) - MARGIN_S
        # Nothing can be too much where all of the time is ours.
        self.unlimited = seconds >= window_s
        self._spent: deque[tuple[float, float]] = deque()
        """Start and end of what was sent, oldest first."""

    def fits(self, airtime_s: float, urgent: bool) -> bool:
        """Whether a frame that long can ever be sent."""
        return self.unlimited or airtime_s <= (self._urgent_s if urgent else self._common_s)

    def spend(self, start: float, airtime_s: float) -> None:
        """A transmission begins; starts only rise."""
        if self.unlimited:
            return
        while self._spent and self._spent[0][1] <= start - self._window_s:
            self._spent.popleft()
        self._spent.append((start, start + airtime_s))

    def used(self, now: float) -> float:
        """Seconds on the air in the window that ends now."""
        since = now - self._window_s
        return sum(min(end, now) - max(start, since) for start, end in self._spent if end > since and start < now)

    def ready(self, now: float, airtime_s: float, urgent: bool) -> float:
        """The earliest moment, now or later, at which a transmission that long keeps the budget of every window.

        The fullest window is the one that ends with the transmission: while it lasts the window gains as fast as it
        can lose at its other end, and later ones only lose.
        """
        if self.unlimited:
            return now
        # Seconds of the past that this window may hold.
        room = (self._urgent_s if urgent else self._common_s) - airtime_s
        begins = now + airtime_s - self._window_s
        over = sum(end - max(start, begins) for start, end in self._spent if end > begins) - room
        if over <= ROUNDING_S:
            return now
        for start, end in self._spent:
            if end <= begins:
                continue
            counted = end - max(start, begins)
            if counted >= over:
                return max(start, begins) + over + self._window_s - airtime_s
            over -= counted
        return self._spent[-1][1] + self._window_s - airtime_s
