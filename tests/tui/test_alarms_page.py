"""The alarms as an operator meets them at two in the morning: the right one first, nothing moves under the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from textual import events

from tests.tui.fake_station import FakeLink, Running, monochrome, running
from tui.dialogs.note import CloseNote
from tui.link import LinkError
from tui.pages import alarms
from tui.pages.alarms import STONE_S, AlarmsPage
from tui.pages.detail import DetailPage
from tui.pages.recent import RecentSignals
from tui.widgets.virtual_list import VirtualList

PAGES = {"alarms": AlarmsPage}


def with_console(
    test: Callable[[Running], Awaitable[None]],
    *,
    size: tuple[int, int] = (140, 40),
    language: str = "en",
    link: FakeLink | None = None,
) -> None:
    """Run a test on the console's alarms page."""

    async def go() -> None:
        async with running(language=language, size=size, link=link, pages=PAGES) as it:
            await test(it)

    asyncio.run(go())


def listed(it: Running) -> list[int]:
    """Numbers of the alarms from top to bottom."""
    board = it.console.station.alarms
    return [board.at(index).id for index in range(len(board))]


def selected(it: Running) -> object:
    """The number of the selected alarm."""
    return it.console.screen.query_one("#alarms", VirtualList).cursor_key


def cursor_line(it: Running) -> str:
    """The line with the cursor."""
    return next(line for line in it.text().splitlines() if line.startswith(">"))


def notice(it: Running) -> str:
    """The line of notice."""
    return it.console.notice.text if it.console.notice is not None else ""


def alarm_of(it: Running, number: int) -> dict[str, Any]:
    """An alarm as the station has it."""
    return next(one for one in it.link.alarms if one["id"] == number)


# The list


def test_unseen_come_first_then_by_priority_then_the_oldest() -> None:
    async def test(it: Running) -> None:
        rows = [it.console.station.alarms.get(number) for number in listed(it)]
        order = [(not row.ringing, row.priority, row.opened_at) for row in rows if row is not None]
        assert order == sorted(order)
        assert len(order) == 9
        assert selected(it) == listed(it)[0]

    with_console(test)


def test_a_line_says_what_where_when_and_what_is_out_of_the_ordinary() -> None:
    async def test(it: Running) -> None:
        text = it.text()
        fire = cursor_line(it)
        for words in ("alarm", "02:10:57", "3 min", "1003", "Sample School No. 3", "Fire alarm", "partition 02"):
            assert words in fire
        late = next(line for line in text.splitlines() if "No. 12" in line)
        assert "late 3 h" in late
        rang = next(line for line in text.splitlines() if "No. 10" in line)
        assert "rang ×2" in rang
        assert "partly restored" in rang
        stranger = next(line for line in text.splitlines() if " 4077 " in line)
        assert "unknown account" in stranger
        assert "seen by day shift" in next(line for line in text.splitlines() if "School No. 9" in line)

    with_console(test, size=(200, 60))


