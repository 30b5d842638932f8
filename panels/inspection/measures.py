"""Durations collected in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from statistics import median

from panels.inspection.figures import Spread

KEPT = 2000
"""Values kept of one measure; the oldest go."""


class Durations:
    """Seconds, one after the other. Fewest, most and count are of all; the median is of the last :data:`KEPT`."""

    __slots__ = ("_kept", "count", "least", "most")

    def __init__(self) -> None:
        self._kept: deque[float] = deque(maxlen=KEPT)
        self.count = 0
        self.least = 0.0
        self.most = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self.least = seconds if not self.count else min(self.least, seconds)
        self.most = seconds if not self.count else max(self.most, seconds)
        self.count += 1
        self._kept.append(seconds)

    @property
    def median(self) -> float:
        """0.0 when there is none."""
        return median(self._kept) if self._kept else 0.0

    def spread(self) -> Spread:
        """As reported, in milliseconds' resolution."""
        return Spread(
            count=self.count, median=round(self.median, 3), least=round(self.least, 3), most=round(self.most, 3)
        )


def slope(points: Iterable[tuple[float, float]]) -> float | None:
    """The slope of the straight line through points (least squares); None where there is none."""
    known = list(points)
    if len(known) < 2:
        return None
    mean_x = sum(x for x, _ in known) / len(known)
    mean_y = sum(y for _, y in known) / len(known)
    below = sum((x - mean_x) ** 2 for x, _ in known)
    if not below:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in known) / below
