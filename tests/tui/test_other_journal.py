"""A station that comes back with another journal: its numbers mean other alarms, and nothing is done to those."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.tui.fake_district import NOW
from tests.tui.fake_station import FakeLink, Running, running
from tui.dialogs.note import CloseNote
from tui.dialogs.quit import QuitDialog
from tui.feeding import stream
from tui.link import Broken
from tui.pages.alarms import AlarmsPage
from tui.pages.detail import DetailPage
from tui.pages.detail_parts import BytesView
from tui.state.alarms import AlarmBoard
from tui.state.model import Alarm
from tui.widgets.virtual_list import VirtualList

FIRE = 1254
LATER = (NOW + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in a test."""
    monkeypatch.setattr(stream, "RETRY_S", 0.02)


def run(test: Callable[[Running], Awaitable[None]], **options: Any) -> None:
    """A test on a console of its own."""

    async def all_of_it() -> None:
        async with running(**{"size": (120, 50), **options}) as it:
            await test(it)

    asyncio.run(all_of_it())


def notice(it: Running) -> str:
    """The line of notice."""
    return it.console.notice.text if it.console.notice is not None else ""


async def switch(it: Running, *, longer: bool) -> None:
    """The station goes, and comes back with another journal, longer or shorter than what the console holds.

    Every number of an alarm is another alarm's there, at another site.
    """
    link = it.link
    link.cut()
    await it.settle(lambda: it.console.is_away, "the break")
    entries = [one | {"received_at": LATER, "text": "of the other journal"} for one in link.entries]
    newest = entries[-1]
    link.entries = (
        [*entries, *(newest | {"id": newest["id"] + n} for n in range(1, 6))]
        if longer
        else entries[: -len(entries) // 2]
    )
    link.alarms = [
        one | {"opened_at": LATER, "account": "1011", "account_key": "L0#1011", "ringing": False} for one in link.alarms
    ]
    link.mend()
    await it.settle(lambda: not it.console.is_old and it.console.station.journal.begun, "the other journal")
    await it.loaded()


@pytest.mark.parametrize("longer", [True, False])
def test_nothing_that_was_held_stays(longer: bool) -> None:
    """Longer than what was held, too: the newest entry that was held is compared with the station's."""

    async def test(it: Running) -> None:
        await switch(it, longer=longer)
        journal = it.console.station.journal
        await it.settle(lambda: journal.newest == it.link.last_id, "its entries")
        assert {journal.at(index).text for index in range(len(journal))} == {"of the other journal"}
        assert it.console.station.health.behind == 0

    run(test)


def test_the_same_journal_after_a_break_is_kept() -> None:
    async def test(it: Running) -> None:
        it.link.cut()
        await it.settle(lambda: it.console.is_away, "the break")
        it.link.mend()
        await it.settle(lambda: not it.console.is_old)
        last = it.link.last_id
        asked = ("/v1/entries", {"since": last - 1, "until": last, "limit": 1000})
        await it.settle(lambda: asked in it.link.asked, "the question")
        assert not it.console.station.journal.begun
        assert not it.console.station.alarms.begun

    run(test)


def test_a_page_of_the_other_journal_acts_on_nothing() -> None:
    """The entry on it was alarm 1254 of a school; alarm 1254 is now another school's."""

    async def test(it: Running) -> None:
        page = DetailPage(alarm=FIRE, entry=FIRE)
        it.console.push_screen(page)
        await it.settle(lambda: page.is_mounted and page.query(BytesView))
        await it.settle(lambda: page.loaded)
        await switch(it, longer=True)
        assert "The station has another journal now" in it.text()
        for key in ("space", "f8"):
            it.console.notice = None
            await it.pilot.press(key)
            await it.settle(lambda: "belongs to no open alarm" in notice(it))
        assert it.link.posted == []

    run(test, pages={"alarms": AlarmsPage})


def test_a_note_written_for_the_other_journals_alarm_closes_nothing() -> None:
    async def test(it: Running) -> None:
        await it.pilot.press("space")
        await it.settle(lambda: notice(it).endswith(": seen"))
        posted = list(it.link.posted)
        await it.pilot.press("f8")
        await it.settle(lambda: isinstance(it.console.screen, CloseNote))
        await switch(it, longer=True)
        await it.pilot.press("down", "f8")
        await it.settle(lambda: "nothing was done" in notice(it))
        assert it.link.posted == posted

    run(test, pages={"alarms": AlarmsPage})


def test_the_selection_is_not_handed_to_another_alarm_of_the_same_number() -> None:
    async def test(it: Running) -> None:
        rows = it.console.screen.query_one("#alarms", VirtualList)
        await it.pilot.press("down", "down")
        chosen = rows.cursor_key
        assert it.console.station.alarms.held == chosen
        await switch(it, longer=True)
        board = it.console.station.alarms
        await it.settle(lambda: rows.cursor_key == board.at(0).id == board.held, "the first one")
        assert rows.cursor_key != chosen

    run(test, pages={"alarms": AlarmsPage})


def test_a_board_begins_anew_where_a_number_is_another_alarms() -> None:
    """By the time it was opened, or by a snapshot that is of an earlier entry than the last one."""
    board = AlarmBoard()
    old = Alarm(5, account_key="a", opened_at="2026-01-01T00:00:00.000Z", ringing=True)
    board.snapshot([old, Alarm(6)], 9)
    board.hold(5)
    board.snapshot([old], 10)
    assert (board.begun, board.held) == (0, 5)
    board.snapshot([Alarm(5, account_key="b", opened_at="2026-01-02T00:00:00.000Z")], 11)
    assert (board.begun, board.held, len(board)) == (1, None, 1)
    board.hold(5)
    board.snapshot([], 3)
    assert (board.begun, board.held, len(board)) == (2, None, 0)


def test_an_alarm_that_somebody_closed_is_not_shown_as_open_on_its_page() -> None:
    """Opened from the journal, it is not the selected one, which alone leaves a stone."""

    async def test(it: Running) -> None:
        await it.pilot.press("down")
        page = DetailPage(entry=FIRE)
        it.console.push_screen(page)
        await it.settle(lambda: page.is_mounted and page.query(BytesView))
        await it.settle(lambda: page.loaded and "#1254 ▲ danger" in it.text())
        it.link.push_alarm({"id": FIRE, "closed": True})
        await it.settle(lambda: "#1254 ▬ closed" in it.text())
        assert "#1254 ▲ danger" not in it.text()

    run(test, pages={"alarms": AlarmsPage})


def test_leaving_does_not_count_what_was_closed_under_the_cursor() -> None:
    async def test(it: Running) -> None:
        held = it.console.station.alarms.held
        it.link.push_alarm({"id": held, "closed": True})
        await it.settle(lambda: it.console.station.alarms.is_closed(held or 0))
        await it.pilot.press("f10")
        await it.settle(lambda: isinstance(it.console.screen, QuitDialog))
        assert "Unseen alarms: 5." in it.text()
        assert f"▲ #{held} " not in "\n".join(line for line in it.text().splitlines() if "┃" in line)

    run(test, pages={"alarms": AlarmsPage})


def test_f9_goes_to_any_unseen_alarm_where_none_endangers_life() -> None:
    """One that rings again keeps its place under a cursor far below, where nobody may look."""

    async def test(it: Running) -> None:
        for one in list(it.link.alarms):
            it.link.push_alarm(one | {"ringing": False})
        await it.settle(lambda: it.console.station.alarms.unseen() == 0)
        await it.pilot.press("f9")
        await it.settle(lambda: notice(it) == "There is no unseen alarm.")
        again = it.link.alarms[-1] | {"ringing": True, "priority": 2, "rang": 3000}
        it.link.push_alarm(again)
        await it.settle(lambda: it.console.station.alarms.unseen() == 1)
        await it.pilot.press("f9")
        rows = it.console.screen.query_one("#alarms", VirtualList)
        await it.settle(lambda: rows.cursor_key == again["id"])

    run(test, pages={"alarms": AlarmsPage})


def test_unseen_alarms_above_the_rows_in_view_are_counted_in_the_title() -> None:
    """The selected row keeps its line, so what is more urgent is pushed out at the top."""
    link = FakeLink()
    link.alarms = [
        link.alarms[0] | {"id": 3000 + n, "rang": 3000 + n, "priority": 2, "ringing": True} for n in range(40)
    ]

    async def test(it: Running) -> None:
        assert "UNSEEN ABOVE" not in it.text()
        it.link.push_alarm(it.link.alarms[0] | {"id": 4000, "rang": 4000, "priority": 1})
        await it.settle(lambda: "UNSEEN ABOVE: 1" in it.text().splitlines()[0])
        await it.pilot.press("home")
        it.link.beat()
        await it.settle(lambda: "UNSEEN ABOVE" not in it.text().splitlines()[0])

    run(test, link=link, size=(100, 24), pages={"alarms": AlarmsPage})


def test_a_wire_that_is_cut_off_does_not_look_quiet() -> None:
    """The other streams are there, so no banner says it."""

    async def test(it: Running) -> None:
        await it.pilot.press("f5")
        await it.settle(lambda: len(it.console.station.wire), "records")
        assert "CUT OFF" not in it.text()
        for queue in it.link._streams["/v1/wire"]:
            queue.put_nowait(Broken("tail.closed"))
        await it.settle(lambda: "CUT OFF: " in it.text().splitlines()[0])
        assert not it.console.is_old

    run(test)


@pytest.mark.parametrize(("key", "words"), [("f10", "Enter answers"), ("f12", "arrows choose"), ("f8", "F8 or Enter")])
def test_f1_tells_the_keys_of_every_dialog(key: str, words: str) -> None:
    async def test(it: Running) -> None:
        if key == "f8":
            await it.pilot.press("space")
            await it.settle(lambda: notice(it).endswith(": seen"))
        page = it.console.screen
        await it.pilot.press(key)
        await it.settle(lambda: it.console.screen is not page)
        assert words not in it.text()
        await it.pilot.press("f1")
        await it.settle(lambda: words in it.text())

    run(test, size=(80, 24))
