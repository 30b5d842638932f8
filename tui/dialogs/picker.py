"""A window with a line to type in and a list that it narrows: arrows choose, Enter takes, Escape leaves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from protocols.catalogue.seek import fold
from tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from tui.app import Console

Result = TypeVar("Result")

_ROWS_WITH_KEYS = 8
"""Items in view while the keys are told below them; the window grows no higher."""


class Choices(OptionList):
    """The list. A click says which line it means as it was drawn; the list may be another by then."""

    def on_click(self, event: events.Click) -> None:
        """Only the first of a double click counts, and only on a line that is there: the next list has others."""
        at = event.style.meta.get("option")
        if event.chain > 1 or (at is not None and at >= self.option_count):
            event.prevent_default()


class Picker(Dialog[Result]):
    """Subclasses say what ``picked`` does. The line may be typed in any language; no letter is needed to choose."""

    CSS_PATH = Path(__file__).with_name("picker.tcss")
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("f1", "help", show=False),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-8)", show=False, priority=True),
        Binding("pagedown", "move(8)", show=False, priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._items: Sequence[tuple[str, str]] = ()
        self._shown: list[str] = []
        self._options: list[Option] = []

    @property
    def console(self) -> Console:
        """The app, as what it is."""
        from tui.app import Console

        assert isinstance(self.app, Console)
        return self.app

    def compose(self) -> ComposeResult:
        """The window."""
        with Vertical(classes="dialog"):
            yield Static(id="title", classes="dialog-title")
            yield Input(compact=True)
            yield Choices(compact=True, markup=False)
            yield Static(id="none")
            keys = Static(Content(self.console.say("dialog.picker")), id="keys")
            keys.display = False
            yield keys

    def on_mount(self) -> None:
        """Typing goes into the line, arrows into the list."""
        self.query_one(OptionList).can_focus = False
        self.query_one(Input).focus()

    def ask(self, title: str, placeholder: str, items: Sequence[tuple[str, str]], none: str) -> None:
        """Offer items, ``(id, words)`` each; ``none`` is said where nothing fits what is typed."""
        self._items = items
        self.query_one("#title", Static).update(Content(title))
        self.query_one("#none", Static).update(Content(none))
        line = self.query_one(Input)
        line.placeholder = placeholder
        with self.prevent(Input.Changed):
            line.value = ""
        self._narrow("")

    @abstractmethod
    def picked(self, id_: str) -> None:
        """An item was taken."""

    def action_help(self) -> None:
        """F1: which keys work here."""
        self.query_one("#keys").display = True
        self.query_one(OptionList).styles.max_height = _ROWS_WITH_KEYS

    def action_leave(self) -> None:
        """Nothing was taken."""
        self.dismiss(None)

    def action_move(self, by: int) -> None:
        """The selection up or down, not beyond the ends."""
        options = self.query_one(OptionList)
        if self._shown:
            options.highlighted = min(max((options.highlighted or 0) + by, 0), len(self._shown) - 1)

    def _narrow(self, typed: str) -> None:
        wanted = fold(typed).split()
        kept = [(id_, words) for id_, words in self._items if all(part in fold(words) for part in wanted)]
        options = self.query_one(OptionList)
        options.clear_options()
        self._options = [Option(Content(words)) for _, words in kept]
        options.add_options(self._options)
        self._shown = [id_ for id_, _ in kept]
        options.highlighted = 0 if kept else None
        self.query_one("#none").display = not kept
        options.display = bool(kept)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        at = self.query_one(OptionList).highlighted
        if self._shown and at is not None and self.is_current:
            self.picked(self._shown[at])

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        # The list may have changed since.
        if self.is_current and event.option in self._options:
            self.picked(self._shown[self._options.index(event.option)])
