"""KISS: frames to the byte, a stream cut at its FENDs however it is split, and bytes that are no frames."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import kiss
from protocols.kiss import FEND, FESC, TFEND, TFESC, Command, Deframer, Piece

VECTORS = [json.loads(line) for line in (Path(__file__).parent / "vectors/radio.jsonl").read_text().splitlines()]

framing = st.lists(st.sampled_from((FEND, FESC, TFEND, TFESC, 0, 0x41)), max_size=60).map(bytes)
anything = st.one_of(st.binary(max_size=200), framing)


@pytest.mark.parametrize("vector", [one for one in VECTORS if one["kind"] == "kiss"], ids=lambda one: str(one["name"]))
def test_commands_are_written_and_read_as_published(vector: dict[str, Any]) -> None:
    """TXDELAY, persistence, slot time, leave."""
    raw = bytes.fromhex(vector["kiss"])
    command, data = Command(vector["command"]), bytes.fromhex(vector["data"])
    assert kiss.frame(data, 0, command) == raw
    (piece,) = Deframer().feed(raw)
    assert kiss.read(piece) == kiss.Frame(0, command, data)


def test_settings_are_the_frames_of_what_is_given() -> None:
    """In units of 10 ms, for one port; what is not given is left alone."""
    assert kiss.settings(tx_delay_s=0.3, persistence=63, slot_s=0.1) == bytes.fromhex("c0011ec0 c0023fc0 c0030ac0")
    assert kiss.settings(port=2, full_duplex=True, tx_tail_s=99) == bytes.fromhex("c024ffc0 c02501c0")
    assert kiss.settings() == b""


@pytest.mark.parametrize(("port", "command"), [(16, 0), (-1, 0), (0, 16), (15, 15)])
def test_a_port_that_no_byte_can_say_is_refused(port: int, command: int) -> None:
    """Four bits each."""
    with pytest.raises(ValueError, match="ports 0 to 15"):
        kiss.frame(b"", port, command)


@given(anything)
def test_every_data_comes_back_out_of_its_escapes(data: bytes) -> None:
    """And no FEND is left inside."""
    escaped = kiss.escape(data)
    assert FEND not in escaped
    assert kiss.unescape(escaped) == (data, True)


@given(anything, st.integers(0, 15), st.integers(0, 14))
def test_every_frame_is_read_as_written(data: bytes, port: int, command: int) -> None:
    """With port and command."""
    (piece,) = Deframer().feed(kiss.frame(data, port, command))
    assert kiss.read(piece) == kiss.Frame(port, command, data)


@given(anything)
def test_any_piece_can_be_unescaped(raw: bytes) -> None:
    """An invalid escape costs one byte and is told."""
    data, whole = kiss.unescape(raw)
    bad = len(raw.replace(b"\xdb\xdc", b"").replace(b"\xdb\xdd", b""))
    assert whole or bad
    assert len(data) <= len(raw)
    assert not whole or FEND in raw or kiss.escape(data) == raw
    kiss.read(raw)


@pytest.mark.parametrize(
    ("raw", "data"), [(b"\xdbA", b"A"), (b"A\xdb", b"A\xdb"), (b"\xdb\xdb\xdc", b"\xdb\xdc"), (b"\xdb", b"\xdb")]
)
def test_an_invalid_escape_stands_for_one_byte(raw: bytes, data: bytes) -> None:
    """Which keeps the length, as a code that repairs needs it."""
    assert kiss.unescape(raw) == (data, False)


@given(st.lists(anything, max_size=8), st.lists(st.integers(0, 400), max_size=20))
def test_a_stream_is_cut_alike_however_it_is_split(frames: list[bytes], cuts: list[int]) -> None:
    """Byte by byte or all at once; nothing is lost, and each piece knows the FENDs in front of it."""
    stream = b"".join(kiss.enclose(data) for data in frames)
    deframer = Deframer()
    pieces = []
    edges = sorted({0, len(stream), *(at for at in cuts if at < len(stream))})
    for start, end in pairwise(edges):
        pieces += deframer.feed(stream[start:end])
    assert [kiss.unescape(piece)[0] for piece in pieces] == [data for data in frames if data]
    assert (
        b"".join(b"\xc0" * piece.fends + piece for piece in pieces) == stream[: sum(len(p) + p.fends for p in pieces)]
    )
    assert [piece.fends for piece in pieces] == [piece.fends for piece in Deframer().feed(stream)]


def test_what_is_too_long_is_given_up_and_the_next_frame_is_found() -> None:
    """Whether it comes at once or bit by bit; it is counted once."""
    for size in (1, 7, 1000):
        deframer = Deframer(max_frame=10)
        stream = b"\xc0" + b"x" * 500 + b"\xc0" + kiss.enclose(b"good")
        pieces = [piece for at in range(0, len(stream), size) for piece in deframer.feed(stream[at : at + size])]
        assert pieces == [b"good"]
        assert deframer.given_up == 1
        assert deframer.unfinished == 0


def test_a_piece_whose_end_was_lost_can_be_had_after_a_silence() -> None:
    """And nothing of it is left for what comes next."""
    deframer = Deframer()
    assert deframer.feed(b"\xc0tail") == []
    assert deframer.unfinished == 4
    assert deframer.flush() == [b"tail"]
    assert deframer.flush() == []
    assert deframer.feed(b"\xc0next\xc0") == [b"next"]


@given(st.lists(anything, max_size=10))
def test_any_stream_is_cut_within_bounds(chunks: list[bytes]) -> None:
    """No piece is empty, holds a FEND or is longer than allowed, and no more is kept either."""
    deframer = Deframer(max_frame=50)
    for chunk in chunks:
        for piece in deframer.feed(chunk):
            assert isinstance(piece, Piece)
            assert 0 < len(piece) <= 50
            assert FEND not in piece
        assert deframer.unfinished <= 50
