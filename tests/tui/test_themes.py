"""Our themes, and none besides: every text they state has a contrast of 7:1, and NO_COLOR loses no state."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations

import pytest
from rich.style import Style
from textual.app import App

from tests.tui.list_support import ListApp, Rows, run, running
from tests.tui.screen_text import contrast, pieces, screen_text
from tui import themes
from tui.look import State, mark

LEAST = 7.0
GROUNDS = ("background", "surface", "panel")
ROW_STYLES = [
    (state, dim, strong, cursor)
    for state in State
    for dim in (False, True)
    for strong in (False, True)
    for cursor in ("", "cursor", "cursor-blurred")
]


def rgb(value: str) -> tuple[int, int, int]:
    """Of ``#rrggbb``."""
    assert re.fullmatch("#[0-9a-f]{6}", value), value
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def contrast_of(style: Style) -> float:
    """Of a style, reversed or not."""
    assert style.color is not None
    assert style.bgcolor is not None
    assert style.color.triplet is not None
    assert style.bgcolor.triplet is not None
    return contrast(tuple(style.color.triplet), tuple(style.bgcolor.triplet))


def test_contrast_is_that_of_the_standard() -> None:
    """Values of the WCAG's own tools."""
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)
    assert contrast((10, 20, 30), (10, 20, 30)) == 1


@pytest.mark.parametrize("name", themes.THEMES)
def test_every_pair_that_a_theme_states_has_the_contrast(name: str) -> None:
    """A variable and the one with ``-background`` behind it."""
    variables = themes.THEMES[name].variables
    pairs = [(variable, f"{variable}-background") for variable in variables if f"{variable}-background" in variables]
    assert len(pairs) >= len(State) + 8
    low = {text: contrast(rgb(variables[text]), rgb(variables[ground])) for text, ground in pairs}
    assert {text: value for text, value in low.items() if value < LEAST} == {}


@pytest.mark.parametrize("name", themes.THEMES)
def test_texts_without_a_background_of_their_own_are_read_on_every_ground(name: str) -> None:
    """Plain, dim and state texts may stand on the page, on a field and on a panel."""
    theme = themes.THEMES[name]
    texts = {variable: value for variable, value in theme.variables.items() if re.fullmatch("state-.*-text", variable)}
    texts |= {
        variable: theme.variables[variable] for variable in ("dim", "hint", "text", "text-muted", "text-disabled")
    }
    texts |= {"foreground": theme.foreground or "", "accent": theme.accent or ""}
    low = {
        (text, ground): contrast(rgb(value), rgb(getattr(theme, ground)))
        for text, value in texts.items()
        for ground in GROUNDS
    }
    assert {pair: value for pair, value in low.items() if value < LEAST} == {}


@pytest.mark.parametrize("name", themes.THEMES)
def test_every_style_of_a_row_and_of_a_state_has_the_contrast(name: str) -> None:
    """Dim, strong, on the cursor's line and off it."""
    theme = themes.THEMES[name]
    for state, dim, strong, cursor in ROW_STYLES:
        style = themes.row_style(theme, state, dim=dim, strong=strong, cursor=cursor)
        assert contrast_of(style) >= LEAST, (state, dim, strong, cursor)
        assert not style.dim, "a terminal's own dimming has no contrast that anybody knows"
        assert contrast_of(themes.style_of(theme, state, dim, strong)) >= LEAST, (state, dim)


@pytest.mark.parametrize("name", themes.THEMES)
def test_all_themes_state_the_same_variables(name: str) -> None:
    """A style sheet that works in one works in all."""
    assert set(themes.THEMES[name].variables) == set(themes.THEMES[themes.DEFAULT].variables)


def test_an_app_offers_our_themes_and_no_other() -> None:
    """Also where the environment asks for one of Textual's."""
    app: App[None] = App()
    themes.install(app)
    assert set(app.available_themes) == set(themes.THEMES)
    assert app.theme == themes.DEFAULT
    themes.install(app, "ptsn-light")
    assert app.theme == "ptsn-light"
    with pytest.raises(KeyError):
        themes.install(app, "nord")


@pytest.mark.parametrize("name", themes.THEMES)
def test_a_list_is_drawn_with_the_contrast(name: str) -> None:
    """Every state, the titles, the cursor, as they go to the terminal."""

    async def test() -> None:
        app = ListApp(Rows(range(40)), name)
        async with running(app, (70, 20)) as pilot:
            await pilot.press("down")
            await pilot.pause()
            seen = list(pieces(app))
            assert {piece.text.strip() for piece in seen} >= {mark(state) for state in State}
            assert [piece for piece in seen if piece.contrast < LEAST and piece.column < 69] == []
            app.theme = "ptsn-light"
            await pilot.pause()
            grounds = {piece.background for piece in pieces(app)}
            assert rgb(themes.THEMES["ptsn-light"].background or "") in grounds, "another theme redraws all"

    run(test)


@pytest.mark.parametrize("name", themes.THEMES)
def test_without_colour_every_state_is_told_by_its_mark_and_the_cursor_is_seen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is left are marks, words and attributes."""
    monkeypatch.setenv("NO_COLOR", "1")

    async def test() -> None:
        app = ListApp(Rows(range(len(State))), name)
        async with running(app, (50, 16)) as pilot:
            await pilot.press("down", "down")
            await pilot.pause()
            seen = list(pieces(app))
            assert all(len(set(piece.foreground)) == len(set(piece.background)) == 1 for piece in seen), "grey only"
            assert [piece for piece in seen if piece.contrast < LEAST] == []
            assert screen_text(app) == MONOCHROME
            assert {piece.line for piece in seen if "reverse" in piece.attributes} == {2}

    run(test)


MONOCHROME = """\
   No       Site           Text
 ▲ #0       School 0       version 0
>◆ #1       School 1       version 0
 ◊ #2       School 2       version 0
 ○ #3       School 3       version 0
 ● #4       School 4       version 0
 · #5       School 5       version 0
 ? #6       School 6       version 0
 ■ #7       School 7       version 0
 □ #8       School 8       version 0
 » #9       School 9       version 0
 × #10      School 10      version 0
 – #11      School 11      version 0
 √ #12      School 12      version 0
 ▬ #13      School 13      version 0

"""


def mixed(eye: Iterable[Iterable[float]], colour: Iterable[float]) -> tuple[float, ...]:
    """A colour as an eye has it."""
    return tuple(sum(a * b for a, b in zip(row, colour, strict=True)) for row in eye)


def test_filled_states_differ_in_brightness_or_hue_for_everybody() -> None:
    """Marks carry the state; colours that no one confuses help. Distance in sRGB, simulated colour blindness."""
    # Machado, Oliveira, Fernandes 2009, severity 1.0: protanopia, deuteranopia, tritanopia.
    eyes = (
        ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
        ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
        ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    )
    variables = themes.THEMES[themes.DEFAULT].variables
    tried = (State.ALARM, State.URGENT, State.TROUBLE, State.RESTORED, State.SECURITY)
    for eye in eyes:
        seen = {state: mixed(eye, rgb(variables[f"state-{state}-background"])) for state in tried}
        for one, other in combinations(tried, 2):
            assert sum((a - b) ** 2 for a, b in zip(seen[one], seen[other], strict=True)) ** 0.5 > 45, (one, other)
