"""Any order of changes, keys and scrolling: the selection moves by hand only, and keeps its line where it can."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.tui.list_support import Rows
from tui.widgets.list_model import View

PLACE = st.integers(0, 1 << 16)


class AnyList(RuleBasedStateMachine):
    """A view, and the little that must hold of it: who was selected last, and on which line."""

    def __init__(self) -> None:
        super().__init__()
        self.source = Rows(range(40))
        self.view = View(self.source)
        self.view.resize(10)
        self.next = 1000
        self.chosen: int | None = None

    def line(self) -> int | None:
        """The line of the selected row, where it is in view."""
        at = self.view.cursor
        return at - self.view.top if at is not None and self.view.cursor_in_view else None

    def changes(self, change: object) -> None:
        """Change the source, and hold the laws."""
        assert callable(change)
        line, count = self.line(), len(self.source)
        change()
        self.view.settle()
        assert self.view.cursor_key == self.chosen
        at = None if self.chosen is None else self.source.index(self.chosen)
        assert self.view.cursor == at
        if line is None or at is None or self.view.follow:
            return
        wanted = at - line
        if 0 <= wanted <= max(0, len(self.source) - self.view.lines):
            assert at - self.view.top == line, (count, len(self.source))
        else:
            assert self.view.top in (0, self.view.max_top), "moved though it need not"

    @rule(at=PLACE, count=st.integers(1, 30))
    def put(self, at: int, count: int) -> None:
        """New rows anywhere."""
        keys = range(self.next, self.next + count)
        self.next += count
        self.changes(lambda: self.source.put(at % (len(self.source) + 1), *keys))

    @precondition(lambda self: len(self.source))
    @rule(at=PLACE, count=st.integers(1, 30))
    def take(self, at: int, count: int) -> None:
        """Rows vanish, the selected one perhaps among them."""
        at %= len(self.source)
        keys = self.source.keys[at : at + count]

        def change() -> None:
            for key in keys:
                self.source.take(key)

        self.changes(change)

    @precondition(lambda self: len(self.source) > 1)
    @rule(old=PLACE, new=PLACE)
    def move_row(self, old: int, new: int) -> None:
        """A row goes elsewhere, the selected one perhaps."""

        def change() -> None:
            key = self.source.keys[old % len(self.source)]
            self.source.take(key)
            self.source.put(new % (len(self.source) + 1), key)

        self.changes(change)

    @precondition(lambda self: len(self.source))
    @rule(key=st.sampled_from(["up", "down", "pageup", "pagedown", "home", "end"]))
    def press(self, key: str) -> None:
        """A key selects the row it should, and brings it into view."""
        view, before, count = self.view, self.view.cursor, len(self.source)
        steps = {"up": -1, "down": 1, "pageup": -max(1, view.lines - 1), "pagedown": max(1, view.lines - 1)}
        if key in ("home", "end"):
            view.home() if key == "home" else view.end(follow=False)
            assert view.cursor == (0 if key == "home" else count - 1)
        else:
            act = view.page if key.startswith("page") else view.move
            act(1 if key.endswith("down") else -1)
            if before is not None:
                assert view.cursor == max(0, min(count - 1, before + steps[key]))
        assert view.cursor_in_view
        key_now = view.cursor_key
        assert isinstance(key_now, int)
        self.chosen = key_now

    @rule(top=PLACE)
    def wheel(self, top: int) -> None:
        """The view goes elsewhere, the selection does not."""
        self.view.scroll(top % (len(self.source) + 5))

    @rule(lines=st.integers(1, 60))
    def resize(self, lines: int) -> None:
        """A selected row in view stays in view."""
        held = self.view.cursor_in_view
        self.view.resize(lines)
        assert self.view.cursor_in_view or not held

    @invariant()
    def is_in_bounds(self) -> None:
        """Never a blank above the first row, or below the last where more rows are above."""
        assert 0 <= self.view.top <= max(0, len(self.source) - self.view.lines)
        assert self.view.cursor_key == self.chosen


TestAnyList = AnyList.TestCase
TestAnyList.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)


def test_from_a_row_that_vanished_the_arrows_go_to_its_neighbours() -> None:
    """Also when more came above it, and when it was out of view."""
    for top in (0, 60):
        for key, expected in (("down", 31), ("up", 29)):
            source = Rows(range(100))
            view = View(source)
            view.resize(10)
            view.select(30)
            view.settle()
            view.scroll(top or view.top)
            source.take(30)
            source.put(0, 500, 501)
            view.settle()
            source.put(5, 502)
            view.settle()
            assert view.cursor is None
            view.move(1 if key == "down" else -1)
            assert view.cursor_key == expected


def test_the_end_of_an_empty_list_and_its_first_rows() -> None:
    """Keys on nothing select nothing."""
    source = Rows()
    view = View(source, follow=True)
    view.resize(5)
    for act in (view.home, lambda: view.end(follow=True), lambda: view.move(1), lambda: view.page(-1)):
        act()
        assert view.cursor_key is None
    view.end(follow=True)
    source.put(0, *range(20))
    view.settle()
    assert view.top == 15
    assert view.cursor is None
