"""The head line: page, station, unseen alarms, seconds since the last contact, the station's running clock."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from tui import look
from tui.look import State
from tui.state.health import Connection
from tui.widgets.line import Line, spread

COUNTED = ((1, State.ALARM), (2, State.URGENT), (3, State.TROUBLE))
"""Priorities that are counted by themselves, with the mark that lists show for them."""


class Head(Line):
    """The first line of every page."""

    def words(self, width: int) -> Content:
        """Page and station at the left; what must never be missing at the right."""
        console = self.console
        say = console.say
        page = console.page
        title = say(f"page.{page.ID}") if page is not None else ""
        # A page that was just opened has nothing yet that it could count.
        more = page.subtitle() if page is not None and page.standing else ""
        name = console.station_name()
        left = "  ".join(part for part in (title, more, name) if part)
        right = [self._unseen(), self._contact(), self._clock()]
        while len(right) > 1 and cell_len("  ".join(right)) > width - cell_len(title) - 2:
            right.pop(0 if not console.station.alarms.unseen() else 1)
        return Content(spread(" " + left, "  ".join(right) + " ", width))

    def _unseen(self) -> str:
        alarms, say = self.console.station.alarms, self.console.say
        if not alarms.unseen():
            return say("head.none-unseen")
        counts = [f"{look.mark(state)}{count}" for priority, state in COUNTED if (count := alarms.unseen(priority))]
        others = alarms.unseen() - sum(alarms.unseen(priority) for priority, _ in COUNTED)
        if others:
            counts.append(f"{look.mark(State.PLAIN)}{others}")
        return say("head.unseen", counts=" ".join(counts))

    def _contact(self) -> str:
        console = self.console
        health = console.station.health
        if console.connection is Connection.CONNECTING:
            return console.say("head.connecting")
        return console.say("head.contact", seconds=console.span(health.age_s(console.now())))

    def _clock(self) -> str:
        """The station's time. Without a connection nobody knows it: blanks say so."""
        console = self.console
        now = console.station_time()
        if now is None:
            return console.say("head.no-clock")
        offset = now.utcoffset()
        minutes = round(offset.total_seconds() / 60) if offset is not None else 0
        hours, rest = divmod(abs(minutes), 60)
        zone = f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
        return f"{now:%H:%M:%S} {zone if minutes else 'UTC'}"
