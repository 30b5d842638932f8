"""Texts of others in the cells of a terminal: no unseen character, an exact width, never markup.

Widths are counted in cells (``rich.cells``). What terminals disagree about, or do not show at all, becomes a mark
such as ``‹U+202E›``: control and bidirectional characters, variation selectors, joiners, flags, skin tones, fillers.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len, set_cell_size

from protocols.catalogue.marks import mark

ELLIPSIS = "…"
_NUMBERED = re.compile(r"\s*((?:\s\D{1,3}\s?)?\S*\d\S*)$")
"""The end of a name that tells it from its neighbours: ``№ 3``, ``No. 12``, ``17B``."""

# Printable by Unicode's tables, and yet unseen or of no certain width: fillers, braille blank, variation selectors,
# regional indicators (flags), skin tones.
_UNCERTAIN = re.compile(
    "[\u115f\u1160\u3164\uffa0\u2800\u180b-\u180f\ufe00-\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]"
)
_COMBINING_MOST = 2
"""Combining marks on one letter; more of them climb over the lines above."""


def visible(text: str) -> str:
    """The text with every unseen character as a mark, composed (NFC)."""
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", text)
    if text.isprintable() and not _UNCERTAIN.search(text) and not _stacked(text):
        return text
    shown: list[str] = []
    stack = 0
    for one in text:
        stack = stack + 1 if cell_len(one) == 0 else 0
        bad = not one.isprintable() or _UNCERTAIN.match(one) or stack > _COMBINING_MOST
        shown.append(mark(one) if bad else one)
    return "".join(shown)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text made visible, in exactly ``width`` cells: padded, or cut with ``…``.

    A wide character that would stand across the edge leaves a blank instead.
    """
    if width <= 0:
        return ""
    # One cell holds a letter and what combines with it: what comes after so many characters is cut anyway.
    most = width * (_COMBINING_MOST + 1) + 1
    shown = visible(text[:most])
    if not shown or cell_len(shown[0]) == 0:
        # What combines would combine with the column before.
        shown = " " + shown if shown else shown
    cells = cell_len(shown)
    if cells > width or len(text) > most:
        return set_cell_size(shown, width - 1) + ELLIPSIS
    if right:
        return " " * (width - cells) + shown
    return shown + " " * (width - cells)


def fit_name(text: str, width: int) -> str:
    """As ``fit``, but a name that ends in a number keeps it, and is cut before it: ``Sample Sch…No. 3``."""
    shown = visible(text)
    found = _NUMBERED.search(shown) if cell_len(shown) > width else None
    if found is None:
        return fit(text, width)
    end = found[1].strip()
    room = width - cell_len(end)
    # More of the name than of its number, else the beginning tells more.
    return fit(text, width) if room * 2 < width else fit(shown, room).rstrip(" ") + end


def _stacked(text: str) -> bool:
    """Whether more marks stand on one letter than a line can hold."""
    stack = 0
    for one in text:
        stack = stack + 1 if unicodedata.category(one)[0] == "M" else 0
        if stack > _COMBINING_MOST:
            return True
    return False
