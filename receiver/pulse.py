"""The station's own pulse: rates, and what is due now and then."""

from __future__ import annotations

from collections import deque

WINDOW_S = 60.0


class Pulse:
    """Counts commits, and says what is due."""

    def __init__(self) -> None:
        self._commits: deque[tuple[float, int]] = deque(maxlen=10_000)
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

    def due(self, name: str, every_s: float, mono: float) -> bool:
        """True at most once in ``every_s`` seconds."""
        if mono - self._due.get(name, -every_s) < every_s:
            return False
        self._due[name] = mono
        return True
