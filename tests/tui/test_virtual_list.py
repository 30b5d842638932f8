"""The list as an operator meets it: keys, mouse, wheel, rows that come and go."""

from __future__ import annotations

import asyncio
import itertools
from time import monotonic

import pytest
from rich.cells import cell_len
from textual import _time, events
from textual.scrollbar import ScrollTo

from tests.tui.list_support import ListApp, Rows, run, running, settled
from tui.look import State
from tui.widgets.virtual_list import Column, Row, VirtualList


def test_a_hundred_thousand_rows_are_asked_for_by_the_page() -> None:
    """Opening and jumping to the end look at what is in view, and nothing else."""

    async def test() -> None:
        source = Rows(range(100_000))
        app = ListApp(source)
        async with running(app) as pilot:
            assert "#0" in app.lines()[1]
            await pilot.press("end")
            await pilot.pause()
            assert ">" in app.lines()[11]
            assert "#99999" in app.lines()[11]
            assert source.asked < 200

    run(test)


def test_nothing_is_selected_until_somebody_selects() -> None:
    """Enter on nothing does nothing; the first arrow selects the first row in view."""

    async def test() -> None:
        app = ListApp(Rows(range(50)))
        async with running(app) as pilot:
            await pilot.press("enter")
            assert app.list.cursor_key is None
            assert not app.told(VirtualList.Activated)
            await pilot.press("down", "enter")
            await pilot.pause()
            assert [message.key for message in app.told(VirtualList.Activated)] == [0]

    run(test)


def test_the_first_row_is_selected_when_rows_first_appear_where_asked() -> None:
    """And never by itself again."""

    async def test() -> None:
        source = Rows()
        app = ListApp(source, select_first=True, empty="nothing here")
        async with running(app) as pilot:
            assert "nothing here" in app.lines()[1]
            source.put(0, 7, 8)
            await settled(pilot, app)
            assert app.list.cursor_key == 7
            assert "nothing here" not in "".join(app.lines())
            source.take(7)
            source.put(0, 9)
            await settled(pilot, app)
            assert app.list.cursor_row() is None

    run(test)


def test_rows_put_above_the_selected_one_do_not_move_it() -> None:
    """Neither at the top of the list nor further down, for one row and for a thousand."""

    async def test() -> None:
        source = Rows(range(100))
        app = ListApp(source)
        async with running(app) as pilot:
            await pilot.press("down", "down", "down")
            for new in ([500], list(range(1000, 2000))):
                source.put(0, *new)
                await settled(pilot, app)
                assert app.marked() == [3]
                assert "#2" in app.lines()[3]

    run(test)


def test_rows_taken_away_at_the_top_do_not_move_the_selected_one() -> None:
    """As when a bound is reached."""

    async def test() -> None:
        source = Rows(range(200))
        app = ListApp(source)
        async with running(app) as pilot:
            app.list.select(150)
            await pilot.pause()
            (line,) = app.marked()
            for key in range(100):
                source.take(key)
            source.put(len(source), *range(200, 300))
            await settled(pilot, app)
            assert app.marked() == [line]
            assert "#150" in app.lines()[line]

    run(test)


def test_in_a_list_that_fits_the_mark_moves_with_its_row() -> None:
    """There is nothing to scroll."""

    async def test() -> None:
        source = Rows(range(4))
        app = ListApp(source)
        async with running(app) as pilot:
            await pilot.press("down")
            source.put(0, 9)
            await settled(pilot, app)
            assert app.marked() == [2]
            assert "#0" in app.lines()[2]

    run(test)


def test_a_selected_row_that_vanishes_hands_its_selection_to_no_other() -> None:
    """Enter does nothing then; an arrow goes on from where it was."""

    async def test() -> None:
        source = Rows(range(100))
        app = ListApp(source)
        async with running(app) as pilot:
            app.list.select(5)
            await settled(pilot, app)
            source.take(5)
            await settled(pilot, app)
            assert app.list.cursor_key == 5
            assert app.list.cursor_row() is None
            assert app.marked() == []
            await pilot.press("enter")
            assert not app.told(VirtualList.Activated)
            source.put(0, 500, 501)
            await settled(pilot, app)
            await pilot.press("down")
            await pilot.pause()
            assert app.list.cursor_key == 6

    run(test)


