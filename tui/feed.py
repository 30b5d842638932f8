"""Keeps the console's state at the station's, and carries what operators do to the station.

::

    feed = Feed(open_link("ptsn.sock"), state, operator="night shift", language="ru")
    feed.start()
    ...
    why_not = await feed.seen(alarm)
    await feed.stop()

Alarms are handed on at once. Entries and records of the wire come in batches, so that a storm wakes the screen twenty
times a second and not a thousand times. Everything runs in the event loop that ``start`` was called in.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from tui.clock import running_s
from tui.feeding.alarms import AlarmStream
from tui.feeding.calls import Calls
from tui.feeding.journal import JournalStream
from tui.feeding.polls import Polls
from tui.feeding.wire import WireStream
from tui.link import Link, LinkError
from tui.state.model import Alarm, Entry
from tui.state.search import Found, Query
from tui.state.station import Changed, StationState

CHECK_S = 1.0
AGAIN_S = 2.0
"""After a fault of the program; then the task begins anew."""

_log = logging.getLogger(__name__)


class Feed:
    """What connects a state with its station."""

    def __init__(
        self,
        link: Link,
        state: StationState,
        *,
        operator: str = "",
        language: str = "en",
        clock: Callable[[], float] = running_s,
    ) -> None:
        """``operator`` signs actions; ``language`` is that of names and refusals; ``clock``: monotonic seconds."""
        self.link = link
        self.state = state
        self._clock = clock
        self._calls = Calls(link, state, operator, language)
        self._polls = Polls(link, state, clock, language)
        self._journal = JournalStream(link, state, clock, self._greeted, self._happened)
        self._alarms = AlarmStream(link, state, clock)
        self._alarms.on_last = self._journal.told_last
        self._wire: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to follow. Nobody there is no error: it goes on trying, and ``state.health`` tells."""
        self._tasks = [
            self._keep(self._alarms.run, "alarms"),
            self._keep(self._journal.run, "journal"),
            self._keep(self._polls.keep_zones, "zones"),
            self._keep(self._check, "health"),
        ]

    async def stop(self) -> None:
        """Follow no more, and let go of every connection."""
        self._polls.stop()
        self._journal.stop()
        tasks = [*self._tasks, *([self._wire] if self._wire else [])]
        self._tasks, self._wire = [], None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.link.close()

    # While somebody looks

    def watch_wire(self, on: bool) -> None:
        """Follow the wire, or no more."""
        if on and self._wire is None:
            self._wire = self._keep(WireStream(self.link, self.state, self._clock).run, "wire")
        elif not on and self._wire is not None:
            self._wire.cancel()
            self._wire = None

    def watch_paths(self, on: bool) -> None:
        """Ask for the paths every few seconds, or no more."""
        self._polls.watch("paths", on)

    def watch_status(self, on: bool) -> None:
        """Ask for the status every few seconds, or no more."""
        self._polls.watch("status", on)

    # What operators do and ask

    async def seen(self, alarm: Alarm) -> str:
        """Say that an operator has seen an alarm as this record shows it. ``""``, or in words why that failed."""
        return await self._calls.seen(alarm)

    async def close_alarm(self, alarm_id: int, note: str) -> str:
        """Take an alarm off the list. ``""``, or in words why that failed."""
        return await self._calls.close_alarm(alarm_id, note)

    async def search(self, query: Query) -> Found:
        """A page of what is found; ``error`` says in words why there is none."""
        return await self._calls.search(query)

    async def entry(self, entry_id: int) -> dict[str, Any] | str:
        """An entry whole, or in words why it cannot be had."""
        return await self._calls.entry(entry_id)

    async def explanation(self, entry_id: int) -> dict[str, Any] | str:
        """The message of an entry byte by byte, or in words why there is none."""
        return await self._calls.explanation(entry_id)

    async def recent(self, account_key: str, limit: int) -> list[Entry]:
        """The newest entries of an account, the newest first."""
        return await self._calls.recent(account_key, limit)

    async def older(self) -> bool:
        """Load a page before the oldest entry held. Whether any came."""
        try:
            return await self._journal.older()
        except LinkError:
            return False

    # What happens

    def _greeted(self) -> None:
        self._polls.renew_zones()
        self._polls.renew_names(0)

    def _happened(self, entry: Entry) -> None:
        if entry.code == "accounts.changed":
            self._polls.renew_names()
        elif entry.code == "zones.changed":
            self._polls.renew_zones()
        elif entry.code == "alarm.closed":
            self.state.alarms.closed_by(entry)
            self.state.mark(Changed.ALARMS)

    async def _check(self) -> None:
        """Silence is nobody's event."""
        while True:
            if self.state.health.check(self._clock()):
                self.state.mark(Changed.HEALTH)
            await asyncio.sleep(CHECK_S)

    def _keep(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> asyncio.Task[None]:
        """A task that begins anew after a fault of the program, and says so: what it fed would stand still unseen."""

        async def kept() -> None:
            while True:
                try:
                    await work()
                    return
                except Exception as error:
                    _log.exception("feed %s: a fault of the program; it begins anew", name)
                    self.state.health.fault(name, error, self._clock())
                    self.state.mark(Changed.HEALTH)
                await asyncio.sleep(AGAIN_S)

        return asyncio.get_running_loop().create_task(kept(), name=f"feed {name}")
