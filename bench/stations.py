"""Stations for comparison: the one there is, and one that commits in the reactor's turn; disks that stall.

The variants live here alone: the station is built as always, with one class of it exchanged beforehand.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import receiver.journal.writer as writer_module
import receiver.station as station_module
from receiver.journal.entry import Entry
from receiver.journal.store import Group, JournalStore
from receiver.journal.writer import JournalWriter
from receiver.service import run as run_station
from receiver.settings import load


class ReactorJournal(JournalWriter):
    """Group commit without a thread: what one turn of the reactor brought is committed at its end."""

    def __init__(self, *arguments: Any, **hooks: Any) -> None:
        super().__init__(*arguments, **{**hooks, "in_caller": _at_once})
        self._queue: Any = _InTurn(self)

    def start(self) -> None:
        """Begin: the connection stays in the reactor's thread."""

    def join(self, timeout_s: float = 30.0) -> bool:
        """Nothing to wait for."""
        return True

    def store_now(self, work: Any) -> None:
        """Commit here and now; None ends it."""
        if work is None:
            self._store.close()
        else:
            self._store_some(work, last=True)


class _InTurn:
    """Stands for the queue to the thread."""

    def __init__(self, journal: ReactorJournal) -> None:
        self._journal = journal

    def put(self, work: Any) -> None:
        """Work is done at once instead of being handed over."""
        self._journal.store_now(work)


def _at_once(call: Callable[[], None]) -> None:
    call()


class StallingStore(JournalStore):
    """A disk that now and then takes its time."""

    stall_s = 0.0
    every_s = 1.0
    _next = 0.0

    def commit(self, groups: Sequence[Group], marks: dict[str, str] | None = None) -> list[tuple[Entry, ...] | None]:
        """Store, after a stall where one is due."""
        now = time.monotonic()
        if now >= self._next and groups:
            if self._next:
                time.sleep(self.stall_s)
            self._next = time.monotonic() + self.every_s
        return super().commit(groups, marks)


def run(config: Path, *, in_reactor: bool, stall_s: float = 0.0, every_s: float = 0.0) -> int:
    """Run a station until it is told to stop, committing in the reactor's turn or on its own thread."""
    if in_reactor:
        vars(station_module)["JournalWriter"] = ReactorJournal
    if stall_s:
        StallingStore.stall_s, StallingStore.every_s = stall_s, every_s
        vars(writer_module)["JournalStore"] = StallingStore

    def ready(addresses: list[str]) -> None:
        sys.stdout.write(" ".join(["ready", *addresses]) + "\n")
        sys.stdout.flush()

    return run_station(load(config), ready)
