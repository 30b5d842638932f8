"""The journal: what is left out, what a filter finds, and that nothing moves away under the operator's hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from textual.widgets import Input

from protocols.catalogue import LANGUAGES
from tests.tui import fake_district
from tests.tui.fake_station import FakeLink, Running, running
from tui.link import LinkError
from tui.pages import journal_search
from tui.pages.journal import JournalPage
from tui.state.hits import Hits
from tui.state.model import Entry
from tui.widgets.choice import Choice

pytestmark = pytest.mark.anyio

Fields = dict[str, Any]


class PagingLink(FakeLink):
    """Searches page by page, as the station does; its entries before ``held`` are not sent at the beginning."""

    def _search(self, asked: Fields) -> Fields:
        limit = int(asked.get("limit", 100))
        found = super()._search(asked | {"limit": 1_000_000})
        page = found["entries"][:limit]
        more = len(found["entries"]) > limit
        return found | {"entries": page, "next": page[-1]["id"] if more else None}


def page_of(it: Running) -> JournalPage:
    """The page that is shown."""
    page = it.console.page
    assert isinstance(page, JournalPage)
    return page


def searches(it: Running) -> list[Fields]:
    """What the station was asked to search."""
    return [asked for url, asked in it.link.asked if url == "/v1/search"]


def ids(it: Running) -> list[int]:
    """The entries of the list, in its order."""
    entries = page_of(it).entries
    return [entries.at(index).id for index in range(len(entries))]


async def typed(it: Running, words: str) -> None:
    """Type a filter and wait for what it finds."""
    before = len(searches(it))
    await it.pilot.press("f7")
    page_of(it).bar.query_one("#words", Input).value = words
    await it.settle(
        lambda: len(searches(it)) > before and page_of(it)._search.hits is not None, "the answer of the search"
    )


def signal(link: FakeLink, code: str, **more: object) -> Fields:
    """One more entry of a sample school."""
    entry = next(one for one in reversed(link.entries) if one["kind"] == "signal")
    new: Fields = {**entry, "id": link.last_id + 1, "arrival": link.last_id + 1, "code": code, "repeat": False, **more}
    return new


# What is left out


async def test_tests_and_repeats_are_left_out_and_counted_until_space_shows_them() -> None:
    """The selected entry stays selected."""
    async with running(first="journal") as it:
        journal_rows = it.console.station.journal
        hidden = journal_rows.hidden
        assert hidden > 0
        assert f"{hidden} tests and repeats hidden, Space shows them" in it.text()
        await it.pilot.press("up", "up", "up")
        key = page_of(it).list.cursor_key
        await it.pilot.press("space")
        await it.settle()
        assert journal_rows.hidden == 0
        assert len(page_of(it).entries) == len(it.link.entries)
        assert page_of(it).list.cursor_key == key
        assert "tests and repeats shown" in it.text()
        await it.pilot.press("space")
        await it.settle()
        assert journal_rows.hidden == hidden
        assert page_of(it).list.cursor_key == key


async def test_what_panels_send_is_shown_and_never_read_as_markup() -> None:
    """Nor as commands of the terminal."""
    async with running(first="journal", size=(200, 40)) as it:
        it.link.push_entry(signal(it.link, "130", text="[red]x[/] \x1b[31m{0}", category="burglary", priority=2))
        await it.settle(lambda: it.console.station.journal.newest == it.link.last_id)
        assert "[red]x[/] ‹U+001B›[31m{0}" in it.text()


# Searching


@pytest.mark.parametrize("words", ["fire", "пожар", "өрт"])
async def test_words_of_three_languages_find_the_same_entries(words: str) -> None:
    """As one types, without Enter; what a word was taken for is said."""
    async with running(first="journal") as it:
        await typed(it, words)
        assert ids(it), it.text()
        assert all(it.console.station.journal.get(one).category == "fire" for one in ids(it))  # type: ignore[union-attr]
        assert f"{words}: event codes: 3" in it.text()
        assert f"found: {len(ids(it))}" in it.text()


async def test_escape_empties_the_filter_and_then_leaves_it() -> None:
    """The journal is back after the first; the third goes to the alarms."""
    async with running(first="journal") as it:
        whole = ids(it)
        await typed(it, "fire")
        await it.pilot.press("escape")
        await it.settle(lambda: ids(it) == whole, "the whole journal")
        assert page_of(it).bar.display
        await it.pilot.press("escape")
        await it.settle(lambda: not page_of(it).bar.display, "the bar to go")
        assert page_of(it).list.has_focus
        await it.pilot.press("escape")
        await it.settle(lambda: it.console.page is not None and it.console.page.ID == "alarms", "the alarms")


async def test_the_selected_entry_stays_selected_and_in_view_where_it_is_in_both() -> None:
    """When the filter comes, and when it goes."""
    async with running(first="journal", size=(80, 24)) as it:
        journal_rows = it.console.station.journal
        fire = next(one for one in ids(it) if journal_rows.get(one).category == "fire")  # type: ignore[union-attr]
        page_of(it).list.select(fire)
        await typed(it, "school")
        assert page_of(it).list.cursor_key == fire
        await it.pilot.press("enter")
        assert page_of(it).list.has_focus
        await it.settle()
        assert ">▲" in it.text()
        await it.pilot.press("escape", "escape")
        await it.settle(lambda: page_of(it)._search.hits is None, "the whole journal")
        row = page_of(it).list.cursor_row()
        assert row is not None
        assert row.key == fire
        assert ">▲" in it.text()


async def test_fields_narrow_the_search() -> None:
    """Category, kind, priority by arrows or their first letter, times as people write them."""
    async with running(first="journal") as it:
        await it.pilot.press("f7", "tab", "tab", "tab", "right", "tab", "tab", "tab", "space")
        page_of(it).bar.query_one("#since", Input).value = "3h"
        page_of(it).bar.query_one("#adapter", Input).value = " ip "
        await it.settle(lambda: searches(it) and "adapter" in searches(it)[-1], "the search")
        asked = searches(it)[-1]
        assert {name: asked[name] for name in ("category", "priority", "adapter")} == {
            "category": "panic",
            "priority": 2,
            "adapter": "ip",
        }
        assert asked["from"][:19] == fake_district.stamp(3 * 3600)[:19]
        await it.pilot.press("shift+tab", "shift+tab", "n")
        await it.settle(lambda: searches(it)[-1].get("kinds") == "unread", "the kind by its first letter")
        assert page_of(it).bar.query_one("#kind", Choice).value == "unread"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_time_that_is_none_is_named_and_asks_for_nothing(language: str) -> None:
    """With what can be written instead."""
    async with running(first="journal", language=language, size=(80, 24)) as it:
        await it.pilot.press("f7")
        page_of(it).bar.query_one("#since", Input).value = "soon"
        await it.settle(lambda: "soon" in it.text() and "22.11 02:00" in it.text().replace("\n", " "), "what is wrong")
        assert searches(it) == []


async def test_a_filter_is_live() -> None:
    """What fits appears, what does not does not, and only what is new is asked for."""
    async with running(first="journal") as it:
        await typed(it, "fire")
        found = ids(it)
        it.link.push_entry(signal(it.link, "130", category="burglary", priority=2))
        it.link.push_entry(signal(it.link, "110", category="fire", priority=1, qualifier="new"))
        newest = it.link.last_id
        await it.settle(lambda: ids(it) == [*found, newest], "the new fire")
        assert searches(it)[-1]["since"] == newest - 2
        asked = len(searches(it))
        await it.settle()
        assert len(searches(it)) == asked


async def test_a_live_search_misses_nothing_of_a_storm(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a page came between two looks: page by page down to where the last look ended."""
    monkeypatch.setattr(journal_search, "PAGE", 4)
    async with running(first="journal", link=PagingLink()) as it:
        await typed(it, "fire")
        await it.settle(
            lambda: page_of(it)._search.hits is not None and page_of(it)._search.hits.complete, "all older pages"
        )
        found = ids(it)
        new = []
        for _ in range(11):
            it.link.push_entry(signal(it.link, "110", category="fire", priority=1, qualifier="new"))
            new.append(it.link.last_id)
        await it.settle(lambda: ids(it) == [*found, *new], "every new fire")


