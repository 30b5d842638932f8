"""All that the console knows of its station, and who is told when it changes.

The feed (``tui.feed``) writes it, pages read it; both live in one thread, so nothing here locks.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Flag, auto
from typing import Any

from tui.state.alarms import AlarmBoard
from tui.state.health import Health
from tui.state.journal import JournalRows
from tui.state.model import Hello, PathRow
from tui.state.names import Names
from tui.state.wire import WireLog


class Changed(Flag):
    """What is not as it was since pages were told last."""

    ALARMS = auto()
    JOURNAL = auto()
    WIRE = auto()
    PATHS = auto()
    STATUS = auto()
    NAMES = auto()
    """Accounts or zones are called something else, or are known now."""
    HEALTH = auto()
    """Connection, clock, trouble, behind."""


class StationState:
    """The station as this console sees it."""

    def __init__(self, now: float = 0.0) -> None:
        """``now``: monotonic seconds."""
        self.hello: Hello | None = None
        """What the station said of itself last; None before it was ever there."""
        self.health = Health(now)
        self.alarms = AlarmBoard()
        self.journal = JournalRows()
        self.wire = WireLog()
        self.names = Names()
        self.status: dict[str, Any] = {}
        """The last ``GET /v1/status``; its ``rates`` are of every 5 seconds."""
        self.status_at: float | None = None
        """When that was, monotonic."""
        self.paths: list[PathRow] = []
        self.paths_at: float | None = None
        """When these were asked for, monotonic; None: never."""
        self.on_change: Callable[[], None] | None = None
        """Called when the first thing changes after ``take_changed``."""
        self._changed = Changed(0)

    def mark(self, changed: Changed) -> None:
        """Something is not as it was."""
        first = not self._changed
        self._changed |= changed
        if first and self._changed and self.on_change is not None:
            self.on_change()

    def take_changed(self) -> Changed:
        """What changed since this was asked last."""
        changed, self._changed = self._changed, Changed(0)
        return changed
