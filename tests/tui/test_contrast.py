"""Textual's widgets in our themes: every text on the screen, as it goes to the terminal, has a contrast of 7:1."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.widgets import (
    Button,
    Checkbox,
    Footer,
    Input,
    Label,
    LoadingIndicator,
    OptionList,
    Select,
    SelectionList,
    Static,
    TabbedContent,
    TabPane,
)
from textual.widgets.option_list import Option

from tests.support.station import PATIENCE_S
from tests.tui.list_support import run
from tests.tui.screen_text import Piece, contrast, pieces, screen_text
from tests.tui.test_themes import rgb
from tui import themes
from tui.look import State

LEAST = 7.0
BANNERS = ("lost", "demo", "exercise", "behind")
SEEN = {
    *State,
    *BANNERS,
    "Default",
    "Flat",
    "Disabled",
    "chosen",
    "three",
    "placeholder",
    "checked",
    "Loading...",
    "f1",
}


class Dialog(ModalScreen[None]):
    """A question."""

    CSS = "Dialog { align: center middle; } Dialog > VerticalScroll { width: 50; height: 16; background: $panel; }"

    def compose(self) -> ComposeResult:
        """A field and two buttons."""
        with VerticalScroll():
            yield Label("Close the alarm")
            yield Input(placeholder="a note")
            yield Button("Close", variant="primary")
            yield Button("Not now")


class Everything(App[None]):
    """Every widget that a console uses."""

    CSS_PATH = [themes.BASE_CSS]
    CSS = "\n".join(
        [
            "TabbedContent { height: 7; } Horizontal { height: auto; } LoadingIndicator { height: 1; }",
            "SelectionList, OptionList { height: 8; width: 30; }",
            *(f"#state-{s} {{ color: $state-{s}; background: $state-{s}-background; }}" for s in State),
            *(f"#text-{s} {{ color: $state-{s}-text; }}" for s in State),
            *(f"#banner-{b} {{ color: $banner-{b}; background: $banner-{b}-background; }}" for b in BANNERS),
        ]
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "help", "Help"), Binding("f2", "bell", "Ring")]

    def __init__(self, theme: str) -> None:
        super().__init__()
        themes.install(self, theme)
        self.animation_level = "none"

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Some for the palette."""
        yield SystemCommand("Alarms", "Go to the alarms", self.bell)
        yield SystemCommand("Journal", "Go to the journal", self.bell)

    def compose(self) -> ComposeResult:
        """One beside the other."""
        with TabbedContent():
            with TabPane("What it says"):
                yield Static("plain words")
            with TabPane("The raw frame"):
                yield Static("other words")
        with Horizontal():
            for state in State:
                yield Label(f" {state} ", id=f"state-{state}")
        with Horizontal():
            for state in State:
                yield Label(f" {state} ", id=f"text-{state}")
        with Horizontal():
            for banner in BANNERS:
                yield Label(f" {banner} ", id=f"banner-{banner}")
        with Horizontal():
            yield Button("Default")
            yield Button("Primary", variant="primary")
            yield Button("Error", variant="error")
            yield Button("Flat", flat=True)
            yield Button("Disabled", disabled=True)
        with Horizontal():
            yield SelectionList[int](("chosen", 1, True), ("not chosen", 2))
            yield OptionList("one", "two", Option("disabled", disabled=True), None, "three")
        yield Input(placeholder="a placeholder", id="empty")
        yield Input("a value that is selected", id="full")
        yield Input("disabled", disabled=True)
        yield Checkbox("checked", True)
        yield Select([("first", 1), ("second", 2)])
        yield LoadingIndicator()
        yield Footer()


def faint(app: App[None]) -> list[Piece]:
    """Texts below the contrast; not the lines of borders and bars, nor what has the colour of its ground on purpose."""
    return [
        piece
        for piece in pieces(app)
        if not all("\u2500" <= one <= "\u259f" or one.isspace() for one in piece.text)
        and piece.foreground != piece.background
        and (piece.contrast < LEAST or "dim" in piece.attributes)
    ]


@pytest.mark.parametrize("theme", themes.THEMES)
def test_every_widget_in_every_state_has_the_contrast(theme: str) -> None:
    """With the focus on each in turn, under the mouse, selected, disabled, in a dialog and in the palette."""

    async def test() -> None:
        app = Everything(theme)
        async with app.run_test(size=(140, 60)) as pilot:
            async with asyncio.timeout(PATIENCE_S):
                while SEEN - set(screen_text(app).split()):
                    await pilot.pause()
            assert faint(app) == []
            for widget in list(app.screen.focus_chain):
                widget.focus()
                await pilot.pause()
                assert faint(app) == [], widget
                await pilot.hover(widget)
                await pilot.pause()
                assert faint(app) == [], f"mouse on {widget}"
            app.query_one("#full", Input).focus()
            await pilot.press("home", "shift+end")
            await pilot.pause()
            assert faint(app) == []
            await app.push_screen(Dialog())
            await pilot.pause()
            assert "Close the alarm" in {piece.text.strip() for piece in pieces(app)}
            assert faint(app) == []
            for _ in app.screen.focus_chain:
                await pilot.press("tab")
                await pilot.pause()
                assert faint(app) == [], app.focused
            app.pop_screen()
            await in_the_palette(app, pilot)

    run(test)


async def in_the_palette(app: App[None], pilot: Pilot[None]) -> None:
    """Opened, and searched."""
    app.action_command_palette()
    while not any("Go to the alarms" in piece.text for piece in pieces(app)):
        await pilot.pause(0.01)
    assert faint(app) == []
    await pilot.press("a", "l")
    while not any("underline" in piece.attributes for piece in pieces(app)):
        await pilot.pause(0.01)
    assert faint(app) == []


@pytest.mark.parametrize("theme", themes.THEMES)
def test_scroll_bars_are_seen(theme: str) -> None:
    """Handle against track: 3:1, what the standard asks of controls."""
    variables = themes.THEMES[theme].variables
    assert contrast(rgb(variables["scrollbar"]), rgb(variables["scrollbar-background"])) >= 3
