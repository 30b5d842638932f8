"""The index's database: beside the journal, of one version, for one journal."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from protocols.errors import UserError
from receiver.search.tokens import TOKENIZER

VERSION = 2
"""Raised whenever tables, tokens or folding change: the index is then made anew."""

APPLICATION_ID = 0x70745349
"""Marks the file as ours: nothing else is ever thrown away."""

BLOCK = 1024
"""Ids that share a row of ``blocks``."""

_TABLES = f"""
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE entries (
    id INTEGER PRIMARY KEY, received_us INTEGER NOT NULL, account_key TEXT NOT NULL, zone TEXT NOT NULL
) STRICT;
CREATE TABLE blocks (block INTEGER PRIMARY KEY, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL) STRICT;
CREATE TABLE renamed (old TEXT PRIMARY KEY, new TEXT NOT NULL) STRICT;
CREATE INDEX renamed_new ON renamed (new);
CREATE VIRTUAL TABLE words USING fts5(tokens, content='', detail=none, columnsize=0, tokenize="{TOKENIZER}");
"""


class ForeignFileError(UserError):
    """Something else is where the index should be. The text is for a person."""


class DamageError(Exception):
    """The index is not to be trusted: damaged, of another version, or of another journal."""


def index_path(journal: Path) -> Path:
    """Where the index of a journal is: ``journal.db`` -> ``journal.search.db``, ``journal`` -> ``journal.search``.

    Journals of one folder never share one.
    """
    return journal.with_name(f"{journal.stem}.search.db" if journal.suffix == ".db" else f"{journal.name}.search")


def open_writer(path: Path) -> sqlite3.Connection:
    """Open or make (mode 0600) the index. Raises DamageError, ForeignFileError, sqlite3.Error or OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=32)
    try:
        made = connection.execute("PRAGMA application_id").fetchone()[0]
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if made != APPLICATION_ID and not empty:
            raise ForeignFileError(
                f"{path}: is a database of something else; move it away, so that the index of the search can be there"
            )
        # It is derived: a power cut may take its last commits, never its cursor apart from them.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        if empty:
            connection.executescript(
                f"BEGIN;PRAGMA application_id={APPLICATION_ID};PRAGMA user_version={VERSION};{_TABLES}COMMIT;"
            )
        elif connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            raise DamageError("it is of another release")
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the index for reading. Raises FileNotFoundError or sqlite3.Error."""
    if not path.is_file():
        raise FileNotFoundError(path)
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
    try:
        # What a question sorts out on its way must not need the disk.
        connection.execute("PRAGMA temp_store=MEMORY")
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            raise sqlite3.DatabaseError(f"{path}: is of another release")
    except BaseException:
        connection.close()
        raise
    return connection


def throw_away(path: Path) -> None:
    """Remove the index with what belongs to it. Raises OSError."""
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            os.unlink(f"{path}{suffix}")
