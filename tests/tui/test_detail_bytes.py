"""The bytes of a message as lines: every byte stands there, with what it is and what departs from the standard."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import msgspec
import pytest
from rich.cells import cell_len

from protocols import dc09
from protocols.catalogue import LANGUAGES
from protocols.findings import SEVERITIES
from protocols.model import Finding, Severity
from tests.tui.fake_district import frame
from tui.pages.detail_bytes import Explanation, lines_of, parts_of, raw_spans, show_bytes, wrapped
from tui.pages.detail_parts import RAW_LINES, marked

ALARM = frame('"ADM-CID"0054L0#1003[#1003|1110 02 015]_21:10:56,11-21-2026')


def explained(raw: str, findings: tuple[str, ...] = (), plain: str = "") -> Explanation:
    """As the station explains it."""
    named = [Finding(one, SEVERITIES.get(one, Severity.NOTE)) for one in findings]
    found = dc09.explain(raw.encode("latin-1"), findings=named, plain=plain.encode("latin-1"))
    layers: list[dict[str, Any]] = [
        {"name": one.name, "bytes": one.data.decode("latin-1"), "parts": msgspec.to_builtins(one.parts)}
        for one in found.layers
    ]
    return msgspec.convert({"layers": layers, "findings": msgspec.to_builtins(found.findings)}, Explanation)


def texts_of(explanation: Explanation, language: str = "en", width: int = 79) -> list[str]:
    """The lines as text."""
    return ["".join(text for text, _ in line.pieces) for line in lines_of(explanation, language, width)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [60, 79, 131, 132, 199])
def test_every_byte_stands_in_the_lines_once_in_its_place(width: int, language: str) -> None:
    """And no line is wider than the screen."""
    lines = texts_of(explained(ALARM), language, width)
    seen = {}
    for line in lines:
        match = re.match(r" *(\d+) ((?:[0-9A-F]{2} )*[0-9A-F]{2}) ", line)
        if match:
            for at, code in enumerate(match[2].split()):
                assert seen.setdefault(int(match[1]) + at, code) == code
    assert "".join(chr(int(seen[at], 16)) for at in sorted(seen)) == ALARM
    assert sorted(seen) == list(range(len(ALARM)))
    assert max(map(cell_len, lines)) <= max(width, 16 + 5 + 1 + 32 + 2)


def test_every_part_has_its_label_and_sentence() -> None:
    text = "\n".join(texts_of(explained(ALARM), width=120))
    for words in ("CRC", "Length", "Sequence number", "0054", "Event code", "Code 110: Fire alarm"):
        assert words in text


def test_a_check_that_fails_is_marked_in_words() -> None:
    damaged = ALARM.replace(ALARM[1:5], "0000")
    found = explained(damaged)
    lines = lines_of(found, "en", 120)
    wrong = [line for line in lines if any(kind == "wrong" for _, kind in line.pieces)]
    (number,) = {line.part for line in wrong}
    assert number is not None
    assert parts_of(found)[number][1].id == "dc09.crc"
    assert "× does not fit" in "".join(text for text, _ in wrong[0].pieces)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_stands_under_its_part_with_severity_sentence_and_advice(language: str) -> None:
    found = explained(ALARM.replace(ALARM[1:5], ALARM[1:5].lower()), ("dc09.header.lower-case",))
    placed = found.findings[0]
    mine = [
        line
        for line in lines_of(found, language, 120)
        if line.part is not None and parts_of(found)[line.part][1].id == "dc09.crc"
    ]
    text = "\n".join("".join(text for text, _ in line.pieces) for line in mine)
    assert placed.layer == "wire"
    assert "■ " in text
    assert "→ " in text
    assert {placed.severity} <= {kind for line in mine for _, kind in line.pieces}


def test_a_finding_of_the_whole_message_stands_before_the_bytes() -> None:
    found = msgspec.structs.replace(
        explained(ALARM), findings=msgspec.convert([{"id": "no.such-finding", "severity": "odd"}], tuple)
    )
    found = msgspec.convert(msgspec.to_builtins(found), Explanation)
    lines = texts_of(found)
    assert lines[:2] == ["The message as a whole", "  ■ odd: no.such-finding"]


def test_both_layers_of_an_encrypted_message_are_shown() -> None:
    found = msgspec.convert(
        {
            "layers": [
                {"name": "wire", "bytes": "\n\xff", "parts": [{"id": "x", "start": 0, "end": 2, "value": "x\u202ey"}]},
                {"name": "plain", "bytes": "ab", "parts": [{"id": "y", "start": 0, "end": 2, "value": "ab"}]},
            ]
        },
        Explanation,
    )
    lines = texts_of(found)
    assert lines[0] == "As it came, bytes: 2"
    assert any(line == "Decrypted, bytes: 2" for line in lines)
    assert any("0A FF" in line and ".." in line for line in lines)
    assert not any("\u202e" in line for line in lines)


def test_the_part_is_marked_in_the_raw_line_wherever_it_stands() -> None:
    """A window of few lines in which the part begins."""
    found = explained(ALARM)
    for layer, part in parts_of(found):
        spans = raw_spans(layer, part)
        assert "".join(spans) == show_bytes(ALARM)
        shown = marked(spans, 20)
        lines = shown.plain.split("\n")
        assert len(lines) == RAW_LINES
        assert all(len(line) <= 20 for line in lines)
        bold = "".join(shown.plain[span.start : span.end] for span in shown.spans)
        assert bold
        assert spans[1].startswith(bold[:20].replace("\n", ""))


@pytest.mark.parametrize("width", [5, 16, 40])
def test_words_are_wrapped_at_blanks_and_too_long_ones_are_cut(width: int) -> None:
    for text in (
        "",
        "one two three four",
        "Дабылтүймесібасылғанкездегі және қысқа",
        "界" * 30,
        "e\u0301" * 30,
    ):
        lines = wrapped(text, width)
        assert all(cell_len(line) <= width for line in lines)
        assert "".join(lines).replace(" ", "") == "".join(unicodedata.normalize("NFC", text).split())
