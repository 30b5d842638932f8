"""The station: is anything wrong, and how does it stand."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.page import EVERYTHING, Page
from tui.pages.station_sections import HISTORY, Sections, drawn
from tui.pages.station_troubles import Seen, apart_s, number, part
from tui.state.station import Changed

WIDE = 110
"""From so many cells on, sections stand in two columns."""
MARGIN = 4
"""Cells beside the sections: padding and scroll bar."""
SECTIONS = ("attention", "general", "adapters", "radio", "flow", "disk", "clock", "work")

OPTIONAL = ("radio",)
"""Those that stations have which have something to say there."""


def wall_now() -> datetime:
    """This computer's clock, in UTC."""
    return datetime.now(UTC)


class StationPage(Page):
    """What is wrong first, then everything else."""

    ID = "station"
    CSS_PATH = "station.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._rates: deque[float] = deque(maxlen=HISTORY)
        self._rates_of: object = None
        self._shown: dict[str, Content] = {}

    def body(self) -> ComposeResult:
        """A column of sections, or two."""
        with VerticalScroll(id="sections"), Container(id="grid"):
            for name in SECTIONS:
                yield Static(id=name, markup=False)

    def on_mount(self) -> None:
        """Clocks run."""
        self.query_one("#sections").focus()
        self.every(1.0, self._run)

    def on_screen_resume(self) -> None:
        """Opened: the status is asked for now, and again and again."""
        self.console.feed.watch_status(True)

    def on_screen_suspend(self) -> None:
        """Nobody looks."""
        self.console.feed.watch_status(False)

    def on_resize(self, event: events.Resize) -> None:
        """One column or two."""
        self.query_one("#grid").set_class(event.size.width >= WIDE, "-wide")

    def show(self, changed: Changed) -> None:
        """Another status, or the connection is."""
        if changed & (Changed.STATUS | Changed.HEALTH | Changed.NAMES):
            self._measure()
            self._run(changed)

    def subtitle(self) -> str:
        """Whether the station stopped telling how it stands."""
        return self.since_asked(self.console.station.status_at)

    def _measure(self) -> None:
        """The next mark in the line of rates."""
        station = self.console.station
        rates = part(station.status, "rates")
        # A new object with every measure the station tells.
        if rates and rates is not self._rates_of:
            self._rates_of = rates
            rate = number(rates, "messages_per_s")
            if rate is not None:
                self._rates.append(rate)

    def _run(self, changed: Changed = EVERYTHING) -> None:
        """Write what is not as it was."""
        console = self.console
        if console.page is not self:
            return
        station, here = console.station, wall_now()
        health = station.health
        now = console.station_time()
        seen = Seen(
            connection=health.state,
            trouble=health.trouble,
            trouble_since=health.trouble_since,
            stalled=health.stalled,
            now=now,
            apart_s=apart_s(now, here),
        )
        sections = Sections(console.teller, console.language)
        contact = health.age_s(console.now()) if health.heard else None
        local = here.astimezone(now.tzinfo if now else None)
        made = [
            sections.attention(station.status, seen),
            *sections.all(station.status, seen, local, contact, self._rates),
        ]
        for section in made:
            words = drawn(section, self.size.width - MARGIN)
            if self._shown.get(section.id) != words:
                self._shown[section.id] = words
                part_ = self.query_one(f"#{section.id}", Static)
                part_.update(words)
                part_.display = bool(section.lines) or section.id not in OPTIONAL
