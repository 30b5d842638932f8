"""The one time-out that an end waits for, on the reactor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from protocols.model import Moment


class Deadline:
    """Calls back when the earliest of the moments comes that were asked for since it did so last."""

    __slots__ = ("_clock", "_due", "_expired", "_reactor", "_timer")

    def __init__(self, reactor: Any, clock: Callable[[], Moment], expired: Callable[[], None]) -> None:
        self._reactor = reactor
        self._clock = clock
        self._expired = expired
        self._timer: Any = None
        self._due = 0.0
        """Monotonic seconds."""

    def need(self, due: float | None) -> None:
        """Call back at ``due`` (monotonic seconds) at the latest; None for no moment."""
        if due is None or (self._timer is not None and due >= self._due):
            return
        self.cancel()
        self._due = due
        self._timer = self._reactor.callLater(max(0.0, due - self._clock().mono), self._came)

    def cancel(self) -> None:
        """Do not call back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _came(self) -> None:
        self._timer = None
        self._expired()
