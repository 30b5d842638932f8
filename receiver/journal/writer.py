"""Group commit on a thread of its own.

What one turn of the reactor brought is handed over together, and what arrives while a commit runs is stored
together by the next: two hand-overs a commit, however many messages it has. (A hand-over for each message costs
more than the message: the threads take the interpreter from each other.) The reactor never waits for the disk:
when the disk stalls, answers wait and everything else goes on.

Trouble: while the disk fails every group is reported as not stored, the connection is opened anew for each
try, and once a second a try is made even when nothing arrives, so that the station recovers by itself. The
first thing stored after trouble is an entry that says how long it lasted and how much was not stored; then come
the station's own entries of that time, which nobody else would repeat.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from msgspec import Struct, field

from protocols.datagram.window import Window
from protocols.model import Counter
from receiver.journal.entry import Body, Entry, EntryKind, rfc3339
from receiver.journal.store import DiskError, Group, JournalStore

ROWS_AT_ONCE = 1000
KEPT_MAX = 1000
"""Entries of the station itself that wait for the end of a trouble: a path lost meanwhile must not go untold."""
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
    windows: dict[str, Window] | None = None
    """Which counters are taken, where the database was opened anew: what a commit reported as failed may be there."""


class Journal(Protocol):
    """What the station asks of a journal, whatever keeps it."""

    def append(self, bodies: tuple[Body, ...], received: float, token: Any, counter: Counter | None = None) -> None:
        """Store the entries of one message, and that its counter is taken; the token comes back in a :class:`Batch`.

        Never blocks.
        """

    def mark(self, name: str, value: str) -> None:
        """Remember a small fact with some later commit."""


_Work = list[tuple[Group, Any]]


def _at_once(call: Callable[[], None]) -> None:
    call()


class JournalWriter:
    """The journal's thread. ``start`` opens the database in the caller's thread, so errors show there."""

    def __init__(
        self,
        path: Path,
        node: str,
        deliver: Callable[[Batch], None],
        *,
        at_end_of_turn: Callable[[Callable[[], None]], Any] = _at_once,
        in_caller: Callable[[Callable[[], None]], Any] = _at_once,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``deliver`` is told of every commit. Both hooks are given a callable without arguments:
        ``at_end_of_turn`` calls it once the caller's thread has done what it is at, ``in_caller`` is called in the
        journal's thread and calls it in the caller's.
        """
        self.path = path
        self._node = node
        self._deliver = deliver
        self._at_end_of_turn = at_end_of_turn
        self._in_caller = in_caller
        self._clock = clock
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._fresh: _Work = []
        self._busy = False
        self._armed = False
        self._marks: dict[str, str] = {}
        self._trouble: Trouble | None = None
        self._not_stored = 0
        self._kept: deque[Group] = deque(maxlen=KEPT_MAX)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._store = JournalStore(path)
        self.busy_since: float | None = None
        """Monotonic seconds at which the commit that runs now began; None while there is none."""

    @property
    def last_id(self) -> int:
        """Id of the newest entry; exact before ``start``."""
        return self._store.last_id

    @property
    def identity(self) -> str:
        """The journal's own name, the same for as long as it is this journal."""
        return self._store.identity

    def marks(self) -> dict[str, str]:
        """Facts remembered by ``mark``; before ``start`` only."""
        return self._store.marks()

    def windows(self) -> dict[str, Window]:
        """Which counters are taken; before ``start`` only."""
        return self._store.windows()

    def start(self) -> None:
        """Begin. From here on the connection belongs to the thread."""
        # SQLite connections belong to the thread that opened them.
        self._store.close()
        self._thread.start()

    @property
    def running(self) -> bool:
        """Between ``start`` and the end of the thread."""
        return self._thread.is_alive()

    def append(self, bodies: tuple[Body, ...], received: float, token: Any, counter: Counter | None = None) -> None:
        """Store the entries of one message, if any, and its counter; the token comes back in a Batch. Never blocks.

        Entries with the token None are the station's own: nobody waits for them, and they outlive a trouble.
        """
        with self._lock:
            self._fresh.append((Group(bodies, int(received * 1e6), counter), token))
            if self._busy or self._armed:
                return
            self._armed = True
        self._at_end_of_turn(self._hand_over)

    def mark(self, name: str, value: str) -> None:
        """Remember a small fact with some later commit."""
        with self._lock:
            self._marks[name] = value

    def finish(self) -> None:
        """Hand over what is left, and let the thread end after it. Then :meth:`join`."""
        with self._lock:
            fresh, self._fresh = self._fresh, []
        self._queue.put(fresh)
        self._queue.put(None)

    def join(self, timeout_s: float = 30.0) -> bool:
        """Wait for the thread to end. False when it did not in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # In the caller's thread

    def _hand_over(self) -> None:
        with self._lock:
            self._armed = False
            if self._busy or not self._fresh:
                return
            work, self._fresh = self._fresh, []
            self._busy = True
        self._queue.put(work)

    def _done(self, batch: Batch, last: bool) -> None:
        if last:
            with self._lock:
                self._busy = False
            # The disk works on while the answers leave.
            self._hand_over()
        self._deliver(batch)

    # In the journal's thread

    def _run(self) -> None:
        while True:
            work: _Work | None = []
            try:
                work = self._queue.get(timeout=PROBE_S if self._trouble else None)
                if work is None:
                    break
            except Empty:
                self._store_some([], last=False)
                continue
            some: _Work = []
            rows = 0
            for each in work:
                some.append(each)
                rows += len(each[0].bodies) or 1
                if rows >= ROWS_AT_ONCE:
                    self._store_some(some, last=False)
                    some, rows = [], 0
            self._store_some(some, last=True)
        # If closing fails nothing is lost: what was acknowledged is in the write-ahead log, read by the next start.
        with suppress(Exception):
            self._store.close()

    def _store_some(self, work: _Work, *, last: bool) -> None:
        self.busy_since = time.monotonic()
        try:
            batch = self._commit(work)
        except Exception as error:
            # Whatever it is: this thread must go on, and nothing of this work may be acknowledged.
            batch = self._failed(work, f"{type(error).__name__}: {error}")
            self._store.give_up()
        self.busy_since = None
        self._in_caller(lambda: self._done(batch, last))

    def _commit(self, work: _Work) -> Batch:
        batch = Batch()
        with self._lock:
            marks, self._marks = self._marks, {}
        try:
            if not self._store.open:
                batch.extra += self._store.reopen()
                batch.windows = self._store.windows()
            before = [] if self._trouble is None else [self._recovery(self._trouble), *self._kept]
            groups = [*before, *(group for group, _ in work)]
            stored = self._store.commit(groups, marks) if groups or marks else []
        except DiskError as error:
            with self._lock:
                self._marks = {**marks, **self._marks}
            failed = self._failed(work, str(error))
            failed.extra, failed.windows = batch.extra, batch.windows
            return failed
        if self._trouble is not None:
            self._trouble, self._not_stored = None, 0
            self._kept.clear()
            for entries in stored[: len(before)]:
                batch.extra += entries or ()
        batch.settled = [(token, entries) for (_, token), entries in zip(work, stored[len(before) :], strict=True)]
        return batch

    def _failed(self, work: _Work, error: str) -> Batch:
        """Nothing of this work is stored. What only the station itself wanted to write is tried again."""
        for group, token in work:
            if token is None:
                self._kept.append(group)
            else:
                self._not_stored += 1
        if self._trouble is None or self._trouble.error != error:
            since = self._trouble.since if self._trouble else self._clock()
            self._trouble = Trouble(since, error)
        return Batch(settled=[(token, None) for _, token in work if token is not None], trouble=self._trouble)

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
