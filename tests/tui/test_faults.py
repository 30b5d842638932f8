"""A fault of the program in one part of the console: told across the screen, and everything else goes on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.tui.fake_station import FakeLink, Running, running
from tests.tui.list_support import ListApp, Rows
from tests.tui.screen_text import screen_text
from tui.clock import running_s
from tui.feed import Feed
from tui.feeding import polls, stream
from tui.link import Broken, Event, LinkError
from tui.pages import alarms
from tui.pages.alarms import AlarmsPage
from tui.pages.journal import JournalPage
from tui.state.health import Connection
from tui.state.station import StationState
from tui.widgets.virtual_list import Row

FAILED = "PART OF THIS CONSOLE FAILED: what it shows may be untrue"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in a test."""
    monkeypatch.setattr(stream, "RETRY_S", 0.02)
    monkeypatch.setattr("tui.feed.AGAIN_S", 0.02)
    monkeypatch.setattr(polls, "NAMES_AGAIN_S", 0.02)


def run(test: Callable[[Running], Awaitable[None]], **options: Any) -> None:
    """A test on a console of its own."""

    async def all_of_it() -> None:
        async with running(**{"size": (120, 40), **options}) as it:
            await test(it)

    asyncio.run(all_of_it())


class Failing(FakeLink):
    """A link with a fault of the program in it, for the addresses it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: dict[str, Exception] = {}
        self.began: list[str] = []

    async def _follow(
        self, url: str, params: Callable[[], Mapping[str, Any]], patient: bool
    ) -> AsyncIterator[Event | Broken]:
        self.began.append(url)
        async for item in super()._follow(url, params, patient):
            if url in self.faults:
                raise self.faults.pop(url)
            yield item

    async def get(self, url: str, params: Mapping[str, Any] | None = None, *, shape: Any = dict[str, Any]) -> Any:
        """An answer, or the fault."""
        if url in self.faults:
            raise self.faults[url]
        return await super().get(url, params, shape=shape)


@pytest.mark.parametrize("url", ["/v1/events", "/v1/alarms/events"])
def test_a_stream_that_fails_is_no_connection_and_begins_anew(url: str) -> None:
    """Not a task that ended unseen: the alarms that come after it are on the screen."""
    link = Failing()

    async def test(it: Running) -> None:
        downs: list[Connection] = []
        it.console.station.on_change = lambda: downs.append(it.console.connection)
        link.faults[url] = RuntimeError("unforeseen")
        it.link.beat()
        await it.settle(lambda: link.began.count(url) == 2 and it.console.is_loaded, "the second beginning")
        assert Connection.DOWN in downs
        assert FAILED in it.text()
        assert "RuntimeError: unforeseen" in it.text()
        it.link.push_alarm(it.link.alarms[0] | {"id": 2000, "rang": 2000, "priority": 1, "ringing": True})
        await it.settle(lambda: it.console.station.alarms.get(2000) is not None, "the alarm")
        it.clock.advance(61)
        it.link.beat()
        await it.settle(lambda: FAILED not in it.text(), "the end of the banner")

    run(test, link=link)


def test_entries_that_could_not_be_handed_on_come_again() -> None:
    """The batch is not lost: the stream begins again after the last entry that is held."""

    async def test(it: Running) -> None:
        journal, add, failed = it.console.station.journal, it.console.station.journal.add, []

        def fails_once(entries: Any) -> None:
            if not failed:
                failed.append(entries)
                raise ValueError("unforeseen")
            add(entries)

        journal.add = fails_once  # type: ignore[method-assign]
        new = it.link.entries[-1] | {"id": it.link.last_id + 1}
        it.link.push_entry(new)
        await it.settle(lambda: failed, "the fault")
        it.link.beat()
        await it.settle(lambda: journal.newest == new["id"], "the entry")

    run(test)


def test_paths_and_status_are_asked_for_again_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody asks for any more would stand still unseen."""
    link = Failing()

    async def test(it: Running) -> None:
        monkeypatch.setattr(polls, "PATHS_S", 0.02)
        link.faults["/v1/paths"] = KeyError("unforeseen")
        await it.pilot.press("f4")
        await it.settle(lambda: FAILED in it.text(), "the banner")
        assert it.console.station.paths_at is None
        del link.faults["/v1/paths"]
        await it.settle(lambda: it.console.station.paths_at is not None, "the paths")

    run(test, link=link)


