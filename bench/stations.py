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
from receiver.journal.entry import Body, Entry
from receiver.journal.store import Group, JournalStore
from receiver.journal.writer import Batch, JournalWriter
from receiver.service import run as run_station
from receiver.settings import load


class ReactorJournal(JournalWriter):
    """Group commit without a thread: what one turn of the reactor brought is committed at its end."""

    def __init__(
        self, path: Path, node: str, deliver: Callable[[Batch], None], clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(path, node, deliver, clock)
        from twisted.internet import reactor

        self._reactor: Any = reactor
        # Already in the reactor's thread: the station is told at once.
        self._tell: Callable[[Batch], None] = deliver.__self__._committed  # type: ignore[attr-defined]
        self._work: list[tuple[Group, Any]] = []
        self._call: Any = None

    def start(self) -> None:
        """Begin: the connection stays in this thread."""

    def append(self, bodies: tuple[Body, ...], received: float, token: Any) -> None:
        """Store with the commit at the end of this turn."""
        self._work.append((Group(bodies, int(received * 1e6)), token))
        if self._call is None:
            self._call = self._reactor.callLater(0, self._turn)

    def _turn(self) -> None:
        self._call = None
        work, self._work = self._work, []
        self._tell(self._commit(work))

    def stop(self, timeout_s: float = 30.0) -> bool:
        """Store the rest. The pool's thread calls this, but the connection belongs to the reactor's."""
        from twisted.internet.threads import blockingCallFromThread

        blockingCallFromThread(self._reactor, self._end)
        return True

    def _end(self) -> None:
        if self._call is not None:
            self._call.cancel()
        self._turn()
        self._store.close()


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
