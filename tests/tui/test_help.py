"""Help on every page: what it shows, its keys, the marks, in the console's language."""

from __future__ import annotations

import asyncio

import pytest

from protocols.catalogue import LANGUAGES, texts
from tests.tui.fake_station import running
from tui import look
from tui.actions import actions_of
from tui.app import PAGES
from tui.look import State


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_help_with_its_keys_and_the_marks(language: str) -> None:
    """F1 opens it, Escape goes back to the page."""

    async def run() -> None:
        async with running(language=language, size=(140, 90)) as it:
            for page in PAGES:
                await it.console.go(page)
                await it.pilot.press("f1")
                await it.settle()
                screen = it.text()
                assert texts.text("shell", f"help.{page}", language)[:60] in screen
                for action in actions_of(page):
                    if it.console.offers(action.id):
                        assert texts.text("shell", f"action.{action.id}.help", language) in screen, action.id
                        assert it.console.key_name(action.keys[0]) in screen
                for state in State:
                    assert f"{look.mark(state)}  {look.word(state, language)}" in screen
                await it.pilot.press("escape")
                await it.settle()
                assert it.console.page is not None
                assert page == it.console.page.ID

    asyncio.run(run())


def test_help_of_help_is_help() -> None:
    """F1 twice opens nothing twice."""

    async def run() -> None:
        async with running(size=(80, 24)) as it:
            await it.pilot.press("f1", "f1")
            await it.settle()
            assert len(it.console.screen_stack) == 2

    asyncio.run(run())
