"""Reading the journal: pages by id, on a connection of its own, never in a long transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from receiver.journal.entry import Entry, decode_body
from receiver.journal.schema import JournalError, identity_of, open_reader
from receiver.sqlite import Database

PAGE = 500
"""Entries read at once: one short transaction."""

_COLUMNS = "id, arrival, kind, received_us, body"


def entry_from_row(row: Sequence[Any]) -> Entry:
    """``(id, arrival, kind, received_us, body)`` as an entry. Raises JournalError when the body is broken."""
    data = bytes(row[4])
    try:
        return Entry(row[0], row[1], decode_body(data), data, row[3])
    except msgspec.MsgspecError as error:
        raise JournalError(
            f"entry {row[0]} cannot be read ({error}); `ptsn journal verify` tells which entries are damaged"
        ) from error


class JournalReader:
    """A read-only connection; belongs to the thread that made it."""

    def __init__(self, path: Path) -> None:
        """Open the journal at ``path``. Raises JournalError."""
        self.path = path
        self._db: Database = open_reader(path)

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def identity(self) -> str:
        """The journal's own name. Raises JournalError."""
        return identity_of(bytes(self.rows("SELECT value FROM facts WHERE name = 'genesis'")[0][0]))

    def window_names(self) -> frozenset[str]:
        """Names of the windows of counters: of which keys anything was ever taken. Raises JournalError."""
        if not self.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'windows'"):
            return frozenset()  # of an earlier release, and not written to since
        return frozenset(row[0] for row in self.rows("SELECT name FROM windows"))

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """All rows of one short query. Raises JournalError."""
        try:
            return self._db.execute(sql, list(parameters)).fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: cannot be read: {error}") from error

    def page(self, since: int = 0, limit: int = PAGE, upto: int | None = None) -> list[Entry]:
        """At most ``limit`` entries with ids above ``since`` (and not above ``upto``), oldest first."""
        return [entry_from_row(row) for row in self._page(since, limit, upto)]

    def _page(self, since: int, limit: int, upto: int | None) -> list[Any]:
        return self.rows(
            f"SELECT {_COLUMNS} FROM entries WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            [since, (1 << 62) if upto is None else upto, limit],
        )

    def each(
        self, since: int = 0, upto: int | None = None, damaged: Callable[[str], object] | None = None
    ) -> Iterator[Entry]:
        """All entries with ids above ``since``, oldest first, page by page.

        An entry that cannot be read raises JournalError, or is told to ``damaged`` and left out.
        """
        while page := self._page(since, PAGE, upto):
            for row in page:
                try:
                    entry = entry_from_row(row)
                except JournalError as error:
                    if damaged is None:
                        raise
                    damaged(str(error))
                    continue
                yield entry
            since = page[-1][0]

    def latest(self, limit: int, until: int | None = None) -> list[Entry]:
        """The newest ``limit`` entries, oldest first; with ``until`` none above that id."""
        rows = self.rows(
            f"SELECT {_COLUMNS} FROM entries WHERE id <= ? ORDER BY id DESC LIMIT ?",
            [(1 << 62) if until is None else until, limit],
        )
        return [entry_from_row(row) for row in reversed(rows)]

    def some(self, ids: Sequence[int]) -> list[Entry]:
        """The entries of these ids, in their order, as far as they are there and can be read."""
        sql = f"SELECT {_COLUMNS} FROM entries WHERE id IN (SELECT value FROM json_each(?))"
        found: dict[int, Entry] = {}
        for row in self.rows(sql, [json.dumps(list(ids))]):
            with suppress(JournalError):
                found[row[0]] = entry_from_row(row)
        return [found[id_] for id_ in ids if id_ in found]

    def last_id(self) -> int:
        """Id of the newest entry, 0 when there is none."""
        rows = self.rows("SELECT max(id) FROM entries")
        return rows[0][0] or 0

    def first_since(self, received_us: int) -> int:
        """An id below all entries received at or after ``received_us``; found from the end, page by page.

        Ids rise with time except where the clock was set back, so the search goes on until a whole page
        is older.
        """
        floor = self.last_id() + 1
        while floor > 1:
            rows = self.rows("SELECT id, received_us FROM entries WHERE id < ? ORDER BY id DESC LIMIT ?", [floor, PAGE])
            young = [row[0] for row in rows if row[1] >= received_us]
            if not young:
                break
            floor = min(young)
            if floor > rows[-1][0]:
                break
        return floor - 1
