"""Sur-Gard lines in a stream: in pieces, glued, without an end, in garbage; answers; how a stream is recognised."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Noise, Verdict
from protocols.surgard.receiving import recognise
from protocols.wire import Likeness
from tests.protocols.surgard_support import (
    CONTACT_ID,
    HEARTBEAT,
    LINES,
    MLR2000,
    NOW,
    OFF,
    essence,
    ids,
    later,
    read,
    receiver,
    settle,
)

EVERY = LINES | OFF | {"heartbeat": HEARTBEAT}
GARBAGE = [b"\xff\xfe\x80", b"hello ", b"5011 18", b"  ", b"501", b"\x06\x15", b"[#1234|NBA1]", b"5011 18garbage"]


# --- pieces ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_a_line_byte_by_byte_is_the_line(name: str) -> None:
    """Nothing comes before it is whole, and then all of it."""
    data = EVERY[name]
    end = receiver()
    items: list[Arrival | Noise] = []
    for place in range(len(data)):
        items += end.receive(data[place : place + 1], NOW)
    items += end.receive_eof(NOW)
    assert essence(items) == essence(read(data))
    assert len(items) == 1


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_line_in_garbage_is_found(name: str, garbage: bytes) -> None:
    """In front of it, and behind it; nothing of it is swallowed."""
    data = EVERY[name]
    alone = essence(read(data))
    items = read(garbage + b"\x14" + data + garbage)
    assert [one for one in essence(items) if one[0] is not ArrivalKind.MALFORMED] == alone
    whole = b"garbage" in garbage or not garbage.strip()
    assert any(isinstance(item, Noise) for item in items) or whole


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_line_directly_behind_garbage_is_found(garbage: bytes) -> None:
    """Without anything that would end the garbage."""
    items = read(garbage + CONTACT_ID)
    assert essence(items) == essence(read(CONTACT_ID))


def test_lines_with_terminators_follow_each_other_in_one_segment() -> None:
    """All of them, in order, and each with its own answer."""
    data = b"".join(EVERY.values())
    items = read(data)
    assert not [item for item in items if isinstance(item, Noise)]
    assert essence(items) == [one for each in EVERY.values() for one in essence(read(each))]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(sorted(EVERY)), min_size=1, max_size=6), st.data())
def test_it_does_not_matter_how_a_stream_is_cut(names: list[str], data: st.DataObject) -> None:
    """Any lines, any pieces."""
    stream = b"".join(EVERY[name] for name in names)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    end = receiver(undecided=100)
    items: list[Arrival | Noise] = []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        items += end.receive(stream[start:stop], NOW)
    items += end.receive_eof(NOW)
    assert essence(items) == essence(read(stream))


# --- glued, and without an end ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("copies", [2, 3, 6])
@pytest.mark.parametrize("line", [CONTACT_ID, MLR2000, LINES["sia 2"], LINES["basic"], OFF["account of ten"]])
def test_copies_without_a_terminator_are_one_message_and_have_one_answer(line: bytes, copies: int) -> None:
    """Six in one read were seen: the sender had no answer in time."""
    end = receiver()
    items = end.receive(line[:-1] * copies + b"\x14", NOW)
    arrivals = [item for item in items if isinstance(item, Arrival)]
    assert len(arrivals) == len(items) == copies
    assert len({item.identity.number for item in arrivals if item.identity}) == 1
    assert ids(arrivals[0])[0] == "surgard.terminator.missing"
    assert "surgard.framing.glued" in ids(arrivals[-1])
    assert settle(end, arrivals, Verdict.STORED) == b"\x06"


def test_different_lines_without_a_terminator_are_split() -> None:
    """Where the text is nothing but whole lines."""
    glued = CONTACT_ID[:-1] + MLR2000[:-1] + LINES["sia 2"][:-1] + HEARTBEAT[:-1] + LINES["clock"][:-1]
    expected = [CONTACT_ID, MLR2000, LINES["sia 2"], HEARTBEAT, LINES["clock"]]
    assert essence(read(glued + b"\r\n")) == [one for each in expected for one in essence(read(each))]


@pytest.mark.parametrize("rest", [b"x", b"5011 18", b" ", b"5011 181234E1300101"])
def test_what_is_not_entirely_lines_is_not_split(rest: bytes) -> None:
    """A text that only begins like a line must not make an event."""
    items = read(CONTACT_ID[:-1] * 2 + rest + b"\r\n")
    assert not [one for one in essence(items) if one[0] is ArrivalKind.EVENT]
    items = read(CONTACT_ID[:-1] * 2 + rest + b"\x14")
    assert [one[0] for one in essence(items)] == [ArrivalKind.MALFORMED]


@pytest.mark.parametrize("name", [name for name in LINES if name not in ("clock", "clock on text")])
def test_a_line_without_any_end_is_whole_when_the_line_falls_silent(name: str) -> None:
    """A sender that connects, says one line and waits for a byte must have it in good time."""
    data = LINES[name].removesuffix(b"\x14")
    end = receiver()
    assert not end.receive(data, NOW)
    due = end.next_timeout()
    assert due is not None
    assert due - NOW.mono < 1.0
    assert not end.expire(later(0.1))
    [item] = end.expire(later(due - NOW.mono))
    assert essence([item]) == essence(read(LINES[name]))
    assert isinstance(item, Arrival)
    assert "surgard.terminator.missing" in ids(item)
    assert settle(end, [item], Verdict.STORED) == b"\x06"
    assert end.next_timeout() is None


def test_what_may_be_the_beginning_of_a_longer_line_waits_longer() -> None:
    """An account of six, cut behind 21 bytes, reads as one of five with another event."""
    wide = OFF["account of six"]
    end = receiver()
    assert end.receive(wide[:21], NOW) == []
    assert end.next_timeout() == NOW.mono + 2.0
    assert essence(end.receive(wide[21:], later(1))) == essence(read(wide))


def test_an_unfinished_line_waits_longer_and_then_is_noise() -> None:
    """A slow serial line may pause; what never ends is told as what it is."""
    end = receiver()
    assert not end.receive(CONTACT_ID[:15], NOW)
    assert end.next_timeout() == NOW.mono + 2.0
    [noise] = end.expire(later(2.0))
    assert isinstance(noise, Noise)
    assert (noise.raw, noise.guess) == (CONTACT_ID[:15], "garbage")
    [arrival] = end.receive(CONTACT_ID, later(3.0))
    assert isinstance(arrival, Arrival)


def test_a_connection_for_one_line_ends_with_its_answer() -> None:
    """Half closed or not, with a terminator or not."""
    for data in (CONTACT_ID, CONTACT_ID[:-1]):
        end = receiver()
        items = [*end.receive(data, NOW), *end.receive_eof(NOW)]
        assert not end.closing
        assert settle(end, items, Verdict.STORED) == b"\x06"
        assert end.closing


def test_line_ends_and_zero_bytes_around_lines_are_no_noise() -> None:
    """LF in front, NUL behind, both halves of CRLF in different segments."""
    items = read(b"\n" + CONTACT_ID + b"\0\0\r\n" + MLR2000)
    assert [ids(item) for item in items if isinstance(item, Arrival)] == [
        ["surgard.framing.filler", "surgard.terminator.nul"],
        ["surgard.framing.filler"],
    ]
    assert len(items) == 2
    end = receiver()
    first = end.receive(b"5011 181234E13001015\r", NOW)
    second = end.receive(b"\n5011 181234E13001016\r\n", NOW)
    assert [ids(item) for item in (*first, *second) if isinstance(item, Arrival)] == [
        ["surgard.terminator.line-end"],
        ["surgard.terminator.line-end"],
    ]


def test_a_stream_without_any_line_costs_bounded_memory() -> None:
    """Noise is cut, and counted whole."""
    [noise] = read(b"5011 18" * 40_000)
    assert isinstance(noise, Noise)
    assert (len(noise.raw), noise.size) == (512, 280_000)


# --- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "expected", "word"),
    [
        (Verdict.STORED, b"\x06", "ACK"),
        (Verdict.ALIVE, b"\x06", "ACK"),
        (Verdict.DUPLICATE, b"\x06", "ACK"),
        (Verdict.STALE, b"\x06", "ACK"),
        (Verdict.UNSUPPORTED, b"\x06", "ACK"),
        (Verdict.MALFORMED, b"\x15", "NAK"),
        (Verdict.REFUSED, b"\x15", "NAK"),
        (Verdict.NOT_STORED, b"", ""),
    ],
)
def test_a_verdict_is_one_byte_and_never_text(verdict: Verdict, expected: bytes, word: str) -> None:
    """Nothing before it, and nothing at all for what could not be stored."""
    end = receiver()
    [arrival] = end.receive(CONTACT_ID, NOW)
    assert isinstance(arrival, Arrival)
    assert end.data_to_send() == b""
    assert settle(end, [arrival], verdict) == expected
    assert end.answer(arrival) == word


def test_an_unreadable_line_is_refused_once_and_then_taken() -> None:
    """The wire may have damaged it; a receiver that must say it for ever sends nothing else any more."""
    end = receiver()
    [first] = end.receive(b"5011 18XX\x14", NOW)
    assert isinstance(first, Arrival)
    assert first.kind is ArrivalKind.MALFORMED
    assert settle(end, [first], Verdict.MALFORMED) == b"\x15"
    [second] = end.receive(b"5011 18XX\x14", later(1))
    assert isinstance(second, Arrival)
    assert second.kind is ArrivalKind.OPAQUE
    assert second.identity == first.identity
    assert settle(end, [second], Verdict.DUPLICATE) == b"\x06"


def test_the_clock_does_not_make_another_message_of_a_repetition() -> None:
    """A receiver may stamp a repetition anew."""
    end = receiver(transport="serial")
    numbers = set()
    for seconds in (0, 4, 8):
        data = CONTACT_ID[:-1] + b"12:00:%02d-02/01\x14" % seconds
        [arrival] = end.receive(data, later(seconds))
        assert isinstance(arrival, Arrival)
        assert arrival.identity is not None
        numbers.add((arrival.identity.number, arrival.identity.content))
        settle(end, [arrival], Verdict.STORED)
    assert len(numbers) == 1


def test_a_tap_writes_nothing() -> None:
    """Beside an existing system only one may answer."""
    end = receiver(SourceOptions(listen_only=True))
    items = end.receive(CONTACT_ID + HEARTBEAT, NOW)
    assert settle(end, items, Verdict.STORED) == b""
    assert end.answer(items[0]) == ""  # type: ignore[arg-type]


# --- recognising -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_a_stream_is_recognised_by_its_first_whole_line(name: str) -> None:
    """Not before, and with line ends in front."""
    data = EVERY[name]
    for size in range(len(data.rstrip(b"\0\n"))):
        assert recognise(data[:size], False) is Likeness.MORE, size
    assert recognise(data, False) is Likeness.SURE
    assert recognise(b"\0\r\n" + data + b"anything", False) is Likeness.SURE
    assert recognise(data[:4], True) is Likeness.NO
    assert recognise(data.rstrip(b"\x14\r\n\0"), True) is Likeness.SURE


@pytest.mark.parametrize("data", [b"A011 5551234\x14", b"5011 18XX\x14", b"\r\n\0", b""])
def test_unknown_lines_and_filler_prove_nothing(data: bytes) -> None:
    """A line that can be read must come."""
    assert recognise(data, False) is Likeness.MORE
    assert recognise(data, True) is Likeness.NO
    assert recognise(data + CONTACT_ID, False) is Likeness.SURE


@pytest.mark.parametrize(
    "data",
    [
        b'\n88030034"ADM-CID"0001L0#1234[#1234|1130 01 015]_12:00:00,01-02-2026\r',
        b"\n01 1234 18 E130 01 C015\r",
        b"\n00 OKAY @\r",
        b"GET / HTTP/1.1\r\nHost: 192.0.2.7\r\n\r\n",
        b"\x46#012345\x9b",
        b"\nE7A3\t0001010[#1234|NBA1]\r",
        b"\nE7A3\t0001010[#0000|NBA1]\r",
        b"\nE7A3a00010100[#0000|NRU0000]\r",
        b"SR0001L0001    006969XX    [ID00000000]\r",
        b"\x16\x03\x01\x02\x00",
        b"5011 18" * 400,
        b"x" + CONTACT_ID,
    ],
)
def test_other_streams_are_not_taken_for_sur_gard(data: bytes) -> None:
    """However much of them has come."""
    for size in range(len(data) + 1):
        assert recognise(data[:size], False) is not Likeness.SURE
    assert recognise(data, True) is Likeness.NO
    if CONTACT_ID not in data:
        assert not essence(read(data))
        end = receiver()
        assert not essence([item for byte in data for item in end.receive(bytes([byte]), NOW)])


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=80), st.booleans())
def test_recognising_bears_any_bytes(data: bytes, final: bool) -> None:
    """And does not wait for more at the end."""
    found = recognise(data, final)
    assert not (final and found is Likeness.MORE)
