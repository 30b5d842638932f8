"""SIA blocks, Galaxy polls and Texecom lines taken apart: every byte belongs to a part, and what is wrong shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.catalogue import LANGUAGES, texts
from protocols.catalogue.part_words import label, sentence
from protocols.contact_id import check_digit
from protocols.explanation import Explanation, Part
from protocols.findings import SEVERITIES
from protocols.model import Base, Dialect, Finding
from protocols.sia import FINDINGS, PARTS, blocks, explain, explaining
from protocols.sia.blocks import Block, build
from protocols.sia.explaining import taken_apart

VECTORS = [
    json.loads(line) for line in (Path(__file__).parent / "vectors/sia_blocks.jsonl").read_text("utf-8").splitlines()
]
RAW = [bytes.fromhex(vector["hex"]) for vector in VECTORS]
SESSION = bytes.fromhex("4623303132333435 9B 4E4E746931313A34362F424131303131F7 40308F")
CONTACT = b"21AAA18113001007" + check_digit("100018113001007").encode() + b"\r\n"
POLL = b"POLL1000#\x06\0\0\0\r\n"
LINES = [
    POLL,
    CONTACT,
    b"3" + build(Block("#", b"1000", True, True)) + build(Block("N", b"ri1/BA7", True, True)) + b"@0\x8f\r\n",
    b"F#123456\r\n",
    b"P#123456\r\n",
    b"\0" + b"00012345" + b"\x01\x02\x03\xfe" * 4 + b"\x9b",
    b"\x08",
    b"\x09",
]


def parts(data: bytes) -> list[tuple[str, str]]:
    """Id and value of every part."""
    return [(part.id, part.value) for part in explain(data).layers[0].parts]


def check(found: Explanation, data: bytes) -> None:
    """Parts follow each other from the first byte to the last."""
    (layer,) = found.layers
    at = 0
    for part in layer.parts:
        assert (part.start, part.end > part.start) == (at, True)
        at = part.end
    assert (at, layer.data) == (len(data), data)


def wrong(data: bytes) -> list[str]:
    """Ids of the parts that do not fit."""
    return [part.id for part in explain(data).layers[0].parts if not part.fits]


@pytest.mark.parametrize("raw", [*RAW, SESSION, *LINES], ids=lambda raw: raw.hex())
def test_every_byte_belongs_to_a_part(raw: bytes) -> None:
    """Whole, cut anywhere, with any byte changed, and twice."""
    check(taken_apart(raw), raw)
    for at in range(len(raw)):
        check(taken_apart(raw[:at]), raw[:at])
        damaged = raw[:at] + bytes((raw[at] ^ 0x55,)) + raw[at + 1 :]
        check(taken_apart(damaged), damaged)
    check(taken_apart(raw + raw), raw + raw)


@pytest.mark.parametrize("vector", [one for one in VECTORS if "refuse" not in one], ids=lambda one: one["meaning"])
def test_a_good_block_has_nothing_wrong_and_nothing_unread(vector: dict[str, str]) -> None:
    """Header first, parity byte last."""
    found = explain(bytes.fromhex(vector["hex"])).layers[0].parts
    assert all(part.fits for part in found)
    assert "sia.rest" not in [part.id for part in found]
    assert (found[0].id.startswith("sia.header"), found[-1].id) == (True, "sia.parity")


@pytest.mark.parametrize("vector", [one for one in VECTORS if "refuse" in one], ids=lambda one: one["refuse"])
def test_a_refused_block_shows_where_it_is_wrong(vector: dict[str, str]) -> None:
    """The parity byte that does not fit, or the length that leads beyond the end."""
    found = wrong(bytes.fromhex(vector["hex"]))
    assert found == (["sia.header"] if "length" in vector["refuse"] else ["sia.parity"])


def test_a_session_is_taken_apart_block_by_block() -> None:
    """What stands inside an event is what ``sia_parts`` makes of it."""
    assert parts(SESSION) == [
        ("sia.header", "46"),
        ("sia.function", "#"),
        ("sia.account", "012345"),
        ("sia.parity", "9B"),
        ("sia.header", "4E"),
        ("sia.function", "N"),
        ("sia.modifier", "11:46"),
        ("sia.separator", ""),
        ("sia.event", "BA"),
        ("sia.address", "1011"),
        ("sia.parity", "F7"),
        ("sia.header", "40"),
        ("sia.end-of-data", "0"),
        ("sia.parity", "8F"),
    ]


def test_a_damaged_block_does_not_hide_the_next_one() -> None:
    """Its parity shows as wrong, or its length; then the good block follows."""
    good = bytes.fromhex("454E4241303031C6")
    for at in range(2, len(good)):
        damaged = good[:at] + bytes((good[at] ^ 0x04,)) + good[at + 1 :]
        assert parts(damaged + good)[-5:] == parts(good), at
        assert wrong(damaged + good) == ["sia.parity"], at
    short = bytes((good[0] - 1,)) + good[1:]
    assert parts(short + good)[-5:] == parts(good)
    assert "sia.header" in wrong(short + good)


def test_header_bits_choose_the_words() -> None:
    """Asked, not asked, and with the reverse channel."""
    ids = [
        explain(build(Block("L", b"", asks, reverse))).layers[0].parts[0].id
        for asks, reverse in ((True, False), (False, False), (True, True), (False, True))
    ]
    assert ids == ["sia.header", "sia.header-quiet", "sia.header-reverse", "sia.header-quiet"]


def test_a_text_is_read_in_the_code_page_of_the_account() -> None:
    """CP850 where nothing else is known."""
    assert ("sia.text", "Å") in parts(build(Block("A", b"\x8f")))
    found = explain(build(Block("A", b"\x8f")), dialect=Dialect(encoding="cp866"))
    assert "П" in [part.value for part in found.layers[0].parts]


def test_hexadecimal_addresses_are_read_as_the_account_says() -> None:
    """``BA0FA`` is zone 0FA there, and elsewhere BA 0 and FA."""
    raw = build(Block("N", b"BA0FA"))
    assert ("sia.address", "0FA") not in parts(raw)
    found = explain(raw, dialect=Dialect(base=Base.HEX))
    assert ("sia.address", "0FA") in [(part.id, part.value) for part in found.layers[0].parts]


def test_a_remote_code_is_not_shown() -> None:
    """Asterisks stand for it."""
    found = explain(bytes.fromhex("463F35343332313087"))
    assert ("sia.code", "******") in parts(bytes.fromhex("463F35343332313087"))
    assert "543210" not in repr(found)
    assert found.layers[0].data == build(Block("?", b"******"))


def test_texecom_lines_are_taken_apart() -> None:
    """Flags bit by bit, the sixteen digits, the blocks."""
    assert parts(POLL) == [
        ("sia.texecom.poll", "POLL"),
        ("sia.account", "1000"),
        ("sia.texecom.filler", ""),
        ("sia.texecom.flags", "06"),
        ("sia.texecom.filler", ""),
        ("sia.line-end", ""),
    ]
    (flags,) = [part for part in explain(POLL).layers[0].parts if part.id == "sia.texecom.flags"]
    assert flags.values == {"line": "0", "mains": "1", "battery": "1", "armed": "0", "engineer": "0"}
    assert [id_ for id_, _ in parts(CONTACT)] == [
        "sia.texecom.contact-id",
        "sia.account",
        "contact-id.type",
        "contact-id.qualifier",
        "contact-id.code",
        "contact-id.partition",
        "contact-id.number",
        "sia.texecom.check-digit",
        "sia.line-end",
    ]
    assert ("sia.account", "1000") in parts(CONTACT)
    assert wrong(CONTACT) == []
    assert wrong(CONTACT[:16] + (b"1" if CONTACT[16:17] != b"1" else b"2") + b"\r\n") == ["sia.texecom.check-digit"]
    assert parts(LINES[2])[0] == ("sia.texecom.blocks", "3")
    assert ("sia.event", "BA") in parts(LINES[2])


def test_polls_and_heartbeats_of_a_galaxy_name_the_account() -> None:
    """In text, and among the bytes that are sent back."""
    assert parts(b"F#123456\r\n") == [("sia.poll", "F#"), ("sia.account", "123456"), ("sia.line-end", "")]
    assert parts(b"P#123456\r\n")[0] == ("sia.poll-reply", "P#")
    assert [id_ for id_, _ in parts(LINES[5])] == ["sia.heartbeat", "sia.account", "sia.heartbeat"]


@pytest.mark.parametrize(
    ("finding", "raw", "part"),
    [
        ("sia.account.form", build(Block("#", b"1")), "sia.account"),
        ("sia.account.empty", build(Block("#")), "sia.function"),
        ("sia.function.unknown", build(Block("Z", b"1")), "sia.function"),
        ("sia.group.not-asked", build(Block("N", b"BA1", False)), "sia.header-quiet"),
        ("sia.texecom.terminator", CONTACT[:-1], "sia.line-end"),
        ("sia.texecom.contact-id", CONTACT[:-3] + b"B\r\n", "sia.texecom.check-digit"),
        ("sia.separator.missing", build(Block("N", b"ri1BA01")), "sia.event"),
        ("sia.code-unknown", build(Block("N", b"QQ1")), "sia.event"),
    ],
)
def test_a_finding_shows_at_its_bytes(finding: str, raw: bytes, part: str) -> None:
    """At the part that the table names, or where the reading shows it."""
    found = explain(raw, findings=[Finding(finding, SEVERITIES[finding])])
    (placed,) = found.findings
    spans = {(one.start, one.end): one.id for one in found.layers[0].parts}
    assert placed.layer == "wire"
    assert spans[placed.start, placed.end] == part


def test_a_finding_with_an_offset_stays_there() -> None:
    """Beyond the message it concerns the whole."""
    finding = FINDINGS["sia.account.form"]
    raw = SESSION
    placed = explain(raw, findings=[Finding(finding.id, finding.severity, 3, 2)]).findings[0]
    assert (placed.start, placed.end) == (3, 5)
    assert explain(b"\x01", findings=[finding]).findings[0].layer == ""


@given(st.binary(max_size=200))
def test_any_bytes_are_explained(data: bytes) -> None:
    """Whatever they are."""
    check(taken_apart(data, noise="garbage"), data)
    check(explain(data), data)


def every_part() -> list[Part]:
    """Parts of every kind that the protocol has."""
    raws = [*RAW, *LINES, SESSION, CONTACT[:-3] + b"B\r\n", build(Block("2")), build(Block("1"))]
    raws += [build(Block(function, b"x")) for function in ("6", "7", "8", "9", "X", "Z", "&")]
    raws += [build(Block(blocks.ACCOUNT, b" ")), build(Block("L", b"", True, True)), build(Block("X", b"  "))]
    raws += [bytes.fromhex("864E42413030C5"), bytes.fromhex("C64E42413030C5"), bytes.fromhex("064E42413030C5")]
    return [part for raw in raws for part in explain(raw).layers[0].parts]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_said_in_every_language(language: str) -> None:
    """No place for a value is left open, and no id stands in for words."""
    known = {id_ for id_ in texts.ids("part") if id_.startswith("sia.")}
    said = set()
    for part in every_part():
        words = sentence(part.id, part.value, part.values, part.fits, language)
        assert words
        assert not re.search(r"\{\w+\}", words)
        assert part.id not in words
        assert label(part.id, language) != part.id
        said.add(part.id)
    assert set(PARTS.values()) <= known
    documented = re.findall(r"``(sia\.[a-z.-]+)``", str(explaining.__doc__))
    assert set(documented) <= said