def test_ages_count_on_each_second_while_nothing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when the station speaks next."""
    assert alarms.AGAIN_S == 1.0
    monkeypatch.setattr(alarms, "AGAIN_S", 0.02)

    async def test(it: Running) -> None:
        def line() -> str:
            return next(one for one in it.text().splitlines() if "#1257" in one and " s " in one)

        assert " 36 s " in line()
        it.clock.advance(1)  # too short for a silence, and nothing is marked as changed
        await it.settle(lambda: " 37 s " in line(), "the age of #1257")

    with_console(test)


def test_a_new_and_more_urgent_alarm_moves_nothing_under_the_cursor() -> None:
    """It stands above, and Space still means the alarm that was selected."""

    async def test(it: Running) -> None:
        await it.pilot.press("down", "down")
        await it.settle()
        before = selected(it)
        line = it.text().splitlines().index(cursor_line(it))
        it.link.push_alarm(alarm_of(it, 1257) | {"id": 1300, "rang": 1300, "opened_at": "2026-11-21T20:00:00.000Z"})
        await it.settle(lambda: listed(it)[0] == 1300)
        assert selected(it) == before
        assert it.text().splitlines().index(cursor_line(it)) in (line, line + 1)
        await it.pilot.press("space")
        await it.settle(lambda: it.link.posted)
        assert it.link.posted[0][0] == f"/v1/alarms/{before}/seen"

    with_console(test)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_titles_states_and_keys_fit_in_every_language(language: str) -> None:
    """At 80x24 no title and no state is cut."""

    async def test(it: Running) -> None:
        lines = it.text().splitlines()
        assert "…" not in lines[2]
        for line in lines[3:12]:
            assert "…" not in line[:30]
        names = {"en": "Sample School No. 10", "ru": "Образцовая школа № 10", "kk": "№ 10 үлгі мектебі"}
        assert f" {names[language]} " in it.text()
        assert "#1254" in cursor_line(it)

    with_console(test, size=(80, 24), language=language)


def test_every_state_is_told_apart_without_colour() -> None:
    """By a mark and a word: a mark stands for one word only."""

    async def test(it: Running) -> None:
        words: dict[str, set[str]] = {}
        rows = [line for line in it.text().splitlines() if "#1" in line and line[1:2] in "▲◆◊○" and line[2:3] == " "]
        for line in rows:
            if line[0] in " >" and "  " in line:
                words.setdefault(line[1], set()).add(line[3:].split(" ")[0])
        words.pop("▲", None)
        assert {mark: len(said) for mark, said in words.items()} == {"◆": 1, "◊": 1, "○": 1}
        assert cursor_line(it).startswith(">▲ danger ")

    with monochrome():
        with_console(test, size=(80, 24))


def test_the_last_signals_stand_below_where_there_is_room() -> None:
    async def test(it: Running) -> None:
        recent = it.console.screen.query_one(RecentSignals)
        await it.settle(lambda: recent.source.__len__() > 1)
        assert recent.display
        assert "Last signals" in it.text()
        keys = {recent.source.row(index).key for index in range(len(recent.source))}
        accounts = {one["account"] for one in it.link.entries if one["id"] in keys}
        assert accounts == {"1003"}
        # What comes joins them.
        theirs = {"account": "1003", "account_key": "L0#1003", "category": "fire"}
        it.link.push_entry(it.link.entries[-2] | {"id": 2000, "arrival": 2000, "account_key": "L0#1004"})
        it.link.push_entry(it.link.entries[-2] | {"id": 2001, "arrival": 2001} | theirs)
        await it.settle(lambda: recent.source.key(0) == 2001)
        # Another journal has signals of its own.
        it.console.station.journal.clear()
        recent.follow_journal()
        assert len(recent.source) == 0

    with_console(test, size=(80, 30))


def test_the_selected_alarm_is_told_whole_on_a_small_screen() -> None:
    """Address and telephone stand below the list; the last signals give way."""

    async def test(it: Running) -> None:
        assert not it.console.screen.query_one(RecentSignals).display
        text = it.text()
        assert "ул. Букварная, 3  tel. +7 000 000 03 01" in text
        assert "Smoke detectors, floor 1 (zone 015), partition 02" in text
        assert "by the panel's clock 02:10:56" in text
        assert '"Дым, 1 этаж ‹U+202E›коридор"' in text

    with_console(test, size=(80, 24))


# A quiet night


def test_an_empty_list_says_that_all_is_quiet_and_since_when() -> None:
    link = FakeLink()
    link.alarms = []

    async def test(it: Running) -> None:
        text = it.text()
        assert "No alarm is open." in text
        assert "All is quiet since 02:13:30, for " in text

    with_console(test, link=link)


def test_without_a_connection_no_list_says_that_it_is_quiet() -> None:
    link = FakeLink()
    link.alarms = []

    async def test(it: Running) -> None:
        it.link.cut()
        await it.settle(lambda: it.console.is_old)
        assert "All is quiet" not in it.text()
        assert "which alarms are open is not known" in it.text()

    with_console(test, link=link)


# Seen


def test_space_says_seen_of_what_is_shown_and_names_the_alarm() -> None:
    async def test(it: Running) -> None:
        number = selected(it)
        newest = alarm_of(it, 1254)["latest"][-1]
        await it.pilot.press("space")
        await it.settle(lambda: notice(it).endswith(": seen"))
        assert it.link.posted == [(f"/v1/alarms/{number}/seen", {"seen_to": newest, "operator": "night shift"})]
        assert notice(it) == "#1254 Fire alarm, Sample School No. 3: seen"
        # It keeps its place and is seen.
        assert selected(it) == number == listed(it)[0]
        assert cursor_line(it).startswith(">◊ seen")

    with_console(test)


class RingingOn(FakeLink):
    """Something new comes to the alarm while it is being seen."""

    async def post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The station keeps ringing what rang after ``seen_to``."""
        self.posted.append((url, dict(body)))
        alarm = next(one for one in self.alarms if str(one["id"]) in url)
        alarm = alarm | {"rang": 1400, "rings": 2, "latest": [*alarm["latest"], 1400]}
        self.push_alarm(alarm)
        return {"entry": 1401, "alarm": alarm}


