"""Lines of Ademco 685 and records of MX8000 taken apart: every byte has its part, every part its words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import ademco685, mx8000
from protocols.catalogue import LANGUAGES, texts
from protocols.catalogue.part_words import label, sentence
from protocols.explanation import Explanation
from protocols.model import Arrival
from protocols.wire import Wire
from tests.protocols.ademco_support import feed, one
from tests.protocols.test_ademco685_reading import DEPARTURES as LINES_DEPART
from tests.protocols.test_ademco685_reading import FRAMES as LINES
from tests.protocols.test_mx8000_reading import DEPARTURES as RECORDS_DEPART
from tests.protocols.test_mx8000_reading import RECORDS

SHOWN = [
    *((ademco685.WIRE, frame) for frame in (*LINES.values(), *(frame for _, frame in LINES_DEPART))),
    (ademco685.WIRE, b"\n01 1234 18 E13? 01 C015\r"),
    (ademco685.WIRE, b"\n01 1234 2 5 6A"),
    *((mx8000.WIRE, frame) for frame in (*RECORDS.values(), *(frame for _, frame in RECORDS_DEPART))),
]


def whole(found: Explanation, data: bytes) -> None:
    """Every byte belongs to one part, in order."""
    [layer] = found.layers
    assert layer.data == data
    at = 0
    for part in layer.parts:
        assert (part.start, part.end > part.start) == (at, True)
        at = part.end
    assert at == len(data)


@pytest.mark.parametrize(("wire", "frame"), SHOWN)
def test_every_byte_has_its_part_and_every_part_its_words(wire: Wire, frame: bytes) -> None:
    """In all three languages, no place for a value left open; findings show inside the message."""
    arrival = next(item for item in feed(wire, [frame]) if isinstance(item, Arrival))
    found = wire.explain(arrival.raw, findings=arrival.findings)
    whole(found, arrival.raw)
    for language in LANGUAGES:
        for part in found.layers[0].parts:
            assert label(part.id, language) != part.id
            assert f"{part.id}.text" in texts.ids("part", language)
            words = sentence(part.id, part.value, part.values, part.fits, language)
            assert words
            assert not re.search(r"\{\w+\}", words), (part.id, words)
    assert [placed.id for placed in found.findings] == [finding.id for finding in arrival.findings]
    assert all(placed.end <= len(arrival.raw) for placed in found.findings)


@pytest.mark.parametrize("wire", [ademco685.WIRE, mx8000.WIRE])
def test_every_finding_shows_at_a_part_that_has_words(wire: Wire) -> None:
    """Or at the message as a whole; and says in each language what it is and what to do."""
    assert set(wire.parts) == set(wire.findings)
    for id_, part in wire.parts.items():
        assert id_.startswith(f"{wire.name}.")
        for language in LANGUAGES:
            assert {id_} <= texts.ids("finding", language) & texts.ids("advice", language)
            assert not part or {part, f"{part}.text"} <= texts.ids("part", language)


def test_what_noise_is_called_has_words() -> None:
    """In each language."""
    guesses = {*ademco685.GUESSES, *mx8000.GUESSES}
    for language in LANGUAGES:
        assert guesses <= texts.ids("noise", language)


def test_findings_of_the_journal_find_their_bytes() -> None:
    """It keeps ids only: reading the bytes again tells where they show."""
    arrival = one(ademco685.WIRE, b"\n01 1234 1550 5555 7\r")
    [finding] = arrival.findings
    bare = type(finding)(finding.id, finding.severity)
    [placed] = ademco685.explain(arrival.raw, findings=[bare]).findings
    assert arrival.raw[placed.start : placed.end] == b"0"
    assert placed.layer == "wire"


def test_parts_of_a_contact_id_line_are_those_of_contact_id() -> None:
    """With the names that all protocols use for them."""
    found = ademco685.explain(LINES["contact-id"])
    assert [(part.id, part.value) for part in found.layers[0].parts if "space" not in part.id] == [
        ("ademco685.start", ""),
        ("ademco685.receiver", "0"),
        ("ademco685.line", "1"),
        ("ademco685.account", "1234"),
        ("contact-id.type", "18"),
        ("contact-id.qualifier", "new"),
        ("contact-id.code", "130"),
        ("contact-id.partition", "01"),
        ("ademco685.kind", "C"),
        ("contact-id.number", "015"),
        ("ademco685.end", ""),
    ]


def test_a_check_that_fails_is_shown_where_it_stands() -> None:
    """The check byte of a record, a CAPS number above 255."""
    bad = RECORDS["mains"][:-2] + b"A\r"
    part = next(part for part in mx8000.explain(bad).layers[0].parts if part.id == "mx8000.v")
    assert (part.fits, part.values) == (False, {"given": "41", "computed": "71"})
    assert "41" in sentence(part.id, part.value, part.values, part.fits, "en")
    [caps] = [part for part in ademco685.explain(b"\n01 1234 2 5 6A").layers[0].parts if part.id == "ademco685.caps"]
    assert not caps.fits


@given(st.one_of(st.binary(max_size=60), st.sampled_from([frame for _, frame in SHOWN])), st.data())
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_taken_apart(data: bytes, more: st.DataObject) -> None:
    """Whole messages with a byte changed, too; as a message and as noise."""
    if data:
        at = more.draw(st.integers(0, len(data) - 1))
        data = data[:at] + bytes([more.draw(st.integers(0, 255))]) + data[at + 1 :]
    for wire in (ademco685.WIRE, mx8000.WIRE):
        whole(wire.explain(data), data)
        whole(wire.explain(data, noise="garbage"), data)
