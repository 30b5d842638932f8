"""The dialogs: a hurried key does no harm, nothing is read as markup, and everything fits a small screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input

from protocols.catalogue import LANGUAGES, texts
from tui import themes
from tui.dialogs.confirm import Confirm
from tui.dialogs.note import NOTE_MAX, REASONS, CloseNote
from tui.shot import screen_text

ALARM = "#12 Fire alarm, Sample School No. 3 [bold]x[/]\npartition 02, zone 015"


class Asking(App[None]):
    """An app with one dialog over an empty page."""

    CSS_PATH = [themes.BASE_CSS]

    def __init__(self, dialog: ModalScreen[Any]) -> None:
        super().__init__()
        themes.install(self)
        self.dialog = dialog
        self.answers: list[object] = []

    def on_mount(self) -> None:
        """Ask."""
        self.push_screen(self.dialog, self.answers.append)


def asked(
    dialog: ModalScreen[Any],
    test: Callable[[Pilot[None], Asking], Awaitable[None]],
    size: tuple[int, int] = (80, 24),
) -> None:
    """Run a test on a dialog."""

    async def go() -> None:
        app = Asking(dialog)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await test(pilot, app)

    asyncio.run(go())


# Closing with a note


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_note_dialog_fits_a_small_screen_and_leaves_the_strip_in_view(language: str) -> None:
    """Alarm, every reason, field and buttons are there; the lines with clock and most urgent alarm stay free."""

    async def test(pilot: Pilot[None], app: Asking) -> None:
        lines = screen_text(app).splitlines()
        assert lines[0].strip() == lines[1].strip() == ""
        text = "\n".join(lines)
        assert "#12 Fire alarm, Sample School No. 3 [bold]x[/]" in text
        for id_ in ("note.title", "note.reason", "note.note", "note.confirm", "note.cancel"):
            assert texts.text("alarms", id_, language) in text, id_
        for reason in REASONS:
            assert texts.text("alarms", f"reason.{reason}", language) in text, reason

    asked(CloseNote(ALARM, language), test)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_is_closed_can_be_read_on_a_small_screen(language: str) -> None:
    """The first of many things are in view, with danger to life; Page Down shows the others; the choice stays whole."""
    danger = texts.text("alarms", "note.danger", language, count=1)

    async def test(pilot: Pilot[None], app: Asking) -> None:
        text = screen_text(app)
        assert "▲ thing 0" in text
        assert "▲ thing 19" not in text
        assert danger in text
        assert texts.text("alarms", "note.further", language, count=20) in text
        for _ in range(12):
            await pilot.press("pagedown")
        await pilot.pause()
        text = screen_text(app)
        assert "▲ thing 19" in text
        for words in (danger, *(texts.text("alarms", f"reason.{reason}", language) for reason in REASONS)):
            assert words in text
        assert texts.text("alarms", "note.confirm", language) in text

    asked(CloseNote("#12 Sample School", language, [f"▲ thing {number}" for number in range(20)], danger), test)


def test_enter_without_a_reason_closes_nothing_and_says_what_is_missing() -> None:
    async def test(pilot: Pilot[None], app: Asking) -> None:
        await pilot.press("enter")
        assert app.answers == []
        assert "Choose a reason with the arrows" in screen_text(app)
        await pilot.press("up", "enter")
        assert app.answers == [], "Other says nothing by itself"
        await pilot.press(*"cat", "enter")
        assert app.answers == ["cat"]

    asked(CloseNote(ALARM, "en"), test)


def test_the_arrows_pick_while_the_note_is_typed() -> None:
    """The picked line is marked by more than colour, and both go into the note."""

    async def test(pilot: Pilot[None], app: Asking) -> None:
        await pilot.press(*"mouse", "down", "down", "down", "up")
        line = next(line for line in screen_text(app).splitlines() if "►" in line)
        assert "False, a person's mistake" in line
        await pilot.press("f8")
        assert app.answers == ["False, a person's mistake: mouse"]

    asked(CloseNote(ALARM, "en"), test)


def test_escape_and_the_button_do_nothing() -> None:
    async def escape(pilot: Pilot[None], app: Asking) -> None:
        await pilot.press("down", "escape")
        assert app.answers == [None]

    async def button(pilot: Pilot[None], app: Asking) -> None:
        await pilot.press("down")
        await pilot.click("#cancel")
        assert app.answers == [None]

    asked(CloseNote(ALARM, "en"), escape)
    asked(CloseNote(ALARM, "en"), button)


def test_the_mouse_picks_a_reason_and_confirms() -> None:
    async def test(pilot: Pilot[None], app: Asking) -> None:
        await pilot.click("#reason-test")
        assert app.answers == []
        await pilot.click("#confirm")
        assert app.answers == ["Test"]

    async def twice(pilot: Pilot[None], app: Asking) -> None:
        await pilot.click("#reason-service", times=2)
        assert app.answers == ["Work of the service engineer"]

    asked(CloseNote(ALARM, "en"), test)
    asked(CloseNote(ALARM, "en"), twice)


@pytest.mark.parametrize("strayed", [("tab",), ("tab", "tab"), ("shift+tab",), ("click",)])
def test_letters_land_in_the_note_wherever_the_hand_was_before(strayed: tuple[str, ...]) -> None:
    """After Tab, and after a click beside the field: nothing of the note is lost, and nothing typed is replaced."""

    async def test(pilot: Pilot[None], app: Asking) -> None:
        await pilot.press(*"one", "space")
        for key in strayed:
            await (pilot.click("#about") if key == "click" else pilot.press(key))
        await pilot.press(*"two", "backspace", *"o!")
        assert app.screen.query_one(Input).value == "one two!"
        await pilot.press("f8")
        assert app.answers == ["one two!"]

    asked(CloseNote(ALARM, "en"), test)


@pytest.mark.parametrize("language", LANGUAGES)
def test_which_keys_work_is_in_view_all_the_time(language: str) -> None:
    """Whole, also beside what is refused."""

    async def test(pilot: Pilot[None], app: Asking) -> None:
        assert texts.text("alarms", "note.keys", language) in screen_text(app)
        await pilot.press("enter")
        assert texts.text("alarms", "note.keys", language) in screen_text(app)

    asked(CloseNote(ALARM, language), test)


def test_a_note_that_is_too_long_is_refused_and_not_lost() -> None:
    async def test(pilot: Pilot[None], app: Asking) -> None:
        field = app.screen.query_one(Input)
        field.insert_text_at_cursor("x" * 5000)
        await pilot.press("enter")
        assert app.answers == []
        assert f"5000 characters, {NOTE_MAX} are allowed" in screen_text(app)
        assert field.value == "x" * 5000

    asked(CloseNote(ALARM, "en"), test)


# Yes or no


def test_a_hurried_enter_says_no() -> None:
    async def test(pilot: Pilot[None], app: Asking) -> None:
        text = screen_text(app)
        assert "Leave the console?" in text
        assert "2 alarms [red]are[/] unseen." in text
        await pilot.press("enter")
        assert app.answers == [False]

    asked(Confirm("Leave the console?", ["2 alarms [red]are[/] unseen."], yes="Leave", no="Stay"), test)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [(("escape",), False), (("right", "enter"), True), (("tab", "enter"), True), (("right", "left", "enter"), False)],
)
def test_keys_choose_the_answer(keys: tuple[str, ...], answer: bool) -> None:
    async def test(pilot: Pilot[None], app: Asking) -> None:
        await pilot.press(*keys)
        assert app.answers == [answer]

    asked(Confirm("Leave?", yes="Leave", no="Stay"), test)


def test_buttons_are_pressed_with_the_mouse() -> None:
    async def test(pilot: Pilot[None], app: Asking) -> None:
        await pilot.click("#yes")
        assert app.answers == [True]

    asked(Confirm("Leave?", yes="Leave", no="Stay"), test)
