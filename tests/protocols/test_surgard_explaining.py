"""Sur-Gard lines byte by byte: every byte has its part, the parts say what was read, and everything has words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.catalogue import LANGUAGES, texts
from protocols.catalogue.part_words import label, sentence
from protocols.explanation import Explanation, Part
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, Dialect, Finding
from protocols.surgard import WIRE, explaining
from protocols.surgard.findings import FINDINGS, PARTS
from tests.protocols.surgard_support import CONTACT_ID, HEARTBEAT, LINES, OFF, one, read

EVERY = LINES | OFF | {"heartbeat": HEARTBEAT, "unknown": b"A011 555\x14", "unread": b"5011 18XX\x14"}


def taken_apart(data: bytes, dialect: Dialect = Dialect(), **known: object) -> Explanation:  # noqa: B008
    """An explanation made without the net that catches errors of ours; every byte has its part."""
    found = explaining.taken_apart(data, dialect=dialect, **known)  # type: ignore[arg-type]
    [layer] = found.layers
    assert layer.data == data
    at = 0
    for part in layer.parts:
        assert part.start == at < part.end
        at = part.end
    assert at == len(data)
    for placed in found.findings:
        assert placed.layer == "" or 0 <= placed.start < placed.end <= len(data)
    return found


def values(found: Explanation, id_: str) -> list[str]:
    """What the parts of an id say."""
    return [part.value for part in found.layers[0].parts if part.id == id_]


def every_part(found: Explanation) -> list[Part]:
    """All parts of an explanation."""
    return [part for layer in found.layers for part in layer.parts]


@pytest.mark.parametrize("name", EVERY)
def test_a_line_is_explained_as_it_is_read(name: str) -> None:
    """Identifier, numbers, account, and the events."""
    arrival = one(EVERY[name])
    found = taken_apart(arrival.raw, findings=arrival.findings)
    assert values(found, "surgard.format") == [arrival.token]
    assert values(found, "surgard.receiver") == [arrival.receiver]
    assert values(found, "surgard.line") == [arrival.line]
    assert values(found, "surgard.account") == ([arrival.account] if arrival.account else [])
    ends = [arrival.raw[part.start : part.end] for part in every_part(found) if part.id == "surgard.end"]
    assert [end.strip(b"\x14\r\n\0") for end in ends] == [b""]
    codes = values(found, "contact-id.code") + values(found, "sia.event")
    assert codes == [one.code for one in arrival.signals if one.scheme != "other" and not one.details]
    assert [placed.id for placed in found.findings] == [one.id for one in arrival.findings]
    assert WIRE.explain(arrival.raw, findings=arrival.findings) == found


def test_parts_of_a_contact_id_line() -> None:
    """In order, each with its bytes."""
    found = taken_apart(CONTACT_ID)
    assert [(part.id, CONTACT_ID[part.start : part.end]) for part in every_part(found)] == [
        ("surgard.format", b"5"),
        ("surgard.receiver", b"01"),
        ("surgard.line", b"1"),
        ("surgard.space", b" "),
        ("surgard.type", b"18"),
        ("surgard.account", b"1234"),
        ("contact-id.qualifier", b"E"),
        ("contact-id.code", b"130"),
        ("contact-id.partition", b"01"),
        ("contact-id.number", b"015"),
        ("surgard.end", b"\x14"),
    ]


@pytest.mark.parametrize("id_", [id_ for id_, part in PARTS.items() if part and id_ != "surgard.answer.text"])
def test_a_finding_shows_on_bytes(id_: str) -> None:
    """Some line has it, and the bytes that it is about; but for zero bytes in front, which are not the line's."""
    shown = []
    stream = [
        *EVERY.values(),
        b"S011[#1234|NBA012^a [2] b^]\x14",
        b"S011[#1234|CSA1*1]\x14",
        b"1011      1234 Q 012\x14",
    ]
    stream += [b"5011 181234E1300101525:00:00-01/01\x14", b"1011      @\x14", b"Z011 x\x14"]
    for data in stream:
        for item in read(data, SourceOptions(line_digits=2) if id_ == "surgard.header.line-width" else None):
            assert isinstance(item, Arrival)
            found = taken_apart(item.raw, findings=item.findings)
            shown += [placed for placed in found.findings if placed.id == id_]
    if id_ != "surgard.framing.filler":
        assert shown
        assert all(placed.layer == "wire" for placed in shown)


def test_a_finding_of_the_journal_is_placed_without_an_offset() -> None:
    """It keeps ids only."""
    for name in OFF:
        arrival = one(OFF[name])
        bare = [FINDINGS[found.id] for found in arrival.findings if found.id in FINDINGS]
        placed = taken_apart(arrival.raw, findings=bare).findings
        assert all(one.layer or not PARTS[one.id] for one in placed), name


def test_texts_of_several_bytes_a_letter_have_their_bytes() -> None:
    """In the encoding of the account."""
    for encoding in ("utf-8", "cp866"):
        word = "Дверь".encode(encoding)
        data = b"S011[#1234|NBA012^" + word + b"^/FA1]\x14"
        found = taken_apart(data, dialect=Dialect(encoding=encoding))
        [text] = [part for part in every_part(found) if part.id == "sia.text"]
        assert (text.value, word in data[text.start : text.end]) == ("Дверь", True)
        assert values(found, "sia.event") == ["BA", "FA"]


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(list(EVERY.values())), max_size=3).map(b"".join)))
def test_any_bytes_are_explained(data: bytes) -> None:
    """However little can be told."""
    taken_apart(data, findings=[Finding(id_, one.severity, 3, 90) for id_, one in FINDINGS.items()], noise="garbage")


def test_an_error_of_ours_does_not_hide_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are one unread part then."""

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(explaining, "_line", fails)
    found = WIRE.explain(CONTACT_ID, findings=list(FINDINGS.values()), noise="garbage")
    assert [(part.id, part.start, part.end) for part in every_part(found)] == [("surgard.rest", 0, 21)]
    assert len(found.findings) == len(FINDINGS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_words(language: str) -> None:
    """Parts, findings and what to do about them; no place for a value is left open."""
    streams = [*EVERY.values(), b"\r\nrubbish\x14", b"S011[#1234|x", CONTACT_ID + b"\0\n"]
    for data in streams:
        for part in every_part(taken_apart(data)):
            words = sentence(part.id, part.value, part.values, part.fits, language)
            assert words, part
            assert "{" not in words
            assert label(part.id, language) != part.id
    for id_ in FINDINGS:
        for domain in ("finding", "advice"):
            assert id_ in texts.ids(domain, language)


def test_every_part_that_is_documented_has_words_and_no_other() -> None:
    """The table of the module, the code and the catalogue say the same."""
    assert explaining.__doc__ is not None
    table = set(re.findall(r"^``(surgard\.[a-z]+)``", explaining.__doc__, re.MULTILINE))
    words = {id_.removesuffix(".text") for id_ in texts.ids("part") if id_.startswith("surgard.")}
    assert table == words
    assert {part for part in PARTS.values() if part.startswith("surgard.")} <= table
