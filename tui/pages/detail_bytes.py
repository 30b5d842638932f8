"""The bytes of a message as lines: what each of them is, and what departs from the standard where it stands.

Words are chosen here, from the ids and offsets of ``GET /v1/entries/ID/explanation``; nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from rich.cells import cell_len

from protocols.catalogue import part_words, texts
from tui.widgets.cells import fit, visible

DOMAIN = "alarms"

ROW = 8
"""Bytes in a line of a narrow screen; twice as many in a wide one."""
WIDE = 132
"""Cells from which a screen is wide."""
_OFFSET = 5
_BYTES = {"\n": "‹LF›", "\r": "‹CR›"}


class Part(Struct, frozen=True):
    """Some bytes that say one thing (``docs/api.md``)."""

    id: str
    start: int
    end: int
    value: str = ""
    values: dict[str, str] = {}
    fits: bool = True


class Layer(Struct, frozen=True):
    """One reading of a message: as it came, or decrypted."""

    name: str
    bytes: str
    parts: tuple[Part, ...] = ()


class Placed(Struct, frozen=True):
    """A finding, and the bytes where it shows."""

    id: str
    severity: str = ""
    layer: str = ""
    start: int = 0
    end: int = 0


class Explanation(Struct, frozen=True):
    """A message in parts."""

    id: int = 0
    arrival: int = 0
    protocol: str = ""
    layers: tuple[Layer, ...] = ()
    findings: tuple[Placed, ...] = ()


class Line(Struct, frozen=True):
    """A line of the screen: pieces of text, each with what it is (``""``, ``label``, ``bytes``, ``heading``, ``wrong``,
    or a severity)."""

    pieces: tuple[tuple[str, str], ...]
    part: int | None = None
    """Which part it belongs to, counted over all layers."""


def parts_of(explanation: Explanation) -> list[tuple[Layer, Part]]:
    """Every part with its layer, in the order of the lines."""
    return [(layer, part) for layer in explanation.layers for part in layer.parts]


def lines_of(explanation: Explanation, language: str, width: int) -> list[Line]:
    """The lines for a width in cells."""
    lines: list[Line] = []
    number = 0
    whole = [one for one in explanation.findings if not one.layer]
    if whole:
        lines.append(_heading(texts.text(DOMAIN, "bytes.whole", language)))
        for placed in whole:
            lines += (Line((("  ", ""), *pieces)) for pieces in _finding(placed, language, width - 2))
    for layer in explanation.layers:
        known = f"layer.{layer.name}" in texts.ids(DOMAIN)
        name = texts.text(DOMAIN, f"layer.{layer.name}", language) if known else visible(layer.name)
        lines.append(_heading(texts.text(DOMAIN, "bytes.layer", language, name=name, size=len(layer.bytes))))
        here = [one for one in explanation.findings if one.layer == layer.name]
        for index, part in enumerate(layer.parts):
            last = index == len(layer.parts) - 1
            mine = [one for one in here if part.start <= one.start < part.end or (last and one.start >= part.end)]
            lines += (Line(pieces, number) for pieces in _part(layer, part, mine, language, width))
            number += 1
    return lines


def raw_spans(layer: Layer, part: Part) -> tuple[str, str, str]:
    """The bytes of a layer before, in and after a part, with marks for what cannot be seen."""
    return (
        show_bytes(layer.bytes[: part.start]),
        show_bytes(layer.bytes[part.start : part.end]),
        show_bytes(layer.bytes[part.end :]),
    )


def show_bytes(text: str) -> str:
    """Bytes as latin-1; those that are no visible ASCII as ``‹LF›``, ``‹CR›``, ``‹FF›``."""
    return "".join(one if " " <= one <= "~" else _BYTES.get(one, f"‹{ord(one):02X}›") for one in text)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most so many cells, broken at blanks where there are any."""
    lines: list[str] = []
    line = ""
    for word in visible(text).split(" "):
        if line and cell_len(line) + 1 + cell_len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
        while cell_len(line) > width:
            cut = fit(line, width + 1)[:-1].rstrip(" ") if width > 0 else ""
            cut = line[: max(1, len(cut))]
            lines.append(cut)
            line = line[len(cut) :]
    return [*lines, line] if line or not lines else lines


def _part(
    layer: Layer, part: Part, findings: Sequence[Placed], language: str, width: int
) -> Iterator[tuple[tuple[str, str], ...]]:
    """The lines of a part: its bytes to the left, what they are to the right, findings below that."""
    row = ROW * 2 if width >= WIDE else ROW
    left = list(_rows(layer.bytes[part.start : part.end], part.start, row))
    room = max(16, width - _OFFSET - 1 - row * 4 - 2)
    right: list[tuple[tuple[str, str], ...]] = [
        ((line, "label"),) for line in wrapped(part_words.label(part.id, language), room)
    ]
    if not part.fits:
        right += [((line, "wrong"),) for line in wrapped(f"× {texts.text(DOMAIN, 'bytes.wrong', language)}", room)]
    sentence = part_words.sentence(part.id, part.value, part.values, part.fits, language)
    right += [((line, ""),) for line in wrapped(sentence, room)] if sentence else []
    for placed in findings:
        right += _finding(placed, language, room)
    blank = " " * (_OFFSET + 1 + row * 4)
    for at in range(max(len(left), len(right))):
        bytes_ = left[at] if at < len(left) else blank
        yield ((bytes_, "bytes"), ("  ", ""), *(right[at] if at < len(right) else ()))


def _rows(data: str, start: int, row: int) -> Iterator[str]:
    """``   12 3A 30 31 ..  :01..``: offset, hex, and what can be seen of it."""
    for at in range(0, len(data), row):
        some = data[at : at + row]
        codes = " ".join(f"{ord(one):02X}" for one in some)
        seen = "".join(one if " " <= one <= "~" else "." for one in some)
        yield f"{start + at:>{_OFFSET}} {codes:<{row * 3 - 1}} {seen:<{row}}"


def _finding(placed: Placed, language: str, width: int) -> Iterator[tuple[tuple[str, str], ...]]:
    """Severity and sentence, then what to do about it."""
    id_ = f"severity.{placed.severity}"
    severity = texts.text("console", id_, language) if id_ in texts.ids("console") else visible(placed.severity)
    for line in wrapped(f"■ {severity}: {texts.finding(placed.id, language)}", width):
        yield ((line, placed.severity),)
    if placed.id in texts.ids("advice"):
        for line in wrapped(f"→ {texts.text('advice', placed.id, language)}", width):
            yield ((line, ""),)


def _heading(text: str) -> Line:
    return Line(((text, "heading"),))
