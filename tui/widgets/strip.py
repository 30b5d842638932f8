"""The strip: the newest thing of priority 1 that nobody has seen, on every page, or a quiet line."""

from __future__ import annotations

from textual import events
from textual.content import Content

from tui import look
from tui.look import State
from tui.state.headline import headline as first_of
from tui.telling import headline
from tui.widgets.cells import fit
from tui.widgets.line import Line, spread


class AlarmStrip(Line):
    """One line: mark, word, number, time, site, event, place, and how many more there are. A click goes there."""

    def words(self, width: int) -> Content:
        """Loud with an alarm, quiet without."""
        console = self.console
        alarm = console.station.alarms.urgent()
        self.set_class(alarm is not None, "-alarm")
        if alarm is None:
            return Content(fit(" " + console.say("strip.old" if console.is_old else "strip.quiet"), width))
        teller = console.teller
        parts = (
            f"{look.mark(State.ALARM)} {look.word(State.ALARM, console.language).upper()} #{alarm.id}",
            teller.time(first_of(alarm).at),
            teller.site(alarm),
            headline.event(alarm, teller),
            headline.place(alarm, teller),
        )
        more = console.station.alarms.unseen(1) - 1
        right = console.say("strip.more", count=more) + " " if more > 0 else ""
        return Content(spread(" " + "  ".join(part for part in parts if part), right, width))

    def on_click(self, event: events.Click) -> None:
        """To the alarm."""
        event.stop()
        if self.has_class("-alarm"):
            self.run_worker(self.app.run_action("urgent"))
