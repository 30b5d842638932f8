"""The help of a page: what it shows, its keys, the keys of all pages, the marks, the frame."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui import look
from tui.actions import Action, actions_of
from tui.look import State
from tui.page import Page
from tui.state.station import Changed


class HelpPage(Page):
    """Opened over the page that it is about; Escape goes back there."""

    ID = "help"

    def __init__(self, about: str) -> None:
        """``about``: id of a page."""
        super().__init__()
        self._about = about

    def subtitle(self) -> str:
        """Which page it is about."""
        return self.console.say(f"page.{self._about}")

    def body(self) -> ComposeResult:
        """Everything in one text to scroll."""
        console = self.console
        say = console.say
        with VerticalScroll(id="help", can_focus=True):
            yield Static(Content(say(f"help.{self._about}")))
            own = [one for one in actions_of(self._about) if one.pages]
            shared = [one for one in actions_of(self._about) if not one.pages and console.offers(one.id)]
            if own:
                yield Static(Content(say("help.keys")), classes="help-title")
                yield Static(Content(self._keys(own)))
            yield Static(Content(say("help.lists")))
            yield Static(Content(say("help.everywhere")), classes="help-title")
            yield Static(Content(self._keys(shared)))
            yield Static(Content(say("help.marks")), classes="help-title")
            for state in State:
                with_mark = f" {look.mark(state)}  {look.word(state, console.language)} "
                yield Static(Content(with_mark), classes=f"help-mark -{state.value}")
            yield Static(Content(say("help.frame")), classes="help-title")
            yield Static(Content(say("help.frame-text")))

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one("#help").focus()

    def show(self, changed: Changed) -> None:
        """Nothing in it changes."""

    def action_back(self) -> None:
        """To the page below."""
        self.leave()

    def _keys(self, actions: list[Action]) -> str:
        console = self.console
        rows = [(", ".join(map(console.key_name, one.keys)), console.say(f"action.{one.id}.help")) for one in actions]
        width = max(len(keys) for keys, _ in rows)
        return "\n".join(f" {keys.ljust(width)}  {words}" for keys, words in rows)
