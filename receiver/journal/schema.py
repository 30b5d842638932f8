"""The journal's tables, their migrations, and how its database is opened.

The hot table carries only what a restart needs; search and other indexes follow behind by a cursor, so
that an acknowledgement never waits for them.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from protocols.datagram.window import Window, WindowError
from protocols.errors import UserError
from receiver.sqlite import Database, Migrations

migrations = Migrations("journal")


class JournalError(UserError):
    """The journal cannot be opened, read or written. The text is for a person."""


@migrations()
def entries(db: Database) -> None:
    """Version 1: entries, with triggers that keep them as they were written, marks and facts."""
    db.execute(
        """
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            arrival INTEGER NOT NULL,
            kind TEXT NOT NULL,
            received_us INTEGER NOT NULL,
            body BLOB NOT NULL,
            digest BLOB NOT NULL
        ) STRICT
        """
    )
    for change in ("UPDATE", "DELETE"):
        db.execute(
            f"""
            CREATE TRIGGER entries_no_{change.lower()} BEFORE {change} ON entries
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
            """
        )
    db.execute("CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
    db.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT")
    # Two journals never share a chain, even if their first entries are equal.
    db.execute("INSERT INTO facts VALUES ('genesis', ?)", [secrets.token_bytes(32)])


@migrations()
def windows(db: Database) -> None:
    """Version 2: which counters of radio stations were taken (protocols.datagram.window), by station and key."""
    db.execute("CREATE TABLE windows (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT")


def open_writer(path: Path) -> Database:
    """Open (or create, mode 0600) the journal for its one writer and bring its tables up to date.

    Raises JournalError with a text for a person, sqlite3.Error when the disk fails.
    """
    if not path.parent.is_dir():
        raise JournalError(f"{path}: the folder {path.parent} does not exist; create it or change station.journal")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise JournalError(f"{path}: cannot be opened for writing: {error.strerror}") from error
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=300)
    db = Database(connection)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA foreign_keys=ON")
        if migrations.pending(db):
            _refuse_foreign(db, path)
            migrations.apply(db)
    except sqlite3.DatabaseError as error:
        connection.close()
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB:
            raise JournalError(f"{path}: is not a journal (not an SQLite database); name another file") from error
        raise
    return db


def identity_of(genesis: bytes) -> str:
    """The journal's own name, 16 hexadecimal digits: the first 8 bytes of SHA-256 of ``ptsn journal`` and its genesis.

    A copy has the name of what it was copied from; a journal that was begun anew has another.
    """
    return sha256(b"ptsn journal" + genesis).digest()[:8].hex()


def _refuse_foreign(db: Database, path: Path) -> None:
    """Never write our tables into somebody else's database."""
    names = set(db.table_names()) - {"_sqlite_migrations", "sqlite_stat1"}
    if names and "entries" not in names:
        raise JournalError(f"{path}: is a database of something else (tables: {', '.join(sorted(names)[:5])})")


def open_reader(path: Path) -> Database:
    """Open the journal for reading only. Raises JournalError with a text for a person."""
    if not path.is_file():
        raise JournalError(f"{path}: no journal there; it is made by the first `ptsn serve`")
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
        db = Database(connection)
        db.execute("SELECT id FROM entries LIMIT 1").fetchone()
    except sqlite3.Error as error:
        raise JournalError(f"{path}: cannot be read as a journal: {error}") from error
    return db


def read_windows(db: Database) -> dict[str, Window]:
    """Which counters are taken, by the name of their window. Raises JournalError, sqlite3.Error."""
    windows = {}
    for name, value in db.execute("SELECT name, value FROM windows"):
        try:
            windows[name] = Window.from_bytes(value)
        except WindowError as error:
            # Without it every recording of the unit would pass for new.
            raise JournalError(
                f"which messages of radio unit {name} were taken cannot be read ({error}); restore the journal from a "
                "copy, or take the unit's key away (ptsn radio key remove ACCOUNT), then this row (sqlite3 JOURNAL "
                f"\"DELETE FROM windows WHERE name = '{name}'\"), and enrol the unit anew"
            ) from error
    return windows
