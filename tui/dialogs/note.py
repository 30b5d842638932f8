"""How an alarm is closed: with one of the usual reasons, a note, or both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from protocols.catalogue import texts
from tui.dialogs.dialog import Dialog

DOMAIN = "alarms"

REASONS = ("real", "person", "technology", "smoke", "test", "service", "no-contact", "other")
"""Ids of the usual reasons, ``reason.<id>`` in the catalogue; ``other`` says nothing without a note."""
_NEEDS_NOTE = "other"
_OTHER_LINES = 22
"""Lines of the window, and below it, beside those of what is closed."""
NOTE_MAX = 500
"""Characters of a note."""


class Reason(Static):
    """A line that can be picked."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(id=f"reason-{reason}")
        self.reason = reason
        self._words = words

    def show_picked(self, picked: bool) -> None:
        """Marked by more than colour."""
        self.set_class(picked, "-picked")
        self.update(Content(f"{'►' if picked else ' '} {self._words}"))


def _button(id_: str, words: str) -> Button:
    """For the mouse: keys stay in the note, where letters that follow a Tab would be lost on a button."""
    button = Button(Content(words), id=id_, compact=True)
    button.can_focus = False
    return button


class CloseNote(Dialog[str | None]):
    """Asks why an alarm is closed; dismissed with the note, or None where nothing shall be done.

    Arrows pick a reason while the note can be typed: closing needs no letter, and no change of focus.
    """

    CSS_PATH = "note.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("f1", "help", show=False),
        Binding("f8", "confirm", show=False, priority=True),
        Binding("up", "pick(-1)", show=False, priority=True),
        Binding("down", "pick(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
    ]

    def __init__(self, alarm: str, language: str, closing: Sequence[str] = (), danger: str = "") -> None:
        """``alarm``: its number and site; ``closing``: a line for each thing that is closed with it; ``danger``: what
        is said above the choice where life is in danger still."""
        super().__init__()
        self._alarm = alarm
        self._things = closing
        self._danger = danger
        self._language = language
        self._picked: int | None = None

    def compose(self) -> ComposeResult:
        """The window."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._say("note.title")), classes="dialog-title")
            yield Static(Content(self._alarm), id="about")
            if self._things:
                with VerticalScroll(id="closing", can_focus=False):
                    for line in self._things:
                        yield Static(Content(line))
                yield Static(id="further")
            if self._danger:
                yield Static(Content(self._danger), id="danger")
            yield Static(Content(self._say("note.reason")), classes="dialog-label")
            for reason in REASONS:
                yield Reason(reason, self._say(f"reason.{reason}"))
            yield Static(Content(self._say("note.note")), classes="dialog-label")
            yield Input(compact=True, id="note", select_on_focus=False)
            yield Static(id="wrong")
            with Horizontal(classes="dialog-buttons"):
                yield _button("cancel", self._say("note.cancel"))
                yield _button("confirm", self._say("note.confirm"))

    def on_mount(self) -> None:
        """The note can be typed at once; which keys work stands in the frame, where nothing can push it out."""
        self.query_one(".dialog").border_subtitle = self._say("note.keys")
        self._show_picked()
        self.query_one(Input).focus()
        self._fit_closing()

    def on_resize(self) -> None:
        """More or less of what is closed has room."""
        self._fit_closing()

    def _fit_closing(self) -> None:
        """What is closed has the lines that the choice leaves; where that is too few, it says that it goes on."""
        for closing in self.query("#closing"):
            closing.styles.max_height = max(2, self.size.height - _OTHER_LINES)
        self.call_after_refresh(self._say_further)

    def _say_further(self) -> None:
        for closing in self.query("#closing"):
            further = self.query_one("#further", Static)
            further.display = closing.max_scroll_y > 0
            further.update(Content(self._say("note.further", count=len(self._things))))

    def action_pick(self, by: int) -> None:
        """An arrow: the reason below or above."""
        if self._picked is None:
            self._picked = 0 if by > 0 else len(REASONS) - 1
        else:
            self._picked = (self._picked + by) % len(REASONS)
        self._show_picked()

    def action_page(self, by: int) -> None:
        """Page up, page down: through what is closed."""
        for closing in self.query("#closing"):
            closing.scroll_relative(y=by * max(1, closing.size.height), animate=False)

    def action_help(self) -> None:
        """F1: which keys work here."""
        self._refuse(texts.text("shell", "dialog.note", self._language))

    def action_cancel(self) -> None:
        """Do nothing."""
        self.dismiss(None)

    def action_confirm(self) -> None:
        """Close the alarm, where it is said why."""
        typed = self.query_one(Input).value.strip()
        reason = "" if self._picked is None else REASONS[self._picked]
        if not typed and reason in ("", _NEEDS_NOTE):
            self._refuse(self._say("note.wrong"))
            return
        if len(typed) > NOTE_MAX:
            self._refuse(self._say("note.too-long", count=len(typed), most=NOTE_MAX))
            return
        words = "" if reason in ("", _NEEDS_NOTE) else self._say(f"reason.{reason}")
        self.dismiss(": ".join(part for part in (words, typed) if part))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_confirm()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "confirm":
            self.action_confirm()
        else:
            self.action_cancel()

    def on_click(self, event: object) -> None:
        """A click on a reason picks it, a second one closes with it."""
        from textual.events import Click

        if isinstance(event, Click) and isinstance(event.widget, Reason):
            self._picked = REASONS.index(event.widget.reason)
            self._show_picked()
            if event.chain > 1:
                self.action_confirm()

    def _show_picked(self) -> None:
        for reason in self.query(Reason):
            reason.show_picked(self._picked is not None and REASONS[self._picked] == reason.reason)
        self.query_one("#wrong", Static).update("")

    def _refuse(self, why: str) -> None:
        self.query_one("#wrong", Static).update(Content(why))

    def _say(self, id_: str, **values: object) -> str:
        return texts.text(DOMAIN, id_, self._language, **values)
