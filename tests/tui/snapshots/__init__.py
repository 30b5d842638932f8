"""What every page looks like, as a text and as a picture (``make screens``).

::

    python -m tests.tui.snapshots          # every text and picture, and the pictures of the README
    python -m tests.tui.snapshots journal  # only those with this in their name

A text is ``<scene>.<language>.<size>.txt``, its picture ends in ``.svg``. Monochrome screens have the same texts, so
they have no files.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree

from msgspec import Struct
from rich.cells import cell_len
from textual.widgets import Input

from protocols import catalogue
from protocols.catalogue import LANGUAGES
from tests.tui import fake_district
from tests.tui.fake_district import accounts
from tests.tui.fake_station import FakeLink, Running, monochrome, running
from tests.tui.screen_text import pieces
from tui.page import EVERYTHING
from tui.shot import screen_svg, screen_text
from tui.state.station import Changed

FOLDER = Path(__file__).parent
DOCS = Path(__file__).parents[3] / "docs/screens"
SIZES = ((80, 24), (160, 50))
DOCS_PICTURES = {
    "alarms": LANGUAGES,
    "journal": ("en", "ru"),
    "detail-bytes": ("en", "ru"),
    "wire": ("en", "ru"),
    "paths": ("en",),
    "station": ("en",),
    "no-connection": LANGUAGES,
}
"""Scenes whose pictures documents show, with their languages."""
DOCS_SIZE = (120, 34)

Act = Callable[[Running], Awaitable[None]]


class Schools:
    """A raiser of the fictitious schools."""

    def __init__(self, language: str) -> None:
        self._language = language

    def places(self) -> list[tuple[str, str]]:
        """Account and name."""
        column = "name" if self._language == "en" else f"name_{self._language}"
        return [(row["account"], row[column]) for row in accounts()]

    def kinds(self) -> list[tuple[str, str]]:
        """Id and words."""
        return [(code, catalogue.name("contact-id", code, "new", self._language)) for code in ("110", "120")]

    async def raise_alarm(self, account: str, kind: str) -> str:
        """Done."""
        return ""


class Scene(Struct, frozen=True):
    """Something to look at: how it comes about."""

    name: str
    act: Act
    mode: str = "live"
    first: str = "alarms"
    raises: bool = False


async def _nothing(it: Running) -> None:
    """The page as it is."""


def _press(*keys: str) -> Act:
    async def act(it: Running) -> None:
        for key in keys:
            await it.pilot.press(key)
            await it.settle()

    return act


async def _filtered(it: Running) -> None:
    await it.pilot.press("f7")
    await it.settle()
    await it.pilot.press(*"1008", "enter")
    await it.settle(lambda: any(url == "/v1/search" for url, _ in it.link.asked), "the search")


async def _no_connection(it: Running) -> None:
    it.link.cut()
    it.clock.advance(23)
    await it.settle(lambda: it.console.is_away, "the break")


async def _behind(it: Running) -> None:
    health = it.console.station.health
    health.told_last(it.link.last_id + 120, it.link.last_id, 0, it.clock())
    it.clock.advance(4)
    health.contact(it.clock(), "journal")
    health.contact(it.clock(), "alarms")


async def _disk(it: Running) -> None:
    since = it.link.entries[-3]["received_at"]
    it.link.push("/v1/events", "trouble", {"since": since, "error": "No space left on device"})
    await it.settle(lambda: it.console.station.health.trouble, "the trouble")


async def _radio_paths(it: Running) -> None:
    it.link.paths = [*it.link.paths, *fake_district.radio_paths()]
    await it.pilot.press("f2", "f4")
    await it.settle(lambda: len(it.console.station.paths) == len(it.link.paths), "the radio paths")


async def _radio_channels(it: Running) -> None:
    it.console.station.status |= {"radio": fake_district.radio_channels()}
    it.console.station.mark(Changed.STATUS)
    await it.settle()


SCENES = (
    Scene("alarms", _nothing),
    Scene("journal", _nothing, first="journal"),
    Scene("journal-filtered", _filtered, first="journal"),
    Scene("paths", _nothing, first="paths"),
    Scene("paths-radio", _radio_paths, first="paths"),
    Scene("wire", _nothing, first="wire"),
    Scene("station", _nothing, first="station"),
    Scene("station-radio", _radio_channels, first="station"),
    Scene("detail", _press("enter")),
    Scene("detail-bytes", _press("enter", "right")),
    Scene("help", _press("f1")),
    Scene("quit", _press("f10")),
    Scene("close", _press("end", "f8")),
    Scene("palette", _press("f12")),
    Scene("raise", _press("f11"), mode="demo", raises=True),
    Scene("no-connection", _no_connection),
    Scene("demo", _nothing, mode="demo"),
    Scene("exercise", _press("end", "f8"), mode="exercise"),
    Scene("behind", _behind, first="journal"),
    Scene("disk", _disk),
)


class Shot(Struct, frozen=True):
    """A screen as it was."""

    name: str
    text: str
    svg: str
    coloured: tuple[str, ...]
    """Texts that are not black, white or grey, or stand on something that is not."""

    @property
    def picture(self) -> str:
        """The SVG as it is kept: one that changes only where the screen does, without what cuts lines to their width.

        Its id is a hash of all that it shows otherwise, and stands in every element.
        """
        short = re.sub(r"terminal-\d+", "t", self.svg)
        short = re.sub(r'<clipPath id="t-line-\d+">.*?</clipPath>\n?', "", short, flags=re.DOTALL)
        return re.sub(r' clip-path="url\(#t-line-\d+\)"', "", short)


def text_of(picture: str) -> str:
    """What a picture shows, as the text beside it: every word at its line and column. ValueError for overlaps."""
    grid = ElementTree.fromstring(picture).find(f".//{_SVG}g[@class='t-matrix']")
    assert grid is not None
    lines: dict[int, str] = {}
    for one in grid.iter(f"{_SVG}text"):
        number = round((float(one.attrib["y"]) - _CHARACTER) / _LINE)
        before, column = lines.get(number, ""), round(float(one.attrib["x"]) / _CELL)
        if column < cell_len(before):
            raise ValueError(f"line {number}, column {column}: over {before!r}")
        lines[number] = before + " " * (column - cell_len(before)) + (one.text or "").replace("\xa0", " ")
    return "".join(f"{lines.get(number, '').rstrip()}\n" for number in range(max(lines) + 1))


_SVG = "{http://www.w3.org/2000/svg}"
_CHARACTER, _LINE, _CELL = 20.0, 24.4, 12.2
"""Pixels of Rich's pictures: the height of a character, of a line, and the width of a cell."""


