"""The one connection that writes the journal: groups of bodies in, entries out, all or nothing a group.

Synchronous, and owned by one thread. A *group* is the entries of one message. Groups handed over together
are committed together (group commit). When such a commit fails for a reason other than the disk, the groups
are stored one by one, and a group that cannot be stored is kept as its raw bytes with a finding, so that
one bad message never silences others. When the disk fails nothing is stored, and the connection is opened
anew at the next try.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from msgspec import Struct

from protocols.datagram.window import Window
from protocols.errors import UserError
from protocols.model import Counter
from receiver.journal.chain import link
from receiver.journal.entry import Body, Entry, encode_body
from receiver.journal.raw import NOT_STORABLE, as_raw
from receiver.journal.reader import entry_from_row
from receiver.journal.schema import JournalError, identity_of, open_writer, read_windows
from receiver.sqlite import Database

DISK_CODES = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_INTERNAL,
    }
)
"""Primary result codes that speak of the disk or the database, never of what was to be stored."""

# The thread gives the interpreter away at every statement, and on a busy station waits to get it back: so the rows
# of a commit go in by one statement that commits by itself, wherever they fit into one.
_CHUNK = 256


@cache
def _insert(rows: int) -> str:
    return "INSERT INTO entries VALUES " + ",".join(["(?,?,?,?,?,?)"] * rows)


_UNTOUCHED = Window()
_KEEP = "INSERT INTO {} VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


__all__ = ["DISK_CODES", "NOT_STORABLE", "DiskError", "Group", "JournalStore"]


class DiskError(UserError):
    """Storing failed because of the disk or the database file; what was to be stored is not to blame."""


class Group(Struct, frozen=True, gc=False):
    """The entries of one message, in order, and the time it was received."""

    bodies: tuple[Body, ...]
    received_us: int
    counter: Counter | None = None
    """Taken in the same transaction. A message that leaves nothing but this has no entries."""


_ID_TAKEN = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID, sqlite3.SQLITE_CONSTRAINT_UNIQUE}
)
"""Somebody else wrote into the journal: what is on disk has to be read again."""


def _disk_error(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return (code & 0xFF) in DISK_CODES or code in _ID_TAKEN
    return isinstance(error, OSError | MemoryError)


class JournalStore:
    """The writing connection. All methods belong to one thread."""

    def __init__(self, path: Path) -> None:
        """Open the journal. Raises JournalError, or DiskError when the disk fails."""
        self.path = path
        self.last_id = 0
        self.head = b""
        self.identity = ""
        """The journal's own name (:func:`receiver.journal.schema.identity_of`)."""
        self._db: Database | None = None
        self._opened = False
        self._windows: dict[str, Window] = {}
        self._files: dict[Path, tuple[int, int]] = {}
        self.reopen()
        self._opened = True

    def reopen(self) -> list[Entry]:
        """Open the database anew, for the first time or after trouble.

        Returns entries that are on disk although their commit had been reported as failed (the disk
        wrote them and then failed to say so), so that the station can take note of them.
        Raises DiskError while the disk still fails.
        """
        self.give_up()
        if self._opened and not self.path.exists():
            # A new journal in its place would hide that the old one is missing.
            raise DiskError(f"{self.path}: is gone; put it back, or stop the station to begin a new journal")
        try:
            db = open_writer(self.path)
        except JournalError as error:
            # What would be a wrong setting at the start is trouble later on: it was the right file before.
            if self._opened:
                raise DiskError(str(error)) from error
            raise
        except (sqlite3.Error, OSError) as error:
            raise DiskError(f"{self.path}: {error}") from error
        try:
            genesis = bytes(db.execute("SELECT value FROM facts WHERE name = 'genesis'").fetchone()[0])
            if self.identity and self.identity != identity_of(genesis):
                raise JournalError("is another journal than before; put the station's own back")
            row = db.execute("SELECT id, digest FROM entries ORDER BY id DESC LIMIT 1").fetchone()
            found: list[Entry] = []
            if row is None or row[0] < self.last_id:
                if self.last_id:
                    raise JournalError(f"entries up to {self.last_id} were here and are gone")
                head = (0, genesis)
            else:
                if self.last_id and row[0] > self.last_id:
                    rows = db.execute(
                        "SELECT id, arrival, kind, received_us, body FROM entries WHERE id > ? ORDER BY id",
                        [self.last_id],
                    )
                    found = [entry_from_row(each) for each in rows]
                head = (row[0], bytes(row[1]))
            windows = read_windows(db)
        except (sqlite3.Error, JournalError, TypeError) as error:
            db.close()
            raise DiskError(f"{self.path}: {error}") from error
        self.identity, self._windows = identity_of(genesis), windows
        self.last_id, self.head = head
        self._db = db
        self._files.clear()
        self._know_files()
        return found

    def close(self) -> None:
        """Close the connection; the last one to close folds the write-ahead log into the database."""
        if self._db is not None:
            db, self._db = self._db, None
            db.close()

    @property
    def open(self) -> bool:
        """False after trouble, until ``reopen`` succeeds."""
        return self._db is not None

    def marks(self) -> dict[str, str]:
        """Small facts kept beside the entries (where a reader stands)."""
        assert self._db is not None
        return dict(self._db.execute("SELECT name, value FROM marks").fetchall())

    def windows(self) -> dict[str, Window]:
        """Which counters are taken, by the name of their window."""
        return dict(self._windows)

    def commit(self, groups: Sequence[Group], marks: dict[str, str] | None = None) -> list[tuple[Entry, ...] | None]:
        """Store all groups; durable when this returns.

        Returns, per group, its entries, or None for a group that could not be stored in any form.
        Raises DiskError when the disk fails: then nothing of this call counts as stored, and the connection is
        closed until ``reopen``, which tells what is on disk all the same.
        """
        try:
            self._check_files()
            return list(self._commit(groups, marks or {}))
        except DiskError:
            self.give_up()
            raise
        except Exception as error:
            if _disk_error(error):
                self.give_up()
                raise DiskError(f"{self.path}: {error}") from error
        # Not the disk: some group is to blame. One by one, so that it silences nobody else. Marks wait.
        last_id, head = self.last_id, self.head
        try:
            return [self._commit_alone(group) for group in groups]
        except DiskError:
            # What was stored before the disk failed is found again by ``reopen``.
            self.last_id, self.head = last_id, head
            raise

    def _check_files(self) -> None:
        """A deleted or replaced file can be written to for ever, and nobody will find it. Raises DiskError."""
        for path, known in self._files.items():
            try:
                found = os.stat(path)
            except FileNotFoundError:
                raise DiskError(f"{path}: is gone; put it back, or stop the station to begin a new journal") from None
            if known != (found.st_dev, found.st_ino):
                raise DiskError(f"{path}: is another file than before; put the journal's own back")

    def _know_files(self) -> None:
        """Remember which files these are, once both are there."""
        for path in (self.path, Path(f"{self.path}-wal")):
            with suppress(FileNotFoundError):
                found = os.stat(path)
                self._files[path] = (found.st_dev, found.st_ino)

    def _commit_alone(self, group: Group) -> tuple[Entry, ...] | None:
        attempts = [group]
        if group.bodies:
            attempts.append(Group((as_raw(group.bodies[0]),), group.received_us, group.counter))
        for attempt in attempts:
            try:
                return self._commit((attempt,), {})[0]
            except Exception as error:
                if _disk_error(error):
                    self.give_up()
                    raise DiskError(f"{self.path}: {error}") from error
        return None

    def _commit(self, groups: Sequence[Group], marks: dict[str, str]) -> list[tuple[Entry, ...]]:
        db = self._db
        if db is None:
            raise DiskError(f"{self.path}: the journal is closed")
        next_id, head = self.last_id + 1, self.head
        values: list[object] = []
        result: list[tuple[Entry, ...]] = []
        windows: dict[str, Window] = {}
        for group in groups:
            counter = group.counter
            if counter is not None:
                window = windows.get(counter.window) or self._windows.get(counter.window, _UNTOUCHED)
                windows[counter.window] = window.taken(counter.number, counter.mark)
            arrival = next_id
            received_us = group.received_us
            entries: list[Entry] = []
            for body in group.bodies:
                data = encode_body(body)
                head = link(head, next_id, arrival, data)
                values += (next_id, arrival, body.kind, received_us, data, head)
                entries.append(Entry(next_id, arrival, body, data, received_us))
                next_id += 1
            result.append(tuple(entries))
        count = next_id - 1 - self.last_id
        if 0 < count <= _CHUNK and not marks and not windows:
            db.execute(_insert(count), values)
        else:
            with db.atomic():
                for at in range(0, count, _CHUNK):
                    size = min(_CHUNK, count - at)
                    db.execute(_insert(size), values[at * 6 : (at + size) * 6])
                for name, value in marks.items():
                    db.execute(_KEEP.format("marks"), [name, value])
                for name, window in windows.items():
                    db.execute(_KEEP.format("windows"), [name, window.to_bytes()])
        if len(self._files) < 2:
            # The write-ahead log comes with the first write.
            self._know_files()
        self.last_id, self.head = next_id - 1, head
        self._windows |= windows
        return result

    def give_up(self) -> None:
        """Close the connection whatever it says; ``reopen`` makes a new one."""
        try:
            self.close()
        except sqlite3.Error:
            self._db = None
