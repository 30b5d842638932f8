"""The thread that keeps the index up with the journal.

It only reads the journal, by a connection of its own, and nobody waits for it: told of commits, it wakes a few
times a second at most, indexes what is new, and rests at least as long as that took. Whatever goes wrong with the
index is put right here: a damaged one is made anew, and while the disk takes nothing it tries again now and then.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from twisted.logger import Logger

from receiver.journal.entry import Entry
from receiver.journal.reader import JournalReader
from receiver.journal.schema import JournalError
from receiver.search import schema
from receiver.search.schema import DamageError, ForeignFileError
from receiver.search.store import RESERVE, IndexStore, is_damage

PAUSE_S = 0.15
"""What is committed meanwhile is indexed together."""
MANY = 75
BUSY_PAUSE_S = 0.5
"""The same after so many at once, which is 500 in a second: the more together, the less each costs."""
REST = 1.0
"""Time of rest for each second of work: the processor belongs to the signals."""
HANDED_MAX = 8192
"""Entries that are kept for it; of more it is told to read the journal."""
AGAIN_S = 5.0
"""After trouble."""
CHECK_S = 10.0
"""How often a quiet thread sees whether its file is still there."""


class Follower:
    """Follows one journal. ``start``, ``publish`` after commits, ``stop``, ``join``."""

    _log = Logger()

    def __init__(self, journal: Path, path: Path, *, reserve: int = RESERVE, again_s: float = AGAIN_S) -> None:
        """``reserve``: bytes of the disk left to the journal; ``again_s``: how long to wait after trouble."""
        self.path = path
        self.upto = 0
        """The index knows the journal up to this id. Read by any thread."""
        self.trouble = ""
        """Why the index stands still; empty while it does not."""
        self._journal = journal
        self._reserve = reserve
        self._again_s = again_s
        self._lock = threading.Lock()
        self._handed: list[Sequence[Entry]] = []
        self._handed_rows = 0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._distrusted = False
        self._thread = threading.Thread(target=self._run, name="search index", daemon=True)

    def start(self) -> None:
        """Begin; the journal must be there."""
        self._thread.start()

    def publish(self, entries: Sequence[Entry]) -> None:
        """These were committed, by rising id. Costs next to nothing; never blocks."""
        with self._lock:
            self._handed_rows += len(entries)
            if self._handed_rows <= HANDED_MAX:
                self._handed.append(entries)
            else:
                # It lags: whatever it has no room for it reads from the journal.
                self._handed.clear()
        if not self._wake.is_set():
            self._wake.set()

    def _take(self) -> list[Entry]:
        with self._lock:
            handed, self._handed = self._handed, []
            self._handed_rows = 0
        return [entry for entries in handed for entry in entries]

    def distrust(self) -> None:
        """A reader found the index damaged: make it anew. Any thread."""
        self._distrusted = True
        self._wake.set()

    def stop(self) -> None:
        """Let the thread end after what it is at. Then :meth:`join`."""
        self._stopping.set()
        self._wake.set()

    def join(self, timeout_s: float = 10.0) -> bool:
        """Wait for the thread to end. False when it did not in time."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        thrown = 0
        while not self._stopping.is_set():
            began = self.upto
            try:
                self._follow()
            except (DamageError, sqlite3.DatabaseError) as error:
                if not isinstance(error, DamageError) and not is_damage(error):
                    self._stand(error)
                    continue
                thrown = 0 if self.upto > began else thrown + 1
                self._anew(error)
                if thrown > 1:
                    self._stopping.wait(self._again_s)
            except (OSError, JournalError, ForeignFileError) as error:
                self._stand(error)
            except Exception as error:
                # Whatever it is: the search must not end for it, and nothing else depends on it.
                self._log.failure("the index of the search failed")
                self._stand(error)

    def _stand(self, error: Exception) -> None:
        text = str(error) or type(error).__name__
        if text != self.trouble:
            self._log.warn("the index of the search stands still: {error}; it goes on by itself", error=text)
            self.trouble = text
        self._stopping.wait(self._again_s)

    def _anew(self, error: Exception) -> None:
        self._log.warn("{path}: the index of the search is made anew: {error}", path=str(self.path), error=str(error))
        self._distrusted = False
        self.upto = 0
        try:
            schema.throw_away(self.path)
        except OSError as gone:
            self._stand(gone)

    def _follow(self) -> None:
        with JournalReader(self._journal) as reader, closing(IndexStore(self.path, reader, self._reserve)) as store:
            self.upto = store.upto
            while not self._stopping.is_set():
                self._wake.clear()
                if self._distrusted:
                    raise DamageError("a search found it damaged")
                store.check_place()
                before, began = store.upto, time.monotonic()
                more = store.follow(self._take())
                spent = time.monotonic() - began
                self.upto = store.upto
                if self.trouble:
                    self._log.info("the index of the search goes on")
                    self.trouble = ""
                pause_s = BUSY_PAUSE_S if store.upto - before >= MANY else PAUSE_S
                self._stopping.wait(spent * REST if more else max(pause_s, spent * REST))
                if not more:
                    self._wake.wait(CHECK_S)
