"""The report as one HTML page: no scripts, nothing loaded, fit for printing.

The page is built as a tree and written by the standard library, so that whatever a panel sent is text in it.
"""

from __future__ import annotations

from importlib import resources
from xml.etree.ElementTree import Element, SubElement, tostring

from panels.inspection.findings import GRAVEST_FIRST
from protocols.catalogue import part_words
from protocols.explanation import PLAIN, WIRE, Layer, Placed
from ptsn.checking.blocks import Block, Document, Facts, FindingBlock, FrameBlock, Said, Table, Ticks
from ptsn.checking.readable import readable
from ptsn.checking.words import Words
from ptsn.render import clean, show_bytes

DONE, OPEN = "☑", "☐"
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
NO_TEXT = frozenset(("dc09.start", "dc09.crc"))
SHOWN_BYTES = 64
HEX_BYTES = 24
"""Bytes shown of one part, as text and as hex; the rest is counted. All of them stand above."""


def page(document: Document, words: Words) -> bytes:
    """All of it, UTF-8."""
    root = Element("html", lang=document.language)
    head = SubElement(root, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": POLICY})
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    title = document.title if not document.subtitle else f"{document.title} - {document.subtitle}"
    _add(head, "title", title)
    # The one element whose text is written as it is: it is a file of ours.
    SubElement(head, "style").text = resources.files(__package__).joinpath("page.css").read_text("utf-8")
    body = SubElement(root, "body")
    header = SubElement(body, "header")
    _add(header, "h1", document.title)
    if document.subtitle:
        _add(header, "p", document.subtitle, "subtitle")
    verdict = _add(body, "div", "", f"verdict {document.grade}{' partial' if document.partial else ''}")
    _add(verdict, "strong", document.grade_word)
    _add(verdict, "span", document.grade_text)
    for section in document.sections:
        part = SubElement(body, "section")
        _add(part, f"h{section.level}", section.heading)
        for block in section.blocks:
            _block(part, block, words)
    _add(body, "footer", document.foot)
    written: bytes = tostring(root, encoding="utf-8", method="html")
    return b"<!DOCTYPE html>\n" + written + b"\n"


def _add(parent: Element, tag: str, text: str, kind: str = "") -> Element:
    """An element with text in it; what cannot be seen is shown as a mark."""
    made = SubElement(parent, tag, {"class": kind} if kind else {})
    if text:
        made.text = clean(text, len(text))
    return made


def _block(parent: Element, block: Block, words: Words) -> None:
    if isinstance(block, Said):
        _add(parent, "p", block.text, f"grade {block.mark}" if block.mark else "")
    elif isinstance(block, Facts):
        table = _add(parent, "table", "", "facts")
        for label, statements in block.rows:
            row = SubElement(table, "tr")
            _add(row, "th", label).set("scope", "row")
            cell = SubElement(row, "td")
            for statement in statements:
                _add(cell, "span", statement).tail = " "
    elif isinstance(block, Table):
        _table(parent, block)
    elif isinstance(block, Ticks):
        ticks = _add(parent, "ul", "", "ticks")
        for tick in block.rows:
            item = SubElement(ticks, "li")
            _add(item, "span", DONE if tick.done else OPEN)
            _add(item, "span", tick.label, "label")
            _add(item, "span", tick.remark, "" if tick.done else "open")
    elif isinstance(block, FindingBlock):
        _finding(parent, block)
    else:
        _frame(parent, block, words)


def _table(parent: Element, block: Table) -> None:
    used = [index for index in range(len(block.columns)) if any(row[index] for row in block.rows)]
    table = SubElement(parent, "table")
    head = SubElement(SubElement(table, "thead"), "tr")
    for index in used:
        _add(head, "th", block.columns[index]).set("scope", "col")
    body = SubElement(table, "tbody")
    for row in block.rows:
        made = SubElement(body, "tr")
        for index in used:
            _add(made, "td", row[index])


def _finding(parent: Element, block: FindingBlock) -> None:
    made = _add(parent, "div", "", f"finding {block.severity}")
    said = SubElement(made, "p")
    _add(said, "span", f"{block.word}:", "word").tail = " "
    _add(said, "span", block.text)
    _add(made, "p", f"{block.id}; {'; '.join(block.remarks)}", "id")
    if block.advice:
        _add(made, "p", block.advice, "advice")


def _frame(parent: Element, block: FrameBlock, words: Words) -> None:
    made = _add(parent, "div", "", "frame")
    _add(made, "h3", block.heading)
    shows = SubElement(made, "ul")
    for shown in block.shows:
        _add(shows, "li", shown)
    example = block.example
    explanation = example.explanation
    layers = {} if explanation is None else {layer.name: layer for layer in explanation.layers}
    for name, called, data in ((WIRE, block.wire, example.frame), (PLAIN, block.plain, example.plain)):
        if data:
            _add(made, "p", called, "layer")
            _add(made, "div", readable(data, block.encoding), "bytes")
        if explanation is not None and name in layers:
            placed = [each for each in explanation.findings if each.layer == name]
            _parts(made, layers[name], placed, words, block.encoding)
    if block.more:
        _add(made, "p", block.more)


def _parts(parent: Element, layer: Layer, findings: list[Placed], words: Words, encoding: str) -> None:
    """Each part of a layer: where it stands, its bytes, what they say, and what is off about them."""
    if not layer.parts:
        return
    table = _add(parent, "table", "", "parts")
    head = SubElement(SubElement(table, "thead"), "tr")
    for column in ("offset", "bytes", "hex", "part"):
        _add(head, "th", words(f"column.{column}")).set("scope", "col")
    body = SubElement(table, "tbody")
    for part in layer.parts:
        row = SubElement(body, "tr")
        _add(row, "td", f"{part.start}-{part.end - 1}" if part.end - part.start > 1 else str(part.start))
        here_bytes = layer.data[part.start : part.end].decode("latin-1")
        # The two raw bytes of a CRC are no text.
        shown = readable(here_bytes, encoding, SHOWN_BYTES) if part.id not in NO_TEXT else show_bytes(here_bytes)
        _add(row, "td", shown, "code")
        _add(row, "td", _hex(layer, part.start, part.end), "code hex")
        said = part_words.sentence(part.id, part.value, part.values, part.fits, words.language)
        cell = _add(row, "td", said, "" if part.fits else "bad")
        here = {
            each.severity for each in findings if each.start < part.end and max(each.end, each.start + 1) > part.start
        }
        for severity in GRAVEST_FIRST:
            if severity in here:
                mark = _add(cell, "span", f"\u25c4 {words.severity(severity.value)}", f"mark {severity.value}")
                mark.tail = " "


def _hex(layer: Layer, start: int, end: int) -> str:
    shown = layer.data[start : min(end, start + HEX_BYTES)].hex(" ").upper()
    return f"{shown} ... (+{end - start - HEX_BYTES})" if end - start > HEX_BYTES else shown
