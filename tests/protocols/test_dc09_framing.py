"""The stream is cut into frames and noise by the rule of taking up again, and swallows nothing."""

from __future__ import annotations

import pytest

from protocols.dc09 import Frame, Framer, writing
from protocols.dc09.framing import crc
from protocols.model import Noise
from tests.protocols.dc09_support import VECTORS, frame

GOOD = frame('"NULL"0000L0#1234[]')
OTHER = frame('"NULL"0000L0#5678[]')


def cut(data: bytes, size: int | None = None) -> list[bytes | str]:
    """Raw frames, and the guess for each run of noise."""
    framer = Framer()
    items: list[Frame | Noise] = []
    step = size or max(1, len(data))
    for at in range(0, len(data), step):
        framer.feed(data[at : at + step])
        while (item := framer.next()) is not None:
            items.append(item)
    while (item := framer.next(final=True)) is not None:
        items.append(item)
    return [item.raw if isinstance(item, Frame) else item.guess for item in items]


def broken(data: bytes, at: int, bit: int = 1) -> bytes:
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


def shouted(length: int) -> bytes:
    """GOOD with another length field."""
    return GOOD[:5] + b"%04X" % length + GOOD[9:]


SIZE = len(GOOD) - 10
BROKEN_EARLY = frame(b'"SIA-DCS"0001L0#1234[#1234|NB\rA1^Hall of the second floor^]')
RUBBISH = frame(b'"SIA-DCS"0001L0#1234[#1234|NBA1]\r\n\0\xff_12:\r]\nold\rtext"')
"""Twenty bytes of memory where the time stamp should be."""


@pytest.mark.parametrize("size", [None, 1, 2, 7, 11])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (GOOD + OTHER, [GOOD, OTHER]),
        (b"hello" + GOOD, ["garbage", GOOD]),
        (b"a\nb\nc" + GOOD, ["garbage", GOOD]),
        (GOOD + b"\0\0\r\n \r\n" + OTHER, [GOOD, OTHER]),
        (GOOD + b"\0xyz\n123\n" + OTHER + b"tail", [GOOD, "garbage", OTHER, "garbage"]),
        (broken(GOOD, 12, 2) + OTHER, ["dc09.crc-mismatch", OTHER]),
        (broken(GOOD, 12, 2) + broken(GOOD, 12, 2), ["dc09.crc-mismatch"] * 2),
        (shouted(SIZE + 1) + OTHER, ["dc09.length-mismatch", OTHER]),
        (shouted(SIZE - 1) + OTHER, ["dc09.length-mismatch", OTHER]),
        (shouted(SIZE + 900) + OTHER, ["dc09.length-mismatch", OTHER]),
        (shouted(0xFFFF) + OTHER, ["dc09.length-mismatch", OTHER]),
        (shouted(0) + OTHER, ["dc09.length-mismatch", OTHER]),
        (GOOD[:-6] + OTHER, ["dc09.length-mismatch", OTHER]),
        (GOOD[:-1] + OTHER, ["dc09.length-mismatch", OTHER]),
        (GOOD + OTHER[:-3], [GOOD, "dc09.incomplete"]),
        (GOOD + OTHER[:6], [GOOD, "garbage"]),
        (BROKEN_EARLY, ["dc09.length-mismatch"]),
        (BROKEN_EARLY.replace(b"\rA", b"\nA"), ["dc09.length-mismatch"]),
        (RUBBISH, [RUBBISH]),
        (RUBBISH + OTHER, [RUBBISH, OTHER]),
        (broken(RUBBISH, 12, 2) + OTHER, ["dc09.crc-mismatch", OTHER]),
        (RUBBISH[:-4] + OTHER, ["dc09.length-mismatch", OTHER]),
        (shouted(SIZE + 20) + OTHER, ["dc09.length-mismatch", OTHER]),
        (shouted(SIZE + 20) + OTHER + GOOD, ["dc09.length-mismatch", OTHER, GOOD]),
        (shouted(SIZE + 20), ["dc09.length-mismatch"]),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ["http"]),
        (b"\x16\x03\x01\x00\xa5\x01\x00\n\n", ["tls"]),
        (VECTORS["C11"].frame + VECTORS["C12"].frame, [VECTORS["C11"].frame, VECTORS["C12"].frame]),
        (b"\n" + VECTORS["C11"].frame, [VECTORS["C11"].frame]),
        (b"\n\n\n" + GOOD, [GOOD]),
        (b"", []),
        (b"\0\r\n", []),
    ],
)
def test_a_stream_gives_the_same_frames_and_noise_however_it_is_cut(
    data: bytes, expected: list[bytes | str], size: int | None
) -> None:
    """One run of noise between frames, each broken frame by itself, and every good frame found."""
    assert cut(data, size) == expected


