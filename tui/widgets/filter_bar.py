"""The filter of a page: a line of words, fields where the page has some, and a line that says what was understood.

What is typed is told to the page after a short pause. Enter goes to the list, Escape first empties the bar, then
leaves it. Tab goes through the fields.
"""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Label, Static

from protocols import catalogue
from protocols.catalogue import texts
from tui.state.filters import Asked
from tui.widgets.cells import visible
from tui.widgets.choice import Choice
from tui.widgets.later import after

CATEGORIES = (
    "panic",
    "fire",
    "medical",
    "burglary",
    "24h",
    "tamper",
    "general",
    "supervisory",
    "trouble",
    "comm",
    "open_close",
    "access",
    "bypass",
    "disable",
    "cancel",
    "restore",
    "remote",
    "test",
    "system",
    "schedule",
    "personnel",
    "log",
    "program",
    "misc",
    "custom",
)
"""The categories of the catalogue, as an operator asks for them."""
KINDS = ("signal", "unread", "station", "security", "action", "amendment")
PAUSE_S = 0.25
_WORDS_MOST = 200
_FIELD_MOST = 40


class FilterBar(Vertical):
    """Hidden until it is opened; it stays as long as it has something in it."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("enter,down", "done", show=False),
        Binding("escape", "back", show=False),
    ]

    class Changed(Message):
        """Something else is asked for."""

        def __init__(self, asked: Asked) -> None:
            super().__init__()
            self.asked = asked

    class Done(Message):
        """Go to the list."""

    def __init__(self, language: str, *, words: str, fields: bool = False) -> None:
        """``words``: id of what stands in the empty line, in the domain ``views``; ``fields``: those of the journal."""
        super().__init__(id="filter")
        self._language = language
        self._words = words
        self._fields = fields
        self._pause: TimerHandle | None = None
        self._told = Asked()
        self.display = False

    def _say(self, id_: str, **values: object) -> str:
        return texts.text("views", id_, self._language, **values)

    def compose(self) -> ComposeResult:
        """The line, the fields, what was understood."""
        with Horizontal(classes="line"):
            yield Label(self._say("filter.label"), markup=False)
            yield Input(placeholder=self._say(self._words), max_length=_WORDS_MOST, compact=True, id="words")
        if self._fields:
            with Vertical(id="fields"):
                # In the order in which they are asked for: the time before all.
                with Horizontal(classes="line"):
                    yield Label(self._say("filter.since"), markup=False)
                    yield self._field("since", "filter.since-hint")
                    yield Label(self._say("filter.until"), markup=False)
                    yield self._field("until", "filter.until-hint")
                    yield Choice(self._say("filter.category"), self._categories(), name="category")
                with Horizontal(classes="line"):
                    yield Choice(self._say("filter.kind"), self._kinds(), name="kind")
                    yield Label(self._say("filter.adapter"), markup=False)
                    yield self._field("adapter", "filter.any")
                    yield Choice(self._say("filter.priority"), self._priorities(), name="urgent")
        yield Static(self._say("filter.hint" if self._fields else "filter.hint-line"), id="understood", markup=False)

    def _field(self, name: str, hint: str) -> Input:
        return Input(placeholder=self._say(hint), max_length=_FIELD_MOST, compact=True, id=name)

    def _categories(self) -> Sequence[tuple[str, str]]:
        named = ((one, catalogue.category_name(one, self._language)) for one in CATEGORIES)
        return [("", self._say("filter.any")), *named]

    def _kinds(self) -> Sequence[tuple[str, str]]:
        named = ((one, catalogue.word("kind", one, self._language)) for one in KINDS)
        return [("", self._say("filter.any")), *named]

    def _priorities(self) -> Sequence[tuple[str, str]]:
        return [("", self._say("filter.any")), ("urgent", self._say("filter.urgent"))]

    # What is in it

    @property
    def asked(self) -> Asked:
        """What stands in it now."""
        words = self.query_one("#words", Input).value
        if not self._fields:
            return Asked(words=words)
        return Asked(
            words=words,
            category=self.query_one("#category", Choice).value,
            kind=self.query_one("#kind", Choice).value,
            adapter=self.query_one("#adapter", Input).value,
            since=self.query_one("#since", Input).value,
            until=self.query_one("#until", Input).value,
            urgent=bool(self.query_one("#urgent", Choice).value),
        )

    def put(self, words: str) -> None:
        """Write into the line and ask at once."""
        self.display = True
        self.query_one("#words", Input).value = words
        self._tell()

    def open(self) -> None:
        """Show it and type."""
        self.display = True
        self.query_one("#words", Input).focus()

    def clear(self) -> None:
        """Empty it, and ask for nothing at once."""
        for line in self.query(Input):
            line.value = ""
        for choice in self.query(Choice):
            choice.action_first()
        self._tell()

    def understood(self, lines: Sequence[str], *, wrong: bool = False) -> None:
        """Say under the fields what was understood, or what is wrong; nothing: which keys work here."""
        lines = lines or [self._say("filter.hint" if self._fields else "filter.hint-line")]
        shown = self.query_one("#understood", Static)
        shown.set_class(wrong, "wrong")
        shown.update(Text("\n".join(map(visible, lines))))

    @property
    def typing(self) -> bool:
        """Whether the keys go into it."""
        return self.has_focus_within

    # Keys

    def action_done(self) -> None:
        """On to the list, with what stands here."""
        self._tell()
        if self.asked.empty:
            self.display = False
        self.post_message(self.Done())

    def action_back(self) -> None:
        """Empty it; where it is empty, leave it."""
        if self.asked.empty:
            self.leave()
        else:
            self.clear()

    def leave(self) -> None:
        """Empty and hide it, and go to the list."""
        self.clear()
        self.display = False
        self.post_message(self.Done())

    # What happens in it

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask as soon as nobody types for a moment."""
        event.stop()
        self._ask_soon()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a line."""
        event.stop()
        self.action_done()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """The same for a choice."""
        event.stop()
        self._ask_soon()

    def on_choice_typed(self, event: Choice.Typed) -> None:
        """What no value begins with is a word to look for."""
        event.stop()
        words = self.query_one("#words", Input)
        # Not as by Tab, which would select what stands there for the next letter to replace.
        self.screen.set_focus(words, from_app_focus=True)
        words.cursor_position = len(words.value)
        words.insert_text_at_cursor(event.character)

    def on_unmount(self, _: events.Unmount) -> None:
        """Nobody is left to ask."""
        if self._pause is not None:
            self._pause.cancel()

    def _ask_soon(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        self._pause = after(PAUSE_S, self, self._tell)

    def _tell(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        asked = self.asked
        if asked != self._told:
            self._told = asked
            self.post_message(self.Changed(asked))
