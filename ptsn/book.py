"""The accounts and their zones as commands reach them: through the running station, or straight in its database.

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

    def remove(self, identity: dict[str, str]) -> dict[str, Any]:
        """Take one account away; the answer is that of :meth:`import_rows`."""

    def zones(self, account_key: str = "") -> list[dict[str, str]]:
        """The zones that have names, of one account or of all, as column to value."""

    def import_zones(self, rows: Sequence[Row], replace: bool) -> dict[str, Any]:
        """As :meth:`import_rows`."""

    def remove_zones(self, which: dict[str, str]) -> dict[str, Any]:
        """Take the name of one zone away: the account's identity and ``number``, blank for all of them."""


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

    def remove(self, identity: dict[str, str]) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post("/v1/accounts/remove", identity)
        return answer

    def zones(self, account_key: str = "") -> list[dict[str, str]]:
        rows: list[dict[str, str]] = []
        offset: int | None = 0
        while offset is not None:
            page = self.client.get("/v1/zones", account=account_key or None, offset=offset)
            rows += page["zones"]
            offset = page["next"]
        return rows

    def import_zones(self, rows: Sequence[Row], replace: bool) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post("/v1/zones/import", {"rows": rows, "replace": replace})
        return answer

    def remove_zones(self, which: dict[str, str]) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post("/v1/zones/remove", which)
        return answer


class OwnBook:
    """The database of a station that does not run."""

    def __init__(self, book: AccountBook) -> None:
        self.book = book

    def rows(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.book.listing()]

    def import_rows(self, rows: Sequence[Row], replace: bool) -> dict[str, Any]:
        change = self.book.import_rows(rows, replace)
        return {**change.counts(), "notes": list(change.notes)}

    def remove(self, identity: dict[str, str]) -> dict[str, Any]:
        change = self.book.remove(**identity)
        return {**change.counts(), "notes": list(change.notes)}

    def zones(self, account_key: str = "") -> list[dict[str, str]]:
        return self.book.zones(account_key) if account_key else self.book.zone_listing()

    def import_zones(self, rows: Sequence[Row], replace: bool) -> dict[str, Any]:
        change = self.book.apply(self.book.prepare_zones(rows, replace))
        return {**change.counts(), "notes": list(change.notes)}

    def remove_zones(self, which: dict[str, str]) -> dict[str, Any]:
        return dict(self.book.apply(self.book.prepare_zone_removal(**which)).counts())


@contextmanager
def open_book(settings: Settings, who: str = "ptsn accounts") -> Iterator[Book]:
    """The accounts of the running station, or its database under its lock. Raises UserError or OSError.

    ``who`` is told to others who want the lock meanwhile.
    """
    from ptsn.client import is_running
    from receiver.accounts import AccountBook
    from receiver.lock import LockedError, StationLock

    lock = StationLock(settings.lock, who)
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
