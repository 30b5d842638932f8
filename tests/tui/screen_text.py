"""What a screen says: its text, and the colours that each piece of it really has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from rich.color import Color
from textual.app import App

Rgb = tuple[int, int, int]


class Piece(Struct, frozen=True):
    """A run of text in one style, where it stands."""

    line: int
    column: int
    text: str
    foreground: Rgb
    background: Rgb
    attributes: frozenset[str]

    @property
    def contrast(self) -> float:
        """As ``contrast`` says."""
        return contrast(self.foreground, self.background)


def screen_text(app: App[Any]) -> str:
    """The lines of the screen, without the blanks at their ends: the readable twin of a screenshot."""
    lines = ["".join(text for _, text, _ in line).rstrip() for line in _lines(app)]
    return "\n".join(lines) + "\n"


def pieces(app: App[Any]) -> Iterator[Piece]:
    """Everything on the screen that is not blank, as it goes to the terminal."""
    for number, line in enumerate(_lines(app)):
        for column, text, style in line:
            if not text.strip():
                continue
            assert style is not None, text
            foreground, background = _rgb(style.color), _rgb(style.bgcolor)
            if style.reverse:
                foreground, background = background, foreground
            names = ("bold", "dim", "reverse", "underline", "italic", "blink", "strike")
            attributes = frozenset(name for name in names if getattr(style, name))
            yield Piece(number, column, text, foreground, background, attributes)


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Rgb) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: Color | None) -> Rgb:
    assert colour is not None, "a text without a colour of its own"
    assert colour.triplet is not None, f"{colour} is the terminal's, not the theme's"
    return colour.triplet.red, colour.triplet.green, colour.triplet.blue


def _lines(app: App[Any]) -> Iterator[list[tuple[int, str, Any]]]:
    for strip in app.screen._compositor.render_strips(app.size):
        column, line = 0, []
        for segment in strip:
            if not segment.control:
                line.append((column, segment.text, segment.style))
                column += segment.cell_length
        yield line
