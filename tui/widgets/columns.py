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

    most: int = 0
    """Cells that a column of width 0 grows to, as long as others can grow; 0 for any."""
    since: int = 0
    """Cells of the whole list from which on it is shown at all."""
    named: bool = False
    """Holds names: one that ends in a number keeps it where it is cut."""

    def minimum(self) -> int:
        """Cells it needs."""
        return self.width or self.least


def lay_out(columns: Sequence[Column], width: int) -> tuple[tuple[int, int], ...]:
    """``(index of the column, cells)`` of those that are shown, left to right, for ``width`` cells in all.

    Columns with ``drop`` go until the others have room; where even those have not, the last ones are cut.
    """
    shown = [at for at, column in enumerate(columns) if width >= column.since]
    while _needed(columns, shown) > width:
        droppable = [at for at in shown if columns[at].drop]
        if not droppable:
            return _squeezed(columns, shown, width)
        shown.remove(max(droppable, key=lambda at: (columns[at].drop, at)))
    left = width - _needed(columns, shown)
    cells = {at: columns[at].minimum() for at in shown}
    growing = [at for at in shown if not columns[at].width]
    while growing and left > 0:
        most = {at: max(cells[at], columns[at].most or width + cells[at]) for at in growing}
        given = _share(columns, growing, left)
        full = [at for at in growing if cells[at] + given[at] > most[at]]
        if not full or len(full) == len(growing):
            for at in growing:
                cells[at] += given[at]
            break
        # What these do not need is shared by the others.
        for at in full:
            left -= most[at] - cells[at]
            cells[at] = most[at]
        growing = [at for at in growing if at not in full]
    return tuple((at, cells[at]) for at in shown)


def _share(columns: Sequence[Column], growing: Sequence[int], left: int) -> dict[int, int]:
    """What each gets of what is left: all of it is given."""
    total = sum(max(1, columns[at].grow) for at in growing)
    given: dict[int, int] = {}
    for at in growing:
        share = max(1, columns[at].grow)
        given[at] = left * share // total
        left -= given[at]
        total -= share
    return given


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