def test_paths_that_are_not_renewed_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The streams are there and the question is refused: the list must not look like one of this minute."""

    async def test(it: Running) -> None:
        monkeypatch.setattr(polls, "PATHS_S", 0.02)
        await it.pilot.press("f4")
        await it.loaded()
        assert "NOT RENEWED" not in it.text()
        it.link.refusals["/v1/paths"] = LinkError("too busy", 503)
        for _ in range(9):
            it.clock.advance(9)
            it.link.beat()
            await it.settle()
        assert not it.console.is_old
        assert "NOT RENEWED for 1 min" in it.text().splitlines()[0]

    run(test)


def test_names_that_were_refused_are_asked_for_again() -> None:
    """One slow answer at the start must not leave numbers instead of schools all night."""
    link = FakeLink()
    link.refusals["/v1/accounts"] = LinkError("too busy", 503)

    async def test(it: Running) -> None:
        await it.settle(lambda: ("/v1/accounts", {}) in link.asked, "the question")
        assert not it.console.station.names.sites()
        del link.refusals["/v1/accounts"]
        await it.settle(it.console.station.names.sites, "the names")

    run(test, link=link, wait=False)


class FailingAlarms(AlarmsPage):
    """A page that fails as often as it is told."""

    CSS_PATH: ClassVar[Any] = Path(alarms.__file__).with_name("alarms.tcss")
    fails = 0

    def show(self, changed: Any) -> None:
        """Fail, or not."""
        if type(self).fails:
            type(self).fails -= 1
            raise IndexError("unforeseen")
        super().show(changed)


def test_a_page_that_fails_is_told_and_the_console_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """Logged once; strip, sound and the next change work."""

    async def test(it: Running) -> None:
        FailingAlarms.fails = 3
        for _ in range(3):
            it.link.beat()
            await it.settle()
        assert FAILED + " (Alarms: IndexError: unforeseen)" in it.text()
        it.link.push_alarm(it.link.alarms[0] | {"id": 2000, "rang": 2000, "priority": 1, "ringing": True})
        await it.settle(lambda: "#2000" in it.text().splitlines()[2], "the strip")
        await it.settle(lambda: it.text().count("#2000") > 1, "the list")

    with caplog.at_level(logging.ERROR):
        run(test, pages={"alarms": FailingAlarms, "journal": JournalPage})
    assert len([one for one in caplog.records if "alarms" in one.message]) == 1


def test_no_words_for_an_alarm_are_no_reason_to_be_silent() -> None:
    async def test(it: Running) -> None:
        rung: list[int] = []
        it.console._sound._player._bell = lambda: rung.append(1)
        it.console.teller.event = _fails  # type: ignore[method-assign,assignment]
        it.console._sound.heed(it.console.station.alarms, down=False, now=it.clock() + 100)
        assert rung

    run(test)


def _fails(*_: object) -> str:
    raise RuntimeError("unforeseen")


class BadRows(Rows):
    """Two rows that cannot be made."""

    def row(self, index: int) -> Row:
        """Some fail."""
        if self.keys[index] in (3, 4):
            raise KeyError("[bold]\x1b]0;title\x07")
        return super().row(index)


def test_a_row_that_cannot_be_made_says_so_and_the_others_stand(caplog: pytest.LogCaptureFixture) -> None:
    """In its place, with a mark, once in the log; it can be selected, and asked for."""

    async def main() -> None:
        app = ListApp(BadRows(range(1, 7)))
        async with app.run_test(size=(80, 12)) as pilot:
            await pilot.pause()
            shown = screen_text(app)
            lines = shown.splitlines() if isinstance(shown, str) else list(shown)
            assert "× " in lines[3]
            assert "#3 cannot be shown (Key" in lines[3]
            assert "School 2" in lines[2]
            assert "School 5" in lines[5]
            app.list.select(3)
            await pilot.pause()
            row = app.list.cursor_row()
            assert row is not None
            assert row.key == 3
            app.list.changed()
            await pilot.pause(0.2)

    with caplog.at_level(logging.ERROR):
        asyncio.run(main())
    assert len([one for one in caplog.records if "cannot be shown" in one.message]) == 1


def test_a_page_that_is_being_taken_down_shows_nothing_and_fails_at_nothing() -> None:
    """A timer or a worker of its own may still come while its parts are gone."""

    async def test(it: Running) -> None:
        page = it.console.page
        assert page is not None
        await page.query("Head, Banner, AlarmStrip, NoticeLine, KeyBar, #body").remove()
        page.show_frame()
        page.show_everything()
        page.standing = False
        page.show_frame()
        page.show_everything()

    run(test)


def test_a_computer_that_slept_knows_that_what_it_shows_is_old() -> None:
    """Its clock counts the sleep: Linux's monotonic clock would not."""
    assert running_s() >= time.monotonic() - 1
    if hasattr(time, "CLOCK_BOOTTIME"):
        assert abs(running_s() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 60
    state = StationState(0.0)
    assert Feed(FakeLink(), state)._clock is running_s  # type: ignore[arg-type]
