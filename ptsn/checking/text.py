"""The report as text of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from ptsn.checking.blocks import Block, Document, Facts, FindingBlock, FrameBlock, Said, Section, Table, Ticks
from ptsn.checking.readable import readable

WIDTH = 80
LABEL_MAX = 24
CELL_MAX = 44


def text(document: Document) -> str:
    """All of it, with a line end at its end."""
    return "".join(f"{line}\n" for line in _lines(document))


def _lines(document: Document) -> Iterator[str]:
    yield "=" * WIDTH
    yield from _wrapped(document.title)
    if document.subtitle:
        yield from _wrapped(document.subtitle)
    yield "=" * WIDTH
    yield from _wrapped(f"{document.grade_word}. {document.grade_text}")
    for section in document.sections:
        yield from _section(section)
    yield ""
    yield document.foot


def _section(section: Section) -> Iterator[str]:
    yield ""
    yield from _wrapped(section.heading)
    yield ("-" if section.level == 2 else ".") * min(WIDTH, len(section.heading))
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterable[str]:
    if isinstance(block, Said):
        return _wrapped(block.text)
    if isinstance(block, Facts):
        return _facts(block)
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Ticks):
        width = max(len(row.label) for row in block.rows)
        return [f"[{'x' if row.done else ' '}] {row.label:<{width}}  {row.remark}" for row in block.rows]
    if isinstance(block, FindingBlock):
        return _finding(block)
    return _frame(block)


def _facts(block: Facts) -> Iterator[str]:
    width = min(LABEL_MAX, max(len(label) for label, _ in block.rows))
    for label, statements in block.rows:
        yield from _wrapped("; ".join(statements), f"{label:<{width}}  ", " " * (width + 2))


def _finding(block: FindingBlock) -> Iterator[str]:
    yield from _wrapped(f"{block.word}: {block.text}", "* ", "  ")
    yield from _wrapped(f"{block.id}; {'; '.join(block.remarks)}", "  ", "  ")
    if block.advice:
        yield from _wrapped(block.advice, "  > ", "    ")


def _frame(block: FrameBlock) -> Iterator[str]:
    yield from _wrapped(block.heading)
    yield from _cut(readable(block.example.frame, block.encoding), "    ")
    if block.example.plain:
        yield f"  {block.plain}:"
        yield from _cut(readable(block.example.plain, block.encoding), "    ")
    for shown in block.shows:
        yield from _wrapped(shown, "  * ", "    ")


def _table(block: Table) -> Iterator[str]:
    rows = [block.columns, *block.rows]
    used = [index for index in range(len(block.columns)) if any(row[index] for row in block.rows)]
    widths = [min(CELL_MAX, max(len(row[index]) for row in rows)) for index in used]
    while sum(widths) + 2 * (len(widths) - 1) > WIDTH and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    for row in rows:
        cells = [_cells(row[index], width) for index, width in zip(used, widths, strict=True)]
        for number in range(max(len(cell) for cell in cells)):
            parts = [cell[number] if number < len(cell) else "" for cell in cells]
            yield "  ".join(f"{part:<{width}}" for part, width in zip(parts, widths, strict=True)).rstrip()


def _cells(value: str, width: int) -> list[str]:
    return textwrap.wrap(value, width, break_on_hyphens=False) or [""]


def _wrapped(line: str, first: str = "", further: str = "") -> list[str]:
    return textwrap.wrap(line, WIDTH, initial_indent=first, subsequent_indent=further, break_on_hyphens=False)


def _cut(line: str, indent: str) -> Iterator[str]:
    """Bytes are cut, not wrapped: a blank among them must stay where it is."""
    step = WIDTH - len(indent)
    for start in range(0, len(line), step):
        yield indent + line[start : start + step]
