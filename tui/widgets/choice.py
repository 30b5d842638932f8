"""One of a few values, on one line: ``kind ‹security›``. Arrows, Space, the wheel or a click change it.

No list drops over the page: what is below it stays in sight.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from protocols.catalogue.seek import fold
from tui.widgets.cells import visible


class Choice(Widget, can_focus=True):
    """A label and the value chosen, between marks. As wide as its longest value, so that nothing beside it moves."""

    DEFAULT_CSS = """
    Choice { width: auto; height: 1; }
    Choice:focus { text-style: reverse; }
    """
    BINDINGS = [
        Binding("left", "turn(-1)", show=False),
        Binding("right,space", "turn(1)", show=False),
        Binding("home,backspace,delete", "first", show=False),
    ]

    at: reactive[int] = reactive(0, layout=False)

    class Changed(Message):
        """Another value was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> Choice:
            """The widget, for selectors."""
            return self.choice

    class Typed(Message):
        """A character was typed that no value begins with."""

        def __init__(self, character: str) -> None:
            super().__init__()
            self.character = character

    def __init__(self, label: str, options: Sequence[tuple[str, str]], *, name: str) -> None:
        """``options``: value and words of each, the first one chosen; ``name``: the id."""
        super().__init__(id=name)
        self._label = label
        self._options = tuple((value, visible(words)) for value, words in options)
        self._width = max(cell_len(words) for _, words in self._options)

    @property
    def value(self) -> str:
        """What is chosen."""
        return self._options[self.at][0]

    def choose(self, value: str) -> None:
        """Choose a value; the first one where there is none such."""
        self.at = next((at for at, (one, _) in enumerate(self._options) if one == value), 0)

    def action_turn(self, by: int) -> None:
        """The next value, or the one before; round at the ends."""
        self.at = (self.at + by) % len(self._options)

    def action_first(self) -> None:
        """Back to the first value."""
        self.at = 0

    def on_key(self, event: events.Key) -> None:
        """A letter chooses the next value that begins with it; what begins none is told to the bar."""
        if not event.is_printable or event.character is None or event.character.isspace():
            return
        wanted = fold(event.character)
        order = (*range(self.at + 1, len(self._options)), *range(self.at + 1))
        found = next((at for at in order if fold(self._options[at][1]).startswith(wanted)), None)
        if found is not None:
            self.at = found
        else:
            self.post_message(self.Typed(event.character))
        event.stop()

    def on_click(self, event: events.Click) -> None:
        """A click on the mark at the left end goes back, anywhere else on."""
        self.focus()
        self.action_turn(-1 if event.x <= cell_len(self._label) + 1 else 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel turns, too."""
        event.stop()
        self.action_turn(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """And back."""
        event.stop()
        self.action_turn(-1)

    def watch_at(self, before: int, now: int) -> None:
        """Tell the bar."""
        if before != now:
            self.post_message(self.Changed(self))

    def get_content_width(self, *_: object) -> int:
        """Label, blank, marks and the longest value."""
        return cell_len(self._label) + 3 + self._width

    def render(self) -> Text:
        """The value between marks."""
        words = self._options[self.at][1]
        return Text.assemble(
            self._label,
            " ",
            ("‹", ""),
            (words, "bold" if self.at else ""),
            "›",
            " " * (self._width - cell_len(words)),
            no_wrap=True,
        )
