"""One line of text of the frame: drawn again only when its words change."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from tui.widgets.cells import fit

if TYPE_CHECKING:
    from tui.app import Console


class Line(Widget):
    """A widget one cell high. Subclasses give ``words``; width counts in cells."""

    _shown: Content | None = None

    @property
    def console(self) -> Console:
        """The app, as what it is."""
        from tui.app import Console

        assert isinstance(self.app, Console)
        return self.app

    @abstractmethod
    def words(self, width: int) -> Content:
        """What stands in the line now."""

    def show(self) -> None:
        """Draw it again if it says something else than before."""
        words = self.words(self.content_size.width or self.app.size.width)
        if self._shown is None or words != self._shown or words.spans != self._shown.spans:
            self._shown = words
            self.refresh()

    def render(self) -> Content:
        """The words of this moment."""
        self._shown = self.words(self.content_size.width)
        return self._shown


def spread(left: str, right: str, width: int) -> str:
    """Two texts in one line: the left one gives way (``…``), the right one stays at the edge."""
    room = width - cell_len(right) - (1 if right else 0)
    if room < 1:
        return fit(right, width)
    return fit(left, room) + (" " + right if right else "")
