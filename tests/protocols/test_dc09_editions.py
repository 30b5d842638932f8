"""The oldest edition that a message can belong to, and why."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.dc09 import decode, editions, extended
from protocols.model import Arrival, Edition
from tests.protocols.dc09_support import GOOD, KEY, NOW, STAMP, VECTORS, arrivals_in, encrypted, frame, only, receiver


def least(body: bytes | str, binary: bool = False) -> tuple[int, set[str]]:
    if isinstance(body, str):
        body = body.encode()
    edition, reasons = editions.least(only(decode(frame(body, binary=binary), [KEY])))
    assert len(reasons) == len(set(reasons))
    return edition.value, {reason.removeprefix("edition.") for reason in reasons}


def sealed(content: bytes, padding: int, token: bytes = b"SIA-DCS") -> bytes:
    plain = bytes(range(0x80, 0x80 + padding)) + content
    assert len(plain) % 16 == 0
    return b'"*%b"0042L0#1234[' % token + encrypted(KEY, plain).hex().upper().encode()


@pytest.mark.parametrize(
    ("rest", "year", "reasons"),
    [
        ("", 2007, set()),
        ("[M0026b9e4268b][Vx][Px]", 2007, set()),
        ("[IHall]", 2013, {"letter-I"}),
        ("[IHall][M0026b9e4268b][SSchool]", 2013, {"letter-I", "letter-S"}),
        ("[CSP4]", 2021, {"letter-C"}),
        ("[IHall][J1][N0A]", 2021, {"letter-J", "letter-N"}),
        ("[KAB][G1]", 2026, {"letter-G"}),
        ("[G1][G2]", 2026, {"letter-G"}),
        ('[J{"a":1}]', 2026, {"json"}),
        ("[E1]", 2007, set()),
        ("[][5004|x]", 2007, set()),
        ("[I\u0437\u0430\u043b]", 2026, {"utf-8"}),
    ],
)
def test_the_newest_field_tells_the_edition(rest: str, year: int, reasons: set[str]) -> None:
    """In the clear, with a CRC of two bytes, and encrypted; only what asks for that edition is a reason."""
    body = f'"SIA-DCS"0042L0#1234[#1234|NBA1]{rest}'.encode()
    assert least(body) == (year, reasons)
    assert least(body + STAMP, binary=True) == (year, reasons)
    content = f"|#1234|NBA1]{rest}".encode() + STAMP
    assert least(sealed(content, -len(content) % 16)) == (year, reasons)


def test_texts_tell_by_their_bytes() -> None:
    """Windows-1252 came with the fields of 2013, UTF-8 with 2026; in the data as in the fields."""
    body = b'"SIA-DCS"0042L0#1234[#1234|NBA1^%b^]%b'
    assert least(body % (b"Caf\xe9", b"")) == (2013, {"windows-1252"})
    assert least(body % ("Caf\u00e9".encode(), b"")) == (2026, {"utf-8"})
    assert least(body % (b"Hall", b"[ICaf\xe9]")) == (2013, {"letter-I", "windows-1252"})


def test_the_extended_link_test_is_of_2021_at_least() -> None:
    """2026 names it; it is probably older."""
    assert least('"XNM"0000L0#1234[]') == (2021, {"token-XNM"})
    assert least('"XNM"0000L0#1234[][G1]') == (2026, {"letter-G"})
    assert least('"NULL"0000L0#1234[]') == (2007, set())


@pytest.mark.parametrize("bar", [b"|", b""])
def test_more_than_sixteen_bytes_of_padding_are_of_2026(bar: bytes) -> None:
    """Up to sixteen all editions have in common; with and without a bar."""
    for padding in range(1, 32):
        content = bar + b"]"
        content += b"[" + b"M" * (-(padding + len(content) + 2 + len(STAMP)) % 16) + b"]" + STAMP
        if b"[]" in content:
            content = content.replace(b"[]", b"[" + b"M" * 16 + b"]")
        year, reasons = least(sealed(content, padding, b"NULL"))
        assert (year, reasons) == ((2026, {"long-padding"}) if padding > 16 else (2007, set())), padding


def test_padding_behind_leaves_the_padding_in_front_unknown() -> None:
    """Nothing is said that cannot be counted."""
    content = b"|#1234|NBA1]" + STAMP + b"\x10" * 16
    assert least(sealed(content, 16 + -len(content) % 16)) == (2007, set())


def test_of_what_nobody_can_open_only_the_header_counts() -> None:
    """And what cannot be read at all is of 2007."""
    body = sealed(b"|#1234|NBA1][G1]" + STAMP + bytes(12), 0)
    assert editions.least(only(decode(frame(body)))) == (Edition.E2007, ())
    for odd in (b'"SIA-DCS"00x2L0#1234[]', b'"SIA-DCS"0042L0#1234[#1234|NBA1', b'"'):
        assert editions.least(only(decode(frame(odd)))) == (Edition.E2007, ())


def test_frames_that_count_their_cr_tell_as_well() -> None:
    """The CR is no part of the body."""
    data = frame(b'"SIA-DCS"0042L0#1234[#1234|NBA1][G1]\r')[:-1]
    assert editions.least(only(decode(data))) == (Edition.E2026, ("edition.letter-G",))


@pytest.mark.parametrize(
    ("id_", "year"), [("S04", 2007), ("C17", 2021), ("C24", 2026), ("W36", 2026), ("C01", 2013), ("N01", 2026)]
)
def test_captured_frames(id_: str, year: int) -> None:
    """What their fields, texts and padding show."""
    vector = VECTORS[id_]
    arrival = only(decode(vector.frame, [vector.key] if vector.key else []))
    assert editions.least(arrival)[0].value == year


def test_every_reason_is_listed_and_every_letter_has_an_edition() -> None:
    """A report has words for each."""
    assert set(editions.LETTERS) == set(extended.NAMES)
    for vector in GOOD:
        for arrival in arrivals_in(decode(vector.frame, [vector.key] if vector.key else [])):
            assert set(editions.least(arrival)[1]) <= set(editions.REASONS)
    assert len(set(editions.REASONS)) == len(editions.REASONS)


@pytest.mark.parametrize("edition", list(Edition))
def test_a_field_is_later_than_an_edition_as_the_table_says(edition: Edition) -> None:
    """What 2017 changed is not established: the letters of 2021 are not held against it."""
    later = {letter for letter in extended.NAMES if editions.is_later(letter, "1", edition)}
    assert (
        "".join(sorted(later))
        == {
            2007: "ACGHIJKLNORSTXYZ",
            2013: "CGJKN",
            2017: "G",
            2021: "G",
            2026: "",
        }[edition.value]
    )
    assert editions.is_later("J", "{}", edition) is (edition is not Edition.E2026)
    assert not editions.is_later("E", "1", edition)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=80), st.booleans())
def test_any_message_has_an_edition(rest: bytes, secret: bool) -> None:
    """Never raises, and agrees with what the receiving end says of later fields."""
    rest = rest.replace(b"\r", b"").replace(b"\n", b"")
    body = b'"SIA-DCS"0042L0#1234[#1234|NBA1][' + rest
    if secret:
        content = b"|#1234|NBA1][" + rest + STAMP
        body = sealed(content, -len(content) % 16)
    arrival = only(receiver(KEY, edition=Edition.E2007).receive(frame(body), NOW))
    assert isinstance(arrival, Arrival)
    edition, reasons = editions.least(arrival)
    assert (edition is Edition.E2007) is (not reasons)
    if "dc09.extended.later-edition" in {finding.id for finding in arrival.findings}:
        assert edition is not Edition.E2007
