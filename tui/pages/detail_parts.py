"""The second tab of the detail: the raw line with the selected part in it, below it every part with its findings."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

from tui import themes
from tui.look import State
from tui.pages.detail_bytes import Explanation, Line, lines_of, parts_of, raw_spans
from tui.widgets.cells import fit

RAW_LINES = 3
"""Lines of the raw message that are shown at a time."""
_CURSOR = ">"
_MORE = "│"
"""Beside the further lines of the selected part."""
_STATES = {
    "wrong": State.ALARM,
    "violation": State.ALARM,
    "deviation": State.URGENT,
    "note": State.TROUBLE,
    "bytes": State.PLAIN,
    "label": State.PLAIN,
    "": State.PLAIN,
}


class PartList(ScrollView, can_focus=True):
    """The parts, one of them selected. A part that is longer than the screen is scrolled through line by line."""

    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(-1)", show=False),
    ]

    class Selected(Message):
        """Another part is selected."""

        def __init__(self, part: int) -> None:
            super().__init__()
            self.part = part

    def __init__(self, language: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._language = language
        self._explanation = Explanation()
        self._lines: list[Line] = []
        self._spans: list[tuple[int, int]] = []
        """First line of every part, and the one behind its last."""
        self.part = 0

    def explain(self, explanation: Explanation) -> None:
        """Show this message."""
        self._explanation = explanation
        self.part = 0
        self._lay_out()
        self.post_message(self.Selected(0))

    def on_resize(self) -> None:
        """Lines are made for a width."""
        self._lay_out()

    def notify_style_update(self) -> None:
        """Another theme."""
        super().notify_style_update()
        self.refresh()

    def action_move(self, by: int) -> None:
        """An arrow: the next part, once all of this one was seen."""
        if not self._spans:
            return
        first, end = self._spans[self.part]
        top, height = round(self.scroll_y), self.size.height
        if by > 0 and end > top + height:
            self.scroll_to(y=top + 1, animate=False)
        elif by < 0 and first < top:
            self.scroll_to(y=top - 1, animate=False)
        else:
            self._select(self.part + by)

    def action_page(self, by: int) -> None:
        """A page up or down."""
        if self._spans:
            line = self._spans[self.part][0] + by * max(1, self.size.height - 1)
            self._select(self._part_at(line))

    def action_edge(self, part: int) -> None:
        """The first part, or the last."""
        if self._spans:
            self._select(part % len(self._spans))

    def on_click(self, event: events.Click) -> None:
        """The part that was pointed at."""
        line = event.y + round(self.scroll_y)
        if 0 <= line < len(self._lines) and (part := self._lines[line].part) is not None:
            self._select(part)

    def render_line(self, y: int) -> Strip:
        """A line in view."""
        at = y + round(self.scroll_y)
        width = self.size.width
        ground = themes.part(self.app, "page")
        if at >= len(self._lines):
            return Strip([Segment(" " * width, ground)], width)
        line = self._lines[at]
        selected = line.part is not None and line.part == self.part
        first = selected and self._spans[self.part][0] == at
        segments = [Segment((_CURSOR if first else _MORE) if selected else " ", ground)]
        room = width - 1
        for text, kind in line.pieces:
            shown = fit(text, min(room, cell_len(text)))
            room -= cell_len(shown)
            segments.append(Segment(shown, self._style(kind, first)))
        segments.append(Segment(" " * max(0, room), ground))
        return Strip(segments, width)

    def _style(self, kind: str, selected: bool) -> Style:
        if kind == "heading":
            return themes.part(self.app, "head")
        if kind == "label" and selected:
            return themes.row_style(self.app, State.PLAIN, strong=True, cursor="cursor")
        return themes.row_style(
            self.app, _STATES.get(kind, State.PLAIN), strong=kind in ("label", "wrong", "violation")
        )

    def _select(self, part: int) -> None:
        part = max(0, min(len(self._spans) - 1, part))
        first, end = self._spans[part]
        top, height = round(self.scroll_y), max(1, self.size.height)
        if first < top or end > top + height:
            # A heading right above it comes into view with it.
            above = 1 if first and self._lines[first - 1].part is None else 0
            self.scroll_to(y=first - above if first < top or end - first >= height else end - height, animate=False)
        self.part = part
        self.refresh()
        self.post_message(self.Selected(part))

    def _part_at(self, line: int) -> int:
        line = max(0, min(len(self._lines) - 1, line))
        return next((at for at, (_, end) in enumerate(self._spans) if line < end), len(self._spans) - 1)

    def _lay_out(self) -> None:
        width = max(20, self.size.width - 1)
        self._lines = lines_of(self._explanation, self._language, width)
        spans: dict[int, tuple[int, int]] = {}
        for at, line in enumerate(self._lines):
            if line.part is not None:
                spans[line.part] = (spans.get(line.part, (at, at))[0], at + 1)
        self._spans = [spans[part] for part in sorted(spans)]
        self.virtual_size = Size(self.size.width, len(self._lines))
        self.refresh()


class BytesView(Vertical):
    """Raw line and parts, or why there are none."""

    def __init__(self, language: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._language = language
        self._explanation = Explanation()

    def compose(self) -> ComposeResult:
        """The message above, its parts below."""
        yield Static(id="raw")
        yield PartList(self._language, id="parts")

    def explain(self, explanation: Explanation) -> None:
        """Show this message."""
        self._explanation = explanation
        self.remove_class("-nothing")
        self.query_one(PartList).explain(explanation)

    def say_why_not(self, words: str) -> None:
        """Nothing can be shown, and this is why."""
        self.add_class("-nothing")
        self.query_one("#raw", Static).update(Content(words))

    def on_resize(self) -> None:
        """The raw line is cut for a width."""
        self._show_raw()

    def on_part_list_selected(self) -> None:
        """Another part is marked in the raw line."""
        self._show_raw()

    def _show_raw(self) -> None:
        parts = parts_of(self._explanation)
        if not parts or self.has_class("-nothing"):
            return
        chosen = parts[min(self.query_one(PartList).part, len(parts) - 1)]
        width = max(16, self.size.width - 2)
        self.query_one("#raw", Static).update(marked(raw_spans(*chosen), width))


def marked(spans: tuple[str, str, str], width: int) -> Content:
    """The bytes before, in and after a part, in lines of a width; those lines in which the part begins."""
    before, inside, after = spans
    whole = before + inside + after
    count = -(-len(whole) // width)
    top = max(0, min(len(before) // width, count - RAW_LINES))
    first, last = top * width, min(len(whole), (top + RAW_LINES) * width)
    pieces: list[tuple[str, str] | str] = []
    for at in range(first, last, width):
        end = min(at + width, last)
        start, stop = (max(at, min(end, edge)) for edge in (len(before), len(before) + len(inside)))
        pieces += [whole[at:start], (whole[start:stop], "reverse bold"), whole[stop:end]]
        if end < last:
            pieces.append("\n")
    return Content.assemble(*(piece for piece in pieces if piece and piece != ("", "reverse bold")))
