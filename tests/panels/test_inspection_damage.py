"""Whether bytes are those of a message that came damaged before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panels.inspection.damage import KEPT, BrokenWatch, alike
from protocols.model import Noise

WHOLE = b"5011 181234E13001015"


@pytest.mark.parametrize(
    "damaged",
    [
        WHOLE,
        b"5011 181234E1300101",
        b"5011 18E13001015",
        b"5011 18123\xffE13001015",
        b"5011 18\xff\xfe\xfd\xfcE13001015",
        b"\x80011 18\x8123\x84E13001015",
        b"5011 181234\x01E13001015",
    ],
)
def test_one_place_or_bytes_that_no_text_has_are_damage(damaged: bytes) -> None:
    """Changed, lost, or come in between."""
    assert alike(damaged, WHOLE)


@pytest.mark.parametrize(
    "other",
    [
        b"5011 189234E13001016",
        b"5011 18\xff235E13001015",
        b"5011 18XY34E13001015",
        b"5011 18X",
        b"5011 18\xff2\xff015",
        b"\xff" * 18 + b"15",
        b"",
        b"5011 18123XR13001015",
    ],
)
def test_readable_bytes_that_differ_are_another_message(other: bytes) -> None:
    """In more than one place; so is what has hardly anything in common."""
    assert not alike(other, WHOLE)


def test_one_byte_never_stands_for_many() -> None:
    """What was inserted there would be another message's."""
    assert not alike(b"abcdXfgh", b"abcd12345fgh")


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes_can_be_compared(one: bytes, other: bytes) -> None:
    """Peers choose them."""
    alike(one, other)
    assert alike(one, one)


@given(st.lists(st.binary(min_size=1, max_size=2000), max_size=8), st.binary(min_size=1, max_size=90))
def test_what_is_remembered_of_a_line_is_bounded(pieces: list[bytes], raw: bytes) -> None:
    """Noise that came long ago, or was cut off, is nothing to compare with."""
    watch = BrokenWatch()
    for at, piece in enumerate(pieces):
        watch.received(piece, float(at))
        watch.broken(Noise(raw, "sia.parity", len(raw)), float(at))
        assert len(watch._tail) <= KEPT
        assert len(watch._after) <= KEPT + len(raw) + 8


def test_of_noise_that_was_not_kept_whole_nothing_is_known() -> None:
    """Its beginning may look like anything."""
    watch = BrokenWatch()
    raw = b"\x01" * 400
    watch.received(raw, 1.0)
    assert watch.broken(Noise(raw, "sia.parity", 10_000), 1.0) is None
    assert watch.received(raw, 2.0) is None
    assert watch.broken(Noise(raw, "sia.parity", 400), 2.0) is None
    assert watch.received(raw, 3.5) == 1.5