def test_a_length_that_is_too_long_does_not_hold_back_what_follows() -> None:
    """The repetition of a damaged frame is read as soon as it is there, not after a time-out."""
    framer = Framer()
    framer.feed(shouted(0xF00))
    assert framer.next() is None
    framer.feed(OTHER)
    first, second = framer.next(), framer.next()
    assert isinstance(first, Noise)
    assert isinstance(second, Frame)
    assert second.raw == OTHER


def test_a_crc_that_does_not_fit_is_reported_at_once() -> None:
    """Whoever watches the wire sees why there is no answer."""
    framer = Framer()
    framer.feed(broken(GOOD, 12, 2))
    noise = framer.next()
    assert isinstance(noise, Noise)
    assert (noise.guess, noise.size) == ("dc09.crc-mismatch", len(GOOD))


def test_a_binary_crc_may_hold_any_two_bytes() -> None:
    """Also LF, CR, a quote, NUL, or two hex digits."""
    seen = set()
    for number in range(10_000):
        data = frame(b'"SIA-DCS"%04dL0#1234[#1234|Nri1/BA001]' % number, binary=True)
        special = data[1:3]
        if not set(special) & set(b'\n\r"\0') and number % 97:
            continue
        seen |= set(special) & set(b'\n\r"\0')
        assert cut(GOOD + data + OTHER) == [GOOD, data, OTHER]
    assert seen == set(b'\n\r"\0')


def test_noise_without_end_takes_no_memory() -> None:
    """A peer that sends rubbish for ever is counted, not kept."""
    framer = Framer()
    for _ in range(2000):
        framer.feed(b"rubbish\n" * 100)
        assert framer.next() is None
        assert framer.unread <= 4200
    noise = framer.next(final=True)
    assert isinstance(noise, Noise)
    assert len(noise.raw) <= 512
    assert noise.size == 2000 * 800


def test_a_frame_without_end_takes_at_most_what_a_frame_can_have() -> None:
    """A head that promises the longest body and never ends is given up when that many bytes came."""
    framer = Framer()
    framer.feed(b'\n00000FFF"')
    for _ in range(100):
        framer.feed(b"x" * 100)
        assert framer.next() is None
        assert framer.unread <= 4095 + 10
    assert isinstance(framer.next(final=True), Noise)


def around(data: bytes, size: int | None = None) -> list[tuple[str, ...]]:
    """What is told of the filler around each frame."""
    framer = Framer()
    found = []
    step = size or max(1, len(data))
    for at in range(0, len(data), step):
        framer.feed(data[at : at + step])
        while (item := framer.next()) is not None:
            assert isinstance(item, Frame)
            found.append(item.around)
    return found


NUL, FILLED = "dc09.framing.nul-after-cr", "dc09.framing.filler"


@pytest.mark.parametrize(
    ("data", "at_once", "by_bytes"),
    [
        (GOOD + OTHER, [(), ()], [(), ()]),
        (GOOD + b"\0", [(NUL,)], [()]),
        (GOOD + b"\0\0\0" + OTHER, [(NUL,), ()], [(), (NUL,)]),
        (GOOD + b"\0" + OTHER + b"\0", [(NUL,), (NUL,)], [(), (NUL,)]),
        (GOOD + b"\r\n" + OTHER, [(), (FILLED,)], [(), (FILLED,)]),
        (GOOD + b"\0\n \t" + OTHER, [(NUL,), (FILLED,)], [(), (NUL, FILLED)]),
        (GOOD + b"\n\0" + OTHER, [(), (NUL, FILLED)], [(), (NUL, FILLED)]),
        (b"\n" + GOOD + OTHER, [(FILLED,), ()], [(FILLED,), ()]),
        (b"\0\0" + GOOD, [(FILLED,)], [(FILLED,)]),
        (b"\r\n" + GOOD + b"\0", [(FILLED, NUL)], [(FILLED,)]),
        (GOOD[:-1] + b"\r\0" + GOOD[:9], [(NUL,)], [()]),
    ],
)
def test_filler_around_frames_is_told_once(
    data: bytes, at_once: list[tuple[str, ...]], by_bytes: list[tuple[str, ...]]
) -> None:
    """NUL behind the CR with its frame when it comes in the same read, else with the next; line ends with the next."""
    assert around(data) == at_once
    assert around(data, 1) == by_bytes


