"""Records of the MX8000 and of Silent Knight receivers, as far as their form is public."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.model import Arrival, ArrivalKind, Noise, Qualifier, Scheme, Verdict
from protocols.mx8000 import FINDINGS, WIRE, recognise
from protocols.mx8000.findings import GARBAGE, INCOMPLETE
from protocols.mx8000.grammar import LONGEST, v_byte
from protocols.mx8000.system import MEANINGS
from protocols.wire import Likeness
from tests.protocols.ademco_support import NOW, after, feed, ids, one, receiver, told


def record(body: bytes) -> bytes:
    """A record with its check byte, counted by the published rule."""
    total = 0
    for byte in body:
        total += byte
        total &= 0x7F
        total |= 0x40
    return body + bytes([total, 0x0D])


HEAD = b'\x02010226"120000"01"0001"'
RECORDS = {
    "mains": record(HEAD + b"w"),
    "battery": record(HEAD + b"y8000"),
    "telephone line": record(HEAD + b"q02"),
    "line card": record(HEAD + b"r11"),
    "queue": record(HEAD + b"g"),
    "queue full": record(HEAD + b"i"),
    "operator": record(HEAD + b"\x7f07"),
    "silent": record(HEAD),
    "silent knight": record(b'\x01010226"1200"z9000'),
    "event": record(b'\x41010226"120000"01"0005"\x051234"BA"12'),
    "trailing separator": record(HEAD + b'w"'),
}
EVERY = pytest.mark.parametrize("frame", RECORDS.values(), ids=RECORDS.keys())


def test_the_check_byte_follows_the_published_rule() -> None:
    """It lies between 40h and 7Fh; the example printed for the SK9000 does not follow it."""
    assert v_byte(b"") == 0
    assert v_byte(b"\x01") == 0x41
    assert {v_byte(bytes([byte])) >> 6 for byte in range(256)} == {1}
    printed = bytes.fromhex("7A 39 30 30 30")
    assert v_byte(printed) != 0x63


def test_a_receivers_own_trouble_is_an_event_of_account_0000() -> None:
    """With the receiver, the reference and the time of its clock."""
    arrival = one(WIRE, RECORDS["mains"])
    [signal] = arrival.signals
    assert (arrival.kind, arrival.token, arrival.receiver, arrival.sequence) == (ArrivalKind.EVENT, "02", "01", "0001")
    assert (arrival.account, arrival.sent_at, arrival.findings) == ("0000", NOW.wall, ())
    assert (signal.account, signal.scheme, signal.code, signal.qualifier) == (
        "0000",
        Scheme.SIA,
        "AT",
        Qualifier.NEW,
    )


@pytest.mark.parametrize(
    ("field", "scheme", "code", "qualifier", "number", "text"),
    [
        (b"\x77", "sia", "AT", "new", "", ""),
        (b"\x78", "sia", "AR", "restore", "", ""),
        (b"\x798000", "sia", "YT", "new", "", "8000"),
        (b"\x7a9000", "sia", "YR", "restore", "", "9000"),
        (b"\x7001", "sia", "YD", "new", "01", ""),
        (b"\x7201", "sia", "YE", "restore", "01", ""),
        (b"\x7112", "sia", "LT", "new", "12", ""),
        (b"\x7312", "sia", "LR", "restore", "12", ""),
        (b"\x7b", "sia", "YS", "new", "", ""),
        (b"\x7d", "sia", "YK", "restore", "", ""),
        (b"\x7f07", "other", "7F", "new", "07", ""),
        (b"\x7e07", "other", "7F", "restore", "07", ""),
        (b"\x67", "other", "67", "new", "", ""),
        (b"\x68", "other", "67", "restore", "", ""),
        (b"\x69", "other", "69", "new", "", ""),
        (b"\x6a", "other", "69", "restore", "", ""),
    ],
)
def test_every_byte_of_the_table_has_its_code(
    field: bytes, scheme: str, code: str, qualifier: str, number: str, text: str
) -> None:
    """The same in both families."""
    for body in (HEAD + field, b'\x01010226"1200"' + field):
        arrival = one(WIRE, record(body))
        [signal] = arrival.signals
        said = (signal.scheme, signal.code, signal.qualifier, signal.number, signal.text)
        assert said == (scheme, code, qualifier, number, text)
        assert arrival.findings == ()


def test_the_table_is_tested_whole() -> None:
    """Sixteen bytes."""
    assert len(MEANINGS) == 16


def test_events_are_kept_unread_with_the_account_that_is_marked() -> None:
    """Their layout is not public: acknowledged after they are on disk, and shown."""
    end = receiver(WIRE)
    [arrival] = end.receive(RECORDS["event"], NOW)
    assert isinstance(arrival, Arrival)
    assert (arrival.kind, arrival.token, arrival.account) == (ArrivalKind.OPAQUE, "41", "1234")
    assert (arrival.signals, ids(arrival)) == ((), ["mx8000.event.unread"])
    assert end.data_to_send() == b""
    end.decide(arrival, Verdict.STORED, NOW)
    assert end.data_to_send() == b"\x06"


def test_a_record_that_says_nothing_shows_that_the_line_lives() -> None:
    """Acknowledged, and nothing to store."""
    assert one(WIRE, RECORDS["silent"]).kind is ArrivalKind.LINK_TEST


def test_a_wrong_check_byte_is_not_understood_and_then_taken() -> None:
    """Said again byte for byte it is kept: a receiver that counts otherwise must not stand still."""
    bad = RECORDS["mains"][:-2] + b"A\r"
    end = receiver(WIRE)
    for kind, verdict, answer in (
        (ArrivalKind.MALFORMED, Verdict.MALFORMED, b"\x15"),
        (ArrivalKind.OPAQUE, Verdict.STORED, b"\x06"),
    ):
        [arrival] = end.receive(bad, NOW)
        assert isinstance(arrival, Arrival)
        assert (arrival.kind, ids(arrival)) == (kind, ["mx8000.v.wrong"])
        end.decide(arrival, verdict, NOW)
        assert end.data_to_send() == answer


@pytest.mark.parametrize("edge", ["unchecked", "unchecked-query"])
def test_a_receiver_that_counts_otherwise_can_be_believed(edge: str) -> None:
    """The event is read, and the finding stays."""
    arrival = one(WIRE, RECORDS["mains"][:-2] + b"A\r", edge=edge)
    assert (arrival.kind, ids(arrival)) == (ArrivalKind.EVENT, ["mx8000.v.wrong"])
    assert arrival.signals[0].code == "AT"


def test_the_clock_runs_in_the_zone_of_the_source() -> None:
    """Local time, as people set it on the receiver; Silent Knight shows no seconds."""
    at = datetime(2026, 1, 2, 12, 0, tzinfo=ZoneInfo("Asia/Almaty")).timestamp()
    assert one(WIRE, RECORDS["mains"], time_zone="Asia/Almaty").sent_at == at
    assert one(WIRE, RECORDS["silent knight"], time_zone="Asia/Almaty").sent_at == at


def test_records_that_differ_only_in_their_clock_are_two_messages() -> None:
    """On a serial line, too, at the time of a repetition."""
    end = receiver(WIRE, transport="serial")
    found = []
    for second in (0, 4):
        body = b'\x41010226"1200%02d"01"0005"\x051234"X' % second
        [arrival] = end.receive(record(body), after(second))
        assert isinstance(arrival, Arrival)
        end.decide(arrival, Verdict.STORED, NOW)
        found.append(arrival.identity)
    assert found[0] != found[1]


DEPARTURES = [
    ("mx8000.v.wrong", RECORDS["mains"][:-2] + b"A\r"),
    ("mx8000.framing.filler", b"\r\n" + RECORDS["mains"]),
    ("mx8000.clock.unreadable", record(b'\x02023026"120000"01"0001"w')),
    ("mx8000.clock.unreadable", record(b'\x02000226"120000"01"0001"w')),
    ("mx8000.clock.unreadable", record(b'\x02010226"250000"01"0001"w')),
    ("mx8000.fields.missing", record(b'\x02010226"120000"w')),
    ("mx8000.system.unread", record(HEAD + b"|x")),
    ("mx8000.system.argument", record(HEAD + b"q2")),
    ("mx8000.system.argument", record(HEAD + b"w12")),
    ("mx8000.event.unread", RECORDS["event"]),
    ("mx8000.bad-data", record(b'\x41010226"120000"01"0005"#\xff\x01')),
]


@pytest.mark.parametrize(("id_", "frame"), DEPARTURES)
def test_departures_are_named(id_: str, frame: bytes) -> None:
    """Just this one, inside the record; nothing is thrown away."""
    arrival = one(WIRE, frame)
    assert ids(arrival) == [id_]
    [finding] = arrival.findings
    assert finding.offset is None or 0 <= finding.offset < finding.offset + finding.length <= len(arrival.raw)


def test_every_finding_of_the_protocol_is_shown_by_a_record() -> None:
    """Nothing is listed that cannot happen."""
    assert set(FINDINGS) == {id_ for id_, _ in DEPARTURES}


@EVERY
def test_a_record_is_read_the_same_however_it_is_cut(frame: bytes) -> None:
    """Whole, byte by byte, glued to its like, with bytes behind it, and in garbage."""
    whole = told(feed(WIRE, [frame]))
    assert len(whole) == 1
    assert told(feed(WIRE, [bytes([byte]) for byte in frame])) == whole
    assert told(feed(WIRE, [frame * 3])) == whole * 3
    assert told(feed(WIRE, [frame + b"\r\n\0\n"])) == whole
    before, found, behind = feed(WIRE, [b"\x06garbage\x80" + frame + b"\xfe\xfe"])
    assert told([found]) == whole
    assert isinstance(before, Noise)
    assert isinstance(behind, Noise)


def test_what_does_not_end_is_no_record() -> None:
    """Bounded memory, and the next record is found."""
    items = feed(WIRE, [HEAD + b"x" * (2 * LONGEST) + RECORDS["mains"]])
    assert [type(item).__name__ for item in items] == ["Noise", "Arrival"]
    [cut] = feed(WIRE, [HEAD])
    assert isinstance(cut, Noise)
    assert cut.guess == INCOMPLETE
    [strange] = feed(WIRE, [b"GET / HTTP/1.1\r\n\r\n"])
    assert isinstance(strange, Noise)
    assert strange.guess == GARBAGE


@EVERY
def test_a_stream_is_recognised_by_its_first_record(frame: bytes) -> None:
    """Sure with the last byte, not one earlier, and only where the check byte fits."""
    assert [recognise(frame[:cut], False) for cut in range(len(frame))] == [Likeness.MORE] * len(frame)
    assert recognise(frame, False) is Likeness.SURE
    assert recognise(frame[:-1], True) is Likeness.NO
    assert recognise(frame[:-2] + bytes([frame[-2] ^ 1]) + b"\r", True) is Likeness.NO


@pytest.mark.parametrize(
    "data",
    [
        b"5011 181234E13001015\x14",
        b"1011           @    \x14",
        b"\n01 1234 18 E130 01 C015\r",
        b"\n00 OKAY @\r",
        b'\n76B70029"ADM-CID"0001R1L1#1234[#1234|1131 01 015]\r',
        b"\n4E2F\t00010100 [#1234|NBA001]\r",
        b"\nSR0001L0001    006969XX    [ID00000000]\r",
        b"\x45#1234\x9c",
    ],
)
def test_messages_of_other_protocols_are_never_read(data: bytes) -> None:
    """Not one arrival, and not recognised."""
    assert not any(isinstance(item, Arrival) for item in feed(WIRE, [data]))
    assert recognise(data, True) is Likeness.NO


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from(list(RECORDS.values())),
            st.text('\r\x01\x02\x05"#0123456789w', max_size=30).map(str.encode),
        ),
        max_size=8,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_borne_and_none_is_lost(pieces: list[bytes]) -> None:
    """Never an error; every record stands in the stream, in order; recognising bears them, too."""
    data = b"".join(pieces)
    at = 0
    for item in feed(WIRE, [data]):
        if isinstance(item, Arrival):
            at = data.index(item.raw, at) + len(item.raw)
    for cut in range(0, len(data) + 1, 5):
        recognise(data[:cut], False)
        recognise(data[:cut], True)
