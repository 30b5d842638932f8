"""What every page of the console is: the same frame around a body of its own.

From top to bottom: head line (page, station, unseen alarms, seconds since last contact, clock), banner (NO CONNECTION,
DEMO, EXERCISE, BEHIND; full width, only when it is true), strip (the newest unseen alarm of priority 1), the body, a
line of notice (what was just done, else who works here), the keys. A page is a subclass with an ``ID``, a ``body`` and
a ``show``::

    class PathsPage(Page):
        ID = "paths"

        def body(self) -> ComposeResult:
            yield VirtualList(...)

        def show(self, changed: Changed) -> None:
            ...

Its title is the text ``page.<ID>`` of the domain ``shell``, its help ``help.<ID>``; its keys are the lines of
``tui.actions.ACTIONS`` that name it, each bound to its method ``action_<id>``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen

from tui.actions import bindings
from tui.state.station import Changed
from tui.widgets.banner import Banner
from tui.widgets.head import Head
from tui.widgets.keybar import KeyBar
from tui.widgets.notice import NoticeLine
from tui.widgets.strip import AlarmStrip

if TYPE_CHECKING:
    from tui.app import Console

EVERYTHING = ~Changed(0)


class Page(Screen[None]):
    """The frame. Subclasses give ``ID``, ``body`` and ``show``."""

    ID: ClassVar[str] = ""
    ALLOW_SELECT = False
    standing = False
    """Whether the frame and the body are there: between mounting and unmounting."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Bind the keys of this page from the table of actions, beside those it has itself."""
        cls.BINDINGS = [*cls.__dict__.get("BINDINGS", ()), *bindings(cls.ID)]
        super().__init_subclass__(**options)

    @property
    def console(self) -> Console:
        """The app, as what it is."""
        from tui.app import Console

        assert isinstance(self.app, Console)
        return self.app

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield Head()
        yield Banner()
        yield AlarmStrip()
        with Vertical(id="body"):
            yield from self.body()
        yield NoticeLine()
        yield KeyBar(self.ID)

    def body(self) -> ComposeResult:
        """The widgets between strip and keys."""
        raise NotImplementedError

    def show(self, changed: Changed) -> None:
        """Something changed: called at most ten times a second, and once with everything when the page is opened."""
        raise NotImplementedError

    def subtitle(self) -> str:
        """Words beside the title, such as what a list is filtered by; empty for none."""
        return ""

    def show_frame(self) -> None:
        """Bring everything around the body up to date; what has not changed is not drawn again."""
        self.query_one(Head).show()
        self.query_one(Banner).show()
        self.query_one(AlarmStrip).show()
        self.query_one(NoticeLine).show()
        self.query_one(KeyBar).show()
        console, body = self.console, self.query_one("#body")
        body.set_class(console.is_old, "-old")
        last = console.last_contact()
        body.border_title = Content(console.say("old.title", time=last)) if console.is_old and last else None

    def on_mount(self) -> None:
        """Opened: handlers of subclasses have run before."""
        self.standing = True
        self.show_frame()
        self.show(EVERYTHING)

    def on_screen_resume(self) -> None:
        """Uncovered: nothing of what it showed last may stay."""
        if self.standing:
            self.show_frame()
            self.show(EVERYTHING)

    def on_unmount(self) -> None:
        """Nothing to show it on any more."""
        self.standing = False
