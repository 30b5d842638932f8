"""Is anyone looking? A station whose alarms nobody reads says so."""

from __future__ import annotations

from protocols.model import Moment

NONE = "readers.none"
"""Station event: no reader is connected."""
BACK = "readers.back"
"""Station event: a reader is connected again."""


class ReaderWatch:
    """Tells when no reader has been connected for ``grace_s`` seconds, and when one is again. Once each.

    Pure: told the number of readers and the time. The grace runs from the start, too.
    """

    def __init__(self, now: Moment, grace_s: float = 30.0) -> None:
        self._grace_s = grace_s
        self._count = 0
        self._deadline: float | None = now.mono + grace_s
        self._told = False

    def readers(self, count: int, now: Moment) -> str | None:
        """So many readers are connected now. Returns :data:`BACK` or None."""
        before, self._count = self._count, count
        if count <= 0:
            if before > 0:
                self._deadline = now.mono + self._grace_s
            return None
        self._deadline = None
        told, self._told = self._told, False
        return BACK if told else None

    def expire(self, now: Moment) -> str | None:
        """The deadline has come. Returns :data:`NONE` or None."""
        if self._deadline is None or now.mono < self._deadline:
            return None
        self._deadline = None
        self._told = True
        return NONE

    def next_deadline(self) -> float | None:
        """Monotonic time at which :meth:`expire` wants to be called, or None."""
        return self._deadline