def test_a_row_that_comes_back_is_selected_again() -> None:
    """A filter that was on and off."""

    async def test() -> None:
        source = Rows(range(20))
        app = ListApp(source)
        async with running(app) as pilot:
            app.list.select(5)
            source.take(5)
            await settled(pilot, app)
            source.put(2, 5)
            await settled(pilot, app)
            row = app.list.cursor_row()
            assert row is not None
            assert row.key == 5
            (line,) = app.marked()
            assert "#5" in app.lines()[line]

    run(test)


def test_the_wheel_scrolls_and_an_arrow_comes_back() -> None:
    """The selection stays where it is meanwhile."""

    async def test() -> None:
        app = ListApp(Rows(range(100)))
        async with running(app) as pilot:
            await pilot.press("down", "down")
            for _ in range(20):
                await pilot._post_mouse_events([events.MouseScrollDown], app.list, offset=(5, 5))
            await pilot.pause()
            assert app.list.cursor_key == 1
            assert app.marked() == []
            assert app.list.above > 10
            await pilot.press("down")
            await pilot.pause()
            assert app.list.cursor_key == 2
            assert len(app.marked()) == 1

    run(test)


def test_a_click_selects_the_row_that_was_on_the_screen() -> None:
    """Rows that came since the screen was drawn are not what was pointed at."""

    async def test() -> None:
        source = Rows(range(100))
        app = ListApp(source)
        async with running(app) as pilot:
            source.put(0, 500, 501, 502)
            await pilot.click(app.list, offset=(5, 4))
            assert app.list.cursor_key == 3
            await pilot.click(app.list, offset=(5, 0))
            assert app.list.cursor_key == 3, "the line of titles is no row"

    run(test)


def test_a_click_on_a_row_that_is_gone_selects_nothing() -> None:
    """The row below it has moved up, and was not meant."""

    async def test() -> None:
        source = Rows(range(100))
        app = ListApp(source)
        async with running(app) as pilot:
            source.take(3)
            await pilot.click(app.list, offset=(5, 4))
            assert app.list.cursor_key is None

    run(test)


def test_a_double_click_activates_the_row_that_both_clicks_met() -> None:
    """Rows that moved between the clicks make it two selections."""

    async def test() -> None:
        source = Rows(range(100))
        app = ListApp(source)
        async with running(app) as pilot:
            await pilot.click(app.list, offset=(5, 4), times=2)
            await pilot.pause()
            assert [message.key for message in app.told(VirtualList.Activated)] == [3]
        source = Rows(range(4))
        app = ListApp(source)
        async with running(app) as pilot:
            await pilot.click(app.list, offset=(5, 2))
            source.put(0, 9)
            await settled(pilot, app)
            await pilot.click(app.list, offset=(5, 2))
            second = events.Click(app.list, 5, 2, 0, 0, 1, False, False, False, chain=2)
            app.list.post_message(second)
            await pilot.pause()
            assert [message.key for message in app.told(VirtualList.CursorMoved)] == [1, 0]
            assert not app.told(VirtualList.Activated)

    run(test)


def test_the_scroll_bar_pages_and_drags_without_moving_the_selection() -> None:
    """A click below its handle is a page; the handle goes to the end."""

    async def test() -> None:
        app = ListApp(Rows(range(1000)))
        async with running(app) as pilot:
            await pilot.press("down")
            bar = app.list.vertical_scrollbar
            await pilot.click(bar, offset=(0, 11))
            await pilot.pause()
            assert app.list.above == 10
            bar.post_message(ScrollTo(y=5000.0))
            await pilot.pause()
            assert "#999" in app.lines()[11]
            assert bar.position == app.list.above == 989
            assert app.list.cursor_key == 0

    run(test)


