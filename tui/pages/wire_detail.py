"""A record of the wire in full: every byte as a mark and in hex, the decision and its reason, findings with advice."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from protocols.catalogue import texts
from tui.shown import clean, show_bytes
from tui.state.model import WireRecord
from tui.state.wire import LOST
from tui.telling import Teller
from tui.widgets.cells import visible

WIDTHS = ((150, 32), (74, 16), (0, 8))
"""From so many cells on, so many bytes stand in a line of hex."""


def hex_lines(data: str, width: int) -> Iterator[str]:
    """``0000  0A 35 42  ·5B``: offset, bytes, what can be seen of them. ``data``: a character a byte."""
    step = next(step for least, step in WIDTHS if width >= least)
    for start in range(0, len(data), step):
        part = data[start : start + step]
        codes = " ".join(f"{ord(one) & 0xFF:02X}" for one in part)
        seen = "".join(one if " " <= one <= "~" else "·" for one in part)
        yield f"{start:04X}  {codes:<{step * 3 - 1}}  {seen}"


def told(record: WireRecord, teller: Teller, language: str, width: int) -> Content:
    """All of a record, for a pane of ``width`` cells."""
    parts: list[str | tuple[str, str]] = []
    for line, style in _lines(record, teller, language, width):
        parts += [(line, style) if style else line, "\n"]
    return Content.assemble(*parts[:-1])


def _lines(record: WireRecord, teller: Teller, language: str, width: int) -> Iterator[tuple[str, str]]:
    def say(id_: str, **values: object) -> str:
        return texts.text("views", id_, language, **values)

    if record.what == LOST:
        yield say("wire.lost", count=record.size), "bold"
        yield say("wire.lost-why"), ""
        return
    way = "/".join(part for part in (record.adapter, record.protocol) if part)
    head = (teller.time(record.at, millis=True), say(f"wire.is-{record.what}"), record.peer, way)
    yield visible("  ".join(part for part in head if part)), "bold"
    if record.what == "note":
        yield visible(teller.note(record.text)), ""
    if record.what == "noise":
        yield visible(teller.noise(record.guess)), ""
        for line in teller.damaged(record):
            yield visible(line), ""
        answer = clean(record.answer)
        yield say("wire.noise-answered", answer=answer) if answer else say("wire.noise-unanswered"), ""
    if record.what == "verdict":
        yield from _verdict(record, teller, language)
    if record.bytes:
        size = say("wire.size.one" if record.size == 1 else "wire.size", size=record.size)
        cut = say("wire.cut", shown=len(record.bytes)) if record.size > len(record.bytes) else ""
        yield ", ".join(part for part in (size, cut) if part), "bold"
        yield show_bytes(record.bytes, len(record.bytes)), ""
        for line in hex_lines(record.bytes, width):
            yield line, ""


def _verdict(record: WireRecord, teller: Teller, language: str) -> Iterator[tuple[str, str]]:
    def say(id_: str, **values: object) -> str:
        return texts.text("views", id_, language, **values)

    yield visible(teller.verdict(record)), ""
    why = f"why-not.{record.why}"
    if not record.answer and say(why) != why:
        yield say(why), ""
    if record.plain:
        yield say("wire.plain"), "bold"
        yield show_bytes(record.plain, len(record.plain)), ""
    for one in record.findings:
        id_ = str(one.get("id", ""))
        offset, length = one.get("offset"), one.get("length")
        where = ""
        if isinstance(offset, int) and isinstance(length, int) and length > 0:
            where = "  " + say("wire.where", first=offset, last=offset + length - 1)
        severity = visible(teller.severity(str(one.get("severity", ""))))
        yield f"{severity}: {visible(teller.finding(id_))}", "bold"
        advice = texts.text("advice", id_, language)
        if advice != id_:
            yield say("wire.advice", advice=advice), ""
        yield f"({visible(id_)}{where})", ""
    if not record.findings and record.kind not in ("malformed", "unsupported"):
        yield say("wire.no-findings"), ""
