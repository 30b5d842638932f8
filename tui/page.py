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

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
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
OLD_S = 60.0
"""What is asked for every few seconds, and was not had for so long, is told to be old."""


class Page(Screen[None]):
    """The frame. Subclasses give ``ID``, ``body`` and ``show``."""

    ID: ClassVar[str] = ""
    ALLOW_SELECT = False
    _frame: tuple[Head | Banner | AlarmStrip | NoticeLine | KeyBar, ...] = ()
    _body: Vertical | None = None
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
        head, banner, strip, notice, keys = Head(), Banner(), AlarmStrip(), NoticeLine(), KeyBar(self.ID)
        yield head
        yield banner
        yield strip
        with Vertical(id="body") as body:
            yield from self.body()
        yield notice
        yield keys
        self._frame, self._body = (head, banner, strip, notice, keys), body

    @abstractmethod
    def body(self) -> ComposeResult:
        """The widgets between strip and keys."""

    @abstractmethod
    def show(self, changed: Changed) -> None:
        """Something changed: called at most ten times a second, and once with everything when the page is opened."""

    def subtitle(self) -> str:
        """Words beside the title, such as what a list is filtered by; empty for none."""
        return ""

    def show_frame(self) -> None:
        """Bring everything around the body up to date; what has not changed is not drawn again."""
        body = self._body
        if not self.standing or body is None:
            return
        # Held, not looked for: while a page is mounted or taken down, its parts come and go one by one.
        for part in self._frame:
            part.show()
        console = self.console
        body.set_class(console.is_old, "-old")
        last = console.last_contact()
        body.border_title = Content(console.say("old.title", time=last)) if console.is_old and last else None

    def on_mount(self) -> None:
        """Opened: handlers of subclasses have run before."""
        self.standing = True
        self.show_everything()

    def on_screen_resume(self) -> None:
        """Uncovered: nothing of what it showed last may stay."""
        self.show_everything()

    def show_everything(self) -> None:
        """The frame and the body, whatever stood there before."""
        if self.standing:
            self.show_frame()
            self.console.guarded(self.ID, lambda: self.show(EVERYTHING))

    def every(self, seconds: float, act: Callable[[], object]) -> None:
        """Do something again and again; a fault in it is told, and ends neither the console nor the repetition."""
        self.set_interval(seconds, lambda: self.console.guarded(self.ID, act) if self.standing else None)

    def since_asked(self, at: float | None) -> str:
        """That what this page asks for again and again was last had long ago; blank while it is not old."""
        console = self.console
        if at is None or console.is_old or (old := console.now() - at) < OLD_S:
            return ""
        return console.say("head.not-renewed", span=console.span(old))

    async def on_event(self, event: events.Event) -> None:
        """A page that was left before it stood is not opened any more: its parts are gone."""
        if self.display or not isinstance(event, events.Mount):
            await super().on_event(event)

    def open_detail(self, *, alarm: int = 0, entry: int = 0) -> None:
        """Everything about an alarm or an entry, over this page. Once: a second key, on its way already when the first
        one opened it, would lay another over it."""
        from tui.pages.detail import DetailPage

        if self.app.screen is self:  # ``is_current`` is true of the page below, too
            self.app.push_screen(DetailPage(alarm=alarm, entry=entry))

    def leave(self) -> None:
        """To the page below. Once: a second key may have been on its way when the first one left."""
        if self.app.screen is self:
            self.app.pop_screen()

    def on_unmount(self) -> None:
        """Nothing to show it on any more."""
        self.standing = False
