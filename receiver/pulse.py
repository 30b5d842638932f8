"""The station's own pulse: rates, clock jumps, and what is due now and then."""

from __future__ import annotations

from collections import deque

from protocols.model import Moment

JUMP_S = 2.0
WINDOW_S = 60.0


class Pulse:
    """Counts commits and watches the wall clock against the monotonic one."""

    def __init__(self) -> None:
        self._commits: deque[tuple[float, int]] = deque(maxlen=10_000)
        self._offset: float | None = None
        self._due: dict[str, float] = {}

    def commit(self, groups: int, mono: float) -> None:
        """A commit stored this many messages."""
        if groups:
            self._commits.append((mono, groups))

    def rates(self, mono: float) -> dict[str, float]:
        """Messages a second, and messages a commit, over the last minute."""
        while self._commits and self._commits[0][0] < mono - WINDOW_S:
            self._commits.popleft()
        messages = sum(groups for _, groups in self._commits)
        span = min(WINDOW_S, max(1.0, mono - self._commits[0][0])) if self._commits else WINDOW_S
        return {
            "messages_per_s": round(messages / span, 2),
            "messages_per_commit": round(messages / len(self._commits), 1) if self._commits else 0.0,
        }

    def clock(self, now: Moment) -> float:
        """By how many seconds the wall clock jumped since the last call; 0.0 when it did not."""
        offset = now.wall - now.mono
        before, self._offset = self._offset, offset
        if before is None or abs(offset - before) < JUMP_S:
            return 0.0
        return offset - before

    def due(self, name: str, every_s: float, mono: float) -> bool:
        """True at most once in ``every_s`` seconds."""
        if mono - self._due.get(name, -every_s) < every_s:
            return False
        self._due[name] = mono
        return True
