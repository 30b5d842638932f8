"""Columns of a list: which of them are shown in a width, and how wide each is."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

GAP = 1
"""Blank cells between two columns."""


class Column(Struct, frozen=True):
    """One column."""

    id: str
    title: str
    width: int = 0
    """Cells; 0 takes what is left."""
    grow: int = 1
    """Its share of what is left, beside others of width 0."""
    drop: int = 0
    """Columns with the highest number vanish first where the list is narrow; 0 never."""
    right: bool = False
    """Set to the right, for numbers."""
    least: int = 8
    """Cells that a column of width 0 has at least, before others vanish for it."""

    def minimum(self) -> int:
        """Cells it needs."""
        return self.width or self.least


def lay_out(columns: Sequence[Column], width: int) -> tuple[tuple[int, int], ...]:
    """``(index of the column, cells)`` of those that are shown, left to right, for ``width`` cells in all.

    Columns with ``drop`` go until the others have room; where even those have not, the last ones are cut.
    """
    shown = list(range(len(columns)))
    while _needed(columns, shown) > width:
        droppable = [at for at in shown if columns[at].drop]
        if not droppable:
            return _squeezed(columns, shown, width)
        shown.remove(max(droppable, key=lambda at: (columns[at].drop, at)))
    left = width - _needed(columns, shown)
    shares = [(at, max(1, columns[at].grow)) for at in shown if not columns[at].width]
    cells = {at: columns[at].minimum() for at in shown}
    total = sum(share for _, share in shares)
    for at, share in shares:
        extra = left * share // total
        cells[at] += extra
        left -= extra
        total -= share
    return tuple((at, cells[at]) for at in shown)


def _needed(columns: Sequence[Column], shown: Sequence[int]) -> int:
    return sum(columns[at].minimum() for at in shown) + GAP * max(0, len(shown) - 1)


def _squeezed(columns: Sequence[Column], shown: Sequence[int], width: int) -> tuple[tuple[int, int], ...]:
    """From left to right as far as the width goes."""
    fitted: list[tuple[int, int]] = []
    for at in shown:
        left = width - (GAP if fitted else 0)
        if left <= 0:
            break
        cells = min(columns[at].minimum(), left)
        fitted.append((at, cells))
        width = left - cells
    return tuple(fitted)
