"""Asks before the console is left while alarms are unseen: who would see them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult

from tui import look
from tui.dialogs.confirm import Confirm
from tui.look import State
from tui.state.alarms import order_of
from tui.state.headline import headline as first_of
from tui.state.model import Alarm
from tui.telling import headline

if TYPE_CHECKING:
    from tui.app import Console

NAMED = 5
"""Alarms that the question names, the most urgent first."""
_STATES = {1: State.ALARM, 2: State.URGENT, 3: State.TROUBLE}


class QuitDialog(Confirm):
    """Stays unless it is told otherwise."""

    def __init__(self) -> None:
        super().__init__("", yes="", no="")

    def compose(self) -> ComposeResult:
        """The question in the console's words, with the alarms of this moment."""
        console = self._station_console
        say, alarms = console.say, console.station.alarms
        listed = [alarms.at(index) for index in range(len(alarms))]
        ringing = [one for one in listed if one.ringing and not alarms.is_closed(one.id)]
        unseen = sorted(ringing, key=order_of)
        self._question = say("quit.question", count=len(unseen))
        lines = [self._line(alarm) for alarm in unseen[:NAMED]]
        if len(unseen) > NAMED:
            lines.append(say("quit.more", count=len(unseen) - NAMED))
        self._lines = lines
        self._no, self._yes = say("quit.stay"), say("quit.leave")
        yield from super().compose()

    def _line(self, alarm: Alarm) -> str:
        teller = self._station_console.teller
        first = first_of(alarm)
        mark = look.mark(_STATES.get(first.priority, State.PLAIN))
        return "  ".join(
            (f"{mark} #{alarm.id}", teller.time(first.at), teller.site(alarm), headline.event(alarm, teller))
        )

    @property
    def _station_console(self) -> Console:
        from tui.app import Console

        assert isinstance(self.app, Console)
        return self.app
