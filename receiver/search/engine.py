"""The answer: ids, newest first, in bounded time, on connections that only read."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from protocols.errors import UserError
from receiver.accounts import Account
from receiver.accounts.zone_names import ZoneTable
from receiver.search import schema, tokens
from receiver.search.follower import Follower
from receiver.search.names import Names
from receiver.search.query import Plan, Query, Understood, Word, plan
from receiver.search.schema import BLOCK, index_path
from receiver.search.store import is_damage

LIMIT_S = 3.0
"""How long a question may take."""
HIDDEN_MAX = 1000
"""Hidden entries that are counted."""
_STEPS = 10_000
"""Of SQLite's machine between two looks at the clock, each of which needs the interpreter."""

Condition = tuple[str, list[Any]]
"""A piece of SQL, and the values bound in it."""

_json = msgspec.json.encode


class SearchError(UserError):
    """There is no answer now. The text is for a person."""


class Found(Struct, frozen=True):
    """What a question found."""

    ids: list[int]
    """Newest first."""
    more: bool
    """There are older ones."""
    upto: int
    """The index knows the journal up to this id."""
    hidden: int
    """Tests and repeats among all that match, whatever ``before`` says; counted up to ``HIDDEN_MAX``."""
    hidden_more: bool
    """There are more of them than that."""
    understood: tuple[Understood, ...]


class Search:
    """The index of one journal: kept up by a thread, asked by any other."""

    def __init__(self, journal: Path, *, limit_s: float = LIMIT_S) -> None:
        self.path = index_path(journal)
        self.follower = Follower(journal, self.path)
        self._limit_s = limit_s
        self._names = Names()
        self._making = threading.Lock()

    def names(self, accounts: Sequence[Account], zones: ZoneTable) -> Names:
        """The words of these accounts; made anew when they are others than last time."""
        with self._making:
            if self._names.accounts is not accounts or self._names.zones is not zones:
                self._names = Names(accounts, zones)
            return self._names

    def find(self, query: Query, names: Names) -> Found:
        """Answer a question. Raises :class:`SearchError`."""
        deadline = time.monotonic() + self._limit_s
        try:
            with closing(schema.open_reader(self.path)) as db:
                db.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
                return _find(db, query, names)
        except FileNotFoundError:
            if trouble := self.follower.trouble:
                raise SearchError(f"the index of the search cannot be made: {trouble}") from None
            raise SearchError("the index of the search is being made; ask again in a moment") from None
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> SearchError:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
            return SearchError(
                f"the search took longer than {self._limit_s:g} s; ask for less: a shorter time, a filter"
            )
        if is_damage(error):
            self.follower.distrust()
            return SearchError("the index of the search is damaged and is being made anew; ask again in a moment")
        return SearchError(f"the index of the search cannot be read: {error}")


def _find(db: sqlite3.Connection, query: Query, names: Names) -> Found:
    # One moment for all of it: cursor, entries and counts.
    db.execute("BEGIN")
    fact = db.execute("SELECT value FROM facts WHERE name = 'upto'").fetchone()
    made = plan(query, names, lambda keys: _renamed(db, keys))
    wide = [_wide(word) for word in made.words if word.wide]
    left_out, seen = [tokens.TEST, tokens.REPEAT], [tokens.SHOWN]
    if made.tests:
        # Whoever asks for tests wants to see them.
        left_out, seen = [tokens.REPEAT], [tokens.SHOWN, tokens.TEST]
    shown = [] if query.hidden else [_either(seen)]
    ids = _ids(db, made, wide, shown, query.before, query.limit)
    hidden = 0
    if not query.hidden:
        hidden = len(_ids(db, made, wide, [_either(left_out)], None, HIDDEN_MAX + 1))
    return Found(
        ids=ids,
        more=len(ids) == query.limit,
        upto=int(fact[0]) if fact else 0,
        hidden=min(hidden, HIDDEN_MAX),
        hidden_more=hidden > HIDDEN_MAX,
        understood=made.understood,
    )


def _either(marks: Iterable[str]) -> str:
    return f"({' OR '.join(f'{chr(34)}{mark}{chr(34)}' for mark in marks)})"


def _renamed(db: sqlite3.Connection, keys: Iterable[str]) -> list[str]:
    # json escapes half a character, which a question may hold; msgspec refuses it.
    sql = "SELECT old FROM renamed WHERE new IN (SELECT value FROM json_each(?))"
    return [row[0] for row in db.execute(sql, (json.dumps(list(keys)),))]


def _ids(
    db: sqlite3.Connection, made: Plan, wide: Sequence[Condition], more: list[str], before: int | None, limit: int
) -> list[int]:
    query = made.query
    above, below = _bounds(db, query)
    if before is not None:
        below = min(below, before)
    if below - above <= 1:
        return []
    expressions = [*made.expressions, *more]
    looked_up = bool(wide) or query.from_us is not None or query.to_us is not None or not expressions
    conditions: list[str] = []
    values: list[Any] = []
    if expressions:
        source, id_ = "words w", "w.rowid"
        conditions.append("w.words MATCH ?")
        values.append(" AND ".join(expressions))
        if looked_up:
            source += " CROSS JOIN entries e ON e.id = w.rowid"
    else:
        source, id_ = "entries e", "e.id"
    conditions.append(f"{id_} > ? AND {id_} < ?")
    values += (above, below)
    for name, sign in (("from_us", ">="), ("to_us", "<")):
        if getattr(query, name) is not None:
            conditions.append(f"e.received_us {sign} ?")
            values.append(getattr(query, name))
    for condition, bound in wide:
        conditions.append(condition)
        values += bound
    sql = f"SELECT {id_} FROM {source} WHERE {' AND '.join(conditions)} ORDER BY {id_} DESC LIMIT ?"
    return [row[0] for row in db.execute(sql, [*values, limit])]


def _wide(word: Word) -> Condition:
    """A word that names many sites: entry by entry, against lists that SQLite sorts once.

    Tens of thousands may be in them, and the encoder keeps the interpreter to itself: it is the quickest there is.
    """
    ways, values = ["e.id IN (SELECT rowid FROM words WHERE words MATCH ?)"], [word.expression]
    if word.sites:
        ways.append("e.account_key IN (SELECT value FROM json_each(?))")
        values.append(_json(word.sites).decode())
    if word.zones:
        ways.append("(e.account_key, e.zone) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))")
        values.append(_json(word.zones).decode())
    return f"({' OR '.join(reversed(ways))})", values[::-1]


def _bounds(db: sqlite3.Connection, query: Query) -> tuple[int, int]:
    """Ids between which all entries of the time asked for are, both left out. Time may have been set back."""
    above, below = query.since, 1 << 62
    if query.from_us is not None:
        first = db.execute("SELECT min(block) FROM blocks WHERE last_us >= ?", (query.from_us,)).fetchone()[0]
        above = max(above, below if first is None else first * BLOCK - 1)
    if query.to_us is not None:
        last = db.execute("SELECT max(block) FROM blocks WHERE first_us < ?", (query.to_us,)).fetchone()[0]
        below = min(below, 0 if last is None else (last + 1) * BLOCK)
    return above, below
