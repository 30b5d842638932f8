"""The one connection that writes the index. All methods belong to one thread.

Entries are read from the journal a page at a time as *one* value, and written by one statement for each table: the
thread gives the interpreter away at every step of a statement and would have to win it back from the station's
others, for every row.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from receiver.journal.entry import Entry, EntryKind
from receiver.journal.reader import JournalReader, entry_from_row
from receiver.journal.schema import JournalError
from receiver.search import schema, tokens
from receiver.search.schema import BLOCK, DamageError
from receiver.search.tokens import Indexed, Row

PAGE = 256
"""Entries read and written at once."""
BATCH = 8
"""Pages of one transaction."""
RESERVE = 64 * 1024 * 1024
"""Bytes of the disk that are the journal's: with less than that free the index waits."""
RAW_MAX = 2000
"""Bytes of a message nobody could read whose words are found."""

# The body is JSON as it stands: a page of them is JSON, too.
_READ = """
SELECT CAST('[' || group_concat('[' || id || ',' || received_us || ',' || CAST(body AS TEXT) || ']') || ']' AS BLOB)
FROM (SELECT id, received_us, body FROM entries WHERE id > ? ORDER BY id LIMIT ?)
"""
_Page = Sequence[tuple[int, int, Indexed]]
_decode = msgspec.json.Decoder(list[tuple[int, int, Row]]).decode


@cache
def _insert(what: str, row: str, rows: int) -> str:
    return f"INSERT INTO {what} VALUES " + ",".join([row] * rows)


class FullError(OSError):
    """So little of the disk is free that the rest is left to the journal."""


