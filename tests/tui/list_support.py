"""Rows, and an app around a list of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from tests.tui.screen_text import screen_text
from tui import themes
from tui.look import State
from tui.widgets.virtual_list import Column, Row, VirtualList

COLUMNS = (Column("number", "No", 8), Column("site", "Site"), Column("text", "Text", grow=2, drop=1))


class Rows:
    """Rows by number: their order, and where each stands."""

    def __init__(self, keys: Iterable[int] = ()) -> None:
        self.keys = list(keys)
        self._places: dict[int, int] | None = None
        self.version = 0
        self.asked = 0

    def put(self, at: int, *keys: int) -> None:
        """Put rows before the one at ``at``."""
        self.keys[at:at] = keys
        self._places = None

    def take(self, key: int) -> None:
        """Take one away."""
        self.keys.remove(key)
        self._places = None

    def __len__(self) -> int:
        return len(self.keys)

    def key(self, index: int) -> int:
        """As RowSource."""
        return self.keys[index]

    def index(self, key: object) -> int | None:
        """As RowSource."""
        if self._places is None:
            self._places = {key: at for at, key in enumerate(self.keys)}
        return self._places.get(key) if isinstance(key, int) else None

    def row(self, index: int) -> Row:
        """As RowSource."""
        self.asked += 1
        key = self.keys[index]
        state = list(State)[key % len(State)]
        return Row(key, (f"#{key}", f"School {key}", f"version {self.version}"), state, self.version)


class ListApp(App[None]):
    """A list that fills the screen, and what it said."""

    CSS_PATH = [themes.BASE_CSS]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, source: Any, theme: str = themes.DEFAULT, columns: Any = COLUMNS, **options: Any) -> None:
        super().__init__()
        themes.install(self, theme)
        self.list = VirtualList(source, columns, **options)
        self.said: list[Message] = []

    def compose(self) -> ComposeResult:
        """The list alone."""
        yield self.list

    def on_virtual_list_cursor_moved(self, message: VirtualList.CursorMoved) -> None:
        """Note it."""
        self.said.append(message)

    def on_virtual_list_activated(self, message: VirtualList.Activated) -> None:
        """Note it."""
        self.said.append(message)

    def on_virtual_list_follow_changed(self, message: VirtualList.FollowChanged) -> None:
        """Note it."""
        self.said.append(message)

    def on_virtual_list_near_top(self, message: VirtualList.NearTop) -> None:
        """Note it."""
        self.said.append(message)

    def told(self, kind: type[Message]) -> list[Any]:
        """What was said of one kind."""
        return [message for message in self.said if type(message) is kind]

    def lines(self) -> list[str]:
        """The screen, line by line."""
        return screen_text(self).split("\n")[:-1]

    def line_of(self, text: str) -> int | None:
        """The line on which a row's number stands as a word of its own."""
        return next((at for at, line in enumerate(self.lines()) if text in line.replace(">", " ").split()), None)

    def marked(self) -> list[int]:
        """Lines with the cursor's mark."""
        return [at for at, line in enumerate(self.lines()) if line.startswith(">")]


@contextlib.asynccontextmanager
async def running(app: ListApp, size: tuple[int, int] = (60, 12)) -> AsyncIterator[Pilot[None]]:
    """The app, drawn, the list with the focus."""
    async with app.run_test(size=size) as pilot:
        app.list.focus()
        await pilot.pause()
        yield pilot


async def settled(pilot: Pilot[None], app: ListApp) -> None:
    """Until the list has looked at its source and the screen is drawn."""
    app.list.changed()
    while app.list.waiting:
        await asyncio.sleep(0.005)
    await pilot.pause()


def run(test: Callable[[], Any]) -> None:
    """An asynchronous test."""
    asyncio.run(test())