@pytest.mark.parametrize(("keys", "key"), [("pagedown", 10), ("end", 99), ("end,home", 0), ("pagedown,pageup", 0)])
def test_pages_and_ends(keys: str, key: int) -> None:
    """A page keeps one line of the last."""

    async def test() -> None:
        app = ListApp(Rows(range(100)))
        async with running(app) as pilot:
            await pilot.press("down", *keys.split(","))
            await pilot.pause()
            assert app.list.cursor_key == key
            assert len(app.marked()) == 1
            assert app.told(VirtualList.CursorMoved)[-1].key == key

    run(test)


def test_a_followed_list_shows_its_end_and_an_arrow_up_leaves_it() -> None:
    """End enters it again."""

    async def test() -> None:
        source = Rows(range(100))
        app = ListApp(source, follow=True)
        async with running(app) as pilot:
            assert "#99" in app.lines()[11]
            source.put(100, 100, 101)
            await settled(pilot, app)
            assert "#101" in app.lines()[11]
            assert app.list.cursor_key is None
            await pilot.press("up")
            await pilot.pause()
            assert not app.list.follow
            assert app.list.cursor_key == 101
            source.put(102, *range(102, 150))
            await settled(pilot, app)
            assert app.marked() == [11]
            assert "#101" in app.lines()[11]
            await pilot.press("end")
            await pilot.pause()
            assert app.list.follow
            assert "#149" in app.lines()[11]
            assert [message.follow for message in app.told(VirtualList.FollowChanged)] == [False, True]

    run(test)


def test_the_wheel_leaves_a_followed_end_and_a_resize_does_not() -> None:
    """What Textual corrects after a resize is nobody's scrolling."""

    async def test() -> None:
        source = Rows(range(100))
        app = ListApp(source, follow=True)
        async with running(app) as pilot:
            for size in ((60, 30), (60, 8), (30, 12)):
                await pilot.resize_terminal(*size)
                async with asyncio.timeout(10):
                    while len(app.lines()) != size[1] or "#99" not in app.lines()[size[1] - 1]:
                        await pilot.pause()
                assert app.list.follow
            await pilot._post_mouse_events([events.MouseScrollUp], app.list, offset=(5, 5))
            await pilot.pause()
            assert not app.list.follow

    run(test)


def test_a_list_that_never_followed_does_not_begin_at_end() -> None:
    """In a list of alarms nothing may move the selected one."""

    async def test() -> None:
        source = Rows(range(100))
        app = ListApp(source)
        async with running(app) as pilot:
            await pilot.press("end")
            source.put(100, *range(100, 120))
            await settled(pilot, app)
            assert app.marked() == [11]
            assert "#99" in app.lines()[11]

    run(test)


def test_older_rows_are_asked_for_once_a_visit() -> None:
    """And again when they came and were not enough."""

    async def test() -> None:
        source = Rows(range(100))
        app = ListApp(source, follow=True)
        async with running(app) as pilot:
            assert not app.told(VirtualList.NearTop)
            await pilot.press("home")
            await pilot.press("down", "up")
            await settled(pilot, app)
            assert len(app.told(VirtualList.NearTop)) == 1
            source.put(0, -2, -1)
            await settled(pilot, app)
            assert len(app.told(VirtualList.NearTop)) == 2
            source.take(-2)
            await settled(pilot, app)
            assert len(app.told(VirtualList.NearTop)) == 2

    run(test)


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (160, 50), (300, 60)])
def test_the_selected_row_stays_through_every_size(size: tuple[int, int]) -> None:
    """In view, with its mark and its number."""

    async def test() -> None:
        app = ListApp(Rows(range(1000)))
        async with running(app, (80, 40)) as pilot:
            app.list.select(530)
            await pilot.press("pagedown")
            await pilot.resize_terminal(*size)
            await pilot.pause()
            (line,) = app.marked()
            assert f"#{app.list.cursor_key}" in app.lines()[line]
            assert all(len(text) <= size[0] for text in app.lines())

    run(test)


