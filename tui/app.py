"""The console: its pages, what works on all of them, and the one timer by which they follow the station.

::

    feed = Feed(link, state, operator="night shift", language="ru")
    code = await Console(options, state, feed, language="ru").run_async()

Pages are modes of their own (``PAGES``), so that each keeps what stood on it; a page opened over another, such as the
help, lies on the stack of its mode.
"""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from textual.app import App
from textual.binding import Binding, BindingType
from textual.timer import Timer

from protocols.catalogue import texts
from tui import themes
from tui.actions import bindings
from tui.feed import Feed
from tui.page import Page
from tui.raising import Raiser
from tui.run import ConsoleOptions
from tui.sound import Sound
from tui.state.health import Connection
from tui.state.station import Changed, StationState
from tui.telling import Teller
from tui.widgets.cells import visible
from tui.widgets.notice import STAYS_S, Notice

DOMAIN = "shell"
PAGES = ("alarms", "journal", "paths", "wire", "station")
"""Ids of the pages, in the order of their keys."""

TICK_S = 0.1
"""How often the visible page is told what changed."""
HEAD_TICKS = 10
"""The frame is looked at once a second, in ticks."""
SOUND_TICKS = 5
LAG_STAYS_S = 5.0
"""How long it is said that the console was slow."""
TWICE_S = 3.0
"""Two Ctrl-C within this time are meant."""

PageMaker = Callable[[], Page]


def all_pages() -> dict[str, PageMaker]:
    """The pages of the console, by id."""
    from tui.pages.alarms import AlarmsPage
    from tui.pages.journal import JournalPage
    from tui.pages.paths import PathsPage
    from tui.pages.station import StationPage
    from tui.pages.wire import WirePage

    return {
        "alarms": AlarmsPage,
        "journal": JournalPage,
        "paths": PathsPage,
        "wire": WirePage,
        "station": StationPage,
    }


