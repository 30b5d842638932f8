"""The station's page: what is wrong comes first, each with what to do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from protocols.catalogue import LANGUAGES, texts
from tests.tui.fake_district import NOW
from tests.tui.fake_station import FakeLink, Running, running
from tui.pages import station
from tui.pages.station import StationPage
from tui.pages.station_sections import Sections, drawn, shades
from tui.pages.station_troubles import Seen, troubles
from tui.state.health import Connection
from tui.telling import Teller

pytestmark = pytest.mark.anyio

Fields = dict[str, Any]
UP = Seen(connection=Connection.UP, now=NOW)


@pytest.fixture(autouse=True)
def _wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """This computer's clock agrees with the station's."""
    monkeypatch.setattr(station, "wall_now", lambda: NOW.astimezone(UTC))


async def opened(it: Running) -> None:
    """Wait for the status."""
    await it.settle(lambda: it.console.station.status and "0.1.0" in it.text(), "the status")


def found(status: Fields, seen: Seen = UP) -> list[str]:
    """The ids of what is wrong."""
    return [trouble.id for trouble in troubles(status, seen)]


TROUBLED: list[tuple[str, Fields, Seen]] = [
    ("no-connection", {}, Seen(connection=Connection.DOWN)),
    ("disk", {"disk": {"since": "2026-11-22T01:00:00Z", "error": "no space left"}}, UP),
    ("disk", {}, Seen(connection=Connection.UP, trouble="no space left", trouble_since="2026-11-22T01:00:00Z")),
    ("stalled", {"stalled": True}, UP),
    ("space", {"disk_free_bytes": 900_000_000, "disk_total_bytes": 10_000_000_000}, UP),
    ("space", {"disk_free_bytes": 3_000_000_000, "disk_total_bytes": 100_000_000_000}, UP),
    ("endpoint", {"endpoints": [{"adapter": "ip", "listen": "tcp:5000", "open": False, "trouble": "in use"}]}, UP),
    (
        "connection",
        {
            "endpoints": [
                {"adapter": "com", "listen": "serial:/dev/x", "connects": True, "open": False, "trouble": "no"}
            ]
        },
        UP,
    ),
    ("clocks-apart", {}, Seen(connection=Connection.UP, now=NOW, apart_s=-12.0)),
    ("clock-jumped", {"clock": {"jumps": 1, "last_jump_at": NOW.isoformat(), "last_jump_s": -3600.0}}, UP),
    ("dropped", {"counters": {"dropped": 5}}, UP),
    ("not-stored", {"counters": {"not_stored": 5}}, UP),
    ("queue", {"queued": 5_000}, UP),
    ("paths", {"paths": {"lost": 2}}, UP),
]


@pytest.mark.parametrize(("id_", "status", "seen"), TROUBLED)
def test_each_trouble_is_found_and_told_with_what_to_do(id_: str, status: Fields, seen: Seen) -> None:
    """In every language, with every value in its place."""
    assert found(status, seen) == [id_]
    for language in LANGUAGES:
        section = Sections(Teller(language), language).attention(status, seen)
        assert len(section.lines) == 2
        for line in section.lines:
            assert "{" not in line.words, line
            assert f".{id_}" not in line.words, line


def test_a_station_in_order_says_so() -> None:
    """And one that has not told its state yet does not."""
    healthy = {
        "disk": None,
        "stalled": False,
        "endpoints": [{"adapter": "ip", "address": "tcp:0.0.0.0:5000", "open": True}],
        "counters": {"dropped": 0, "not_stored": 0},
        "disk_free_bytes": 50_000_000_000,
        "disk_total_bytes": 100_000_000_000,
        "clock": {"jumps": 1, "last_jump_at": (NOW - timedelta(days=3)).isoformat(), "last_jump_s": 2.0},
    }
    assert found(healthy, Seen(connection=Connection.UP, now=NOW, apart_s=1.0)) == []
    sections = Sections(Teller("en"), "en")
    assert sections.attention(healthy, UP).lines[0].words == "The station works as it should."
    assert "not told" in sections.attention({}, UP).lines[0].words


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"open": True}, "connected to serial:/dev/x"),
        ({"open": False, "state": "connecting again: closed"}, "connecting to serial:/dev/x"),
        ({"open": False, "trouble": "unplugged"}, "NOT OPEN: serial:/dev/x"),
    ],
)
def test_a_line_that_the_station_opens_says_how_it_stands(given: Fields, says: str) -> None:
    """One that is just being opened again is no trouble."""
    status = {
        "endpoints": [{"adapter": "com", "protocol": "surgard", "address": "serial:/dev/x", "connects": True} | given]
    }
    assert bool(found(status, UP)) == ("trouble" in given)
    sections = Sections(Teller("en"), "en").all(status, UP, NOW, None, [])
    assert any(says in line.words for section in sections for line in section.lines)


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"disk": 5, "rates": [], "counters": None, "endpoints": [None, "x"], "clock": "?", "paths": 7, "alarms": []},
        {"clock": {"last_jump_at": "soon", "last_jump_s": 1}, "disk_total_bytes": 0, "disk_free_bytes": 2e9},
        {"rates": {"new_rate": 3.5}, "counters": {"new_counter": 7}, "mode": "drill"},
        {"name": "[red]x[/red]\x1b[2J", "journal": "/tmp/[b]j\n"},
        {
            "disk": {"since": None, "error": "\x1b[2J"},
            "endpoints": [{"adapter": "\x1b", "trouble": "\x1b", "open": False}],
        },
    ],
)
def test_a_status_of_any_shape_is_shown(status: Fields) -> None:
    """Older and newer stations leave fields out or add some; what is no text of ours is data."""
    sections = Sections(Teller("en"), "en")
    made = [sections.attention(status, UP), *sections.all(status, UP, NOW, None, [])]
    text = "\n".join(drawn(section, 80).plain for section in made)
    assert "\x1b" not in text
    if "mode" in status:
        assert all(word in text for word in ("new rate", "3.5", "new counter", "7", "drill"))


def test_rates_are_drawn_in_marks_that_every_font_has() -> None:
    """The more, the darker; a little is never nothing."""
    assert shades([0, 0.1, 25, 50, 75, 100]) == "·░░▒▓█"
    assert shades([0, 0]) == "··"
    assert shades([]) == ""


async def test_what_is_wrong_stands_first_and_goes_away_with_its_cause() -> None:
    """An adapter that cannot listen, then that opens."""
    async with running(first="station", size=(80, 24)) as it:
        await opened(it)
        assert "Adapter backup (dc09) cannot listen on" in it.text()
        status = dict(it.console.station.status)
        status["endpoints"] = [one | {"open": True} for one in status["endpoints"]]
        status["paths"] = status["paths"] | {"lost": 0}
        page = it.console.page
        assert isinstance(page, StationPage)
        it.console.station.status = status
        page.show(~station.Changed(0))
        await it.settle(lambda: "The station works as it should." in it.text(), "that all is well")


async def test_a_cut_line_is_said_on_the_page_and_old_clocks_do_not_run_on() -> None:
    """What stands there is what was true before."""
    async with running(first="station") as it:
        await opened(it)
        it.link.cut()
        await it.settle(lambda: "what stands here is old" in it.text(), "that it is old")
        assert (
            "02:14:07" not in next(line for line in it.text().splitlines() if "This computer" in line).split("This")[0]
        )


@pytest.mark.parametrize(
    ("language", "size"), [("en", (80, 24)), ("ru", (80, 24)), ("kk", (80, 24)), ("en", (200, 60))]
)
async def test_every_section_is_there_and_scrolls_into_view(language: str, size: tuple[int, int]) -> None:
    """From the smallest screen to a wall's."""
    async with running(first="station", language=language, size=size) as it:
        await opened(it)
        seen = it.text()
        await it.pilot.press("end")
        await it.settle()
        seen += it.text()
        for name in ("attention", "work"):
            assert texts.text("views", f"station.{name}", language) in seen
        assert re.search(r"(?:station|trouble|remedy)\.(?!toml)", seen) is None


async def test_a_demo_says_so_here_too() -> None:
    """Nobody takes it for a station of real sites."""
    async with running(first="station", link=FakeLink(mode="demo")) as it:
        await opened(it)
        assert "DEMO: no real sites" in it.text()


def test_a_clock_is_compared_only_where_both_are_known() -> None:
    """Seconds that the station is ahead."""
    from tui.pages.station_troubles import apart_s

    assert apart_s(datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)) == 5.0
    assert apart_s(None, datetime(2026, 1, 1, tzinfo=UTC)) is None
