"""The paths: who is silent, for how long, and when the station will say so."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from protocols.catalogue import LANGUAGES
from tests.tui.fake_station import FakeLink, Running, running
from tui.feed import Feed
from tui.pages.path_rows import PathSource
from tui.pages.paths import PathsPage
from tui.state.model import PathRow
from tui.telling import Teller

pytestmark = pytest.mark.anyio


def page_of(it: Running) -> PathsPage:
    """The page that is shown."""
    page = it.console.page
    assert isinstance(page, PathsPage)
    return page


def rows(it: Running) -> list[PathRow]:
    """The paths of the list, in its order."""
    source = page_of(it).list.source
    assert isinstance(source, PathSource)
    return [source.at(index) for index in range(len(source))]


async def opened(it: Running) -> None:
    """Wait for the paths."""
    await it.settle(lambda: rows(it), "the paths")


async def test_lost_paths_come_first_and_then_those_never_heard() -> None:
    """Then the others by their account; the title counts them."""
    async with running(first="paths") as it:
        await opened(it)
        assert [path.state for path in rows(it)][:3] == ["lost", "never", "ok"]
        accounts = [path.account for path in rows(it)[2:]]
        assert accounts == sorted(accounts)
        assert "lost 1, never heard 1, ok 10, not watched 1" in it.text()
        line = next(line for line in it.text().splitlines() if " 1007 " in line)
        assert "× 1007" in line
        assert "Sample School No. 7" in line
        assert "no connection" in line


async def test_ages_run_with_the_clock() -> None:
    """How long a path has been silent, and how long until it is lost."""
    async with running(first="paths") as it:
        await opened(it)
        assert "6 s " in next(line for line in it.text().splitlines() if " 1001 " in line)
        it.clock.advance(7)
        await it.settle(lambda: "13 s " in next(line for line in it.text().splitlines() if " 1001 " in line))


async def test_ages_are_not_guessed_without_a_connection() -> None:
    """Nobody knows the station's clock then."""
    async with running(first="paths") as it:
        await opened(it)
        it.link.cut()
        await it.settle(lambda: it.console.is_old, "no connection")
        it.clock.advance(1)
        await it.settle(lambda: " 6 s " not in it.text(), "the ages to go")


async def test_space_shows_only_those_in_trouble() -> None:
    """The selected path stays selected; Space or Escape shows all again."""
    async with running(first="paths") as it:
        await opened(it)
        await it.pilot.press("down")
        selected = page_of(it).list.cursor_row()
        assert selected is not None
        await it.pilot.press("space")
        await it.settle(lambda: [path.state for path in rows(it)] == ["lost", "never"], "those in trouble")
        assert "only in trouble" in it.text()
        assert page_of(it).list.cursor_row() == selected
        await it.pilot.press("escape")
        await it.settle(lambda: len(rows(it)) == 13, "all")


async def test_words_narrow_the_list() -> None:
    """Account, site, adapter and address; all words must fit."""
    async with running(first="paths") as it:
        await opened(it)
        await it.pilot.press("f7")
        for words, account in (("1007", "1007"), ("school backup", "1002"), ("192.0.2.9", "1009")):
            page_of(it).bar.query_one("#words", Input).value = words
            await it.settle(lambda account=account: [path.account for path in rows(it)] == [account], words)
        assert "Shown: 1 of 13" in it.text()
        page_of(it).bar.query_one("#words", Input).value = "zeppelin"
        await it.settle(lambda: "No path fits “zeppelin”" in it.text(), "that there is none")


async def test_the_station_is_asked_only_while_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of paths are no news for an operator who works alarms."""
    watched: list[bool] = []
    monkeypatch.setattr(Feed, "watch_paths", lambda _, on: watched.append(on))
    async with running() as it:
        assert watched == []
        await it.pilot.press("f4")
        await it.settle(lambda: watched and all(watched), "the paths to be asked for")
        await it.pilot.press("f2")
        await it.settle(lambda: watched[-1] is False, "an end of it")


async def test_a_station_without_paths_says_what_that_means() -> None:
    """And is not mistaken for one that was not asked yet."""
    link = FakeLink()
    link.paths = []
    async with running(first="paths", link=link) as it:
        await it.settle(lambda: "No path yet" in it.text(), "that there are none")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_state_site_and_silence_stand_on_the_smallest_screen(language: str) -> None:
    """Words that are cut say nothing at two in the morning."""
    async with running(first="paths", language=language, size=(80, 24)) as it:
        await opened(it)
        shown = next(line for line in it.text().splitlines() if " 1007 " in line)
        assert "…" not in shown
        assert "43" in shown


def test_unwatched_paths_are_told_from_those_in_order() -> None:
    """Nobody would notice their silence."""
    source = PathSource(Teller("en", "UTC", {"k": "Sample Café"}), "en")
    source.take([PathRow(account="1", account_key="k", state="ok"), PathRow(account="2", state="ok", supervised=True)])
    assert source.row(0).cells[1:3] == ("Sample Café", "not watched")
    assert source.row(1).cells[2] == "in order"
    assert source.row(0).state != source.row(1).state
    source.take([PathRow(account="1", account_key="k", state="ok")], words="cafe")
    assert len(source) == 1