async def test_older_pages_come_when_the_top_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what was found, by ``before``."""
    monkeypatch.setattr(journal_search, "PAGE", 5)
    async with running(first="journal", link=PagingLink(), size=(100, 24)) as it:
        await typed(it, "school")
        await it.pilot.press("enter", "home")
        await it.settle(lambda: page_of(it)._search.hits is not None and page_of(it)._search.hits.complete, "all pages")
        fit = [one["id"] for one in it.link.entries if it.link._fits(one, ["school"], {})]
        tests = [one["id"] for one in it.link.entries if one.get("category") == "test" or one.get("repeat")]
        assert ids(it) == [one for one in fit if one not in tests]
        assert sum("before" in asked for asked in searches(it)) > 1


async def test_nothing_found_says_how_to_find_more() -> None:
    """And that the index is behind, where it is."""
    link = FakeLink()
    whole = link._search
    link._search = lambda asked: whole(asked) | {"behind": 120}  # type: ignore[method-assign]
    async with running(first="journal", link=link) as it:
        await typed(it, "zeppelin")
        text = it.text()
        assert "Nothing was found. The index is behind by 120 entries" in text
        assert "fewer words" in text
        assert "Nothing was found. F7: change the filter" in text


async def test_a_search_that_is_refused_says_why_and_is_asked_again() -> None:
    """The station may only be making its index: nobody has to type anew."""
    link = FakeLink()
    link.refusals["/v1/search"] = LinkError("the search took longer than 3 s", 503)
    async with running(first="journal", link=link) as it:
        await it.pilot.press("f7", "f", "i", "r", "e")
        await it.settle(lambda: "took longer than 3 s" in it.text(), "why there is no answer")
        del link.refusals["/v1/search"]
        it.clock.advance(10)
        await it.settle(lambda: page_of(it)._search.hits is not None, "the answer")
        assert "took longer than 3 s" not in it.text()


async def test_enter_opens_the_entry() -> None:
    """And Escape comes back to the same entry."""
    async with running(first="journal") as it:
        await it.pilot.press("up", "up")
        key = page_of(it).list.cursor_key
        await it.pilot.press("enter")
        await it.settle(lambda: it.console.page is not None and it.console.page.ID == "detail", "the entry")
        await it.pilot.press("escape")
        await it.settle(lambda: it.console.page is not None and it.console.page.ID == "journal", "the journal")
        assert page_of(it).list.cursor_key == key


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_filter_fits_the_smallest_screen(language: str) -> None:
    """Every label and the longest value of every choice, in each language."""
    async with running(first="journal", language=language, size=(80, 24)) as it:
        await it.pilot.press("f7")
        await it.settle()
        bar = page_of(it).bar
        for widget in [*bar.query(Choice), *bar.query("Label"), *bar.query(Input)]:
            assert widget.region.right <= 80, widget
            assert widget.region.width >= 8 or not isinstance(widget, Input), widget
            assert widget.region.height == 1, widget


async def test_a_click_changes_a_choice() -> None:
    """With the mouse alone: on, and back at its left end."""
    async with running(first="journal") as it:
        await it.pilot.press("f7")
        await it.settle()
        choice = page_of(it).bar.query_one("#category", Choice)
        await it.pilot.click(choice, offset=(12, 0))
        assert choice.value == "panic"
        await it.pilot.click(choice, offset=(2, 0))
        assert choice.value == ""


# What was found


def test_hits_keep_the_order_of_the_journal() -> None:
    """Pages come newest first, and may come twice."""
    hits = Hits(limit=5)
    hits.add_older([Entry(id=9), Entry(id=7)], more=True)
    hits.add_older([Entry(id=7), Entry(id=4)], more=False)
    assert [hits.at(index).id for index in range(len(hits))] == [4, 7, 9]
    assert hits.complete
    hits.add_newer([Entry(id=12), Entry(id=11), Entry(id=9)])
    assert [hits.at(index).id for index in range(len(hits))] == [4, 7, 9, 11, 12]
    assert hits.index(11) == 3
    assert hits.index(10) is None
    hits.add_newer([Entry(id=13)])
    assert hits.oldest == 7
    assert not hits.complete


async def test_without_a_connection_today_is_the_stations_day() -> None:
    """Its clock runs on; that of this computer may stand on another day."""
    async with running(first="journal") as it:
        before = it.text().splitlines()[3:8]
        it.link.cut()
        it.clock.advance(23)
        await it.settle(lambda: it.console.is_away)
        assert page_of(it).station_now() == fake_district.NOW + timedelta(seconds=23)
        assert any(line.strip(" │") in it.text() for line in before)
