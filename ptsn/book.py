"""The accounts as commands reach them: through the running station, or straight in its database.

The database is written only under the station's own lock, so that it never has two writers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from receiver.accounts import AccountBook
    from receiver.settings import Settings

Row = Mapping[str, object]

START_S = 5.0
"""How long a station that is starting, or another command, is waited for."""


class Book(Protocol):
    """The accounts, wherever they are."""

    def rows(self) -> list[dict[str, Any]]:
        """Every account as column to value, keys masked."""

    def import_rows(self, rows: Sequence[Row], replace: bool) -> dict[str, Any]:
        """``added``, ``changed`` and ``removed`` with counts, ``notes`` with sentences."""

    def remove(self, identity: dict[str, str]) -> None:
        """Take one account away."""


class RunningStation:
    """The accounts of a station that runs."""

    def __init__(self, settings: Settings) -> None:
        from ptsn.client import StationClient

        self.client = StationClient(settings.socket)

    def rows(self) -> list[dict[str, Any]]:
        answer = self.client.get("/v1/accounts")
        rows: list[dict[str, Any]] = answer["accounts"] if isinstance(answer, dict) else answer
        return rows

    def import_rows(self, rows: Sequence[Row], replace: bool) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post("/v1/accounts/import", {"rows": rows, "replace": replace})
        return answer

    def remove(self, identity: dict[str, str]) -> None:
        self.client.post("/v1/accounts/remove", identity)


class OwnBook:
    """The database of a station that does not run."""

    def __init__(self, book: AccountBook) -> None:
        self.book = book

    def rows(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.book.listing()]

    def import_rows(self, rows: Sequence[Row], replace: bool) -> dict[str, Any]:
        change = self.book.import_rows(rows, replace)
        return {**change.counts(), "notes": list(change.notes)}

    def remove(self, identity: dict[str, str]) -> None:
        self.book.remove(**identity)


@contextmanager
def open_book(settings: Settings) -> Iterator[Book]:
    """The accounts of the running station, or its database under its lock. Raises UserError or OSError."""
    from ptsn.client import is_running
    from receiver.accounts import AccountBook
    from receiver.lock import LockedError, StationLock

    lock = StationLock(settings.lock, "ptsn accounts")
    deadline = time.monotonic() + START_S
    while True:
        if is_running(settings.socket):
            station = RunningStation(settings)
            try:
                yield station
            finally:
                station.client.close()
            return
        try:
            lock.acquire()
            break
        except LockedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    try:
        book = AccountBook(settings.accounts)
        try:
            yield OwnBook(book)
        finally:
            book.close()
    finally:
        lock.release()
