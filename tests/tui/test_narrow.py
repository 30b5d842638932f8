"""What stands on a small screen: nothing is cut without a mark, and what tells most is what is left."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from protocols.catalogue import LANGUAGES
from tests.tui.fake_station import FakeLink, running
from tui.link import LinkError
from tui.pages.alarm_words import folded
from tui.pages.journal import JournalPage
from tui.state.model import Entry
from tui.telling import Teller
from tui.widgets.cells import fit_name
from tui.widgets.columns import Column, lay_out
from tui.widgets.keybar import KeyBar

pytestmark = pytest.mark.anyio

SIZES = ((80, 24), (120, 36))


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("Образцовая сельская школа № 3", 18, "Образцовая сел…№ 3"),
        ("Sample Village School No. 12", 18, "Sample Vill…No. 12"),
        ("Sample School 17B", 12, "Sample S…17B"),
        ("№ 10 үлгі мектебі", 10, "№ 10 үлгі…"),
        ("Sample School No. 3", 19, "Sample School No. 3"),
        ("Sample School No. 3", 20, "Sample School No. 3 "),
        ("Sample 123456789", 12, "Sample 1234…"),
        ("漢字漢字漢字 7", 9, "漢字漢 …7"),
    ],
)
def test_a_name_that_is_cut_keeps_its_number(name: str, width: int, shown: str) -> None:
    """It tells one school from the next."""
    cut = fit_name(name, width)
    assert cut.rstrip() == shown.rstrip()
    assert cell_len(cut) == width


def test_a_column_grows_no_further_than_it_needs() -> None:
    """The others have what it leaves; where all have enough, all of the line is still used."""
    columns = [Column("a", "", grow=5, least=4, most=10), Column("b", "", least=4), Column("c", "", 3, since=60)]
    assert lay_out(columns, 41) == ((0, 10), (1, 30))
    assert lay_out(columns, 60) == ((0, 10), (1, 45), (2, 3))
    assert sum(cells for _, cells in lay_out([Column("a", "", least=4, most=6)], 30)) == 30


def test_a_long_line_goes_on_below_itself_while_there_is_room() -> None:
    """And what is cut at last says so."""
    assert [words for _, words in folded(["one two three", "four"], 8)] == ["one two", "three", "four"]
    assert [words for _, words in folded(["one two three four five"], 8)] == ["one two", "three f…"]
    assert [words for _, words in folded(["one two three", "four"], 8, most=2)] == ["one two…", "four"]


@pytest.mark.parametrize("page", ["alarms", "journal", "paths"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_cut_says_so(language: str, page: str) -> None:
    """The last word of every piece stands on a wide screen, too, or ends in ``…``."""
    async with running(language=language, size=(400, 60), first=page) as it:
        whole = {word.rstrip(",") for word in it.text().split()}
    for size in SIZES:
        async with running(language=language, size=size, first=page) as it:
            drawn = it.text().splitlines()[3 : size[1] - 8]
        for line in drawn:
            for piece in line.replace("…", "…  ").split("  "):
                words = piece.strip(" >▲◆◊○●?»×–√·│─▁▂▃▄▅▆▇█").split()
                if words and not words[-1].endswith("…"):
                    assert words[-1].rstrip(",") in whole, (size, words, line)


@pytest.mark.parametrize("width", [100, 120, 148])
async def test_the_adapter_takes_no_room_from_site_and_place(width: int) -> None:
    """It has its column from about 150 cells on."""
    async with running(first="journal", size=(width, 24)) as it:
        assert "Adapter" not in it.text()
    async with running(first="journal", size=(160, 24)) as it:
        assert "Adapter" in it.text()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_keys_of_the_alarms_fit_the_smallest_screen(language: str) -> None:
    """Help, seen, open, close, to the most urgent, journal and the way out: each with a word."""
    async with running(language=language, size=(80, 24)) as it:
        bar = it.console.screen.query_one(KeyBar)
        wanted = {"help", "seen", "open", "close_alarm", "urgent", "go_journal", "quit"}
        assert wanted <= {one.action for one in bar.keys}
        last = it.text().splitlines()[-1]
        assert all(one.key in last for one in bar.keys)
        assert "F10 " in last
        assert bar.keys[-1].end <= 80


@pytest.mark.parametrize("page", ["journal", "paths", "wire", "station"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_way_out_and_back_stands_on_every_page(language: str, page: str) -> None:
    """However narrow it is."""
    async with running(language=language, size=(80, 24), first=page) as it:
        actions = {one.action for one in it.console.screen.query_one(KeyBar).keys}
        assert {"help", "go_alarms", "urgent", "quit"} <= actions
        assert f"go_{page}" not in actions


@pytest.mark.parametrize("language", LANGUAGES)
async def test_when_a_path_was_last_heard_stands_on_the_smallest_screen(language: str) -> None:
    """Beside for how long it has been silent."""
    async with running(language=language, size=(80, 24), first="paths") as it:
        line = next(line for line in it.text().splitlines() if " 1007 " in line)
        assert " 01:31:04 " in line
        assert " 43 " in line


async def test_tab_comes_to_the_times_first() -> None:
    """Words, from, to, category, kind, adapter, priority."""
    async with running(first="journal") as it:
        await it.pilot.press("f7")
        order = []
        for _ in range(7):
            assert it.console.focused is not None
            order.append(it.console.focused.id)
            await it.pilot.press("tab")
        assert order == ["words", "since", "until", "category", "kind", "adapter", "urgent"]


async def test_a_letter_typed_in_a_choice_never_vanishes() -> None:
    """It chooses what begins with it, once more the next such, or it is a word to look for."""
    async with running(first="journal") as it:
        await it.pilot.press("f7", "tab", "tab", "tab", "f")
        page = it.console.page
        assert isinstance(page, JournalPage)
        assert page.bar.asked.category == "fire"
        await it.pilot.press("f")
        assert page.bar.asked.category == "fire"
        assert page.bar.asked.words == ""
        await it.pilot.press("1", "0", "0", "7")
        assert (page.bar.asked.words, page.bar.asked.category) == ("1007", "fire")
        assert it.console.focused is not None
        assert it.console.focused.id == "words"


async def test_a_notice_ends_with_its_page() -> None:
    """What is shown on the paths is no news of the alarms."""
    async with running(first="paths", size=(80, 24)) as it:
        await it.pilot.press("space")
        await it.settle(lambda: "Only paths in trouble are shown" in it.text())
        await it.pilot.press("f2")
        await it.settle(lambda: it.console.page is not None and it.console.page.ID == "alarms")
        assert "Only paths in trouble" not in it.text()
        await it.pilot.press("f4")
        await it.settle(lambda: it.console.page is not None and it.console.page.ID == "paths")
        assert "Only paths in trouble are shown" not in it.text()


BACK = {
    "en": "The connection with the station is back",
    "ru": "Связь со станцией восстановлена",
    "kk": "Станциямен байланыс қалпына келді",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_connection_that_is_back_is_told_once(language: str) -> None:
    """In place of what could not be done without it; the first connection of all is no return."""
    link = FakeLink()
    async with running(link=link, language=language, size=(80, 24)) as it:
        assert BACK[language] not in it.text()
        link.refusals["/v1/alarms/1254/seen"] = LinkError("no connection", 503)
        await it.pilot.press("space")
        await it.settle(lambda: it.console.notice is not None and it.console.notice.severity == "error")
        link.cut()
        await it.settle(lambda: it.console.is_away, "no connection")
        link.mend()
        await it.settle(lambda: not it.console.is_old, "the connection")
        await it.settle(lambda: BACK[language] in it.text())
        it.clock.advance(30)
        await it.settle(lambda: BACK[language] not in it.text())


LOST = {
    "en": ("adapter ip (dc09), path B", "last heard: 2026-11-22 01:30:00"),
    "ru": ("канал приёма ip (dc09), канал связи B", "последняя связь: 2026-11-22 01:30:00"),
    "kk": ("қабылдау арнасы ip (dc09), байланыс арнасы B", "соңғы байланыс: 2026-11-22 01:30:00"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lost_path_tells_its_adapter_and_when_it_was_last_heard(language: str) -> None:
    """In words, and in the reader's time."""
    entry = Entry(
        id=1,
        kind="station",
        code="path.lost",
        adapter="ip",
        protocol="dc09",
        path="B",
        account="1007",
        details={"interval_s": ("180",), "last_heard": ("2026-11-21T20:30:00.000Z",)},
    )
    teller = Teller(language, "Asia/Almaty")
    place, heard = LOST[language]
    assert teller.place(entry) == place
    assert heard in teller.details(entry)
