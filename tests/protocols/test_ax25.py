"""UI frames of AX.25: to the byte, with digipeaters, with the FCS, and what is none."""

from __future__ import annotations

import json
from pathlib import Path

import fastcrc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import ax25, kiss
from protocols.ax25 import Address, Ax25Error, UiFrame

VECTORS = [json.loads(line) for line in (Path(__file__).parent / "vectors/radio.jsonl").read_text().splitlines()]
FRAMES = [one for one in VECTORS if one["kind"] == "ax25"]

calls = st.text("ABCXYZ0189", min_size=1, max_size=6)
addresses = st.builds(Address, calls, st.integers(0, 15))
digipeaters = st.builds(Address, calls, st.integers(0, 15), st.booleans())
frames = st.builds(
    UiFrame, addresses, addresses, st.lists(digipeaters, max_size=8).map(tuple), st.binary(max_size=256), st.just(0xF0)
)


@pytest.mark.parametrize("vector", FRAMES, ids=lambda one: str(one["name"]))
def test_frames_are_written_and_read_as_published(vector: dict[str, str]) -> None:
    """The frame, its FCS on the air, its KISS frame."""
    frame = UiFrame(
        Address.parse(vector["destination"]), Address.parse(vector["source"]), info=bytes.fromhex(vector["info"])
    )
    raw = ax25.encode(frame)
    assert raw == bytes.fromhex(vector["frame"])
    assert ax25.fcs(raw) == int(vector["fcs"], 16)
    assert ax25.with_fcs(raw) == raw + bytes.fromhex(vector["air"])
    assert kiss.frame(raw) == bytes.fromhex(vector["kiss"])
    assert ax25.decode(raw) == frame


def test_the_fcs_is_that_of_x25() -> None:
    """Its check value, and the constant that is left when it runs over itself."""
    assert ax25.fcs(b"123456789") == 0x906E
    assert fastcrc.crc16.ibm_sdlc(ax25.with_fcs(b"123456789")) ^ 0xFFFF == 0xF0B8


@given(frames)
def test_every_frame_is_read_as_written(frame: UiFrame) -> None:
    """As a command or as a response: C bits mean nothing in a UI frame."""
    assert ax25.decode(ax25.encode(frame)) == frame
    assert ax25.decode(ax25.encode(frame, command=False)) == frame
    assert ax25.check_fcs(ax25.with_fcs(ax25.encode(frame))) == ax25.encode(frame)


@given(frames, st.data())
def test_a_flipped_bit_does_not_fit_the_fcs(frame: UiFrame, data: st.DataObject) -> None:
    """Any one of them."""
    raw = bytearray(ax25.with_fcs(ax25.encode(frame)))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    assert ax25.check_fcs(bytes(raw)) is None


@pytest.mark.parametrize("ends", ["e0 6f", "60 6f", "e0 ef", "60 ef"])
def test_the_c_bits_are_ignored(ends: str) -> None:
    """Software sets both, one or none."""
    destination, source = bytes.fromhex(ends)
    raw = bytes.fromhex("a0869c404040") + bytes((destination,)) + bytes.fromhex("9e8494626466") + bytes((source,))
    frame = ax25.decode(raw + b"\x03\xf0TEST")
    assert (str(frame.destination), str(frame.source), frame.info) == ("PCN", "OBJ123-7", b"TEST")


def test_an_answer_goes_back_the_way_it_came() -> None:
    """Digipeaters backwards, none of which has repeated it yet."""
    path = (Address("DIGI1", 1, True), Address("DIGI2", 0, True))
    frame = ax25.decode(ax25.encode(UiFrame(Address("PCN"), Address("OBJ123", 7), path, b"x")))
    assert frame.path == path
    assert ax25.reply_path(frame) == (Address("DIGI2"), Address("DIGI1", 1))


@given(st.binary(max_size=120))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    """With one kind of error, and never another."""
    ax25.check_fcs(data)
    try:
        frame = ax25.decode(data)
    except Ax25Error:
        return
    assert ax25.decode(ax25.encode(frame)) == frame


GOOD = bytes.fromhex("a0869c404040e09e84946264666f03f054455354")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "ends inside"),
        (GOOD[:13], "ends inside"),
        (GOOD[:15], "ends inside"),
        (GOOD[:6] + b"\xe1" + GOOD[7:], "this one has 1"),
        (GOOD[:13] + b"\x6e" + (GOOD[7:13] + b"\x60") * 8 + GOOD[7:13] + b"\x61\x03\xf0", "this one has 11"),
        (GOOD[:14] + b"\x2f" + GOOD[15:], "control 2F"),
        (b"\xa1" + GOOD[1:], "characters"),
        (b"\x40" * 6 + GOOD[6:], "characters"),
        (b"\x40" + GOOD[1:], "characters"),
    ],
)
def test_what_is_no_ui_frame_is_refused_with_its_reason(raw: bytes, says: str) -> None:
    """Too short, too few or too many addresses, another control byte, characters that no address has."""
    with pytest.raises(Ax25Error, match=says):
        ax25.decode(raw)


def test_the_poll_bit_is_borne() -> None:
    """It means nothing here."""
    assert ax25.decode(GOOD[:14] + b"\x13" + GOOD[15:]) == ax25.decode(GOOD)


@pytest.mark.parametrize("text", ["", "obj", "TOOLONG", "PCN-16", "PCN-", "PCN--1", "P N", "PCN-7*", "ПЦН"])
def test_an_address_that_cannot_be_is_refused(text: str) -> None:
    """With what one looks like."""
    with pytest.raises(Ax25Error, match="OBJ123-7"):
        Address.parse(text)


@given(addresses)
def test_an_address_is_parsed_as_it_is_shown(address: Address) -> None:
    """SSID 0 is left out."""
    assert Address.parse(str(address)) == address


def test_what_cannot_be_written_is_refused() -> None:
    """Nine digipeaters, an address that is none."""
    with pytest.raises(Ax25Error, match="at most 8"):
        ax25.encode(UiFrame(Address("A"), Address("B"), (Address("C"),) * 9))
    for wrong in (Address("TOOLONG"), Address(""), Address("A", 16), Address("Я")):
        with pytest.raises(Ax25Error):
            ax25.encode(UiFrame(wrong, Address("B")))
