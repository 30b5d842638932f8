"""Payloads: every form to the byte, read as written, and whatever else comes is unread with a reason."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.datagram import MOST_COUNTER, DatagramError, Type
from protocols.datagram import payloads as p

digits = st.sampled_from("0123456789BCDEF")


def text(size: int) -> st.SearchStrategy[str]:
    return st.text(digits, min_size=size, max_size=size)


times = st.none() | st.integers(0, 0xFFFFFFFF)
tests = st.builds(p.Test, st.integers(0, 0xFFFF), st.integers(0, 255), st.integers(0, 255))
nonces = st.binary(min_size=8, max_size=8)
counters = st.integers(0, MOST_COUNTER)
anything: st.SearchStrategy[p.Payload] = st.one_of(
    st.builds(p.ContactIdText, st.sampled_from("136ERP"), text(3), text(2), text(3), st.sampled_from(("18", "98"))),
    st.builds(p.ContactId, st.sampled_from("136"), text(3), text(2), text(3), times, st.booleans()),
    st.builds(p.SiaText, st.text(min_size=1).filter(str.strip), times, st.booleans()),
    st.builds(p.WholeFrame, st.binary().map(lambda rest: b"\n" + rest)),
    tests,
    st.builds(p.Ack, counters, st.sampled_from(p.Result), st.booleans()),
    st.builds(p.Poll),
    st.builds(p.PollReply, counters, tests),
    st.builds(p.SyncRequest, nonces),
    st.builds(p.SyncResponse, nonces, st.integers(0, (1 << 64) - 1)),
)

BYTES = {
    "31 38 45 31 33 30 30 31 30 31 35": p.ContactIdText("E", "130", "01", "015"),
    "39 38 31 31 33 30 30 31 30 31 35": p.ContactIdText("1", "130", "01", "015", "98"),
    "01 11 30 01 01 50": p.ContactId("1", "130", "01", "015"),
    "01 34 01 0B 00 73 6A 00 00 00": p.ContactId("3", "401", "0B", "007", 0x6A000000, True),
    "02 00 4E 72 69 31 2F 42 41 30 31 35": p.SiaText("Nri1/BA015"),
    "02 03 00 00 00 01 4E D0 96": p.SiaText("NЖ", 1, True),
    "0A 41 0D": p.WholeFrame(b"\nA\r"),
    "": p.Test(),
    "03 84 7E 57": p.Test(900, 126, 87),
    "00 00 00 00 00 05 00 01": p.Ack(5, p.Result.STORED, True),
    "00": p.Poll(),
    "FF FF FF FF FF FF": p.PollReply(MOST_COUNTER),
    "00 00 00 00 00 01 03 84 7E 57": p.PollReply(1, p.Test(900, 126, 87)),
    "01 02 03 04 05 06 07 08": p.SyncRequest(bytes(range(1, 9))),
    "01 02 03 04 05 06 07 08 00 00 01 98 00 00 00 00": p.SyncResponse(bytes(range(1, 9)), 0x19800000000),
}


@pytest.mark.parametrize(("raw", "payload"), BYTES.items(), ids=lambda one: one if isinstance(one, str) else "")
def test_every_form_is_written_and_read_to_the_byte(raw: str, payload: p.Payload) -> None:
    """As docs/radio-protocol.md has them."""
    assert p.encode(payload) == bytes.fromhex(raw)
    assert p.decode(p.type_of(payload), bytes.fromhex(raw)) == payload


@given(anything)
def test_every_payload_is_read_as_written(payload: p.Payload) -> None:
    """Nothing is odd about it."""
    assert p.decode(p.type_of(payload), p.encode(payload)) == payload


@given(st.sampled_from(Type), st.binary(max_size=40), st.sampled_from((b"", b"\x01", b"\x02", b"18", b"98", b"\n")))
def test_any_bytes_are_read_or_unread_and_never_raise(type_: Type, data: bytes, head: bytes) -> None:
    """What is odd and why it is unread has an id out of the two lists."""
    found = p.decode(type_, head + data)
    if isinstance(found, p.Unread):
        assert found.reason in p.UNREAD
    else:
        assert set(found.odd) <= set(p.ODD)
        assert p.type_of(found) is type_


@pytest.mark.parametrize(
    ("type_", "raw", "reason"),
    [
        (Type.EVENT, b"", p.EMPTY),
        (Type.EVENT, b"\x03abc", p.FORM),
        (Type.EVENT, b"18E1300101", p.TOO_SHORT),
        (Type.EVENT, b"18E1300101g", p.DIGITS),
        (Type.EVENT, b"18213001015", p.DIGITS),
        (Type.EVENT, b"17E13001015", p.DIGITS),
        (Type.EVENT, b"\x01\x11\x30\x01\x01", p.TOO_SHORT),
        (Type.EVENT, b"\x01\x21\x30\x01\x01\x50", p.QUALIFIER),
        (Type.EVENT, b"\x02\x00", p.TOO_SHORT),
        (Type.EVENT, b"\x02\x01\0\0\0", p.TOO_SHORT),
        (Type.EVENT, b"\x02\x01\0\0\0\0", p.TOO_SHORT),
        (Type.TEST, b"\0", p.TOO_SHORT),
        (Type.ACK, b"\0" * 7, p.TOO_SHORT),
        (Type.POLL, b"", p.TOO_SHORT),
        (Type.POLL_REPLY, b"\0" * 5, p.TOO_SHORT),
        (Type.POLL_REPLY, b"\0" * 8, p.TOO_SHORT),
        (Type.SYNC_REQ, b"\0" * 7, p.TOO_SHORT),
        (Type.SYNC_RSP, b"\0" * 15, p.TOO_SHORT),
        (Type.CMD, b"anything", p.RESERVED_TYPE),
    ],
)
def test_what_cannot_be_read_has_its_reason(type_: Type, raw: bytes, reason: str) -> None:
    """Each of them."""
    assert p.decode(type_, raw) == p.Unread(reason)


@pytest.mark.parametrize(
    ("type_", "raw", "odd"),
    [
        (Type.EVENT, b"18E13001015+", p.MORE),
        (Type.EVENT, b"18E13A01015", p.DIGIT_A),
        (Type.EVENT, b"\x01\x11\x3a\x01\x01\x50", p.DIGIT_A),
        (Type.EVENT, b"\x01\x11\x30\x01\x01\x50+", p.MORE),
        (Type.EVENT, b"\x01\x11\x30\x01\x01\x54", p.FLAGS),
        (Type.EVENT, b"\x01\x11\x30\x01\x01\x51\0\0\0", p.NO_TIME),
        (Type.EVENT, b"\x02\x80N", p.FLAGS),
        (Type.EVENT, b"\x02\x00N\xff", p.ENCODING),
        (Type.TEST, b"\0\0\0\0+", p.MORE),
        (Type.ACK, bytes(7) + b"\x02", p.FLAGS),
        (Type.ACK, bytes(8) + b"+", p.MORE),
        (Type.ACK, bytes(6) + b"\x09\x00", p.RESULT),
        (Type.POLL, b"\x01", p.NOT_ZERO),
        (Type.POLL, b"\0+", p.MORE),
        (Type.SYNC_REQ, bytes(9), p.MORE),
        (Type.SYNC_RSP, bytes(17), p.MORE),
    ],
)
def test_what_is_odd_is_read_and_noted(type_: Type, raw: bytes, odd: str) -> None:
    """An alarm is not lost for an unknown flag or for bytes that a later version added."""
    found = p.decode(type_, raw)
    assert not isinstance(found, p.Unread)
    assert found.odd == (odd,)


def test_the_time_that_is_missing_costs_no_alarm() -> None:
    """The event is read without it."""
    assert p.decode(Type.EVENT, b"\x01\x11\x30\x01\x01\x53\0\0") == p.ContactId(
        "1", "130", "01", "015", None, True, (p.NO_TIME,)
    )


def test_an_acknowledgement_of_a_later_version_is_one() -> None:
    """Its result is not known, so it counts as kept."""
    found = p.decode(Type.ACK, bytes(5) + b"\x07\x63\x00")
    assert isinstance(found, p.Ack)
    assert (found.counter, found.result) == (7, p.Result.NOT_UNDERSTOOD)


@pytest.mark.parametrize(
    "payload",
    [
        p.ContactIdText("E", "13", "001", "015"),
        p.ContactIdText("X", "130", "01", "015"),
        p.ContactId("E", "130", "01", "015"),
        p.ContactId("1", "130", "1", "0015"),
        p.ContactId("1", "13 ", "01", "015"),
        p.ContactId("1", "13G", "01", "015"),
        p.ContactId("1", "130", "01", "015", 1 << 32),
        p.SiaText("\ud800"),
        p.WholeFrame(b"no"),
        p.Test(1 << 16),
        p.Test(0, 256),
        p.Test(0, 0, -1),
        p.Ack(1 << 48, p.Result.STORED),
        p.Ack(-1, p.Result.STORED),
        p.SyncRequest(b"short"),
        p.SyncResponse(bytes(8), 1 << 64),
    ],
    ids=repr,
)
def test_what_its_form_cannot_say_is_refused(payload: p.Payload) -> None:
    """With one kind of error."""
    with pytest.raises(DatagramError):
        p.encode(payload)


def test_the_letters_of_the_qualifier_are_digits_as_well() -> None:
    """E, R and P are 1, 3 and 6."""
    assert [p.ContactIdText(one, "130", "01", "015").digit for one in "ERP136"] == list("136136")
    assert p.ContactId("3", "130", "01", "015").digit in string.digits