class IndexStore:
    """The index of one journal, open for writing."""

    def __init__(self, path: Path, reader: JournalReader, reserve: int = RESERVE) -> None:
        """Open the index and see that it is of this journal.

        Raises DamageError when it is not (or not whole), ForeignFileError, JournalError, sqlite3.Error, OSError.
        """
        self.path = path
        self._reader = reader
        self._reserve = reserve
        self._db = schema.open_writer(path)
        try:
            found = os.stat(path)
            self._file = (found.st_dev, found.st_ino)
            self.upto = self._place()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def _place(self) -> int:
        """Where the cursor stands. Raises DamageError when the journal is not the one that was indexed."""
        facts = dict(self._db.execute("SELECT name, value FROM facts").fetchall())
        genesis = self._reader.rows("SELECT value FROM facts WHERE name = 'genesis'")[0][0]
        if not facts:
            self._db.execute("INSERT INTO facts VALUES ('genesis', ?)", (genesis,))
            return 0
        if facts.get("genesis") != genesis:
            raise DamageError("it is of another journal")
        upto = int(facts.get("upto", b"0"))
        if upto and facts.get("digest") != self._digest(upto):
            raise DamageError(f"the journal is another one than before: entry {upto} is not the one that was indexed")
        return upto

    def _digest(self, id_: int) -> bytes | None:
        rows = self._reader.rows("SELECT digest FROM entries WHERE id = ?", [id_])
        return bytes(rows[0][0]) if rows else None

    def check_place(self) -> None:
        """See that file and journal are those of before. Raises DamageError."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            raise DamageError("it was removed") from None
        if self._file != (found.st_dev, found.st_ino):
            raise DamageError("another file was put in its place")
        if self._reader.last_id() < self.upto:
            raise DamageError("the journal is shorter than it was")

    def follow(self, handed: Sequence[Entry] = ()) -> bool:
        """Index the next entries, all or none. True when there may be more. Raises as the constructor does.

        ``handed``: entries just committed, by rising id; where they go on from the cursor they need not be read.
        """
        disk = os.statvfs(self.path.parent)
        if disk.f_bavail * disk.f_frsize < self._reserve:
            raise FullError(f"less than {self._reserve // 1024 // 1024} MiB of the disk are free")
        upto = self.upto
        more = False
        self._db.execute("BEGIN")
        try:
            for page in self._pages(upto, handed):
                self._write(page)
                upto = page[-1][0]
                more = len(page) == PAGE
            if upto != self.upto:
                self._db.execute(
                    "INSERT OR REPLACE INTO facts VALUES ('upto', ?), ('digest', ?)",
                    (str(upto).encode(), self._digest(upto)),
                )
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self.upto = upto
        return more

    def _pages(self, upto: int, handed: Sequence[Entry]) -> Iterator[_Page]:
        fresh = [(entry.id, entry.received_us, entry.body) for entry in handed if entry.id > upto]
        if fresh and fresh[0][0] == upto + 1 and fresh[-1][0] == upto + len(fresh):
            for at in range(0, len(fresh), PAGE):
                yield fresh[at : at + PAGE]
            return
        for _ in range(BATCH):
            page = self._page(upto)
            if page:
                yield page
                upto = page[-1][0]
            if len(page) < PAGE:
                return

    def _page(self, since: int) -> _Page:
        data = self._reader.rows(_READ, [since, PAGE])[0][0]
        if data is None:
            return []
        try:
            return _decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return self._one_by_one(since)

    def _one_by_one(self, since: int) -> _Page:
        """A page in which a body is damaged: that entry is found by its time only."""
        page: list[tuple[int, int, Indexed]] = []
        sql = "SELECT id, arrival, kind, received_us, body FROM entries WHERE id > ? ORDER BY id LIMIT ?"
        for row in self._reader.rows(sql, [since, PAGE]):
            try:
                page.append((row[0], row[3], entry_from_row(row).body))
            except JournalError:
                kind = EntryKind(row[2]) if row[2] in set(EntryKind) else EntryKind.UNREAD
                page.append((row[0], row[3], Row(kind=kind)))
        return page

    def _write(self, page: _Page) -> None:
        places: list[object] = []
        words: list[object] = []
        blocks: dict[int, tuple[int, int]] = {}
        of, zone_of = tokens.of, tokens.zone_of
        for id_, received_us, row in page:
            more = ""
            if row.kind is EntryKind.UNREAD or row.code == "accounts.changed":
                more = self._more(id_, row)
            zone = zone_of(row)
            places += (id_, received_us, row.account_key, zone)
            words += (id_, of(row, zone, more))
            first, last = blocks.get(id_ // BLOCK, (received_us, received_us))
            blocks[id_ // BLOCK] = (min(first, received_us), max(last, received_us))
        self._db.execute(_insert("entries", "(?,?,?,?)", len(page)), places)
        self._db.execute(_insert("words (rowid, tokens)", "(?,?)", len(page)), words)
        for block, (first, last) in blocks.items():
            self._db.execute(
                "INSERT INTO blocks VALUES (?, ?, ?) ON CONFLICT (block) DO UPDATE SET "
                "first_us = min(first_us, excluded.first_us), last_us = max(last_us, excluded.last_us)",
                (block, first, last),
            )

    def _more(self, id_: int, row: Indexed) -> str:
        """What few entries have: the bytes of a message nobody could read; accounts that have a name by now."""
        try:
            entry = next(iter(self._reader.page(id_ - 1, 1, id_)))
        except (JournalError, StopIteration):
            return ""
        if row.kind is EntryKind.UNREAD:
            return (
                (entry.body.plain or entry.body.raw)[:RAW_MAX].encode("latin-1", "replace").decode("utf-8", "replace")
            )
        if row.kind is EntryKind.STATION:
            pairs: Sequence[Any] = [pair.split(" ", 1) for pair in entry.body.details.get("renamed", ())]
            for pair in pairs:
                if len(pair) == 2:
                    self._db.execute("INSERT OR REPLACE INTO renamed VALUES (?, ?)", pair)
        return ""


def is_damage(error: BaseException) -> bool:
    """Whether an error of SQLite speaks of the index itself, and not of the disk or the moment."""
    if not isinstance(error, sqlite3.Error):
        return False
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return (code & 0xFF) in _DAMAGE


_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_SCHEMA,
        sqlite3.SQLITE_TOOBIG,
    }
)
