"""What the station does not tell by itself: its status, its paths, what accounts and zones are called."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from tui.link import Link, LinkError
from tui.state.model import PathRow
from tui.state.names import site_of
from tui.state.station import Changed, StationState

STATUS_S = 2.0
PATHS_S = 5.0
NAMES_S = 0.5
"""Accounts that are imported in many steps are asked for once."""
NAMES_AGAIN_S = 5.0
"""After a refusal: names that do not come would be missing all night."""
ZONES_S = 0.1
PAGE = 1_000
PAUSE_S = 0.01
"""Between two pages: the screen comes first."""

_log = logging.getLogger(__name__)


class _Account(Struct, frozen=True):
    account_key: str = ""
    account: str = ""
    name: str = ""
    name_ru: str = ""
    name_kk: str = ""
    address: str = ""
    phone: str = ""
    time_zone: str = ""


class _Accounts(Struct, frozen=True):
    accounts: list[_Account] = []


class _Paths(Struct, frozen=True):
    paths: list[PathRow] = []
    next: int | None = None


class Polls:
    """The questions that are asked again and again. Errors are passed over: the streams tell that nobody is there."""

    def __init__(self, link: Link, state: StationState, clock: Callable[[], float], language: str) -> None:
        self._link = link
        self._state = state
        self._clock = clock
        self._language = language
        self._watching: dict[str, asyncio.Task[None]] = {}
        self._renew: asyncio.Task[None] | None = None
        self._again = False
        self._no_zones = False

    def watch(self, what: str, on: bool) -> None:
        """Ask for ``status`` or ``paths`` again and again, from now on or no more."""
        task = self._watching.pop(what, None)
        if on and task is not None:
            self._watching[what] = task
        elif on:
            ask, every = {"status": (self.status, STATUS_S), "paths": (self.paths, PATHS_S)}[what]
            self._watching[what] = asyncio.get_running_loop().create_task(self._repeat(ask, every))
        elif task is not None:
            task.cancel()

    def stop(self) -> None:
        """Ask no more."""
        for what in tuple(self._watching):
            self.watch(what, False)
        if self._renew is not None:
            self._renew.cancel()

    async def status(self) -> None:
        """Ask for the status once. Raises LinkError."""
        self._state.status = await self._link.get("/v1/status")
        self._state.status_at = self._clock()
        self._state.mark(Changed.STATUS)

    async def paths(self) -> None:
        """Ask for all paths once, page by page. Raises LinkError."""
        rows: list[PathRow] = []
        offset: int | None = 0
        while offset is not None:
            page = await self._link.get("/v1/paths", {"offset": offset, "limit": PAGE}, shape=_Paths)
            rows += page.paths
            offset = page.next
            await asyncio.sleep(PAUSE_S if offset is not None else 0)
        self._state.paths = rows
        self._state.paths_at = self._clock()
        self._state.mark(Changed.PATHS)

    def renew_names(self, delay_s: float = NAMES_S) -> None:
        """Accounts may be called something else than before."""
        self._again = True
        if self._renew is None or self._renew.done():
            self._renew = asyncio.get_running_loop().create_task(self._names(delay_s))

    def renew_zones(self) -> None:
        """Zones may be called something else than before."""
        self._no_zones = False
        self._state.names.renew_zones()
        self._state.mark(Changed.NAMES)

    async def keep_zones(self) -> None:
        """Ask for the zones that pages want, account by account, until cancelled."""
        names = self._state.names
        while True:
            await asyncio.sleep(ZONES_S)
            for account_key in () if self._no_zones else names.take_wanted():
                try:
                    answer = await self._link.get("/v1/zones", {"account": account_key})
                except LinkError as error:
                    # A station without zones is not asked again until it says hello anew.
                    self._no_zones = error.status in (404, 405)
                    break
                rows, before = answer.get("zones"), names.version
                rows = rows if isinstance(rows, list) else []
                names.set_zones(account_key, [row for row in rows if isinstance(row, dict)])
                if names.version != before:
                    self._state.mark(Changed.NAMES)

    async def _names(self, delay_s: float) -> None:
        while self._again:
            await asyncio.sleep(delay_s)
            self._again = False
            try:
                answer = await self._link.get("/v1/accounts", shape=_Accounts)
            except LinkError:
                # Numbers without names will do for a moment.
                self._again, delay_s = True, NAMES_AGAIN_S
                continue
            except Exception as fault:
                _log.exception("names: a fault of the program; they are asked for again")
                self._state.health.fault("names", fault, self._clock())
                self._again, delay_s = True, NAMES_AGAIN_S
                continue
            sites = {row.account_key: site_of(asdict(row), self._language) for row in answer.accounts}
            if self._state.names.set_sites(sites, self._language):
                self._state.mark(Changed.NAMES)

    async def _repeat(self, ask: Callable[[], Coroutine[Any, Any, None]], every_s: float) -> None:
        while True:
            began = self._clock()
            try:
                with suppress(LinkError):  # the streams tell that nobody is there; what is shown has its age
                    await ask()
            except Exception as fault:
                _log.exception("%s: a fault of the program; it is asked for again", ask.__name__)
                self._state.health.fault(ask.__name__, fault, self._clock())
                self._state.mark(Changed.HEALTH)
            # A station with very many paths is not asked all the time.
            await asyncio.sleep(max(every_s, 10 * (self._clock() - began)))
