"""How much room the journal has: its size and what is free on its disk, and when that becomes little.

A file system may take its time to answer, so it is asked on a thread of the pool, by one question at a time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from twisted.internet.defer import Deferred

EVERY_S = 5.0
LOW = "disk.low"
RECOVERED = "disk.recovered"
"""Codes of the station events."""
ENOUGH = 1.1
"""How many times the bound must be free for the disk to have recovered: no alarm for every megabyte."""
MB = 1_000_000


class Room(Struct, frozen=True):
    """What was found, in bytes."""

    journal: int
    """The journal with its write-ahead log."""
    free: int
    """For the station's own user."""
    total: int


def measure(journal: Path) -> Room:
    """Ask the file system. Raises OSError."""
    size = 0
    for path in (journal, Path(f"{journal}-wal")):
        with suppress(FileNotFoundError):
            size += path.stat().st_size
    found = os.statvfs(journal.parent)
    return Room(size, found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


Report = Callable[[str, int, dict[str, list[str]]], object]
"""``(code, priority, details)``: write a station event."""


class DiskWatch:
    """Looks at the disk now and then. Belongs to the reactor's thread."""

    def __init__(
        self,
        journal: Path,
        low_mb: int,
        in_pool: Callable[[Callable[[], Room]], Deferred[Any]],
        report: Report,
    ) -> None:
        """``low_mb``: less than so many million bytes free is little; 0 for never."""
        self._journal = journal
        self._bound = low_mb * MB
        self._in_pool = in_pool
        self._report = report
        self._asking = False
        self._next = 0.0
        self.room: Room | None = None
        """None until the disk has answered once."""
        self.low = False

    def begin(self, *, low: bool) -> None:
        """Look for the first time, and wait for it. ``low`` says that the journal's last word was that it is."""
        self.low = low
        with suppress(OSError):
            self._take(measure(self._journal))

    def tick(self, mono: float) -> None:
        """Ask again when it is time; what was asked before and is not answered yet is waited for."""
        if self._asking or mono < self._next:
            return
        self._asking = True
        self._next = mono + EVERY_S
        self._in_pool(lambda: measure(self._journal)).addCallbacks(self._take, self._failed)

    def _take(self, room: Room) -> None:
        self._asking = False
        self.room = room
        low = room.free < self._bound * (ENOUGH if self.low else 1)
        if low == self.low:
            return
        self.low = low
        details = {"free_bytes": [str(room.free)], "bound_bytes": [str(self._bound)]}
        self._report(LOW if low else RECOVERED, 2 if low else 0, details)

    def _failed(self, _failure: object) -> None:
        # That the journal cannot be written is told elsewhere; what was found last stands.
        self._asking = False