async def take(
    scene: Scene, language: str, sizes: Sequence[tuple[int, int]] = SIZES, *, mono: bool = False
) -> list[Shot]:
    """A scene in one language, in every size: the same console, drawn larger and larger."""
    if mono:
        with monochrome():
            return await _take(scene, language, sizes)
    return await _take(scene, language, sizes)


async def _take(scene: Scene, language: str, sizes: Sequence[tuple[int, int]]) -> list[Shot]:
    link = FakeLink(scene.mode, language)
    shots = []
    raiser = Schools(language) if scene.raises else None
    async with running(language=language, size=sizes[0], link=link, first=scene.first, raiser=raiser) as it:
        await scene.act(it)
        for width, height in sizes:
            if (width, height) != tuple(it.console.size):
                await it.pilot.resize_terminal(width, height)
            for field in it.console.screen.query(Input):
                field.cursor_blink = False
            await it.settle()
            # What pages do each second by themselves, such as counting ages on.
            if it.console.page is not None:
                it.console.page.show(EVERYTHING)
            await it.settle()
            name = f"{scene.name}.{language}.{width}x{height}"
            coloured = tuple(
                one.text
                for one in pieces(it.console)
                if any(len(set(each)) > 1 for each in (one.foreground, one.background))
            )
            shots.append(Shot(name, screen_text(it.console), screen_svg(it.console), coloured))
    return shots