def test_what_changed_while_it_was_being_seen_rings_on_and_that_is_said() -> None:
    async def test(it: Running) -> None:
        await it.pilot.press("space")
        await it.settle(lambda: "rings on" in notice(it))
        assert notice(it).startswith("#1254 Fire alarm, Sample School No. 3: rings on")
        assert cursor_line(it).startswith(">▲ danger")

    with_console(test, link=RingingOn())


def test_seen_twice_sends_nothing_and_says_who_saw_it() -> None:
    async def test(it: Running) -> None:
        await it.pilot.press("end")
        await it.pilot.press("space")
        await it.settle(lambda: notice(it))
        assert "was seen before by demo@socket" in notice(it)
        assert it.link.posted == []

    with_console(test)


def test_a_refusal_is_told_in_words_with_the_alarm() -> None:
    link = FakeLink()
    link.refusals["/v1/alarms/1254/seen"] = LinkError("the disk fails", 503)

    async def test(it: Running) -> None:
        await it.pilot.press("space")
        await it.settle(lambda: notice(it))
        assert notice(it).startswith("#1254 Fire alarm, Sample School No. 3: not done: ")
        assert it.console.notice is not None
        assert it.console.notice.severity == "error"

    with_console(test, link=link)


# Close


def test_an_unseen_alarm_is_not_closed_and_the_operator_is_told_what_to_do() -> None:
    async def test(it: Running) -> None:
        await it.pilot.press("f8")
        await it.settle(lambda: notice(it))
        assert notice(it) == "#1254 Fire alarm, Sample School No. 3: see it first (Space), then close it"
        assert not isinstance(it.console.screen, CloseNote)
        assert it.link.posted == []

    with_console(test)


def test_closing_needs_no_typing_and_leaves_the_alarm_where_it_stood() -> None:
    async def test(it: Running) -> None:
        await it.pilot.press("space")
        await it.settle(lambda: "seen" in notice(it))
        await it.pilot.press("f8")
        await it.settle(lambda: isinstance(it.console.screen, CloseNote))
        assert "#1254 Sample School No. 3" in it.text()
        assert "▲ NOT restored  Fire alarm ×2" in it.text()
        assert "Danger to life, NOT restored: 1" in it.text()
        await it.pilot.press("down", "down", "enter")
        await it.settle(lambda: len(it.link.posted) == 2)
        url, body = it.link.posted[-1]
        assert (url, body["note"]) == ("/v1/alarms/1254/close", "False, a person's mistake")
        await it.settle(lambda: ": closed (" in notice(it))
        assert notice(it) == "#1254 Fire alarm, Sample School No. 3: closed (False, a person's mistake)"
        # A stone marks its place until the cursor goes.
        await it.settle(lambda: it.console.station.alarms.closing(1254))
        assert selected(it) == 1254
        assert "closed by night shift (demo@socket) [name not verified]" in it.text()
        await it.pilot.press("down")
        await it.settle()
        assert 1254 not in listed(it)

    with_console(test)


