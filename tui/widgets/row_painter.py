"""How a line of a list looks: the cursor's mark, the mark of the state, the cells in their columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.cache import LRUCache
from textual.strip import Strip

from tui import themes
from tui.look import mark
from tui.widgets.cells import fit, fit_name
from tui.widgets.columns import GAP, Column, lay_out
from tui.widgets.list_model import Row

CURSOR_MARK = ">"
_GUTTER = 3
"""Cells before the first column: the cursor's mark, the mark of the state, a blank."""
_KEPT = 1024
"""Lines kept as they were drawn."""


class Painter:
    """Lines of one width, kept as long as nothing about them changes."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self.width = 0
        self._shown: tuple[tuple[int, int], ...] = ()
        self._kept: LRUCache[tuple[Row, str], Strip] = LRUCache(_KEPT)

    def set(self, columns: Sequence[Column], width: int) -> None:
        """Other columns, or another width in cells."""
        self.columns, self.width = tuple(columns), width
        self._shown = lay_out(self.columns, max(0, width - _GUTTER))
        self.forget()

    def forget(self) -> None:
        """The colours changed."""
        self._kept.clear()

    def header(self, app: App[Any]) -> Strip:
        """The titles of the columns."""
        return self._line(app, "head", " " * _GUTTER + self._joined([column.title for column in self.columns]))

    def words(self, app: App[Any], text: str) -> Strip:
        """A line without a row."""
        return self._line(app, "page", f" {text}" if text else "")

    def row(self, app: App[Any], row: Row, cursor: str) -> Strip:
        """A row; ``cursor`` as in ``themes.row_style``."""
        strip = self._kept.get((row, cursor))
        if strip is None:
            strip = self._kept[(row, cursor)] = self._row(app, row, cursor)
        return strip

    def _row(self, app: App[Any], row: Row, cursor: str) -> Strip:
        style = themes.row_style(app, row.state, dim=row.dim, strong=row.strong, cursor=cursor)
        text = f"{CURSOR_MARK if cursor else ' '}{mark(row.state)} {self._joined(row.cells)}"
        text = fit(text, self.width)
        # The mark keeps its own colours on the cursor's line.
        chip = themes.style_of(app, row.state, strong=True)
        return Strip([Segment(text[:1], style), Segment(text[1:2], chip), Segment(text[2:], style)], self.width)

    def _joined(self, cells: Sequence[str]) -> str:
        return (" " * GAP).join(
            self._cell(self.columns[at], cells[at] if at < len(cells) else "", width) for at, width in self._shown
        )

    def _cell(self, column: Column, text: str, width: int) -> str:
        return fit_name(text, width) if column.named else fit(text, width, right=column.right)

    def _line(self, app: App[Any], part: str, text: str) -> Strip:
        return Strip([Segment(fit(text, self.width), themes.part(app, part))], self.width)
