"""The console around its pages: head, banners, strip, keys, leaving."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual import events

from tests.tui.fake_district import stamp
from tests.tui.fake_station import FakeLink, Running, running
from tests.tui.snapshots import Schools
from tui.actions import ACTIONS
from tui.dialogs.quit import QuitDialog
from tui.widgets.keybar import KeyBar, lay_out

Test = Callable[[Running], Awaitable[None]]


def run(test: Test, **options: Any) -> None:
    """A test on a console of its own."""

    async def all_of_it() -> None:
        async with running(**{"size": (80, 24), **options}) as it:
            await test(it)

    asyncio.run(all_of_it())


def lines(it: Running) -> list[str]:
    """The screen."""
    return it.text().splitlines()


def test_the_head_says_page_station_unseen_contact_and_time() -> None:
    """And the clock runs with the station's, not with this computer's."""

    async def test(it: Running) -> None:
        assert "Alarms  Sample district" in lines(it)[0]
        assert "unseen ▲2 ◆4  contact 0 s ago  02:14:07 UTC+5" in lines(it)[0]
        it.clock.advance(4)
        await it.settle()
        assert "contact 4 s ago  02:14:11 UTC+5" in lines(it)[0]

    run(test, size=(100, 24))


def test_a_cut_connection_cannot_be_mistaken_for_a_quiet_night() -> None:
    """Banner, border, no clock; and all of it goes when the station is back."""

    async def test(it: Running) -> None:
        it.link.cut()
        it.clock.advance(30)
        await it.settle(lambda: it.console.is_away)
        screen = it.text()
        assert "NO CONNECTION since 02:14:07 (30 s). What is shown is old." in screen
        assert "--:--:--" in lines(it)[0]
        assert "As of 02:14:07" in screen
        it.link.mend()
        await it.settle(lambda: not it.console.is_old)
        assert "NO CONNECTION" not in it.text()
        assert "As of" not in it.text()

    run(test)


def test_why_there_is_no_connection_ends_in_one_full_stop() -> None:
    """What the system says of it may have one of its own."""

    async def test(it: Running) -> None:
        error = "Server disconnected without sending a response."
        it.console.station.health.down("journal", "tail.broken-off", {"error": error})
        it.console.refresh_frame()
        await it.settle()
        assert "sending a response. Trying again." in it.text()

    run(test, size=(120, 24))


def test_silence_is_no_connection() -> None:
    """Nobody has said that the connection is gone: a frozen station says nothing."""

    async def test(it: Running) -> None:
        it.clock.advance(17)
        await it.settle(lambda: it.console.is_away)
        assert "NO CONNECTION since 02:14:07 (17 s)" in it.text()
        assert "Trying again" in it.text()

    run(test)


@pytest.mark.parametrize(("mode", "words"), [("demo", "DEMO: nothing"), ("exercise", "EXERCISE: these"), ("x", "X")])
def test_a_mode_is_on_every_screen(mode: str, words: str) -> None:
    """Over every page and behind every dialog."""

    async def test(it: Running) -> None:
        for key in ("f2", "f3", "f4", "f5", "f6", "f1", "f10"):
            await it.pilot.press(key)
            await it.settle()
            assert words in lines(it)[1], key

    run(test, link=FakeLink(mode))


def test_the_strip_shows_the_newest_alarm_of_priority_1_on_every_page() -> None:
    """As soon as it comes, and no more when it is seen."""

    async def test(it: Running) -> None:
        await it.pilot.press("f5")
        alarm = next(one for one in it.link.alarms if one["priority"] == 1 and one["ringing"])
        new = alarm | {"id": 2000, "rang": 2000, "account": "1011", "account_key": "L0#1011", "opened_at": stamp(0)}
        new["conditions"] = [one | {"since": stamp(0), "last": 2000} for one in alarm["conditions"]]
        it.link.push_alarm(new)
        await it.settle(lambda: it.console.station.alarms.unseen(1) == 3)
        assert lines(it)[1].startswith(" ▲ DANGER #2000  02:14:07  Sample School No. 11")
        assert "and 2 more" in lines(it)[1]
        for one in list(it.link.alarms):
            it.link.push_alarm(one | {"ringing": False})
        await it.settle(lambda: it.console.station.alarms.unseen() == 0)
        assert lines(it)[1] == " No unseen alarm of danger to life."
        assert "all seen" in lines(it)[0]

    run(test)


def test_f9_and_a_click_on_the_strip_go_to_its_alarm() -> None:
    """From another page."""

    async def test(it: Running) -> None:
        for way in ("key", "mouse"):
            await it.pilot.press("f4")
            await it.settle()
            if way == "key":
                await it.pilot.press("f9")
            else:
                await it.pilot.click("AlarmStrip")
            await it.settle(lambda: it.console.page is not None and it.console.page.ID == "alarms")
            assert any(line.startswith(">▲ danger   #1257") for line in lines(it)), way

    run(test)


def test_a_click_on_a_key_does_what_the_key_does() -> None:
    """Each stands where it is drawn."""

    async def test(it: Running) -> None:
        assert it.console.page is not None
        bar = it.console.page.query_one(KeyBar)
        shown = next(one for one in bar.keys if one.action == "help")
        await it.pilot.click(KeyBar, offset=(shown.start + 1, 0))
        await it.settle(lambda: it.console.page is not None and it.console.page.ID == "help")

    run(test)


def test_the_line_of_keys_leaves_out_what_matters_least() -> None:
    """And never more than fits."""
    actions = [(one, one.keys[0], one.id) for one in ACTIONS if one.shown]
    for width in range(0, 200, 7):
        shown = lay_out(actions, width)
        assert not shown or shown[-1].end <= width
        kept = [one.rank for one in ACTIONS for key in shown if key.action == one.id]
        left = [one.rank for one, _, _ in actions if one.id not in {key.action for key in shown}]
        assert not kept or not left or max(kept) <= min(left)


def test_leaving_asks_while_alarms_are_unseen() -> None:
    """It names how many, the most urgent first; Enter and Escape stay."""

    async def test(it: Running) -> None:
        for answer in ("enter", "escape"):
            await it.pilot.press("f10")
            await it.settle(lambda: isinstance(it.console.screen, QuitDialog))
            screen = it.text()
            assert "Unseen alarms: 6. Leave the console?" in screen
            assert screen.index("▲ #1254") < screen.index("▲ #1257") < screen.index("◆ #1240")
            await it.pilot.press(answer)
            await it.settle(lambda: not isinstance(it.console.screen, QuitDialog))
        assert it.console.is_running

    run(test)


def test_leaving_is_asked_once() -> None:
    """F10 in the question is no second question."""

    async def test(it: Running) -> None:
        await it.pilot.press("f10", "f10", "ctrl+q")
        await it.settle()
        assert sum(isinstance(screen, QuitDialog) for screen in it.console.screen_stack) == 1

    run(test)


@pytest.mark.parametrize("page", ["f2", "f3"])
def test_a_page_that_is_on_its_way_takes_no_question_away(page: str) -> None:
    """Keys as they come from a terminal: the second one before the first is done."""

    async def test(it: Running) -> None:
        await it.pilot.press("enter")
        await it.settle(lambda: it.console.page is not None and it.console.page.ID == "detail")
        console = it.console
        for key in (page, "f10"):
            console.post_message(events.Key(key, None))
        await it.settle(lambda: isinstance(console.screen, QuitDialog))
        for key in ("f3", "f5", "f9", "f7", "f1"):
            console.post_message(events.Key(key, None))
        await it.pilot.pause()
        await console.go("wire")
        await it.settle()
        assert isinstance(console.screen, QuitDialog)
        assert console.current_mode in ("alarms", "journal")
        await it.pilot.press("enter")
        await it.settle(lambda: console.screen is console.page)
        assert not any(isinstance(one, QuitDialog) for stack in console._screen_stacks.values() for one in stack)
        assert it.link.posted == []

    run(test)


def test_what_is_told_is_no_markup() -> None:
    """Nor does it move the cursor, and it goes by itself."""

    async def test(it: Running) -> None:
        it.console.tell("[bold]#1[/bold] \x1b[2J done")
        await it.settle()
        assert " » [bold]#1[/bold] ‹U+001B›[2J done" in it.text()
        it.clock.advance(11)
        it.link.beat()
        await it.settle()
        assert "done" not in it.text()
        assert "Operator: night shift" in it.text()

    run(test)


def test_an_alarm_is_raised_at_a_chosen_school() -> None:
    """Typing narrows the list; what was done is named."""

    async def test(it: Running) -> None:
        await it.pilot.press("f11")
        await it.settle()
        await it.pilot.press(*"No. 8")
        await it.settle()
        assert "1003" not in "".join(line for line in lines(it) if "┃ 1" in line)
        await it.pilot.press("enter")
        await it.settle()
        await it.pilot.press("down", "enter")
        await it.settle(lambda: it.console.notice is not None)
        assert "Panic alarm: Sample School No. 8 (1008) is reporting it now" in it.text()

    run(test, link=FakeLink("demo"), raiser=Schools("en"))


@pytest.mark.parametrize(("mode", "raiser"), [("live", Schools("en")), ("demo", None)])
def test_alarms_of_real_sites_are_never_raised(mode: str, raiser: Schools | None) -> None:
    """Not in a live station, and not without panels that can be told to: no key, nothing in the list of actions."""

    async def test(it: Running) -> None:
        await it.pilot.press("f11", "insert")
        await it.settle()
        assert len(it.console.screen_stack) == 1
        await it.pilot.press("f12")
        await it.settle()
        assert "Raise an alarm" not in it.text()

    run(test, link=FakeLink(mode), raiser=raiser)


@pytest.mark.parametrize(("language", "typed", "page"), [("en", "journ", "journal"), ("ru", "стан", "station")])
def test_the_palette_does_what_is_typed(language: str, typed: str, page: str) -> None:
    """In the console's language."""

    async def test(it: Running) -> None:
        await it.pilot.press("ctrl+p", *typed, "enter")
        await it.settle(lambda: it.console.page is not None and page == it.console.page.ID)

    run(test, language=language)


def test_the_palette_changes_colours() -> None:
    """To one of our own themes."""

    async def test(it: Running) -> None:
        await it.pilot.press("f12", *"light", "enter")
        await it.settle(lambda: it.console.theme == "ptsn-light")

    run(test)


def test_a_small_terminal_works_and_is_told() -> None:
    """It says what it needs."""

    async def test(it: Running) -> None:
        assert "This terminal has 60x18 characters" in it.text()
        await it.pilot.press("f3")
        await it.settle(lambda: it.console.page is not None and it.console.page.ID == "journal")

    run(test, size=(60, 18))


def test_a_console_that_cannot_keep_up_says_so() -> None:
    """Across the screen."""

    async def test(it: Running) -> None:
        it.clock.late_s = 3.2
        await it.settle()
        assert "This console was too slow: what is shown came 3 s late." in it.text()

    run(test)
