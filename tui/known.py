"""What the console knows of itself and its station, and how it says it: what pages and the frame ask for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from textual.app import App

from protocols.catalogue import texts
from tui.page import Page
from tui.run import ConsoleOptions
from tui.state.health import Connection
from tui.state.station import StationState
from tui.telling import Teller
from tui.widgets.cells import visible
from tui.widgets.notice import STAYS_S, Notice

DOMAIN = "shell"


class Known(App[None]):
    """An app over the state of a station."""

    teller: Teller

    def __init__(
        self, options: ConsoleOptions, state: StationState, *, language: str, clock: Callable[[], float]
    ) -> None:
        """``language``: that of all words; ``clock``: monotonic seconds of all that is shown."""
        self.options = options
        self.station = state
        self.language = language
        self.notice: Notice | None = None
        self._clock = clock
        self._zone_name = ""
        self._zone = ZoneInfo("UTC")
        super().__init__()
        self.take_zone()

    def say(self, id_: str, /, **values: object) -> str:
        """Words of the domain ``shell`` in the console's language."""
        return texts.text(DOMAIN, id_, self.language, **values)

    def now(self) -> float:
        """Monotonic seconds."""
        return self._clock()

    def tell(self, text: str, severity: str = "information", *, stays: bool = False) -> None:
        """Show a line of notice. ``severity``: information, warning, error. The text is data, never markup.

        It ends with its page, unless it ``stays``: what the console says of itself.
        """
        self.notice = Notice(visible(text), severity, self.now() + STAYS_S[severity], stays)
        self.refresh_frame()

    def page_changed(self) -> None:
        """Another page is to be shown: what was told on the last one is no news there."""
        if self.notice is not None and not self.notice.stays:
            self.notice = None

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
        # A clause: what a system or a panel said of it may end in a full stop of its own.
        words = visible(texts.text("console", health.why, self.language, **values)).rstrip(". ")
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

    def refresh_frame(self) -> None:
        """Bring the frame of the visible page up to date."""
        page = self.page
        if page is not None and page.standing:
            page.show_frame()

    def take_zone(self) -> None:
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
