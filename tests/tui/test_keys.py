"""Keys: every action works under any keyboard layout, none can be pressed by mistake for another."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from protocols.catalogue import LANGUAGES, texts
from tests.tui.fake_station import running
from tui.actions import ACTIONS, Action, actions_of
from tui.app import PAGES

RUSSIAN = dict(zip("qwertyuiop[]asdfghjkl;'zxcvbnm,.", "йцукенгшщзхъфывапролджэячсмитьбю", strict=True))
KAZAKH = RUSSIAN | dict(zip("1234567890-=", '"әіңғ,.үұқөһ', strict=True))
FREE_OF_LAYOUT = frozenset(
    [f"f{number}" for number in range(1, 13)]
    + ["enter", "space", "escape", "tab", "shift+tab", "insert", "delete", "home", "end", "pageup", "pagedown"]
    + ["up", "down", "left", "right", "backspace"]
)
"""Keys that are the same under every layout."""
EVERYWHERE = (*PAGES, "detail", "help")


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
@pytest.mark.parametrize("layout", [RUSSIAN, KAZAKH], ids=["ru", "kk"])
def test_the_first_key_of_every_action_is_free_of_layout(action: Action, layout: dict[str, str]) -> None:
    """What is pressed arrives as the same key: no letter and no digit takes part."""
    key = action.keys[0]
    assert key in FREE_OF_LAYOUT
    assert "+".join(layout.get(part, part) for part in key.split("+")) == key


@pytest.mark.parametrize("page", EVERYWHERE)
def test_no_key_means_two_things_on_a_page(page: str) -> None:
    """Whichever of an action's keys is pressed."""
    keys = Counter(key for action in actions_of(page) for key in action.keys)
    assert [key for key, count in keys.items() if count > 1] == []


def test_escape_never_leaves() -> None:
    """Nor any other key that is pressed in passing."""

    async def run() -> None:
        async with running(size=(80, 24)) as it:
            for page in ("f2", "f3", "f4", "f5", "f6"):
                await it.pilot.press(page, "escape", "escape", "escape")
                await it.settle()
            assert it.console.is_running
            assert len(it.console.screen_stack) == 1

    asyncio.run(run())


def test_letters_of_another_layout_do_nothing() -> None:
    """On no page but where there is something to type in."""

    async def run() -> None:
        async with running(size=(80, 24)) as it:
            before = it.text()
            await it.pilot.press(*sorted({key for key in KAZAKH.values() if key.isalpha()}))
            await it.settle()
            assert it.text() == before
            assert it.link.posted == []

    asyncio.run(run())


def test_keys_go_to_their_pages() -> None:
    """F2 to F6, from anywhere."""

    async def run() -> None:
        async with running(size=(80, 24)) as it:
            for key, page in zip(("f3", "f4", "f5", "f6", "f2"), (*PAGES[1:], PAGES[0]), strict=True):
                await it.pilot.press(key)
                await it.settle(lambda page=page: it.console.page is not None and page == it.console.page.ID)

    asyncio.run(run())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_and_page_has_words(language: str) -> None:
    """Short ones for the line of keys, and a sentence for the help."""
    wanted = {f"action.{one.id}" for one in ACTIONS} | {f"action.{one.id}.help" for one in ACTIONS}
    wanted |= {f"page.{page}" for page in EVERYWHERE} | {f"help.{page}" for page in EVERYWHERE if page != "help"}
    assert wanted <= texts.ids("shell", language)


def test_every_action_of_a_page_exists() -> None:
    """As a method of the page, or of the console."""
    from tui.app import Console, all_pages
    from tui.pages.detail import DetailPage
    from tui.pages.help import HelpPage

    pages = {**all_pages(), "detail": DetailPage, "help": HelpPage}
    for name, page in pages.items():
        for action in actions_of(name):
            owner = page if action.pages else Console
            assert hasattr(owner, f"action_{action.id}"), (name, action.id)
