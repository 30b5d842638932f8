"""Keys and clicks faster than windows open and close: nothing is closed that was not meant, nothing breaks."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Input, OptionList

from tui import themes
from tui.dialogs.confirm import Confirm
from tui.dialogs.dialog import Dialog
from tui.dialogs.note import CloseNote
from tui.dialogs.picker import Choices


class Below(App[None]):
    """A page, and another one over it."""

    CSS_PATH = [themes.BASE_CSS]

    def __init__(self) -> None:
        super().__init__()
        themes.install(self)

    def on_mount(self) -> None:
        """Open the second page."""
        self.push_screen(Screen(id="second"))


@pytest.mark.parametrize("make", [lambda: Confirm("?", yes="y", no="n"), lambda: CloseNote("#1", "en")])
def test_a_second_answer_does_not_close_the_page_below(make: type[Dialog[object]]) -> None:
    async def go() -> None:
        app, answers = Below(), list[object]()
        async with app.run_test() as pilot:
            dialog = make()
            await app.push_screen(dialog, answers.append)
            dialog.dismiss(None)
            dialog.dismiss(None)
            await pilot.pause()
            assert app.screen.id == "second"
            assert answers == [None]

    asyncio.run(go())


@pytest.mark.parametrize("make", [lambda: Confirm("?", yes="y", no="n"), lambda: CloseNote("#1", "en")])
def test_a_window_that_is_closed_before_it_stood_breaks_nothing(make: type[Dialog[object]]) -> None:
    async def go() -> None:
        app = Below()
        async with app.run_test() as pilot:
            for _ in range(5):
                dialog = make()
                app.push_screen(dialog)
                dialog.dismiss(None)
            await pilot.pause()
            assert app.screen.id == "second"

    asyncio.run(go())


class Listing(App[None]):
    """A list that gets shorter."""

    def compose(self) -> ComposeResult:
        """The list."""
        yield Input()
        yield Choices(*(f"place {number}" for number in range(10)))

    def on_mount(self) -> None:
        """Nothing is taken yet."""
        self.taken: list[str] = []

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The first choice brings another list."""
        self.taken.append(str(event.option.prompt))
        event.option_list.clear_options().add_options(["one", "two"])


def test_the_second_click_of_a_double_click_takes_nothing_from_the_next_list() -> None:
    async def go() -> None:
        app = Listing()
        async with app.run_test() as pilot:
            await pilot.click(Choices, offset=(4, 7), times=2)
            await pilot.pause()
            assert app.taken == ["place 6"]
            app.query_one(Choices).clear_options().add_options([f"kind {number}" for number in range(10)])
            await pilot.pause()
            await pilot.click(Choices, offset=(4, 2), times=2)
            assert app.taken == ["place 6", "kind 1"]

    asyncio.run(go())
