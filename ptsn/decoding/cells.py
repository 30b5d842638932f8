"""Bytes as a person sees them: visible characters as they are, all others as marks such as ``‹LF›`` or ``‹8F›``."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from msgspec import Struct

_NAMES = {0x0A: "‹LF›", 0x0D: "‹CR›", 0x00: "‹00›"}
_LONG = 12
"""Bytes without a visible character that are shown in full when they follow each other; of more, some."""
_FIRST, _LAST = 4, 2


class Cell(Struct, frozen=True, gc=False):
    """What is shown for one byte, for the bytes of one character, or for many that are left out."""

    text: str
    start: int
    end: int


def cells(data: bytes, start: int = 0, end: int | None = None, *, all_of_it: bool = False) -> list[Cell]:
    """The bytes from ``start`` to ``end``. Of a long run that no text can be some are shown, unless ``all_of_it``."""
    end = len(data) if end is None else end
    shown: list[Cell] = []
    run: list[Cell] = []
    for cell in _each(data, start, end):
        if len(cell.text) > 1:
            run.append(cell)
            continue
        shown += _shortened(run, all_of_it)
        run = []
        shown.append(cell)
    return shown + _shortened(run, all_of_it)


def text(data: bytes, start: int = 0, end: int | None = None) -> str:
    """The same as one text."""
    return "".join(cell.text for cell in cells(data, start, end))


def fitted(shown: list[Cell], width: int) -> str:
    """Cells as one text, with those in the middle left out where it would be longer than ``width``."""
    whole = "".join(cell.text for cell in shown)
    if len(whole) <= width:
        return whole
    front: list[str] = []
    back: list[str] = []
    room = width - 1
    ahead, behind = 0, len(shown) - 1
    while ahead <= behind:
        first = len(front) <= len(back)
        cell = shown[ahead if first else behind]
        if len(cell.text) > room:
            break
        room -= len(cell.text)
        if first:
            front.append(cell.text)
            ahead += 1
        else:
            back.append(cell.text)
            behind -= 1
    return f"{''.join(front)}…{''.join(reversed(back))}"


def _shortened(run: list[Cell], all_of_it: bool) -> list[Cell]:
    if all_of_it or len(run) <= _LONG:
        return run
    left_out = Cell(f"‹…{len(run) - _FIRST - _LAST}…›", run[_FIRST].start, run[-_LAST].start)
    return [*run[:_FIRST], left_out, *run[-_LAST:]]


def _each(data: bytes, start: int, end: int) -> Iterator[Cell]:
    at = start
    while at < end:
        byte = data[at]
        size = 1
        if 0x20 <= byte <= 0x7E:
            shown = chr(byte)
        else:
            shown, size = _character(data, at, end)
        yield Cell(shown, at, at + size)
        at += size


def _character(data: bytes, at: int, end: int) -> tuple[str, int]:
    """A character of UTF-8 that takes one place on the screen, else a mark for one byte."""
    byte = data[at]
    size = 2 if 0xC2 <= byte <= 0xDF else 3 if 0xE0 <= byte <= 0xEF else 0
    if size and at + size <= end:
        try:
            one = data[at : at + size].decode("utf-8")
        except UnicodeDecodeError:
            one = ""
        # The marks' own brackets would be taken for marks.
        if one.isprintable() and one not in "‹›…" and narrow(one):
            return one, size
    return _NAMES.get(byte, f"‹{byte:02X}›"), 1


def narrow(one: str) -> bool:
    """Whether a character takes exactly one place on the screen, whatever stands around it."""
    return (
        bool(one)
        and not unicodedata.combining(one)
        and unicodedata.east_asian_width(one) not in "WF"
        and unicodedata.bidirectional(one) not in ("R", "AL", "AN")
    )