def test_a_changed_row_is_drawn_anew_and_the_others_are_not() -> None:
    """What is on the screen already is not sent again."""

    async def test() -> None:
        source = Rows(range(100))
        app = ListApp(source)
        async with running(app) as pilot:
            source.version = 1
            await settled(pilot, app)
            assert all("version 1" in line for line in app.lines()[1:])
            source.put(100, *range(100, 200))
            app.list.changed()
            drawn: list[int] = []
            paint = app.list.render_line
            app.list.render_line = lambda y: (drawn.append(y), paint(y))[1]  # type: ignore[method-assign]
            await settled(pilot, app)
            assert drawn == []

    run(test)


def test_a_storm_of_changes_is_drawn_ten_times_a_second_at_most() -> None:
    """Counted in looks at the source: one is waiting, however often it is told."""

    async def test() -> None:
        source = Rows(range(10))
        app = ListApp(source)
        async with running(app) as pilot:
            await settled(pilot, app)
            asked = source.asked
            for _ in range(1000):
                app.list.changed()
            assert source.asked == asked
            await settled(pilot, app)
            assert source.asked - asked <= 3 * 10

    run(test)


def test_a_process_that_is_held_up_loses_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it stands still between a change and its next look at the clock."""

    async def test() -> None:
        source = Rows(range(3))
        app = ListApp(source)
        async with running(app) as pilot:
            held_s = itertools.chain(range(50), itertools.repeat(50))
            monkeypatch.setattr(_time, "get_time", lambda: monotonic() + next(held_s))
            source.put(3, 7)
            async with asyncio.timeout(10):
                await settled(pilot, app)
            assert app.line_of("#7") is not None

    run(test)


def test_what_panels_send_reaches_the_screen_as_text() -> None:
    """No control character, no markup, straight columns."""

    class Nasty:
        texts = [
            "\x1b[31mred\x07",
            "[bold]loud[/]",
            "漢字漢字漢字漢字漢字",
            "e\u0301te\u0301",
            "\u202eback",
            "❤\ufe0f 🇰🇿 👍🏽",
            "a\nb\tc",
        ]

        def __len__(self) -> int:
            return len(self.texts)

        def key(self, index: int) -> int:
            return index

        def index(self, key: object) -> int | None:
            return key if isinstance(key, int) else None

        def row(self, index: int) -> Row:
            return Row(index, (self.texts[index], "|"), State.PLAIN)

    async def test() -> None:
        app = ListApp(Nasty(), columns=(Column("text", "Text", 30), Column("edge", "", 1)))
        async with running(app) as pilot:
            await pilot.pause()
            lines = app.lines()
            assert "‹U+001B›[31mred‹U+0007›" in lines[1]
            assert "[bold]loud[/]" in lines[2]
            assert "‹U+202E›back" in lines[5]
            assert "\ufe0f" not in "".join(lines)
            assert all(line.isprintable() for line in lines)
            assert {cell_len(line) for line in lines[1:8]} == {3 + 30 + 1 + 1}

    run(test)


def test_another_source_and_other_columns_are_shown_at_once() -> None:
    """The selection stays where the new source has its key."""

    async def test() -> None:
        app = ListApp(Rows(range(100)))
        async with running(app) as pilot:
            app.list.select(30)
            app.list.set_source(Rows(range(0, 100, 10)))
            app.list.set_columns((Column("only", "Only", 10),))
            await pilot.pause()
            assert "Only" in app.lines()[0]
            (line,) = app.marked()
            assert "#30" in app.lines()[line]

    run(test)


def test_a_key_selected_before_its_row_is_there_is_shown_when_it_comes() -> None:
    """As when a page is opened on an alarm that is still being fetched."""

    async def test() -> None:
        source = Rows()
        app = ListApp(source)
        async with running(app) as pilot:
            app.list.select(70)
            source.put(0, *range(100))
            await settled(pilot, app)
            assert len(app.marked()) == 1
            assert app.list.above > 0

    run(test)
