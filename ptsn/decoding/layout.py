"""A layer of a message with its parts: rows of bytes with a bracket for each part beneath, then a line for each part.

::

    ‹LF›F19A002B"ADM-CID"0056L9999#9999[#9999|1900 00 001]‹CR›
    └a─┘└b─┘└c─┘└───d───┘└e─┘└─f─┘└─g─┘h└─i──┘jk─┘ lm └n┘o└p─┘

     a   0  ‹LF›       The message begins here
  !  b   1  F19A       CRC F19A: fits the bytes
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from string import ascii_letters

from protocols import secrets
from protocols.catalogue import part_words
from protocols.explanation import Layer, Part
from protocols.model import Severity
from protocols.sia.reading import PROTOCOL as SIA
from ptsn.decoding.cells import Cell, cells, fitted
from ptsn.decoding.paint import Paint

QUIET = ("sia.separator", "contact-id.space")
"""Parts that say nothing a person does not see."""
MARKS = {"violation": "!!", "deviation": "! ", "note": "· "}
_CODES = frozenset(("sia.code",))
"""Parts that hold a code that opens a panel; their values are masked by who explains them."""
RANK = {Severity.NOTE: 0, Severity.DEVIATION: 1, Severity.VIOLATION: 2}
INDENT = "    "
_KEEP_TOGETHER = 24
"""Places of a part that is rather moved to the next row than cut in two."""
_LEAST, _MOST = 6, 28
"""Width of the column of bytes."""


def masked_noise(data: bytes, protocol: str) -> bytes:
    """Bytes that are no message with keys and codes made unreadable. ``protocol`` of the flow; ``""``: not known."""
    if protocol in ("", SIA):
        data = secrets.codeless_damaged(data, sia=protocol == SIA)
    return secrets.masked_bytes(data)


def masked(layer: Layer, noise: str | None = None) -> Layer:
    """The layer with the keys that it carries made unreadable: a page is shown to others, too.

    ``noise``: it is no message, and this is the protocol of the flow.
    """
    data = secrets.masked_bytes(layer.data) if noise is None else masked_noise(layer.data, noise)
    for part in layer.parts:
        if part.id in _CODES:
            data = data[: part.start] + secrets.STAR.encode() * (part.end - part.start) + data[part.end :]
    return Layer(layer.name, data, tuple(map(_masked_part, layer.parts)))


def _masked_part(part: Part) -> Part:
    if part.id != "dc09.extended" or not secrets.is_key(part.values.get("letter", " ")):
        return part
    values = {name: value for name, value in part.values.items() if name != "given"}
    return Part(part.id, part.start, part.end, secrets.STAR * len(part.value), values, part.fits)


def rows(layer: Layer, width: int, paint: Paint) -> Iterator[str]:
    """The bytes in rows of at most ``width`` places, each with the brackets of its parts beneath; a layer of a single
    part has none."""
    room = max(20, width - len(INDENT))
    line, ruler, used = "", "", 0
    letters = _letters(layer) if len(layer.parts) > 1 else {}
    for index, part in enumerate(layer.parts):
        rest = cells(layer.data, part.start, part.end)
        size = sum(len(cell.text) for cell in rest)
        if used and used + size > room and size <= min(_KEEP_TOGETHER, room):
            yield from _row(line, ruler, paint)
            line, ruler, used = "", "", 0
        begins = True
        while rest:
            taken = _fitting(rest, room - used)
            if not taken:
                yield from _row(line, ruler, paint)
                line, ruler, used = "", "", 0
                continue
            shown = "".join(cell.text for cell in rest[:taken])
            rest = rest[taken:]
            line += shown
            ruler += _bracket(letters.get(index, ""), len(shown), begins, not rest)
            used += len(shown)
            begins = False
    if line:
        yield from _row(line, ruler, paint)


def table(
    layer: Layer, marks: Mapping[int, str], width: int, language: str, paint: Paint, *, quiet: bool = True
) -> Iterator[str]:
    """A line for each part: mark, letter, place, bytes, and what they say. ``marks``: severity by index of the part."""
    letters = _letters(layer)
    listed = [(index, part) for index, part in enumerate(layer.parts) if not (quiet and _is_quiet(part, index, marks))]
    if not listed:
        return
    column = min(_MOST, max(_LEAST, *(_width(layer, part) for _, part in listed)), max(_LEAST, width // 4))
    digits = len(str(listed[-1][1].start))
    front = 3 + 2 + digits + 2 + column + 2
    for index, part in listed:
        severity = marks.get(index, "" if part.fits else "violation")
        mark = MARKS.get(severity, "  ")
        said = part_words.sentence(part.id, part.value, part.values, part.fits, language)
        texts = textwrap.wrap(said, max(20, width - front)) or [""]
        place = f"{part.start:>{digits}}"
        bytes_ = fitted(cells(layer.data, part.start, part.end), column)
        head = f"{_painted(paint, severity, mark)} {letters.get(index, ' ')} {paint('dim', place)}"
        yield f"{head}  {bytes_:<{column}}  {texts[0]}".rstrip()
        for more in texts[1:]:
            yield " " * front + more


def _painted(paint: Paint, severity: str, mark: str) -> str:
    return paint(severity, mark) if severity else mark


def _width(layer: Layer, part: Part) -> int:
    return sum(len(cell.text) for cell in cells(layer.data, part.start, part.end))


def _is_quiet(part: Part, index: int, marks: Mapping[int, str]) -> bool:
    return part.id in QUIET and part.fits and index not in marks


def _letters(layer: Layer) -> dict[int, str]:
    """A letter for each part that is not quiet, while there are letters."""
    indices = [index for index, part in enumerate(layer.parts) if part.id not in QUIET or not part.fits]
    return dict(zip(indices, ascii_letters, strict=False))


def _row(line: str, ruler: str, paint: Paint) -> Iterator[str]:
    yield INDENT + line
    if ruler.strip():
        yield INDENT + paint("dim", ruler.rstrip())


def _fitting(rest: list[Cell], room: int) -> int:
    """How many of the cells fit; at least one where a whole row is free."""
    used = 0
    for count, cell in enumerate(rest):
        used += len(cell.text)
        if used > room:
            return count
    return len(rest)


def _bracket(letter: str, width: int, begins: bool, ends: bool) -> str:
    """A part's bracket, or the part of it that stands in one row."""
    if not letter:
        return " " * width
    if width == 1:
        return letter
    left, right = "└" if begins else "─", "┘" if ends else "─"
    if width == 2:
        return letter + right if begins else left + letter
    inner = letter.center(width - 2, "─")
    return left + inner + right
