"""The line of notice: what was just done or refused; otherwise who works here."""

from __future__ import annotations

from msgspec import Struct
from textual.content import Content

from tui.widgets.line import Line, spread

STAYS_S = {"information": 10.0, "warning": 20.0, "error": 60.0}
"""How long a notice is shown when no other takes its place, by severity."""


class Notice(Struct, frozen=True):
    """Something that was told."""

    text: str
    severity: str = "information"
    until: float = 0.0
    """Monotonic."""
    stays: bool = False
    """Not only of the page that it was told on: it is still true on the next one."""


class NoticeLine(Line):
    """The line above the keys."""

    def words(self, width: int) -> Content:
        """The notice, or the operator."""
        console = self.console
        notice = console.notice
        for severity in STAYS_S:
            self.set_class(notice is not None and notice.severity == severity, f"-{severity}")
        if notice is not None:
            mark = {"warning": "! ", "error": "× "}.get(notice.severity, "» ")
            return Content(spread(" " + mark + notice.text, "", width))
        operator = console.options.operator
        who = (
            console.say("notice.operator", name=operator) if operator else console.say("notice.user", name=console.user)
        )
        return Content(spread(" " + who, "", width))
