"""What a list shows of a long row source: the selected row and the rows in view, both kept by key. Pure.

The source changes whenever it likes; ``settle`` takes that in. Laws, each with a test: the selection changes by the
user's hand only; the selected row keeps its line on the screen where scrolling can keep it; a selected row that
vanished hands its selection to no other.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

from msgspec import Struct

from tui.look import State


class Row(Struct, frozen=True):
    """One row, as text."""

    key: Hashable
    cells: tuple[str, ...]
    """Plain text, one for every column."""
    state: State
    version: int = 0
    """A changed version is a changed row."""
    dim: bool = False
    strong: bool = False


class RowSource(Protocol):
    """Rows in their order, as many as there are."""

    def __len__(self) -> int:
        """How many rows."""

    def row(self, index: int) -> Row:
        """A row; asked of rows in view only."""

    def key(self, index: int) -> Hashable:
        """The key of a row; cheap."""

    def index(self, key: Hashable) -> int | None:
        """Where the row of a key is, or None; cheap."""


class View:
    """Selection and rows in view of a source."""

    def __init__(self, source: RowSource, *, follow: bool = False) -> None:
        self.source = source
        self.follow = follow
        """Whether the end stays in view."""
        self.cursor_key: Hashable | None = None
        self.top = 0
        """Index of the first row in view."""
        self.lines = 0
        """Rows that a page holds."""
        self._count = 0
        self._shown: Sequence[Hashable] = ()
        # The index of the selected row; of the row that took its place, once it vanished.
        self._place = 0
        self._gone = False
        # The rows beside it, by which its place is found again after it vanished.
        self._before: Hashable | None = None
        self._after: Hashable | None = None
        self._wanted = False

    @property
    def max_top(self) -> int:
        """The last ``top`` there can be."""
        return max(0, self._count - self.lines)

    @property
    def cursor(self) -> int | None:
        """Index of the selected row; None where there is none, or it vanished."""
        return None if self.cursor_key is None or self._gone else self._place

    @property
    def cursor_in_view(self) -> bool:
        """Whether the selected row is on the screen."""
        return self.cursor is not None and self.top <= self._place < self.top + self.lines

    def settle(self) -> None:
        """Take in what changed in the source."""
        self._count = len(self.source)
        self._anchor()
        self._find_place()
        self._remember()

    def resize(self, lines: int) -> None:
        """A page holds another number of rows; the selected one stays in view where it was."""
        self.settle()
        held = self.cursor_in_view or not self.lines
        self.lines = max(0, lines)
        if self.follow:
            self.top = self.max_top
        elif held and self.cursor is not None:
            self._reveal(self._place)
        self._remember()

    def scroll(self, top: int) -> None:
        """The user scrolled; the selection stays."""
        self.settle()
        self.top = top
        self._remember()
        if self.top < self.max_top:
            self.follow = False

    def move(self, by: int) -> None:
        """Arrow keys: ``by`` is 1 or -1."""
        if self.cursor_key is None or (self.follow and not self.cursor_in_view):
            down = by > 0 and not self.follow
            target = self.top if down else min(self._count, self.top + self.lines) - 1
        elif self._gone:
            target = self._place if by > 0 else self._place - 1
        else:
            target = self._place + by
        self._go(target, follow=self.follow and by > 0)

    def page(self, by: int) -> None:
        """Page keys: the selected row keeps its line where it was in view. ``by`` is 1 or -1."""
        if self.cursor_key is None:
            self.move(by)
            return
        held = self.cursor_in_view
        start = self._place if held or not self.follow else self._count - 1
        line = self._place - self.top
        target = self._clamp(start + max(1, self.lines - 1) * by)
        if held:
            self.top = max(0, min(self.max_top, target - line))
        self._go(target, follow=self.follow and by > 0)

    def home(self) -> None:
        """Go to the first row."""
        self._go(0, follow=False)

    def end(self, *, follow: bool) -> None:
        """Go to the last row, and stay at the end where that is asked."""
        self._go(self._count - 1, follow=follow)

    def select(self, key: Hashable | None) -> None:
        """Select by key and bring it into view, as soon as the source has it."""
        self.cursor_key = key
        self._gone = False
        self._wanted = key is not None
        self._find_place()
        if self.cursor is not None and self._place != self._count - 1:
            self.follow = False
        self._remember()

    def pick(self, key: Hashable) -> bool:
        """The user pointed at a row on the screen; False where it is gone."""
        at = self.source.index(key)
        if at is None:
            return False
        self._go(at, follow=False)
        return True

    def _go(self, target: int, *, follow: bool) -> None:
        if not self._count:
            self.follow = follow
            return
        self._place = self._clamp(target)
        self._gone = self._wanted = False
        self.cursor_key = self.source.key(self._place)
        self.follow = follow and self._place == self._count - 1
        self._reveal(self._place)
        self._remember()

    def _clamp(self, index: int) -> int:
        return max(0, min(self._count - 1, index))

    def _reveal(self, index: int) -> None:
        """Scroll as little as brings a row into view."""
        if self.lines:
            self.top = max(min(self.top, index), index - self.lines + 1)

    def _anchor(self) -> None:
        """Scroll so that what was in view stays where it was."""
        if self.follow:
            self.top = self.max_top
            return
        line = self._place - self.top
        if self.cursor_key is not None and 0 <= line < len(self._shown):
            # The selected row first; then what is nearest to it, above before below.
            order = sorted(range(len(self._shown)), key=lambda at: (abs(at - line), at))
        elif self.top:
            order = list(range(len(self._shown)))
        else:
            # The beginning of the list is what somebody looks at who selected nothing.
            order = []
        for at in order:
            now = self.source.index(self._shown[at])
            if now is not None:
                self.top = now - at
                return

    def _find_place(self) -> None:
        """Where the selected row is now, or the row that took its place."""
        if self.cursor_key is None:
            return
        at = self.source.index(self.cursor_key)
        self._gone = at is None
        if at is not None:
            self._place = at
            if self._wanted:
                self._wanted = False
                self._reveal(at)
            return
        after = None if self._after is None else self.source.index(self._after)
        before = None if self._before is None else self.source.index(self._before)
        if after is not None:
            self._place = after
        elif before is not None:
            self._place = before + 1
        self._place = max(0, min(self._count, self._place))

    def _remember(self) -> None:
        """Note the keys by which everything is found again."""
        self.top = max(0, min(self.max_top, self.top))
        self._shown = [self.source.key(at) for at in range(self.top, min(self._count, self.top + self.lines))]
        if self.cursor_key is not None:
            place, after = self._place, self._place + (0 if self._gone else 1)
            self._before = self.source.key(place - 1) if 0 < place <= self._count else None
            self._after = self.source.key(after) if after < self._count else None
