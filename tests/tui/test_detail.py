"""Everything about an alarm or an entry: what, where, when; and on the second tab its bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from protocols.catalogue import LANGUAGES, texts
from protocols.catalogue.station_words import station_name
from tests.tui.fake_station import FakeLink, Running, running
from tui.dialogs.note import CloseNote
from tui.pages.alarms import AlarmsPage
from tui.pages.detail import DetailPage
from tui.pages.detail_parts import BytesView, PartList
from tui.pages.recent import RecentSignals

FIRE, PANIC, UNREAD = 1254, 1257, 1242
STARTED = 1201


def with_detail(
    test: Callable[[Running, DetailPage], Awaitable[None]],
    *,
    alarm: int = 0,
    entry: int = 0,
    size: tuple[int, int] = (120, 50),
    language: str = "en",
    link: FakeLink | None = None,
) -> None:
    """Run a test on a page that is open over the alarms and has loaded."""

    async def go() -> None:
        async with running(language=language, size=size, link=link, pages={"alarms": AlarmsPage}) as it:
            page = DetailPage(alarm=alarm, entry=entry)
            it.console.push_screen(page)
            await it.settle(lambda: page.is_mounted and page.query(BytesView))
            await it.settle(lambda: page.loaded)
            await test(it, page)

    asyncio.run(go())


def notice(it: Running) -> str:
    """The line of notice."""
    return it.console.notice.text if it.console.notice is not None else ""


class FarAway(FakeLink):
    """The sites' clocks go by another zone than the station's."""

    def _answer(self, url: str, asked: dict[str, Any]) -> dict[str, Any]:
        answer = super()._answer(url, asked)
        if url == "/v1/accounts":
            answer["accounts"] = [row | {"time_zone": "Europe/Moscow"} for row in answer["accounts"]]
        return answer


def test_it_tells_what_where_and_when_in_words() -> None:
    async def test(it: Running, page: DetailPage) -> None:
        text = it.text()
        for words in (
            "▲ Fire alarm",
            "danger to life",
            "Sample School No. 3",
            "Образцовая школа № 3, № 3 үлгі мектебі",
            "ул. Букварная, 3",
            "+7 000 000 03 01",
            "Smoke detectors, floor 1 (zone 015), partition 02",
            '"Дым, 1 этаж ‹U+202E›коридор"',
            "2026-11-22 02:10:57  (3 min ago)",
            "contact-id 110 new",
            "192.0.2.3:4003",
            "in the clear",
        ):
            assert words in text, words

    with_detail(test, alarm=FIRE)


def test_the_time_at_the_site_stands_beside_the_stations_where_they_differ() -> None:
    async def test(it: Running, page: DetailPage) -> None:
        assert "2026-11-22 02:10:57  (at the site 2026-11-22 00:10:57, Europe/Moscow)  (3 min ago)" in it.text()

    with_detail(test, alarm=FIRE, link=FarAway())


def test_what_was_reported_is_listed_with_counts_and_restores() -> None:
    async def test(it: Running, page: DetailPage) -> None:
        text = it.text()
        assert "Burglary Main entrance (zone 001), partition 01 (restored 02:04:47)" in text
        assert "Burglary Gym (zone 003), partition 01" in text
        assert "rang ×2, partly restored" in text

    with_detail(test, alarm=1244)


def test_who_has_seen_it_is_said_once() -> None:
    async def test(it: Running, page: DetailPage) -> None:
        section = it.text().split("\n Alarm")[-1].split("\n Way")[0]
        assert section.count("day shift") == 1

    with_detail(test, alarm=1223)


def test_the_last_signals_of_its_account_open_on_enter_and_escape_comes_back() -> None:
    async def test(it: Running, page: DetailPage) -> None:
        recent = page.query_one(RecentSignals)
        await it.settle(lambda: len(recent.source) > 2)
        await it.pilot.press("tab", "down", "down", "down", "enter")
        await it.settle(lambda: it.console.screen is not page)
        assert isinstance(it.console.screen, DetailPage)
        await it.settle(lambda: "Periodic test" in it.text())
        await it.pilot.press("escape")
        await it.settle(lambda: it.console.screen is page)
        await it.pilot.press("escape")
        await it.settle(lambda: isinstance(it.console.screen, AlarmsPage))

    with_detail(test, alarm=FIRE)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_arrows_switch_the_tabs_and_go_through_the_bytes(size: tuple[int, int]) -> None:
    async def test(it: Running, page: DetailPage) -> None:
        await it.pilot.press("right")
        await it.settle()
        parts = page.query_one(PartList)
        assert parts.has_focus
        assert 'ADM-CID"0054L0#1003[#1003|1110 02 015]' in it.text()
        await it.pilot.press("down", "down", "down")
        await it.settle()
        assert parts.part == 3
        line = next(line for line in it.text().splitlines() if line.startswith(">"))
        assert "Message type" in line
        await it.pilot.press("end")
        await it.settle()
        assert "0D" in next(line for line in it.text().splitlines() if line.startswith(">"))
        await it.pilot.press("home", "pagedown")
        await it.settle()
        assert parts.part > 0
        await it.pilot.press("left")
        await it.settle()
        assert "Sample School No. 3" in it.text()

    with_detail(test, alarm=FIRE, size=size)


def test_a_click_chooses_tab_and_part() -> None:
    async def test(it: Running, page: DetailPage) -> None:
        await it.pilot.click("#tabs", offset=(25, 0))
        await it.settle()
        assert page.query_one(BytesView).display
        await it.pilot.click("#parts", offset=(45, 5))
        await it.settle()
        assert page.query_one(PartList).part == 2

    with_detail(test, alarm=FIRE)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_where_there_are_no_bytes_it_says_why(language: str) -> None:
    async def test(it: Running, page: DetailPage) -> None:
        await it.pilot.press("right")
        await it.settle()
        assert page.query_one(BytesView).has_class("-nothing")
        start = {"en": "The bytes cannot be shown: ", "ru": "Показать байты нельзя: ", "kk": "Байттарды көрсету"}
        assert start[language] in it.text()

    with_detail(test, entry=STARTED, language=language)


def test_an_entry_that_is_not_there_is_told_with_its_number() -> None:
    async def test(it: Running, page: DetailPage) -> None:
        assert notice(it).startswith("Entry 999999 could not be read: ")
        await it.pilot.press("space")
        await it.settle(lambda: "belongs to no open alarm" in notice(it))

    with_detail(test, entry=999999)


def test_an_entry_of_an_open_alarm_is_seen_and_closed_from_here() -> None:
    """The second report of the fire: the actions are the alarm's."""

    async def test(it: Running, page: DetailPage) -> None:
        await it.pilot.press("space")
        await it.settle(lambda: notice(it) == "#1254 Fire alarm, Sample School No. 3: seen")
        await it.pilot.press("f8")
        await it.settle(lambda: isinstance(it.console.screen, CloseNote))
        await it.pilot.press("up", *"noted", "f8")
        await it.settle(lambda: ": closed (noted)" in notice(it))
        assert it.link.posted[-1] == ("/v1/alarms/1254/close", {"note": "noted", "operator": "night shift"})
        it.console.notice = None
        await it.pilot.press("space")
        await it.settle(lambda: "nothing was done" in notice(it))

    with_detail(test, entry=1255)