def test_filler_in_front_of_a_damaged_frame_is_not_told_of_the_next() -> None:
    """It belonged to what was damaged."""
    framer = Framer()
    framer.feed(b"\n" + broken(GOOD, 12, 2) + OTHER)
    noise, right = framer.next(), framer.next()
    assert isinstance(noise, Noise)
    assert isinstance(right, Frame)
    assert right.around == ()


def test_memory_in_place_of_the_stamp_waits_for_its_end_and_holds_back_no_frame() -> None:
    """A CR among the last twenty bytes may be one of them; the frame behind it is read as soon as it is there."""
    framer = Framer()
    for at in range(len(RUBBISH)):
        assert framer.next() is None
        framer.feed(RUBBISH[at : at + 1])
    whole = framer.next()
    assert isinstance(whole, Frame)
    assert whole.raw == RUBBISH
    for more in range(1, 21):
        framer.feed(shouted(SIZE + more))
        assert framer.next() is None
        framer.feed(OTHER)
        noise, good = framer.next(), framer.next()
        assert isinstance(noise, Noise)
        assert isinstance(good, Frame)
        assert (noise.guess, good.raw) == ("dc09.length-mismatch", OTHER)


def test_a_length_that_is_a_little_too_long_is_named_when_it_is_given_up() -> None:
    """Its CR came, so that it is the length that is wrong."""
    framer = Framer()
    framer.feed(shouted(SIZE + 5))
    assert framer.next() is None
    framer.give_up()
    while framer.next() is not None:
        raise AssertionError
    noise = framer.take_run()
    assert isinstance(noise, Noise)
    assert noise.guess == "dc09.length-mismatch"


@pytest.mark.parametrize("rubbish", [b"\r" * 20, b"\n" * 20, b"\n" + b"x" * 18 + b"\n"], ids=["CR", "LF", "both ends"])
@pytest.mark.parametrize("counts", [True, False], ids=["CR counted", "CR not counted"])
@pytest.mark.parametrize("binary", [True, False], ids=["binary", "ASCII"])
def test_any_twenty_bytes_may_stand_where_the_stamp_should_be(rubbish: bytes, counts: bool, binary: bool) -> None:
    """Also where the closing CR is counted in: length and CRC decide."""
    body = b'"SIA-DCS"0004L0#1234[#1234|Nri1/BA4]' + rubbish
    covered = body + b"\r" * counts
    sum_ = crc(covered)
    head = sum_.to_bytes(2, "big") if binary else b"%04X" % sum_
    framer = Framer()
    framer.feed(b"\n" + head + b"%04X" % len(covered) + body + b"\r")
    found = framer.next(final=True)
    assert isinstance(found, Frame)
    assert found.body.startswith(b'"SIA-DCS"0004L0#1234[#1234|Nri1/BA4]')
    assert framer.next(final=True) is None


def test_a_frame_made_to_end_in_the_next_one_does_not_swallow_it() -> None:
    """What looks like its closing CR is a byte of the next frame's binary CRC, and both CRCs fit."""
    good = next(
        whole
        for number in range(1, 10_000)
        if (whole := writing.frame(b'"ADM-CID"%04dL0#1234[#1234|1130 01 015]' % number, binary=True))[1] == 0x0D
    )
    false = b'"NULL"0000L0#1234[]\n'
    stream = b"\n%04X%04X" % (crc(false), len(false)) + false[:-1] + good
    framer = Framer()
    framer.feed(stream)
    items = []
    while (item := framer.next(final=True)) is not None:
        items.append(item)
    assert [item.raw for item in items if isinstance(item, Frame)] == [good]
