"""The console: its pages, and what makes them one app.

::

    feed = Feed(link, state, operator="night shift", language="ru")
    code = await Console(options, state, feed, language="ru").run_async()

Pages are modes of their own (``PAGES``), so that each keeps what stood on it; a page opened over another, such as the
help, lies on the stack of its mode. ``tui.known`` is what pages ask it for, ``tui.doing`` what can be done on all of
them, ``tui.following`` the timer by which they follow the station.
"""

from __future__ import annotations

import getpass
import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from tui import themes
from tui.actions import bindings
from tui.clock import running_s
from tui.doing import Doing
from tui.feed import Feed
from tui.following import Follower
from tui.page import Page
from tui.raising import Raiser
from tui.run import ConsoleOptions
from tui.sound import Sound
from tui.state.station import StationState
from tui.telling import headline
from tui.terminal import Terminal
from tui.whole import read_styles

PAGES = ("alarms", "journal", "paths", "wire", "station")
"""Ids of the pages, in the order of their keys."""

_log = logging.getLogger(__name__)

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


class Console(Doing):
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
        clock: Callable[[], float] = running_s,
        pulse: Callable[[], float] = time.monotonic,
        pages: Mapping[str, PageMaker] | None = None,
        first: str = PAGES[0],
        user: str = "",
    ) -> None:
        """``language``: that of all words; ``first``: the page shown first; ``user``: who the socket knows us as.

        ``clock``: monotonic seconds of all that is shown; ``pulse``: of the console's own delays.
        """
        super().__init__(options, state, language=language, clock=clock)
        self.feed = feed
        self.raiser = raiser
        self.user = user or _user()
        self._first = first
        self._faults: set[tuple[str, str]] = set()
        themes.install(self, options.theme or themes.DEFAULT)
        self._modes.update(all_pages() if pages is None else pages)
        self._sound = Sound(
            bell=self.bell,
            tell=lambda text: self.tell(text, "error", stays=True),
            words=lambda alarm: (self.teller.site(alarm), headline.event_alone(alarm, self.teller)),
            language=language,
            ring_bell=options.bell,
            command=options.sound,
        )
        self.follower = Follower(self, self._sound, pulse)

    @property
    def ticks(self) -> int:
        """How often the timer has come."""
        return self.follower.ticks

    @property
    def lag_s(self) -> float:
        """How late the console was of late."""
        return self.follower.lag_s

    def on_mount(self) -> None:
        """Begin."""
        read_styles(self)
        self.feed.start()
        self.switch_mode(self._first)
        self.follower.begin()

    async def on_unmount(self) -> None:
        """End what runs beside the screen."""
        await self._sound.stop()
        await self.feed.stop()

    async def _shutdown(self) -> None:
        """Pages are taken down piece by piece."""
        self.follower.end()
        await super()._shutdown()

    def refresh_frame(self) -> None:
        """Bring the frame of the visible page up to date, while there is one."""
        if not self.follower.ended:
            super().refresh_frame()

    def guarded(self, part: str, act: Callable[[], object]) -> None:
        """Do what one part of the console does. A fault of the program in it is told across the screen, and logged
        once: it ends neither the console nor the rest of it."""
        try:
            act()
        except Exception as fault:
            known = (part, repr(fault))
            if known not in self._faults:
                self._faults.add(known)
                _log.exception("%s: a fault of the program", part)
            self.station.health.fault(part, fault, self.now())

    def get_driver_class(self) -> type[Driver]:
        """What reads keys and draws: in a terminal one that bears whatever comes from there."""
        found = super().get_driver_class()
        return Terminal if found is LinuxDriver else found

    def _print_error_renderables(self) -> None:
        """Textual would print a coloured traceback; ``tui.run`` tells what happened in plain words."""
        self._exit_renderables.clear()


def _user() -> str:
    """Who the kernel takes us for, as the station will see."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