def test_an_earlier_entry_of_the_account_is_not_taken_for_its_alarm() -> None:
    async def test(it: Running, page: DetailPage) -> None:
        await it.pilot.press("space")
        await it.settle(lambda: "belongs to no open alarm" in notice(it))
        assert it.link.posted == []

    with_detail(test, entry=1205)


def test_findings_stand_in_words_on_the_first_tab() -> None:
    async def test(it: Running, page: DetailPage) -> None:
        assert "Departures from the standard" in it.text()

    with_detail(test, alarm=UNREAD)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refused_message_has_its_advice(language: str) -> None:
    """By the code of its security entry."""
    codes = [id_[5:] for id_ in texts.ids("alarms", language) if id_.startswith("todo.security.")]
    assert len(codes) == 15
    assert all(station_name(code, language) != code for code in codes)


def amended() -> FakeLink:
    """A night in which a text was added to the fire, on the third line of a receiver."""
    link = FakeLink()
    fire = next(one for one in link.entries if one["id"] == FIRE)
    fire |= {"receiver": "01", "line": "3"}
    link.entries.append(fire | {"id": link.last_id + 1, "kind": "amendment", "amends": FIRE, "text": "KITCHEN"})
    return link


@pytest.mark.parametrize(
    ("language", "said", "by"),
    [
        ("en", "text added", "receiver 01, line 3"),
        ("ru", "добавлен текст", "приёмник 01, линия 3"),
        ("kk", "қосылған мәтін", "қабылдағыш 01, желі 3"),
    ],
)
def test_text_that_was_added_stands_with_its_event(language: str, said: str, by: str) -> None:
    async def test(it: Running, page: DetailPage) -> None:
        await it.settle(lambda: said in it.text())
        line = next(line for line in it.text().splitlines() if line.strip().startswith(said))
        assert '"KITCHEN"' in line
        assert by in it.text()

    with_detail(test, alarm=FIRE, link=amended(), language=language)


def test_an_addition_names_what_it_adds_to_and_its_alarm() -> None:
    async def test(it: Running, page: DetailPage) -> None:
        text = it.text()
        assert 'text added: "KITCHEN"' in text
        assert f"Fire alarm, #{FIRE}" in text
        assert f"#{FIRE} ▲" in text

    link = amended()
    with_detail(test, entry=link.last_id, link=link)
