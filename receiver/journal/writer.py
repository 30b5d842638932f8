"""Group commit on a thread of its own.

Signals that arrive while one commit runs are stored together by the next. The reactor never waits for the
disk: when the disk stalls, answers wait and everything else goes on.

Trouble: while the disk fails every group is reported as not stored, the connection is opened anew for each
try, and once a second a try is made even when nothing arrives, so that the station recovers by itself. The
first thing stored after trouble is an entry that says how long it lasted and how much was not stored.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from msgspec import Struct, field

from receiver.journal.entry import Body, Entry, EntryKind, rfc3339
from receiver.journal.store import DiskError, Group, JournalStore

GROUPS_AT_ONCE = 1000
PROBE_S = 1.0


class Trouble(Struct, frozen=True):
    """Why nothing can be stored."""

    since: float
    error: str


class Batch(Struct):
    """What one commit did, handed to the reactor's thread."""

    settled: list[tuple[Any, tuple[Entry, ...] | None]] = field(default_factory=list)
    """Per submitted group its token and its entries; None when it was not stored."""
    extra: list[Entry] = field(default_factory=list)
    """Entries that nobody waits for: the end of a trouble, entries found again after it."""
    trouble: Trouble | None = None
    """Set while the disk fails."""


class Journal(Protocol):
    """What the station asks of a journal, whatever keeps it."""

    def append(self, bodies: tuple[Body, ...], received: float, token: Any) -> None:
        """Store the entries of one message; the token comes back in a :class:`Batch`. Never blocks."""

    def mark(self, name: str, value: str) -> None:
        """Remember a small fact with some later commit."""


class JournalWriter:
    """The journal's thread. ``start`` opens the database in the caller's thread, so errors show there."""

    def __init__(
        self,
        path: Path,
        node: str,
        deliver: Callable[[Batch], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``deliver`` is called in the journal's thread, once a commit; hand the batch to the reactor there."""
        self.path = path
        self._node = node
        self._deliver = deliver
        self._clock = clock
        self._queue: SimpleQueue[tuple[Group, Any] | None] = SimpleQueue()
        self._marks: dict[str, str] = {}
        self._marks_lock = threading.Lock()
        self._trouble: Trouble | None = None
        self._not_stored = 0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._store = JournalStore(path)
        self.busy_since: float | None = None
        """Monotonic seconds at which the commit that runs now began; None while there is none."""

    @property
    def last_id(self) -> int:
        """Id of the newest entry; exact before ``start``."""
        return self._store.last_id

    def marks(self) -> dict[str, str]:
        """Facts remembered by ``mark``; before ``start`` only."""
        return self._store.marks()

    def start(self) -> None:
        """Begin. From here on the connection belongs to the thread."""
        # SQLite connections belong to the thread that opened them.
        self._store.close()
        self._thread.start()

    def append(self, bodies: tuple[Body, ...], received: float, token: Any) -> None:
        """Store the entries of one message; the token comes back in a Batch. Never blocks."""
        self._queue.put((Group(bodies, int(received * 1e6)), token))

    def mark(self, name: str, value: str) -> None:
        """Remember a small fact with some later commit."""
        with self._marks_lock:
            self._marks[name] = value

    def stop(self, timeout_s: float = 30.0) -> bool:
        """Store what is queued, then end the thread. False when it did not end in time."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        going = True
        while going:
            work: list[tuple[Group, Any]] = []
            try:
                item = self._queue.get(timeout=PROBE_S if self._trouble else None)
                while item is not None:
                    work.append(item)
                    if len(work) >= GROUPS_AT_ONCE:
                        break
                    item = self._queue.get_nowait()
                else:
                    going = False
            except Empty:
                pass
            self.busy_since = time.monotonic()
            batch = self._commit(work)
            self.busy_since = None
            self._deliver(batch)
        # If closing fails nothing is lost: what was acknowledged is in the write-ahead log, read by the next start.
        with suppress(Exception):
            self._store.close()

    def _commit(self, work: list[tuple[Group, Any]]) -> Batch:
        batch = Batch()
        with self._marks_lock:
            marks, self._marks = self._marks, {}
        groups = [group for group, _ in work]
        try:
            if not self._store.open:
                batch.extra += self._store.reopen()
            if self._trouble is not None:
                groups.insert(0, self._recovery(self._trouble))
            stored = self._store.commit(groups, marks) if groups or marks else []
        except DiskError as error:
            with self._marks_lock:
                self._marks = {**marks, **self._marks}
            self._not_stored += len(work)
            if self._trouble is None or self._trouble.error != str(error):
                since = self._trouble.since if self._trouble else self._clock()
                self._trouble = Trouble(since, str(error))
            batch.settled = [(token, None) for _, token in work]
            batch.trouble = self._trouble
            return batch
        if self._trouble is not None:
            self._trouble, self._not_stored = None, 0
            recovered = stored.pop(0)
            batch.extra += recovered or ()
        batch.settled = [(token, entries) for (_, token), entries in zip(work, stored, strict=True)]
        return batch

    def _recovery(self, trouble: Trouble) -> Group:
        at = self._clock()
        return Group(
            (
                Body(
                    kind=EntryKind.STATION,
                    node=self._node,
                    received_at=rfc3339(at),
                    code="journal.recovered",
                    text=trouble.error,
                    details={
                        "since": [rfc3339(trouble.since)],
                        "not_stored": [str(self._not_stored)],
                    },
                ),
            ),
            int(at * 1e6),
        )
