"""The console's own themes, and the style of everything that says how something stands.

Every colour of a text and of what it stands on is stated here and has a contrast of 7:1 or more (WCAG 2, AAA). In
``.tcss`` files::

    $state-alarm  $state-alarm-background    words, marks and strips of a state (one pair for every ``look.State``)
    $state-alarm-text                        a text in its colour on the ground of the page
    $head  $head-background                  head lines, titles of columns
    $strip  $strip-background                the strip while no alarm is unseen
    $banner-lost  $banner-demo  $banner-exercise  $banner-behind, each with ...-background
    $cursor  $cursor-background  $cursor-blurred  $cursor-blurred-background
    $key  $key-background  $hint             a key's name, and what it does on $head-background
    $dim                                     a text of less weight

``BASE_CSS`` gives Textual's widgets these colours: the first of an app's ``CSS_PATH``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from rich.style import Style
from textual.app import App
from textual.theme import Theme

from tui.look import State

BASE_CSS = Path(__file__).with_name("base.tcss")
DEFAULT: Final = "ptsn-dark"


class Ground(Struct, frozen=True):
    """What a theme's texts stand on, and the texts without a state."""

    background: str
    surface: str
    panel: str
    foreground: str
    dim: str
    accent: str
    border: str
    cursor: tuple[str, str]
    """Text and background, as all pairs."""
    blurred: tuple[str, str]
    head: tuple[str, str]
    selection: tuple[str, str]


_BLACK, _WHITE = "#000000", "#ffffff"
_FILLED = {
    State.ALARM: (_WHITE, "#b00020"),
    State.URGENT: (_BLACK, "#ffb000"),
    State.TROUBLE: (_BLACK, "#56b4e9"),
    State.RESTORED: (_BLACK, "#9ad19a"),
    State.SECURITY: (_WHITE, "#7a3e97"),
    State.UNREAD: (_BLACK, "#f0e442"),
    State.LOST: (_BLACK, "#ff8f6b"),
}
"""States that call for somebody: filled, alike in every theme, told apart in any kind of colour blindness."""

_DARK_TEXTS = {
    State.ALARM: "#ff9ba1",
    State.URGENT: "#ffb000",
    State.SEEN: "#f0d9b5",
    State.RESTORED: "#9ad19a",
    State.TROUBLE: "#7cc8f2",
    State.UNREAD: "#f0e442",
    State.SECURITY: "#dcb3ee",
    State.ACTION: "#c3d0ff",
    State.LOST: "#ffa283",
    State.OK: "#9ad19a",
}
_LIGHT_TEXTS = {
    State.ALARM: "#8e0019",
    State.URGENT: "#633d00",
    State.SEEN: "#54451a",
    State.RESTORED: "#1b5026",
    State.TROUBLE: "#0a4a71",
    State.UNREAD: "#524900",
    State.SECURITY: "#5c2a75",
    State.ACTION: "#26367f",
    State.LOST: "#7f2608",
    State.OK: "#1b5026",
}
_QUIET = (State.STATION, State.NEVER, State.CLOSED)
"""States whose text is a dim one."""

_BANNERS = {
    "banner-lost": (_WHITE, "#b00020"),
    "banner-demo": (_BLACK, "#f0e442"),
    "banner-exercise": (_BLACK, "#7cc8f2"),
    "banner-behind": (_BLACK, "#ffb000"),
}

_DARK = Ground(
    background="#0e1116",
    surface="#151a21",
    panel="#1d242d",
    foreground="#eceff3",
    dim="#b9c1cc",
    accent="#8cc4ff",
    border="#8cc4ff",
    cursor=(_BLACK, "#d7e6ff"),
    blurred=("#eceff3", "#2c3846"),
    head=("#eceff3", "#1d242d"),
    selection=(_WHITE, "#1f4a80"),
)
_CONTRAST = Ground(
    background=_BLACK,
    surface=_BLACK,
    panel="#101010",
    foreground=_WHITE,
    dim="#d8d8d8",
    accent="#ffe066",
    border=_WHITE,
    cursor=(_BLACK, _WHITE),
    blurred=(_WHITE, "#333333"),
    head=(_WHITE, "#101010"),
    selection=(_BLACK, "#ffe066"),
)
_LIGHT = Ground(
    background="#f6f7f9",
    surface=_WHITE,
    panel="#e8ebef",
    foreground="#14171b",
    dim="#3c434d",
    accent="#0a4272",
    border="#0a4272",
    cursor=(_WHITE, "#143a66"),
    blurred=("#14171b", "#cdd9e8"),
    head=("#14171b", "#e8ebef"),
    selection=(_BLACK, "#b5d3f5"),
)


def _pairs(ground: Ground, texts: dict[State, str]) -> dict[str, tuple[str, str]]:
    """Name of a variable to text and background."""
    found = {
        "head": ground.head,
        "strip": (ground.foreground, ground.panel),
        "cursor": ground.cursor,
        "cursor-blurred": ground.blurred,
        "key": ground.cursor,
        **_BANNERS,
    }
    for state in State:
        text = texts.get(state, ground.dim if state in _QUIET else ground.foreground)
        found[f"state-{state.value}"] = _FILLED.get(state, (text, ground.background))
    return found


