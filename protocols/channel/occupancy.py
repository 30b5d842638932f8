"""How busy a channel was in the last minutes, and how much of that we were."""

from __future__ import annotations

from collections import deque

from msgspec import Struct

WINDOW_S = 300.0
"""What "the last minutes" are."""


class Load(Struct, frozen=True):
    """Shares of the last ``WINDOW_S`` (or of the time since the beginning, where that is less), 0 to 1."""

    busy: float
    """Somebody was on the air: we or others."""
    own: float
    """We were."""


class Occupancy:
    """Intervals in which the channel was busy, told as they end; those that overlap count once."""

    def __init__(self) -> None:
        self._busy: deque[tuple[float, float]] = deque()
        self._own: deque[tuple[float, float]] = deque()
        self._began: float | None = None

    def begin(self, now: float) -> None:
        """Time is counted from the first moment that is told."""
        if self._began is None:
            self._began = now

    def others(self, start: float, end: float) -> None:
        """Others were on the air."""
        self._add(self._busy, start, end)

    def own(self, start: float, end: float) -> None:
        """We are, until ``end``."""
        self._add(self._busy, start, end)
        self._add(self._own, start, end)

    def load(self, now: float) -> Load:
        """The shares now."""
        since = now - WINDOW_S
        if self._began is not None:
            since = max(since, self._began)
        span = now - since
        if span <= 0 or self._began is None:
            return Load(0.0, 0.0)
        return Load(self._share(self._busy, since, now, span), self._share(self._own, since, now, span))

    @staticmethod
    def _share(intervals: deque[tuple[float, float]], since: float, now: float, span: float) -> float:
        total = sum(min(end, now) - max(start, since) for start, end in intervals if end > since and start < now)
        return min(1.0, max(0.0, total / span))

    @staticmethod
    def _add(intervals: deque[tuple[float, float]], start: float, end: float) -> None:
        if intervals:
            start = max(start, intervals[-1][1])
        if end <= start:
            return
        if intervals and start - intervals[-1][1] < 1e-3:
            # Joined, so that a channel that flickers costs no memory.
            start = intervals.pop()[0]
        intervals.append((start, end))
        while intervals[0][1] < end - WINDOW_S:
            intervals.popleft()
