"""What Galaxy panels say beside blocks, and how a stream of blocks is told from others."""

from __future__ import annotations

import pytest

from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Verdict
from protocols.sia import galaxy
from protocols.sia.recognising import recognise
from protocols.wire import Likeness
from tests.protocols.sia_support import ACK, NOW, Desk, later, make_end, said

HEARTBEAT = b"\x00" + b"00012345" + bytes.fromhex("01 00 10 20 03 04 5A 77 00 00 00 2A 00 00 00 9C 11")


def desk(**settings: object) -> Desk:
    return Desk(make_end(**settings))  # type: ignore[arg-type]


def test_a_heartbeat_is_echoed_and_shows_that_the_path_lives() -> None:
    station = desk()
    assert len(HEARTBEAT) == galaxy.HEARTBEAT
    assert station.hear(HEARTBEAT) == HEARTBEAT
    (beat,) = station.arrivals
    assert (beat.kind, beat.account, beat.token, beat.raw) == (
        ArrivalKind.LINK_TEST,
        "00012345",
        "heartbeat",
        HEARTBEAT,
    )


def test_a_heartbeat_is_of_the_account_that_the_station_knows() -> None:
    station = desk(lookup=lambda *names: Dialect(known=names[-1] == "012345"))
    station.hear(HEARTBEAT)
    assert station.arrivals[0].account == "012345"


def test_a_text_behind_a_nul_is_no_heartbeat() -> None:
    station = desk()
    assert station.hear(b"\0" + b"12345678" + b"seventeen letters") + station.wait(later(2)) == b""
    assert station.arrivals == []


def test_a_refused_heartbeat_is_not_echoed() -> None:
    end = make_end()
    (beat,) = end.receive(HEARTBEAT, NOW)
    assert isinstance(beat, Arrival)
    end.decide(beat, Verdict.REFUSED, NOW)
    assert end.data_to_send() == b""
    assert end.answer(beat) == ""


def test_heartbeats_and_blocks_are_found_byte_by_byte() -> None:
    station = desk()
    stream = HEARTBEAT + said("#1234") + said("NBA1") + HEARTBEAT + said("0") + b"F#1234\r\n" + said("#012345")
    answers = b"".join(station.hear(bytes((byte,))) for byte in stream)
    assert answers == HEARTBEAT + ACK + ACK + HEARTBEAT + ACK + b"P#1234\r\n" + ACK
    assert station.noise == []


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("account", [b"1", b"1234", b"012345", b"12345678"])
def test_a_poll_is_answered(account: bytes, end: bytes) -> None:
    station = desk()
    assert station.hear(b"F#" + account + end) == b"P#" + account + b"\r\n"
    assert (station.arrivals[0].kind, station.arrivals[0].account) == (ArrivalKind.LINK_TEST, account.decode())


@pytest.mark.parametrize(("poll", "pause"), [(b"F#1234", 1.5), (b"F#012345", 1.5), (b"F#12345678", 0.3)])
def test_a_poll_without_a_line_end_is_answered_after_a_pause(poll: bytes, pause: float) -> None:
    station = desk()
    assert station.hear(poll) == b""
    assert station.end.next_timeout() == NOW.mono + pause
    assert station.wait(later(pause)) == b"P" + poll[1:] + b"\r\n"


def test_an_account_block_of_six_digits_is_no_poll() -> None:
    station = desk()
    assert station.hear(said("#012345")) == ACK
    assert station.arrivals == []


def test_a_plain_source_hears_nothing_but_blocks() -> None:
    station = desk(options=SourceOptions(edge="plain"))
    assert station.hear(HEARTBEAT + b"F#1234\r\n") + station.wait(later(2)) == b""
    assert station.arrivals == []
    assert station.hear(said("#1234")) == bytes.fromhex("00 38 C7")


def test_blocks_of_a_plain_source_have_no_sign() -> None:
    for edge, details in (("plain", {}), ("", {"galaxy-sign": ["-"]})):
        station = desk(options=SourceOptions(edge=edge))
        for block in ("#1234", "NBR1", "A-RESTORE        Hall"):
            station.hear(said(block))
        assert (station.stored[-1].signals[0].text, station.stored[-1].signals[0].details) == ("-RESTORE Hall", details)


@pytest.mark.parametrize("pieces", [[b"\x05\x01\x81\x99\x00\x17"], [b"\x05", b"\x01", b"\x81"]])
def test_an_encrypted_session_is_named_and_closed(pieces: list[bytes]) -> None:
    station = desk()
    for piece in pieces:
        assert station.hear(piece) == b""
    assert [noise.guess for noise in station.noise] == ["sia.encrypted"]
    assert station.end.closing
    assert station.hang_up() == b""
    assert len(station.noise) == 1


def test_a_single_byte_05_is_waited_for_and_a_block_behind_it_is_read() -> None:
    station = desk()
    assert station.hear(b"\x05") == b""
    assert station.hear(said("#1234")[:2]) == b""
    assert not station.end.closing
    assert station.hear(said("#1234")[2:]) + station.wait(later(2)) == ACK
    lone = desk()
    lone.hear(b"\x05")
    assert lone.end.next_timeout() is not None
    lone.wait(later(2))
    assert [noise.raw for noise in lone.noise] == [b"\x05"]


def test_a_serial_line_is_not_closed() -> None:
    station = desk(transport="serial")
    assert station.hear(b"\x05\x01\x81\x99") + station.wait(later(2)) == b""
    assert [noise.guess for noise in station.noise] == ["sia.encrypted"]
    assert not station.end.closing
    assert station.hear(said("#1234")) == ACK


SURE = [
    said("#1234"),
    said("#012345", asks=False),
    said("#ABCDEF", reverse=True),
    said("&77015550123") + said("#1234"),
    said("@AL4B15") + said("#1234"),
    said("NBA1") + said("0"),
    b"\r\n" + said("#1234"),
    HEARTBEAT,
    b"F#1234\r\n",
]


@pytest.mark.parametrize("data", SURE, ids=lambda data: data.hex())
def test_a_stream_of_blocks_is_recognised_once_it_is_sure(data: bytes) -> None:
    likes = [recognise(data[:end], False) for end in range(len(data) + 1)]
    assert likes[-1] is Likeness.SURE
    assert set(likes[:-1]) == {Likeness.MORE}
    assert recognise(data, True) is Likeness.SURE
    assert recognise(data + b"\xff\x00anything", False) is Likeness.SURE
    assert all(recognise(data[:end], True) is not Likeness.MORE for end in range(len(data) + 1))


@pytest.mark.parametrize(
    "data",
    [
        b'\n0D4F0029"ADM-CID"0001L0#1234[#1234|1130 01 001]\r',
        b"5011 181234E13001001\x14",
        b"1011           @    \x14",
        b"01 1234 18 E130 01 C001\r",
        b"GET / HTTP/1.1\r\nHost: example\r\n\r\n" + b"x" * 80,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(80),
        b"\x05\x01\x81",
        b"POLL1234#\x00\r\n" + b" " * 80,
        bytes.fromhex("44 23 31 32 33 34 9D"),
        said("#12 4") + b"hello",
        said("NBA1") + b"hello",
        said("Zhello") * 2,
    ],
    ids=lambda data: data[:12].hex(),
)
def test_other_streams_are_not_recognised(data: bytes) -> None:
    assert recognise(data, True) is Likeness.NO
    assert Likeness.SURE not in [recognise(data[:end], False) for end in range(len(data) + 1)]