def _variables(ground: Ground, texts: dict[State, str]) -> dict[str, str]:
    """Everything a theme states: our own names, and Textual's, of which none is left to be blended."""
    plain, dim, cursor, blurred = ground.foreground, ground.dim, ground.cursor, ground.blurred
    named: dict[str, str] = {"dim": dim, "hint": plain}
    for name, (text, background) in _pairs(ground, texts).items():
        named |= {name: text, f"{name}-background": background}
    for state in State:
        named[f"state-{state.value}-text"] = texts.get(state, dim if state in _QUIET else plain)
    for name in ("text", "link-color", "button-foreground", "button-color-foreground", "footer-foreground"):
        named[name] = plain
    for name in ("text-muted", "text-disabled", "foreground-muted", "foreground-disabled", "markdown-h6-color"):
        named[name] = dim
    for name in ("primary", "secondary", "accent", "warning", "error", "success"):
        # What Textual would mix out of the theme's colours.
        named |= {f"text-{name}": plain, f"{name}-muted": ground.panel}
    for name in ("panel", "surface", "background"):
        named |= {f"{name}-{way}-{step}": getattr(ground, name) for way in ("darken", "lighten") for step in (1, 2, 3)}
    return named | {
        "block-cursor-foreground": cursor[0],
        "block-cursor-background": cursor[1],
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-foreground": blurred[0],
        "block-cursor-blurred-background": blurred[1],
        "block-hover-background": blurred[1],
        "border": ground.border,
        "border-blurred": dim,
        "surface-active": ground.surface,
        "scrollbar": dim,
        "scrollbar-hover": plain,
        "scrollbar-active": plain,
        "scrollbar-background": ground.panel,
        "scrollbar-background-hover": ground.panel,
        "scrollbar-background-active": ground.panel,
        "scrollbar-corner-color": ground.panel,
        "link-background": ground.background,
        "link-background-hover": cursor[1],
        "link-color-hover": cursor[0],
        "footer-background": ground.head[1],
        "footer-key-foreground": plain,
        "footer-key-background": ground.head[1],
        "footer-description-foreground": plain,
        "footer-description-background": ground.head[1],
        "footer-item-background": ground.head[1],
        "input-cursor-foreground": cursor[0],
        "input-cursor-background": cursor[1],
        "input-cursor-text-style": "none",
        "input-selection-foreground": ground.selection[0],
        "input-selection-background": ground.selection[1],
        "screen-selection-foreground": ground.selection[0],
        "screen-selection-background": ground.selection[1],
        "button-focus-text-style": "bold",
    }


def _theme(name: str, ground: Ground, texts: dict[State, str], *, dark: bool) -> Theme:
    return Theme(
        name=name,
        primary=ground.accent,
        secondary=ground.accent,
        warning=ground.accent,
        error=ground.accent,
        success=ground.accent,
        accent=ground.accent,
        foreground=ground.foreground,
        background=ground.background,
        surface=ground.surface,
        panel=ground.panel,
        dark=dark,
        variables=_variables(ground, texts),
    )


THEMES: Final = {
    "ptsn-dark": _theme("ptsn-dark", _DARK, _DARK_TEXTS, dark=True),
    "ptsn-light": _theme("ptsn-light", _LIGHT, _LIGHT_TEXTS, dark=False),
    "ptsn-contrast": _theme("ptsn-contrast", _CONTRAST, _DARK_TEXTS, dark=True),
}
"""By name; the first is the default."""


def install(app: App[Any], name: str = DEFAULT) -> None:
    """Give an app our themes and none besides, and put it into one. Raises KeyError for a name that is not ours."""
    theme = THEMES[name]
    for ours in THEMES.values():
        app.register_theme(ours)
    app.theme = theme.name
    for other in [other for other in app.available_themes if other not in THEMES]:
        app.unregister_theme(other)


def style_of(app: App[Any] | Theme, state: State, dim: bool = False, strong: bool = False) -> Style:
    """The style of a state's mark or word: its own pair of colours, or a dim text on the page's ground."""
    return _state_style(_name(app), state, dim, strong)


def row_style(
    app: App[Any] | Theme, state: State, *, dim: bool = False, strong: bool = False, cursor: str = ""
) -> Style:
    """The style of a row's text. ``cursor``: empty, ``cursor``, or ``cursor-blurred`` for a list without the focus."""
    return _row_style(_name(app), state, dim, strong, cursor)


def part(app: App[Any] | Theme, name: str) -> Style:
    """The style of a part that has no state, by its variable: ``head``, ``strip``, ``key``, ``banner-lost``;
    ``page`` for the ground of the page."""
    return _part_style(_name(app), name)


def _name(app: App[Any] | Theme) -> str:
    name = app.name if isinstance(app, Theme) else app.theme
    return name if name in THEMES else DEFAULT


@lru_cache(512)
def _state_style(theme: str, state: State, dim: bool, strong: bool) -> Style:
    variables = THEMES[theme].variables
    name = f"state-{state.value}"
    if dim:
        return Style(color=variables["dim"], bgcolor=THEMES[theme].background, bold=strong)
    return Style(color=variables[name], bgcolor=variables[f"{name}-background"], bold=strong)


@lru_cache(512)
def _row_style(theme: str, state: State, dim: bool, strong: bool, cursor: str) -> Style:
    variables = THEMES[theme].variables
    if cursor:
        text, background = variables[cursor], variables[f"{cursor}-background"]
        if cursor == "cursor":
            # Reversed, so that it is seen on a terminal without colours, too.
            return Style(color=background, bgcolor=text, reverse=True, bold=strong)
        return Style(color=text, bgcolor=background, bold=strong)
    color = variables["dim"] if dim else variables[f"state-{state.value}-text"]
    return Style(color=color, bgcolor=THEMES[theme].background, bold=strong)


@lru_cache(64)
def _part_style(theme: str, name: str) -> Style:
    if name == "page":
        return Style(color=THEMES[theme].foreground, bgcolor=THEMES[theme].background)
    variables = THEMES[theme].variables
    return Style(color=variables[name], bgcolor=variables[f"{name}-background"], bold=name == "head")
