"""A small station for tests of the API: real journal, desk, stream, wire, accounts and socket; no adapters.

Its reactor is one of its own and runs in a thread, so that tests can use plain blocking clients.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
from twisted.internet.defer import Deferred
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.threads import blockingCallFromThread
from twisted.python.threadpool import ThreadPool

from receiver.accounts import AccountBook, Change
from receiver.adapters.line import now as this_moment
from receiver.api import ApiServer, Status
from receiver.api import server as api_server
from receiver.desk import Desk
from receiver.journal.entry import Body, Entry, EntryKind, rfc3339
from receiver.journal.writer import Batch, JournalWriter
from receiver.radio.levels import Levels
from receiver.search import Search
from receiver.settings import Settings, load
from receiver.stream import Stream
from receiver.supervision import Expected, Paths
from receiver.wire import Wire

T = TypeVar("T")

KEY = "0123456789ABCDEF0123456789ABCDEF"


def until(condition: Callable[[], Any], what: str, limit_s: float = 30.0) -> Any:
    """Wait for a condition; fail with what was waited for."""
    end = time.monotonic() + limit_s
    while True:
        if value := condition():
            return value
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.005)


def write_settings(folder: Path, more: str = "") -> Settings:
    """A station.toml in a folder."""
    path = folder / "station.toml"
    path.write_text(
        f'[station]\nname = "test station"\nnode = "n1"\n{more}\n[[adapter]]\nlisten = ["tcp:0:interface=127.0.0.1"]\n',
        encoding="utf-8",
    )
    return load(path)


class SmallStation:
    """Implements ``StationView``."""

    def __init__(self, folder: Path, ring: int = 2000, more: str = "") -> None:
        self.settings = write_settings(folder, more)
        self.reactor: Any = EPollReactor()  # type: ignore[no-untyped-call]
        self.stream = Stream(ring)
        self.wire = Wire(ring)
        self.desk = Desk()
        self.paths = Paths()
        self.levels = Levels()
        self.book: AccountBook
        self.pool = ThreadPool(0, 2)
        self.search = Search(self.settings.journal)
        self.disk_fails = False
        self.changed: list[tuple[str, str]] = []
        self.zones: list[tuple[Change, str]] = []
        self.changed_in: list[int] = []
        """Threads in which the station was told."""
        self.api = ApiServer(self, self.reactor)
        self._writer = JournalWriter(self.settings.journal, "n1", self._deliver)
        self._thread = threading.Thread(target=self.reactor.run, args=(False,), daemon=True)

    def __enter__(self) -> SmallStation:
        self._writer.start()
        self.search.follower.start()
        self.pool.start()
        self._thread.start()
        self.call(self._open)
        return self

    def _open(self) -> None:
        # SQLite connections belong to the thread that opened them.
        self.book = AccountBook(self.settings.accounts)
        self.api.start()

    def __exit__(self, *_: object) -> None:
        self.call(self.book.close)
        self.call(self.api.stop)
        self.search.follower.stop()
        self.search.follower.join()
        self._writer.finish()
        self._writer.join()
        self.pool.stop()
        self.reactor.callFromThread(self.reactor.stop)
        self._thread.join(10)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call something in the reactor's thread and wait for what it gives."""
        return blockingCallFromThread(self.reactor, function, *arguments)

    # What the API asks

    def status(self) -> Status:
        return Status(pid=1, started_at=rfc3339(0.0), uptime_s=5.0, endpoints=(), journal=str(self.settings.journal))

    def act(
        self, code: str, alarm: int, operator: str, note: str = "", seen_to: int = 0, unverified: bool = False
    ) -> Deferred[Entry]:
        self.desk.check(code, alarm)
        done: Deferred[Entry] = Deferred()

        def known(stored: tuple[Entry, ...] | None) -> None:
            if stored is None:
                done.errback(OSError("not stored: the journal cannot be written now; try again"))
            else:
                self.reactor.callLater(0, done.callback, stored[0])

        if self.disk_fails:
            self.reactor.callLater(0, known, None)
            return done
        body = Body(
            kind=EntryKind.ACTION,
            node="n1",
            received_at=rfc3339(time.time()),
            code=code,
            alarm=alarm,
            seen_to=seen_to,
            operator=operator,
            unverified=unverified,
            note=note,
        )
        self._writer.append((body,), time.time(), known)
        return done

    def accounts_changed(self, text: str, operator: str) -> None:
        self.changed.append((text, operator))
        self.changed_in.append(threading.get_ident())

    def zones_changed(self, change: Change, operator: str) -> None:
        self.zones.append((change, operator))

    # What happens

    def _deliver(self, batch: Batch) -> None:
        self.reactor.callFromThread(self._committed, batch)

    def _committed(self, batch: Batch) -> None:
        entries = list(batch.extra)
        for token, stored in batch.settled:
            entries += stored or ()
            if token is not None:
                token(stored)
        self.publish(entries)

    def publish(self, entries: Sequence[Entry]) -> None:
        """As the station does it after a commit."""
        self.stream.publish(entries)
        self.search.follower.publish(entries)
        for entry in entries:
            self.desk.take(entry)
        changes = self.desk.drain_changes()
        if changes:
            self.api.alarms_changed(changes)

    def store(self, *bodies: Body) -> int:
        """Journal some entries, wait until they are published; the id of the last."""
        done = threading.Event()
        left = len(bodies)
        last = 0

        def known(stored: tuple[Entry, ...] | None) -> None:
            nonlocal left, last
            assert stored is not None
            left -= 1
            last = stored[-1].id
            if not left:
                # After the publishing of this very batch.
                self.reactor.callLater(0, done.set)

        for body in bodies:
            self._writer.append((body,), time.time(), known)
        assert done.wait(30)
        return last

    def supervise(self, account: str, every_s: float) -> None:
        """Expect an account to be heard."""
        self.call(lambda: self.paths.expect([Expected(account, account, every_s)], this_moment()))

    def client(self, timeout: float = 20.0) -> httpx.Client:
        """A client on the socket."""
        return httpx.Client(
            transport=httpx.HTTPTransport(uds=str(self.settings.socket)),
            base_url="http://station",
            timeout=timeout,
            trust_env=False,
        )


def signal(account: str = "1234", code: str = "130", qualifier: str = "new", priority: int = 1, **more: Any) -> Body:
    """A signal as the intake would journal it."""
    return Body(
        kind=EntryKind.SIGNAL,
        node="n1",
        received_at=rfc3339(time.time()),
        account=account,
        account_key=account,
        scheme="contact-id",
        code=code,
        qualifier=qualifier,
        priority=priority,
        category="burglary",
        partition="01",
        subject="zone",
        number="015",
        **more,
    )


__all__ = ["KEY", "SmallStation", "api_server", "signal", "until", "write_settings"]
