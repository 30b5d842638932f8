"""Radio in the console: level and loss of paths, load of channels, a channel that is jammed."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.catalogue import LANGUAGES
from ptsn.commands.status import in_trouble
from tests.tui import fake_district
from tests.tui.fake_district import NOW
from tests.tui.fake_station import FakeLink, running
from tui.pages.path_rows import PathSource, columns, level, loss
from tui.pages.station_sections import Sections, drawn
from tui.pages.station_troubles import Seen, troubles
from tui.state.health import Connection
from tui.state.model import Entry, PathRow
from tui.telling import Teller
from tui.telling.radio import told_of

CHANNEL: dict[str, Any] = {
    "adapter": "air",
    "network": 2561,
    "units": 50,
    "busy": 0.237,
    "own": 0.051,
    "airtime_s": 4.13,
    "budget_s": 360.0,
    "window_s": 3600.0,
    "waiting": 0,
    "jammed": False,
    "why": "",
    "trouble": "",
    "counts": {"frames": 812, "accepted": 801, "forged": 0, "garbled": 9, "new_count": 4},
}
UP = Seen(connection=Connection.UP, now=NOW)


def path(**values: Any) -> PathRow:
    given: dict[str, Any] = {"account": "1", "state": "ok", "supervised": True, "adapter": "air", "hops": 0}
    return PathRow(**(given | values))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"level": -87.4}, "-87 dBm"),
        ({"level": -104.0, "low": True}, "-104 dBm"),
        ({"quality": 0.805}, "qual. 80 %"),
        ({"level": -87.0, "quality": 0.5}, "-87 dBm"),
        ({}, "–"),
        ({"hops": None}, ""),
    ],
)
def test_a_level_is_shown_where_the_modem_gives_it_and_else_the_quality(values: dict[str, Any], shown: str) -> None:
    """One that is too low carries a mark."""
    found = level(path(**values), "en")
    assert found.endswith(shown)
    assert (found != shown) == bool(values.get("low"))


def test_loss_is_a_share_of_the_last_tests() -> None:
    assert loss(path(loss=0.4)) == "40 %"
    assert loss(path(loss=0.0)) == "0 %"
    assert loss(path()) == ""


@pytest.mark.parametrize("radio", [True, False])
@pytest.mark.parametrize("language", LANGUAGES)
def test_rows_have_a_cell_for_each_column(language: str, radio: bool) -> None:
    """Stations without radio have no columns for it, and every level fits its own."""
    source = PathSource(Teller(language), language)
    source.take([path(level=-104.0, low=True, loss=0.333) if radio else path(hops=None)])
    heads = columns(language, radio=source.radio)
    cells = source.row(0).cells
    assert len(cells) == len(heads)
    assert ("level" in [head.id for head in heads]) is radio
    for head, cell in zip(heads, cells, strict=True):
        assert not head.width or len(cell) <= head.width, head.id


@pytest.mark.anyio
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_shows_level_and_loss_of_radio_paths(language: str) -> None:
    """The columns come with the first of them, and the address stays."""
    link = FakeLink()
    radio = {"adapter": "air", "protocol": "radio", "level": -91.0, "loss": 0.2, "hops": 0, "missed": 3, "of": 5}
    link.paths = [*link.paths, link.paths[3] | radio | {"tests": [True, False, True, True, True]}]
    async with running(first="paths", language=language, link=link, size=(160, 50)) as it:
        await it.settle(lambda: " 20 %" in it.text(), "the loss")
        line = next(line for line in it.text().splitlines() if " 20 %" in line)
        assert "-91 " in line
        assert "192.0.2.4:4004" in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_channel_is_told_in_words(language: str) -> None:
    """Load, airtime and counts; those that are 0 are left out, and new ones keep their names."""
    first, second, third, fourth = told_of(CHANNEL | {"counts": {**CHANNEL["counts"], "acks": 790}}, Teller(language))
    assert "24 %" in first
    assert "5 %" in first
    assert "50" in first
    assert "4.1" in second
    assert "812" in third
    assert "new count 4" in third
    assert "790" in fourth
    assert " 0" not in third
    assert "{" not in first + second + third


def test_a_channel_without_a_limit_says_so_and_one_that_is_jammed_first_of_all() -> None:
    first, _, third, *_ = told_of(CHANNEL | {"airtime_s": None, "jammed": True, "waiting": 3}, Teller("en"))
    assert first == "JAMMED OR DEAD"
    assert third == "airtime without limit, waiting for the channel: 3"
    *_, last = told_of(CHANNEL | {"trouble": "it is gone"}, Teller("en"))
    assert last == "FILE OF KEYS NOT READ: it is gone"


@pytest.mark.parametrize("channel", [{}, {"counts": 5, "busy": "x", "budget_s": None}, {"adapter": "\x1b[2J"}])
def test_a_channel_of_any_shape_is_shown(channel: dict[str, Any]) -> None:
    """Older and newer stations leave fields out; what is no text of ours is data."""
    sections = Sections(Teller("en"), "en").all({"radio": [channel, 5]}, UP, NOW, None, [])
    text = "\n".join(drawn(section, 80).plain for section in sections)
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("values", "id_"), [({"jammed": True}, "radio-jammed"), ({"trouble": "no such file"}, "radio-keys")]
)
def test_what_is_wrong_with_a_channel_is_told_with_what_to_do(values: dict[str, Any], id_: str) -> None:
    """In every language; the status ends with the exit code of trouble."""
    status: dict[str, Any] = {"disk": None, "stalled": False, "endpoints": [], "radio": [CHANNEL | values]}
    assert in_trouble(status)
    assert not in_trouble(status | {"radio": [CHANNEL]})
    assert [trouble.id for trouble in troubles(status, UP)] == [id_]
    for language in LANGUAGES:
        lines = Sections(Teller(language), language).attention(status, UP).lines
        assert len(lines) == 2
        assert not any("{" in line.words or id_ in line.words for line in lines)


@pytest.mark.anyio
async def test_the_station_page_shows_its_channels_and_nothing_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the load."""
    async with running(first="station") as it:
        await it.settle(lambda: "0.1.0" in it.text(), "the status")
        assert "Radio channels" not in it.text()
    status = fake_district.status
    monkeypatch.setattr(fake_district, "status", lambda *given: status(*given) | {"radio": [CHANNEL]})
    async with running(first="station") as it:
        await it.settle(lambda: "Radio channels" in it.text(), "the section")
        assert "load 24 %, own 5 %; units: 50" in it.text()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "details",
    [
        {"level_dbm": ["-103.2"], "low_dbm": ["-100"]},
        {"quality_percent": ["41.0"], "low_quality_percent": ["50"]},
        {"jammed": ["silence"], "units": ["5"]},
        {"jammed": ["carrier"], "units": ["0"]},
    ],
)
def test_details_of_radio_events_have_words(language: str, details: dict[str, list[str]]) -> None:
    """No id is shown to anybody."""
    told = Teller(language).details(Entry(id=1, kind="station", code="radio.level.low", details=details))
    assert len(told) == len(details)
    for words, (name, (value,)) in zip(told, details.items(), strict=True):
        label, _, shown = words.partition(": ")
        assert label != name
        assert (shown == value) is (name != "jammed")