class Console(App[None]):
    """The operator's console of one station."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [themes.BASE_CSS, "app.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(""),
        Binding("ctrl+c", "help_quit", show=False, system=True),
    ]
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    TITLE = "ptsn"

    def __init__(
        self,
        options: ConsoleOptions,
        state: StationState,
        feed: Feed,
        *,
        language: str,
        raiser: Raiser | None = None,
        clock: Callable[[], float] = time.monotonic,
        pulse: Callable[[], float] = time.monotonic,
        pages: Mapping[str, PageMaker] | None = None,
        first: str = PAGES[0],
        user: str = "",
    ) -> None:
        """``language``: that of all words; ``first``: the page shown first; ``user``: who the socket knows us as.

        ``clock``: monotonic seconds of all that is shown; ``pulse``: of the console's own delays.
        """
        self.options = options
        self.station = state
        self.feed = feed
        self.language = language
        self.raiser = raiser
        self.notice: Notice | None = None
        self.lag_s = 0.0
        self.user = user or _user()
        self._clock = clock
        self._pulse = pulse
        self._first = first
        self._pages = dict(all_pages() if pages is None else pages)
        self._zone_name = ""
        self._zone = ZoneInfo("UTC")
        self._ticks = 0
        self._due: float | None = None
        self._lagged_at = 0.0
        self._interrupted_at: float | None = None
        self._looked_at = 0.0
        self._timer: Timer | None = None
        self._leaving = False
        super().__init__()
        themes.install(self, options.theme or themes.DEFAULT)
        for name, maker in self._pages.items():
            self._modes[name] = maker
        self._take_zone()
        self._sound = Sound(
            bell=self.bell,
            tell=lambda text: self.tell(text, "error"),
            words=lambda alarm: (self.teller.site(alarm), self.teller.event(alarm)),
            language=language,
            ring_bell=options.bell,
            command=options.sound,
        )

    # What pages ask for

    def say(self, id_: str, /, **values: object) -> str:
        """Words of the domain ``shell`` in the console's language."""
        return texts.text(DOMAIN, id_, self.language, **values)

    def now(self) -> float:
        """Monotonic seconds."""
        return self._clock()

    def tell(self, text: str, severity: str = "information") -> None:
        """Show a line of notice. ``severity``: information, warning, error. The text is data, never markup."""
        self.notice = Notice(visible(text), severity, self.now() + STAYS_S[severity])
        self.refresh_frame()

    @property
    def page(self) -> Page | None:
        """The page that is seen: the topmost one, under any dialog."""
        with suppress(Exception):  # no screen yet, or none any more
            return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, Page)), None)
        return None

    @property
    def is_old(self) -> bool:
        """Whether what is shown may be long untrue: there is no connection."""
        return self.connection is not Connection.UP

    @property
    def connection(self) -> Connection:
        """How the console and the station stand now."""
        return self.station.health.state

    @property
    def mode(self) -> str:
        """``live``, ``demo``, ``exercise`` or what else the station says it is; live while it has said nothing."""
        return self.station.hello.mode if self.station.hello is not None else "live"

    @property
    def is_away(self) -> bool:
        """Whether the station was looked for and not found."""
        return self.connection is Connection.DOWN

    @property
    def is_loaded(self) -> bool:
        """Whether all that the visible page shows has come."""
        station, page = self.station, self.page
        if self.is_old or station.hello is None or page is None or not page.standing or self.health_missing:
            return False
        waited = {"paths": station.paths_at, "station": station.status_at}
        return waited.get(page.ID, 0.0) is not None

    @property
    def health_missing(self) -> bool:
        """Whether entries or names are still to come."""
        station = self.station
        newest = station.journal.newest or 0
        return bool(station.health.behind) or newest < station.health.last_id or not station.names.version

    @property
    def ticks(self) -> int:
        """How often the timer has come."""
        return self._ticks

    @property
    def failure(self) -> BaseException | None:
        """The fault of the program that ended the console."""
        return self._exception

    def station_name(self) -> str:
        """What the station calls itself."""
        hello = self.station.hello
        return "" if hello is None else visible(hello.name or hello.node)

    def station_time(self) -> datetime | None:
        """The station's clock in the zone of the console; None while nobody knows it."""
        now = None if self.is_old else self.station.health.station_now(self.now())
        return None if now is None else now.astimezone(self._zone)

    def last_contact(self) -> str:
        """When the station was heard last, in its own time; blank where it never was."""
        health, now = self.station.health, self.now()
        at = health.station_now(now) if health.heard else None
        return "" if at is None else self.teller.time((at - timedelta(seconds=health.age_s(now))).isoformat())

    def span(self, seconds: float) -> str:
        """A span of time in words, whole seconds below a minute."""
        return self.teller.duration(max(0.0, seconds))

    def why(self) -> str:
        """Why there is no connection, as a clause."""
        health = self.station.health
        if not health.why:
            return self.say("down.silent")
        values = {name: visible(value) for name, value in health.values.items()}
        words = visible(texts.text("console", health.why, self.language, **values))
        return words[:1].upper() + words[1:]

    def mode_words(self) -> str:
        """DEMO, EXERCISE, or the name of a mode that we do not know."""
        id_ = f"mode.{self.mode}"
        words = self.say(id_)
        return visible(self.mode).upper() if words == id_ else words

    def key_name(self, key: str) -> str:
        """What a key is called: ``F1``, ``Space``, ``Ctrl+Q``."""
        return "+".join(self._key_part(part) for part in key.split("+"))

    def _key_part(self, part: str) -> str:
        id_ = f"key.{part}"
        words = self.say(id_)
        return (part.upper() if len(part) <= 3 else part.capitalize()) if words == id_ else words

    # What can be done

    def offers(self, action: str) -> bool:
        """Whether an action exists here and now."""
        if action == "raise_alarm":
            return self.raiser is not None and self.mode != "live"
        return True

    def do(self, action: str) -> None:
        """Do an action as its key would: the page's own where it has one."""
        page = self.page
        if not self.offers(action) or (page is not None and self.screen is not page and action != "quit"):
            return
        here = page is not None and hasattr(page, f"action_{action}")
        self.run_worker(self.run_action(action, page if here else self), exit_on_error=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what is not offered."""
        return self.offers(action)

    async def go(self, page: str) -> Page | None:
        """Show a page: the one below everything that was opened over it."""
        if page not in self._pages:
            return None
        if self.current_mode != page:
            await self.switch_mode(page)
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        return self.page

    def open_entry(self, entry_id: int) -> None:
        """The page of an entry, over the one that is seen."""
        from tui.pages.detail import DetailPage

        self.push_screen(DetailPage(entry=entry_id))

    async def action_go_alarms(self) -> None:
        """The alarms."""
        await self.go("alarms")

    async def action_go_journal(self) -> None:
        """The journal."""
        await self.go("journal")

    async def action_go_paths(self) -> None:
        """The paths."""
        await self.go("paths")

    async def action_go_wire(self) -> None:
        """The wire."""
        await self.go("wire")

    async def action_go_station(self) -> None:
        """The station."""
        await self.go("station")

    async def action_search(self) -> None:
        """The filter of this page where it has one; else the journal's."""
        page = self.page
        if page is None or not hasattr(page, "action_search"):
            page = await self.go("journal")
        if page is not None and hasattr(page, "action_search"):
            await self.run_action("search", page)

    async def action_urgent(self) -> None:
        """To the alarm in the strip."""
        alarm = self.station.alarms.urgent()
        if alarm is None:
            self.tell(self.say("urgent.none"))
            return
        page = await self.go("alarms")
        select = getattr(page, "select_alarm", None)
        if select is not None:
            select(alarm.id)

    async def action_help(self) -> None:
        """What this page shows, its keys, the marks."""
        from tui.pages.help import HelpPage

        page = self.page
        if page is None or page.ID == "help":
            return
        await self.push_screen(HelpPage(page.ID))

    def action_palette(self) -> None:
        """Everything that can be done here, by its name."""
        from tui.palette import Palette

        self.push_screen(Palette())

    def action_raise_alarm(self) -> None:
        """Let something happen at a place that is chosen."""
        from tui.dialogs.raise_alarm import RaiseAlarm

        if self.raiser is not None and self.offers("raise_alarm"):
            self.push_screen(RaiseAlarm(self.raiser))

    async def action_quit(self) -> None:
        """Leave; with unseen alarms only after asking."""
        from tui.dialogs.quit import QuitDialog

        if any(isinstance(screen, QuitDialog) for screen in self.screen_stack):
            return
        if not self.station.alarms.unseen():
            self.exit()
            return
        self.push_screen(QuitDialog(), lambda leave: self.exit() if leave else None)

    def action_help_quit(self) -> None:
        """Ctrl-C: says how to leave; twice, it is meant."""
        now, before = self.now(), self._interrupted_at
        self._interrupted_at = now
        if before is not None and now - before < TWICE_S:
            self.call_later(self.action_quit)
            return
        self.tell(self.say("quit.hint", key=self.key_name("f10")))

    # Following the station

    def on_mount(self) -> None:
        """Begin."""
        self.station.on_change = self._woken
        self.feed.start()
        self.switch_mode(self._first)
        self._timer = self.set_interval(TICK_S, self._tick)

    async def on_unmount(self) -> None:
        """End what runs beside the screen."""
        await self._sound.stop()
        await self.feed.stop()

    def _woken(self) -> None:
        """Something changed after a quiet moment: show it without waiting for the timer."""
        if self._running and self.now() - self._looked_at >= TICK_S:
            self.call_later(self._look)

    async def _shutdown(self) -> None:
        """Pages are taken down piece by piece: nothing is shown on them any more."""
        self._leaving = True
        if self._timer is not None:
            self._timer.stop()
        await super()._shutdown()

    def _tick(self) -> None:
        self._measure(self._pulse())
        self._ticks += 1
        self._look()

    def _look(self) -> None:
        """Show what changed since this was done last."""
        if self._leaving:
            return
        self._looked_at = now = self.now()
        changed = self.station.take_changed()
        if changed & (Changed.HEALTH | Changed.NAMES):
            self._take_zone()
        if self.notice is not None and now >= self.notice.until:
            self.notice = None
        if self._ticks % SOUND_TICKS == 0 or changed & Changed.ALARMS:
            self._sound.heed(self.station.alarms, down=self.connection is Connection.DOWN, now=now)
        if changed & (Changed.ALARMS | Changed.HEALTH) or self._ticks % HEAD_TICKS == 0:
            self.refresh_frame()
        page = self.page
        if changed and page is not None and page.standing:
            page.show(changed)

    def _measure(self, now: float) -> None:
        """How late this tick comes: a console that cannot keep up must say so."""
        late = 0.0 if self._due is None else now - self._due
        self._due = now + TICK_S
        if late >= self.lag_s or now - self._lagged_at > LAG_STAYS_S:
            self.lag_s, self._lagged_at = max(0.0, late), now

    def _print_error_renderables(self) -> None:
        """Textual would print a coloured traceback; ``tui.run`` tells what happened in plain words."""
        self._exit_renderables.clear()

    def refresh_frame(self) -> None:
        """Bring the frame of the visible page up to date."""
        page = self.page
        if page is not None and page.standing and not self._leaving:
            page.show_frame()

    def _take_zone(self) -> None:
        """The zone of the times: the one that was asked for, else the station's."""
        name = self.options.time_zone or (self.station.hello.time_zone if self.station.hello is not None else "UTC")
        if name == self._zone_name:
            return
        self._zone_name = name
        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._zone = ZoneInfo("UTC")
        self.teller = Teller(self.language, self._zone.key, self.station.names)


def _user() -> str:
    """Who the kernel takes us for, as the station will see."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
