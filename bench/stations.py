"""Stations for comparison: one that commits in the reactor's turn, one without an index; disks that stall.

The variants live here alone: the station is built as always, with one class of it exchanged beforehand.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import receiver.journal.writer as writer_module
import receiver.search.engine as engine_module
import receiver.station as station_module
from receiver.journal.entry import Entry
from receiver.journal.store import Group, JournalStore
from receiver.journal.writer import JournalWriter
from receiver.search.follower import Follower
from receiver.service import run as run_station
from receiver.settings import load


class ReactorJournal(JournalWriter):
    """Group commit without a thread: what one turn of the reactor brought is committed at its end."""

    def start(self) -> None:
        """Begin: the connection stays in this thread."""

    @property
    def running(self) -> bool:
        """There is no thread; what is appended is stored all the same."""
        return True

    def finish(self) -> None:
        """Store the rest and close."""
        self._hand_over()
        self._store.close()

    def join(self, timeout_s: float = 30.0) -> bool:
        """Nothing to wait for."""
        return True

    def _hand_over(self) -> None:
        self._armed = False
        work, self._fresh = self._fresh, []
        if work:
            self._deliver(self._commit(work))


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


class NoFollower(Follower):
    """Keeps no index of the search."""

    def start(self) -> None:
        """There is no thread."""

    def publish(self, entries: Sequence[Entry]) -> None:
        """Nothing is taken."""


def run(config: Path, *, in_reactor: bool, indexed: bool = True, stall_s: float = 0.0, every_s: float = 0.0) -> int:
    """Run a station until it is told to stop, committing in the reactor's turn or on its own thread."""
    if in_reactor:
        vars(station_module)["JournalWriter"] = ReactorJournal
    if not indexed:
        vars(engine_module)["Follower"] = NoFollower
    if stall_s:
        StallingStore.stall_s, StallingStore.every_s = stall_s, every_s
        vars(writer_module)["JournalStore"] = StallingStore

    def ready(addresses: list[str]) -> None:
        sys.stdout.write(" ".join(["ready", *addresses]) + "\n")
        sys.stdout.flush()

    return run_station(load(config), ready)