def test_a_closed_alarm_leaves_the_list_when_nobody_touches_it_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is selected then: no key can meet an alarm that nobody chose."""
    monkeypatch.setattr(alarms, "AGAIN_S", 0.02)

    async def test(it: Running) -> None:
        it.link.push_alarm({"id": 1254, "closed": True})
        await it.settle(lambda: "▬ closed" in it.text())
        it.clock.advance(STONE_S / 2)
        await it.pilot.press("space")
        await it.settle(lambda: "nothing was done" in notice(it))
        it.clock.advance(STONE_S / 2 + 1)
        await it.settle()
        assert "▬ closed" in it.text(), "a key was pressed meanwhile"
        it.clock.advance(STONE_S / 2)
        await it.settle(lambda: "▬ closed" not in it.text())
        assert selected(it) is None
        await it.pilot.press("space")
        await it.settle(lambda: notice(it) == "No alarm is selected.")
        await it.pilot.press("down")
        await it.settle(lambda: selected(it) is not None)

    with_console(test)


class Slow(FakeLink):
    """Answers when it is told to, after the next key was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()

    async def post(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Wait, then as always."""
        await self.free.wait()
        return await super().post(url, body)


@pytest.mark.parametrize("refused", [False, True])
def test_closing_right_after_space_waits_until_it_is_seen(refused: bool) -> None:
    """It asks for the note then; where seeing was refused, that is told and nothing is asked."""
    link = Slow()
    if refused:
        link.refusals["/v1/alarms/1254/seen"] = LinkError("the disk fails", 503)

    async def test(it: Running) -> None:
        for key in ("space", "f8"):
            it.console.post_message(events.Key(key, " " if key == "space" else None))
        await it.settle()
        assert not isinstance(it.console.screen, CloseNote)
        assert notice(it) == ""
        await it.pilot.press("f8")
        await it.settle()
        assert "is being done" in notice(it)
        link.free.set()
        if refused:
            await it.settle(lambda: "not done" in notice(it))
            assert not isinstance(it.console.screen, CloseNote)
            return
        await it.settle(lambda: isinstance(it.console.screen, CloseNote))
        await it.pilot.press("down", "enter")
        await it.settle(lambda: ": closed (" in notice(it))
        assert [url for url, _ in it.link.posted] == ["/v1/alarms/1254/seen", "/v1/alarms/1254/close"]

    with_console(test, link=link)


def test_an_alarm_that_somebody_else_closed_stays_and_says_who_did_it() -> None:
    async def test(it: Running) -> None:
        it.link.push_entry(
            {
                "id": 1500,
                "arrival": 1500,
                "kind": "action",
                "code": "alarm.closed",
                "received_at": "2026-11-21T21:14:07.000Z",
                "alarm": 1254,
                "operator": "other shift (demo@socket)",
                "unverified": True,
                "note": "watchman phoned",
            }
        )
        it.link.push_alarm({"id": 1254, "closed": True})
        await it.settle(lambda: it.console.station.alarms.closing(1254))
        assert cursor_line(it).startswith(">▬ closed")
        for key in ("space", "f8"):
            it.console.notice = None
            await it.pilot.press(key)
            await it.settle(lambda: notice(it))
            assert "#1254" in notice(it)
            assert "nothing was done" in notice(it)
            assert "other shift (demo@socket) [name not verified] at 02:14:07: watchman phoned" in notice(it)
        assert it.link.posted == []

    with_console(test)


def test_an_alarm_that_rings_again_while_the_note_is_written_is_not_closed() -> None:
    async def test(it: Running) -> None:
        await it.pilot.press("end", "f8")
        await it.settle(lambda: isinstance(it.console.screen, CloseNote))
        number = 1226
        it.link.push_alarm(alarm_of(it, number) | {"ringing": True, "rang": 1600, "rings": 2})
        await it.settle(lambda: it.console.station.alarms.get(number).ringing)  # type: ignore[union-attr]
        await it.pilot.press("down", "f8")
        await it.settle(lambda: notice(it))
        assert "not closed, it rang again" in notice(it)
        assert it.link.posted == []

    with_console(test)


def test_after_the_last_one_was_closed_all_is_quiet_and_the_next_one_is_selected_by_itself() -> None:
    link = FakeLink()
    link.alarms = [one for one in link.alarms if one["id"] == 1226]

    async def test(it: Running) -> None:
        await it.pilot.press("f8")
        await it.settle(lambda: isinstance(it.console.screen, CloseNote))
        await it.pilot.press("down", "enter")
        await it.settle(lambda: "All is quiet" in it.text())
        assert len(it.console.station.alarms) == 0
        it.link.push_alarm(FakeLink().alarms[-1])
        await it.settle(lambda: selected(it) == 1257)
        await it.pilot.press("space")
        await it.settle(lambda: notice(it) == "#1257 Panic alarm, Sample School No. 8: seen")

    with_console(test, link=link)


# Going on from here


def test_enter_opens_everything_about_it_and_escape_comes_back_to_it() -> None:
    async def test(it: Running) -> None:
        await it.pilot.press("down", "enter")
        await it.settle(lambda: isinstance(it.console.screen, DetailPage))
        assert "Panic alarm" in it.text()
        await it.pilot.press("escape")
        await it.settle(lambda: isinstance(it.console.screen, AlarmsPage))
        assert selected(it) == 1257

    with_console(test)


def test_a_click_selects_and_a_double_click_opens() -> None:
    async def test(it: Running) -> None:
        await it.pilot.click("#alarms", offset=(30, 3))
        await it.settle()
        assert selected(it) == listed(it)[2]
        await it.pilot.click("#alarms", offset=(30, 3), times=2)
        await it.settle(lambda: isinstance(it.console.screen, DetailPage))

    with_console(test)
