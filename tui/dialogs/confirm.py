"""A question that is answered with yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from protocols.catalogue import LANGUAGES, texts
from tui.dialogs.dialog import Dialog


class Confirm(Dialog[bool]):
    """Asks, and is dismissed with the answer. Enter presses the button that has the focus, first the one that says no.

    ::

        if await app.push_screen_wait(Confirm("Leave the console?", ["2 alarms are unseen."], yes="Leave", no="Stay")):
    """

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", show=False),
        Binding("f1", "help", show=False),
        Binding("left,up,shift+tab", "app.focus_previous", show=False),
        Binding("right,down,tab", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, lines: Sequence[str] = (), *, yes: str, no: str) -> None:
        """``lines`` stand below the question. All texts are shown as they are, never as markup."""
        super().__init__()
        self._question = question
        self._lines = lines
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The window."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._question), classes="dialog-title")
            for line in self._lines:
                yield Static(Content(line))
            keys = Static(Content(texts.text("shell", "dialog.confirm", self._language)), id="keys")
            keys.display = False
            yield keys
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content(self._no), id="no", compact=True)
                yield Button(Content(self._yes), id="yes", compact=True)

    @property
    def _language(self) -> str:
        return str(getattr(self.app, "language", LANGUAGES[0]))

    def on_mount(self) -> None:
        """No is the answer of a hurried Enter."""
        self.query_one("#no", Button).focus()

    def action_help(self) -> None:
        """F1: which keys work here."""
        self.query_one("#keys").display = True

    def action_answer(self, answer: bool) -> None:
        """Close with an answer."""
        self.dismiss(answer)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
