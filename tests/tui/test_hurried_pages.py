"""Keys faster than pages come and go: each does what it would have done a moment later, once, and nothing breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual import events

from tests.tui.fake_station import FakeLink, Running, running
from tui.pages.detail import DetailPage


def run(test: Callable[[Running], Awaitable[None]], **options: Any) -> None:
    """A test on a console of its own."""

    async def all_of_it() -> None:
        async with running(**{"size": (120, 40), **options}) as it:
            await test(it)

    asyncio.run(all_of_it())


def hurry(it: Running, *keys: str) -> None:
    """Keys as they come from a terminal: all of them before the first one is answered."""
    for key in keys:
        it.console.post_message(events.Key(key, None))


class Slow(FakeLink):
    """Entries are answered when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = asyncio.Event()
        self.answer = asyncio.Event()

    async def get(self, url: str, params: Any = None, *, shape: Any = dict[str, Any]) -> Any:
        """An answer, late."""
        if url.startswith("/v1/entries/"):
            self.waits.set()
            await self.answer.wait()
        return await super().get(url, params, shape=shape)


@pytest.mark.parametrize("first", ["alarms", "journal"])
def test_enter_pressed_twice_opens_one_page(first: str) -> None:
    async def test(it: Running) -> None:
        await it.pilot.press("up")
        hurry(it, "enter", "enter", "enter")
        await it.settle(lambda: isinstance(it.console.screen, DetailPage))
        await it.settle()
        stack = it.console.screen_stack
        assert [type(one) for one in stack[1:]] == [DetailPage]
        await it.pilot.press("escape")
        await it.settle(lambda: it.console.page is not None and first == it.console.page.ID)

    run(test, first=first)


@pytest.mark.parametrize("away", [("escape",), ("f3",), ("f4", "f5"), ("escape", "enter", "escape")])
def test_a_detail_page_that_is_left_while_it_loads_breaks_nothing(away: tuple[str, ...]) -> None:
    link = Slow()

    async def test(it: Running) -> None:
        await it.pilot.press("enter")
        await asyncio.wait_for(link.waits.wait(), 10)
        hurry(it, *away)
        await it.settle(lambda: not isinstance(it.console.screen, DetailPage))
        link.answer.set()
        await it.settle()
        hurry(it, "f2")
        await it.settle(lambda: it.console.page is not None and it.console.page.ID == "alarms")
        assert it.console.station.health.faults(it.console.now()) == {}
        assert it.console.failure is None

    run(test, link=link)


@pytest.mark.parametrize("keys", [("f3", "f4"), ("f5", "f4"), ("f1", "f4"), ("enter", "f4"), ("f7", "f4")])
def test_another_page_is_asked_for_while_one_comes_up(keys: tuple[str, ...]) -> None:
    """The last one asked for is the one that is shown, whole, and all others are to be had afterwards."""

    async def test(it: Running) -> None:
        for _ in range(3):
            hurry(it, "f2", *keys)
            await it.settle(lambda: it.console.page is not None and it.console.page.ID == "paths")
            await it.settle()
            assert it.text().startswith(" Paths")
        for key, page in {"f3": "journal", "f5": "wire", "f6": "station", "f2": "alarms"}.items():
            hurry(it, key)
            await it.settle(lambda wanted=page: it.console.page is not None and wanted == it.console.page.ID)  # type: ignore[misc]
        assert it.console.station.health.faults(it.console.now()) == {}
        assert it.console.failure is None

    run(test)
