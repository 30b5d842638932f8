"""A list with a selection over any number of rows, of which only those in view are ever asked for or drawn.

The source may change a thousand times a second: ``changed`` notes it, and at most ten times a second the list looks
again (``list_model.View`` decides what is in view) and draws the lines that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from tui.widgets.columns import Column
from tui.widgets.list_model import Row, RowSource, View
from tui.widgets.list_surface import HEADER, ListSurface

__all__ = ["Column", "Row", "RowSource", "VirtualList"]


class VirtualList(ListSurface, can_focus=True):
    """The list. ``source`` is read on the event loop only."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", id="list.up", show=False),
        Binding("down", "move(1)", id="list.down", show=False),
        Binding("pageup", "page(-1)", id="list.pageup", show=False),
        Binding("pagedown", "page(1)", id="list.pagedown", show=False),
        Binding("home", "home", id="list.home", show=False),
        Binding("end", "end", id="list.end", show=False),
        Binding("enter", "activate", id="list.activate", show=False),
    ]

    follow = reactive(False, init=False)
    """Whether the end of the list stays in view."""

    class Of(Message):
        """What a list says of itself."""

        def __init__(self, list_: VirtualList) -> None:
            super().__init__()
            self.list = list_

        @property
        def control(self) -> VirtualList:
            """The list that says it."""
            return self.list

    class CursorMoved(Of):
        """The user or ``select`` chose another row."""

        def __init__(self, list_: VirtualList, key: Hashable | None) -> None:
            super().__init__(list_)
            self.key = key

    class Activated(Of):
        """Enter, or a double click, on a row that is there."""

        def __init__(self, list_: VirtualList, key: Hashable) -> None:
            super().__init__(list_)
            self.key = key

    class FollowChanged(Of):
        """The list follows its end now, or no longer."""

        def __init__(self, list_: VirtualList, follow: bool) -> None:
            super().__init__(list_)
            self.follow = follow

    class NearTop(Of):
        """The view came within a page of the first row; said again when rows were put before it, or after leaving."""

    def __init__(
        self,
        source: RowSource,
        columns: Sequence[Column],
        *,
        empty: str = "",
        follow: bool = False,
        select_first: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        """``empty`` stands in a list without rows. Only a list that once had ``follow`` follows again at End.

        ``select_first`` selects the first row when rows first appear.
        """
        super().__init__(View(source, follow=follow), columns, empty, id=id, classes=classes)
        self.select_first = select_first
        self.followable = follow
        self.set_reactive(VirtualList.follow, follow)
        self._near_for: Hashable | None = None
        self._pressed: Hashable | None = None

    # What others ask and tell

    def cursor_row(self) -> Row | None:
        """The selected row, None where none is selected or it vanished."""
        at = None if self.cursor_key is None else self.source.index(self.cursor_key)
        return None if at is None else self._row_at(at)

    def set_source(self, source: RowSource) -> None:
        """Show other rows. A selected key stays selected where the new source has it."""
        self._view.source = source
        self._near_for = None
        self._settle()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns."""
        self._lay_out(columns)

    def select(self, key: Hashable | None) -> None:
        """Select by key, and bring the row into view as soon as it is there; None selects nothing."""
        before = self.cursor_key
        self._settle()
        self._view.select(key)
        self._moved(before)

    # Keys and mouse

    def action_move(self, by: int) -> None:
        """An arrow."""
        self._by_hand(lambda view: view.move(by))

    def action_page(self, by: int) -> None:
        """A page key."""
        self._by_hand(lambda view: view.page(by))

    def action_home(self) -> None:
        """To the first row."""
        self._by_hand(View.home)

    def action_end(self) -> None:
        """To the last row, and to follow where the list can."""
        self._by_hand(lambda view: view.end(follow=self.followable))

    def action_activate(self) -> None:
        """Enter: only on a row that is still there."""
        self._settle()
        if self._view.cursor is not None:
            assert self.cursor_key is not None
            self.post_message(self.Activated(self, self.cursor_key))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Select the row that stood on the screen under the pointer, whatever came since."""
        at = event.get_content_offset(self)
        drawn = None if at is None or event.button != 1 else self._drawn.get(at.y - HEADER)
        if drawn is None:
            self._pressed = None
            return
        key = drawn[0].key
        # The second press of a double click counts on the same row only.
        again = key == self.cursor_key
        self._by_hand(lambda view: view.pick(key))
        self._pressed = key if again and self._view.cursor is not None else None

    def on_click(self, event: events.Click) -> None:
        """The second click on a selected row activates it."""
        if event.chain == 2 and self._pressed is not None and self._pressed == self.cursor_key:
            self.action_activate()

    def _by_hand(self, act: Callable[[View], object]) -> None:
        self._settle()
        before = self.cursor_key
        act(self._view)
        self._moved(before)

    def _moved(self, before: Hashable | None) -> None:
        self._arrange()
        if self.cursor_key != before:
            self.post_message(self.CursorMoved(self, self.cursor_key))

    def on_mount(self) -> None:
        """``follow`` may have been set before."""
        self._view.follow = self.follow
        self.followable |= self.follow

    def _settled(self) -> None:
        view = self._view
        if not self.select_first or not len(view.source):
            return
        self.select_first = False
        if view.cursor_key is None:
            follow = view.follow
            view.select(view.source.key(0))
            view.follow = follow
            view.settle()
            self.post_message(self.CursorMoved(self, self.cursor_key))

    def _looked(self) -> None:
        if self.follow != self._view.follow:
            self.follow = self._view.follow
        self._ask_for_more()

    def _ask_for_more(self) -> None:
        view = self._view
        if not view.lines or not len(view.source) or view.top >= view.lines:
            self._near_for = None
            return
        first = view.source.key(0)
        known = self._near_for
        self._near_for = first
        # Rows taken away at the top are no reason to ask again; rows put there are.
        if known is None or (known != first and view.source.index(known) is not None):
            self.post_message(self.NearTop(self))

    def watch_follow(self, follow: bool) -> None:
        """Others switch it as well."""
        self.followable |= follow
        if follow != self._view.follow:
            self._view.follow = follow
            self._settle()
        self.post_message(self.FollowChanged(self, follow))
