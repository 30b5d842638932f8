"""A timer wheel that is not touched when a deadline moves on.

A path waits in the slot of the deadline it had when it was put there. Only when that slot comes due is the
path looked at, and put into the slot of the deadline it has by then. So a path costs one look an interval,
however often it is heard, and nothing in between.
"""

from __future__ import annotations

import heapq
import math

from receiver.supervision.records import Path


class Wheel:
    """Paths by the time at which they want to be looked at. ``grain`` is the width of a slot in seconds."""

    def __init__(self, grain: float) -> None:
        self._grain = grain
        self._slots: dict[int, list[Path]] = {}
        self._order: list[int] = []

    def put(self, path: Path, after: int = -1) -> None:
        """Wait for the path's deadline, in a later slot than ``after``.

        A path that waits already, for an earlier or equal one, stays there.
        """
        slot = max(math.ceil(path.deadline / self._grain), after + 1)
        if 0 <= path.slot <= slot:
            return
        path.slot = slot
        waiting = self._slots.get(slot)
        if waiting is None:
            self._slots[slot] = [path]
            heapq.heappush(self._order, slot)
        else:
            waiting.append(path)

    def drop(self, path: Path) -> None:
        """Wait no more for a path."""
        path.slot = -1

    def next(self) -> float | None:
        """Monotonic time of the next slot."""
        return self._order[0] * self._grain if self._order else None

    def due(self, mono: float) -> list[Path]:
        """Take out the paths whose deadline has come. The others in the slots passed are put back."""
        now = math.floor(mono / self._grain)
        late: list[Path] = []
        while self._order and self._order[0] <= now:
            slot = heapq.heappop(self._order)
            for path in self._slots.pop(slot):
                if path.slot != slot:
                    continue
                path.slot = -1
                if path.deadline > mono:
                    self.put(path, now)
                else:
                    late.append(path)
        return late
