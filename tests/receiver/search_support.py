"""A journal, its index and questions to both, without a station."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from receiver.accounts import Account
from receiver.accounts.zone_names import ZoneTable
from receiver.journal.entry import Body, EntryKind, rfc3339
from receiver.journal.store import Group, JournalStore
from receiver.search import Query, Search
from receiver.search.engine import Found
from receiver.search.follower import Follower
from tests.receiver.api_station import until

MORNING = 1_800_000_000.0


def body(code: str = "130", at: float = MORNING, **more: Any) -> Body:
    """A signal; everything of it can be said otherwise."""
    given: dict[str, Any] = {
        "kind": EntryKind.SIGNAL,
        "node": "n1",
        "received_at": rfc3339(at),
        "adapter": "ip",
        "token": "ADM-CID",
        "account": "1234",
        "account_key": "1234",
        "scheme": "contact-id",
        "code": code,
        "qualifier": "new",
        "category": "burglary",
        "priority": 2,
        "subject": "zone",
        "number": "015",
    }
    return Body(**{**given, **more})


class Kept:
    """A journal on disk whose index is followed; a context manager."""

    def __init__(self, folder: Path, reserve: int = 0) -> None:
        self.path = folder / "journal.db"
        self.store = JournalStore(self.path)
        self.search = Search(self.path)
        self.again(reserve)

    def again(self, reserve: int = 0) -> None:
        """A follower as after a restart."""
        self.search.follower = Follower(self.path, self.search.path, reserve=reserve, again_s=0.05)

    def __enter__(self) -> Kept:
        self.search.follower.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.store.close()

    def stop(self) -> None:
        """End the thread."""
        self.search.follower.stop()
        assert self.search.follower.join()

    def restart(self) -> None:
        """End the thread and begin another."""
        self.stop()
        self.again()
        self.search.follower.start()

    def add(self, *bodies: Body, at: float = MORNING) -> int:
        """Commit entries, a message each, and tell the follower; the id of the last."""
        stored = self.store.commit([Group((each,), int(at * 1e6)) for each in bodies])
        entries = [entry for each in stored for entry in each or ()]
        self.search.follower.publish(entries)
        return entries[-1].id

    def known(self, upto: int) -> None:
        """Wait until the index knows the journal up to an id."""
        until(lambda: self.search.follower.upto >= upto, f"the index to know entry {upto}")

    def find(
        self, text: str = "", accounts: tuple[Account, ...] = (), zones: ZoneTable | None = None, **more: Any
    ) -> Found:
        """Ask."""
        return self.search.find(Query(text=text, **more), self.search.names(accounts, zones or {}))

    def ids(self, text: str = "", accounts: tuple[Account, ...] = (), **more: Any) -> list[int]:
        """Ask for ids alone."""
        return self.find(text, accounts, **more).ids
