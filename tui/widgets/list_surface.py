"""The part of a list that stands between its rows and the screen: when it looks at them, and what it paints.

What is in view is decided by ``list_model.View``; rows are read in ``_look`` only, and painted from what was read, so
that a source that changes meanwhile moves nothing on the screen.
"""

from __future__ import annotations

import logging
from asyncio import TimerHandle
from collections.abc import Hashable, Sequence
from time import monotonic
from typing import ClassVar

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp
from textual.strip import Strip
from textual.widget import Widget

from protocols.catalogue import texts
from tui.look import State
from tui.widgets.columns import Column
from tui.widgets.later import after
from tui.widgets.list_model import Row, RowSource, View
from tui.widgets.row_painter import Painter

HEADER = 1
"""Lines of titles above the rows."""
_INTERVAL_S = 0.1
_FAULTS_MOST = 50
"""So many different faults of rows are logged."""

_log = logging.getLogger(__name__)


class ListSurface(ScrollView):
    """Rows in view, painted. What is done with them is its subclass's: it may override ``_settled`` and ``_looked``."""

    ALLOW_SELECT: ClassVar[bool] = False
    # The scroll bar has its column even where all fits: nothing shifts when a row more comes.
    DEFAULT_CSS = """
    ListSurface {
        height: 1fr;
        width: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(
        self,
        view: View,
        columns: Sequence[Column],
        empty: str,
        *,
        id: str | None,  # noqa: A002 - Textual's name
        classes: str | None,
    ) -> None:
        """``empty`` stands in a list without rows."""
        super().__init__(id=id, classes=classes)
        self.empty = empty
        self._view = view
        self._painter = Painter(columns)
        self._rows: list[Row] = []
        self._drawn: dict[int, tuple[Row, str]] = {}
        """What stands on the screen, by line."""
        self._bar: tuple[int, ...] = ()
        self._due = 0.0
        self._timer: TimerHandle | None = None
        self._arranging = False
        self._faults: set[str] = set()

    @property
    def cursor_key(self) -> Hashable | None:
        """The key that is selected; it stays when its row vanishes."""
        return self._view.cursor_key

    @property
    def source(self) -> RowSource:
        """Where the rows come from."""
        return self._view.source

    @property
    def above(self) -> int:
        """How many rows stand above those in view."""
        return self._view.top

    @property
    def waiting(self) -> bool:
        """Whether something changed that the list has not looked at yet."""
        return self._timer is not None

    def changed(self) -> None:
        """Rows came, went, moved or changed; the list looks again within a tenth of a second."""
        if self._timer is None and self.is_attached:
            self._timer = after(max(0.001, self._due - monotonic()), self, self._settle)

    def _settle(self) -> None:
        """Take in what changed, and draw the lines that differ."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due = monotonic() + _INTERVAL_S
        self._view.settle()
        self._settled()
        self._arrange()

    def _settled(self) -> None:
        """The view knows the source as it is now."""

    def _looked(self) -> None:
        """The screen is arranged."""

    def _arrange(self) -> None:
        """Bring scroll bar, scroll position and lines to what the view says."""
        view = self._view
        count = len(view.source)
        size = Size(self._painter.width, count + HEADER if count else 0)
        self._arranging = True
        # Not through the reactive attribute: it would lay out the whole screen, and nothing has another place.
        self.set_reactive(Widget.virtual_size, size)
        if view.lines:
            self.scroll_target_y = self.scroll_y = view.top
        self._arranging = False
        self._show_bar()
        self._look()
        self._looked()

    def _show_bar(self) -> None:
        """Move the scroll bar where it would look different: it shows eighths of a cell, and costs a repaint."""
        view, count = self._view, max(1, len(self._view.source))
        if not self.show_vertical_scrollbar:
            return
        eighths = view.lines * 8
        ends = (view.top == 0, view.top == view.max_top)
        shown = (*ends, view.lines, view.top * eighths // count, view.lines * eighths // count)
        if shown != self._bar:
            self._bar = shown
            bar = self.vertical_scrollbar
            bar.window_virtual_size, bar.window_size = self.virtual_size.height, view.lines + HEADER
            bar.position = view.top

    def _look(self) -> None:
        """Ask for the rows in view, and redraw the lines that are not what was drawn."""
        view = self._view
        self._rows = [self._row_at(at) for at in range(view.top, min(len(view.source), view.top + view.lines))]
        now = {line: self._line_key(line) for line in range(len(self._rows))}
        lines = [line for line in now.keys() | self._drawn.keys() if now.get(line) != self._drawn.get(line)]
        if len(lines) > len(now) // 2:
            self.refresh()
        elif lines:
            self.refresh(*(Region(0, line + HEADER, self._painter.width, 1) for line in lines))

    def _row_at(self, at: int) -> Row:
        """A row of the source. One that cannot be made says so in its place: all others are still to be seen."""
        source = self._view.source
        try:
            return source.row(at)
        except Exception as fault:
            key, why = source.key(at), type(fault).__name__
            if (known := f"{why}: {fault}") not in self._faults and len(self._faults) < _FAULTS_MOST:
                self._faults.add(known)
                _log.exception("list %s: row %r cannot be shown, by a fault of the program", self.id, key)
            words = texts.text("shell", "list.row-failed", getattr(self.app, "language", "en"), key=key, why=why)
            columns = self._painter.columns
            widest = next((at for at, one in enumerate(columns) if not one.width and not one.drop), 0)
            cells = tuple(words if at == widest else "" for at in range(len(columns)))
            return Row(key, cells, State.LOST, strong=True)

    # Textual calls its own handlers of these after ours.

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._settle()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._settle()

    def _on_scroll_up(self, event: ScrollUp) -> None:
        self._scroll_page(event, -1)

    def _on_scroll_down(self, event: ScrollDown) -> None:
        self._scroll_page(event, 1)

    def _on_scroll_to(self, event: ScrollTo) -> None:
        event.prevent_default().stop()
        if event.y is not None:
            self._settle()
            self.scroll_to(y=round(event.y), animate=False)

    def _scroll_page(self, event: Message, by: int) -> None:
        """A click above or below the handle of the scroll bar."""
        event.prevent_default().stop()
        self._settle()
        self.scroll_to(y=self._view.top + by * max(1, self._view.lines - 1), animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """By the wheel, the scroll bar, or ourselves."""
        if not self._arranging and round(new_value) != self._view.top:
            self._view.scroll(round(new_value))
            self._arrange()

    # Drawing

    def on_mount(self) -> None:
        """Look for the first time."""
        self._settle()

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        # Textual's own correction of the scroll position is nobody's scrolling.
        self._arranging = True
        try:
            return super()._size_updated(size, virtual_size, container_size, layout)
        finally:
            self._arranging = False

    def on_unmount(self) -> None:
        """No timer outlives the list."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def on_resize(self, event: events.Resize) -> None:
        """Another width or height."""
        self._view.resize(event.size.height - HEADER)
        self._lay_out(self._painter.columns)

    def notify_style_update(self) -> None:
        """Another theme."""
        super().notify_style_update()
        self._painter.forget()

    def _lay_out(self, columns: Sequence[Column]) -> None:
        # Without the scroll bar, which ``size`` counts: the mark of a cut would be under it.
        self._painter.set(columns, self.scrollable_content_region.width)
        self.refresh()
        self._settle()

    def _line_key(self, line: int) -> tuple[Row, str]:
        """What a line in view is drawn from."""
        row = self._rows[line]
        if row.key != self.cursor_key:
            return row, ""
        return row, "cursor" if self.has_focus else "cursor-blurred"

    def watch_has_focus(self, _has_focus: bool) -> None:
        """The cursor looks otherwise without the focus."""
        super().watch_has_focus(_has_focus)
        self._settle()

    def render_line(self, y: int) -> Strip:
        """The header, a row, the words of an empty list, or nothing."""
        if y < HEADER:
            return self._painter.header(self.app)
        line = y - HEADER
        if line < len(self._rows):
            key = self._drawn[line] = self._line_key(line)
            return self._painter.row(self.app, *key)
        self._drawn.pop(line, None)
        return self._painter.words(self.app, "" if line else self.empty)
