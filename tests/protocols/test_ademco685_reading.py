"""Lines of an Ademco 685: every form, every departure, every way in which they can be cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.ademco685 import FINDINGS, WIRE, recognise
from protocols.ademco685.findings import GARBAGE, INCOMPLETE, PARITY
from protocols.ademco685.grammar import LONGEST
from protocols.model import ArrivalKind, Noise, Qualifier, Scheme
from protocols.wire import Likeness
from tests.protocols.ademco_support import feed, ids, one, told

CONTACT_ID = bytes.fromhex("0a 30 31 20 31 32 33 34 20 31 38 20 45 31 33 30 20 30 31 20 43 30 31 35 0d")
OKAY = bytes.fromhex("0a 30 30 20 4f 4b 41 59 20 40 0d")
FRAMES = {
    "contact-id": CONTACT_ID,
    "contact-id restore": b"\n2F 0077 18 R401 02 U005\r",
    "contact-id status": b"\n01 1234 18 P302 00 C000\r",
    "okay": OKAY,
    "okay of an emulator": b"\n01 OKAY @ \r",
    "3+1": b"\n01 0123 3\r",
    "4+1": b"\n01 1234 B\r",
    "4+2": b"\n01 1234 3 1\r",
    "caps": b"\n01 1234 0 3 7A",
    "high speed": b"\n01 1234 1255 5364 7\r",
    "esc": b"\n01 1234 18 E130 01 C015\x1b",
}
EVERY = pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())


def test_a_contact_id_line_is_read_to_its_last_field() -> None:
    """Receiver, line, account, event: what stands in the manual's form has no findings."""
    arrival = one(WIRE, CONTACT_ID)
    assert (arrival.kind, arrival.token, arrival.receiver, arrival.line) == (ArrivalKind.EVENT, "18", "0", "1")
    assert (arrival.account, arrival.raw, arrival.findings) == ("1234", CONTACT_ID, ())
    [signal] = arrival.signals
    assert (signal.scheme, signal.code, signal.qualifier) == (Scheme.CONTACT_ID, "130", Qualifier.NEW)
    assert (signal.account, signal.partition, signal.subject, signal.number) == ("1234", "01", "zone", "015")


@pytest.mark.parametrize(
    ("frame", "qualifier", "subject", "user"),
    [
        (FRAMES["contact-id restore"], Qualifier.RESTORE, "user", "005"),
        (FRAMES["contact-id status"], Qualifier.STATUS, "zone", ""),
    ],
)
def test_qualifiers_and_users_are_read(frame: bytes, qualifier: Qualifier, subject: str, user: str) -> None:
    """E, R and P; who did it, where the code says that somebody did."""
    [signal] = one(WIRE, frame).signals
    assert (signal.qualifier, signal.subject, signal.user) == (qualifier, subject, user)


def test_an_unknown_code_believes_the_letter() -> None:
    """U: the number is a user's, C: a zone's."""
    [user] = one(WIRE, b"\n01 1234 18 E7C9 01 U015\r").signals
    [zone] = one(WIRE, b"\n01 1234 18 E7C9 01 C015\r").signals
    assert [(signal.subject, signal.user) for signal in (user, zone)] == [("user", "015"), ("zone", "")]


@pytest.mark.parametrize("frame", [OKAY, FRAMES["okay of an emulator"]])
def test_the_heartbeat_says_only_that_the_line_lives(frame: bytes) -> None:
    """With zeros, or with receiver and line of an emulator."""
    arrival = one(WIRE, frame)
    assert (arrival.kind, arrival.token, arrival.signals, arrival.findings) == (ArrivalKind.LINK_TEST, "OKAY", (), ())


@pytest.mark.parametrize(
    ("frame", "token", "code", "number"),
    [
        (FRAMES["3+1"], "4+1", "3", ""),
        (FRAMES["4+1"], "4+1", "B", ""),
        (FRAMES["4+2"], "4+2", "3", "1"),
        (FRAMES["caps"], "4+2-caps", "2", "5"),
        (b"\n01 1234 0 0 0A", "4+2-caps", "0", "0"),
        (b"\n01 1234 2 5 5A", "4+2-caps", "F", "15"),
    ],
)
def test_codes_without_a_standard_are_kept_as_they_are(frame: bytes, token: str, code: str, number: str) -> None:
    """The installer chose what they mean; CAPS is 16 times the event plus the zone."""
    arrival = one(WIRE, frame)
    [signal] = arrival.signals
    assert (arrival.token, arrival.findings) == (token, ())
    assert (signal.scheme, signal.code, signal.number, signal.qualifier) == (Scheme.OTHER, code, number, Qualifier.NEW)


def test_every_channel_of_high_speed_is_an_event() -> None:
    """Alarm, opening, nothing, restore, still open, closing, and the low battery of the status."""
    arrival = one(WIRE, b"\n01 1234 1255 5364 8\r")
    assert [(signal.code, signal.qualifier, signal.number) for signal in arrival.signals] == [
        ("UA", Qualifier.NEW, "1"),
        ("OP", Qualifier.NEW, "2"),
        ("UR", Qualifier.RESTORE, "6"),
        ("UA", Qualifier.STATUS, "7"),
        ("CL", Qualifier.NEW, "8"),
        ("YT", Qualifier.NEW, ""),
    ]
    assert (arrival.token, arrival.findings) == ("4-8-1", ())


@pytest.mark.parametrize(
    ("digits", "status", "codes"),
    [
        ("5555 5555", "9", ["TX"]),
        ("1555 5555", "9", ["UA", "TX"]),
        ("1535 5555", "5", ["UT", "UJ"]),
        ("5555 5555", "5", ["YX"]),
        ("5555 5555", "7", ["S7"]),
        ("1555 5555", "7", ["UA"]),
        ("1555 5555", "1", ["HA"]),
        ("5555 5555", "0", ["S0"]),
    ],
)
def test_the_status_digit_says_what_the_channels_are_about(digits: str, status: str, codes: list[str]) -> None:
    """Where tables disagree it is kept as a code of its own, but for a duress. Never nothing."""
    arrival = one(WIRE, f"\n01 1234 {digits} {status}\r".encode())
    assert [signal.code for signal in arrival.signals] == codes
    assert arrival.findings == ()


def test_a_digit_without_a_meaning_is_kept() -> None:
    """It may have been an alarm: a code of its own, with its channel."""
    signals = one(WIRE, b"\n01 1234 1550 5555 7\r").signals
    assert [(signal.scheme, signal.code, signal.number) for signal in signals] == [
        (Scheme.SIA, "UA", "1"),
        (Scheme.OTHER, "C0", "4"),
    ]


def test_without_its_lf_only_a_line_that_can_be_read_is_one() -> None:
    """Anything else is noise, and never answered."""
    assert all(isinstance(item, Noise) for item in feed(WIRE, [b"01 1234 18 E13? 01 C015\r"]))


def test_the_7810ir_has_two_digits_of_receiver_and_no_line() -> None:
    """Only where the source is set so: the bytes do not tell."""
    arrival = one(WIRE, b"\nA7 1234 1555 5555 7\r", edge="7810ir")
    assert (arrival.receiver, arrival.line) == ("A7", "")
    assert one(WIRE, b"\nA7 1234 1555 5555 7\r").receiver == "A"


DEPARTURES = [
    ("ademco685.start.missing", CONTACT_ID[1:]),
    ("ademco685.terminator.missing", CONTACT_ID[:-1]),
    ("ademco685.framing.filler", b"\r\n\0" + CONTACT_ID),
    ("ademco685.head.width", b"\n011 1234 18 E130 01 C015\r"),
    ("ademco685.account.width", b"\n01 123456 18 E130 01 C015\r"),
    ("ademco685.account.letter-a", b"\n01 1A34 18 E130 01 C015\r"),
    ("ademco685.lower-case", b"\n01 1b34 18 E130 01 C015\r"),
    ("ademco685.spaces", b"\n01  1234 18 E130 01 C015\r"),
    ("ademco685.spaces", b"\n01 1234 18E130 01 C015\r"),
    ("ademco685.spaces", b"\n01 1234 18 E 130 01 C015\r"),
    ("ademco685.spaces", b"\n01 1234 18 E130 01 C015 \r"),
    ("ademco685.qualifier.digit", b"\n01 1234 18 1130 01 C015\r"),
    ("ademco685.partition.missing", b"\n01 1234 18 E130 C015\r"),
    ("ademco685.kind.missing", b"\n01 1234 18 E130 01 015\r"),
    ("ademco685.kind.differs", b"\n01 1234 18 E130 01 U015\r"),
    ("ademco685.caps.terminator", b"\n01 1234 0 3 7\r"),
    ("ademco685.channel.unknown", b"\n01 1234 1550 5555 7\r"),
    ("ademco685.status.unknown", b"\n01 1234 1555 5555 3\r"),
    ("ademco685.repeat-mark", b"\n01 1234 18 E130 01 C015 R\r"),
    ("contact-id.code-unknown", b"\n01 1234 18 E7C9 01 C015\r"),
]


@pytest.mark.parametrize(("id_", "frame"), DEPARTURES, ids=[f"{id_}-{n}" for n, (id_, _) in enumerate(DEPARTURES)])
def test_departures_are_named_and_borne(id_: str, frame: bytes) -> None:
    """Just this one; the event is read all the same, and the bytes concerned are inside the line."""
    arrival = one(WIRE, frame)
    assert ids(arrival) == [id_]
    assert arrival.kind is ArrivalKind.EVENT
    assert arrival.account in ("1234", "123456", "1A34", "1b34")
    assert arrival.signals[0].code in ("130", "2", "UA", "UB", "7C9")
    [finding] = arrival.findings
    assert finding.offset is None or 0 <= finding.offset < finding.offset + finding.length <= len(arrival.raw)


def test_every_finding_of_the_protocol_is_shown_by_a_line() -> None:
    """Nothing is listed that cannot happen."""
    shown = {id_ for id_, _ in DEPARTURES} | {"ademco685.unreadable"}
    assert set(FINDINGS) <= shown


@pytest.mark.parametrize(
    "frame",
    [
        b"\n01 1234 18 E13? 01 C015\r",
        b"\n01 1234 18 E130 01 C01\r",  # a digit was lost: not the number C01
        b"\n01 1234 2 5 6A",  # more than 255
        b"\n01 1234 9 9 9A",
        b"\n01 IT IRCV 234A\r",
        b"\n01 1234 18 X130 01 C015\r",
        b"\n01 12?4 18 E130 01 C015\r",
        b"\n01 1234 1555 555 7\r",
    ],
)
def test_a_whole_line_without_a_known_form_is_not_understood(frame: bytes) -> None:
    """It is answered so, and kept."""
    arrival = one(WIRE, frame)
    assert (arrival.kind, arrival.signals, ids(arrival)) == (ArrivalKind.MALFORMED, (), ["ademco685.unreadable"])
    assert arrival.raw == frame


@EVERY
def test_a_line_is_read_the_same_however_it_is_cut(frame: bytes) -> None:
    """Whole, byte by byte, glued to its like, with bytes behind it, and in garbage."""
    whole = told(feed(WIRE, [frame]))
    assert len(whole) == 1
    assert told(feed(WIRE, [bytes([byte]) for byte in frame])) == whole
    assert told(feed(WIRE, [frame * 3])) == whole * 3
    assert told(feed(WIRE, [frame + b"\r\n\0\n"])) == whole
    before, found, behind = feed(WIRE, [b"\x01\x02garbage\x7f" + frame + b"\x02\xfe"])
    assert told([found]) == whole
    assert isinstance(before, Noise)
    assert isinstance(behind, Noise)


@EVERY
def test_a_line_that_lost_its_end_swallows_nothing(frame: bytes) -> None:
    """Cut anywhere, the next line is found whole, and nothing of it goes into the one before."""
    for cut in range(len(frame)):
        items = feed(WIRE, [frame[:cut] + CONTACT_ID])
        assert told([items[-1]])[0][1:4] == told(feed(WIRE, [CONTACT_ID]))[0][1:4], cut
        assert all(
            isinstance(item, Noise) or item.raw.rstrip() in (frame.rstrip(), frame[:-1]) for item in items[:-1]
        ), cut


def test_a_short_line_without_its_end_is_not_believed() -> None:
    """More could have followed: 4+1 may be the beginning of 4+2."""
    [item] = feed(WIRE, [b"\n01 1234 3"])
    assert isinstance(item, Noise)
    assert item.guess == INCOMPLETE


def test_what_goes_on_for_too_long_is_no_line() -> None:
    """Bounded memory, and the next line is found."""
    items = feed(WIRE, [b"\n01 " + b"5" * (3 * LONGEST) + CONTACT_ID])
    assert [type(item).__name__ for item in items] == ["Noise", "Arrival"]


def test_a_parity_bit_is_named() -> None:
    """A line with seven bits and even parity, heard as eight bits, is the commonest wrong setting."""
    heard = bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in CONTACT_ID)
    [item] = feed(WIRE, [heard])
    assert isinstance(item, Noise)
    assert item.guess == PARITY


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\nHost: 01\r\n\r\n", b"\x16\x03\x01\0\xa5", b"hello\r\n"])
def test_other_things_are_garbage(data: bytes) -> None:
    """And never a message."""
    items = feed(WIRE, [data])
    assert [item.guess for item in items if isinstance(item, Noise)] == [GARBAGE] * len(items)


# What is not ours: the other protocols' own examples
STRANGE = [
    b"5011 181234E13001015\x14",
    b"501001 181234E13001015\x14",
    b"5011 181234E13001015\r",
    b"1011           @    \x14",
    b"80111234 5555 5555 7\x14",
    b"S011[#1234|Nri1BA01]\x14",
    b'\n76B70029"ADM-CID"0001R1L1#1234[#1234|1131 01 015]\r',
    b"\n4E2F\t00010100 [#1234|NBA001]\r",
    b"\nSR0001L0001    006969XX    [ID00000000]\r",
    b'\x02010226"120000"01"0001"wq\r',
    b"\x45#1234\x9c",
]


@pytest.mark.parametrize("data", STRANGE)
def test_messages_of_other_protocols_are_never_read(data: bytes) -> None:
    """Not as events, and not recognised."""
    assert not any(getattr(item, "signals", ()) for item in feed(WIRE, [data]))
    assert recognise(data, True) is Likeness.NO


@EVERY
def test_a_stream_is_recognised_by_its_first_line(frame: bytes) -> None:
    """Sure with the last byte, not one earlier, and never without an end."""
    assert [recognise(frame[:cut], False) for cut in range(len(frame))] == [Likeness.MORE] * len(frame)
    assert recognise(frame, False) is Likeness.SURE
    assert recognise(b"\r\n" + frame + b"\n01", False) is Likeness.SURE
    assert recognise(frame[:-1], True) is Likeness.NO
    assert recognise(frame[:-1] + b"\n", False) is not Likeness.SURE


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from(list(FRAMES.values())),
            st.text("\n\r\x1b 01289ABCEFOKRUY@", max_size=30).map(str.encode),
        ),
        max_size=8,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_borne_and_none_is_lost(pieces: list[bytes]) -> None:
    """Never an error; every line stands in the stream, in order; recognising bears them, too."""
    data = b"".join(pieces)
    items = feed(WIRE, [data])
    assert sum(len(item.raw) if not isinstance(item, Noise) else item.size for item in items) <= len(data)
    at = 0
    for item in items:
        if not isinstance(item, Noise):
            at = data.index(item.raw, at) + len(item.raw)
    for cut in range(0, len(data) + 1, 5):
        recognise(data[:cut], False)
        recognise(data[:cut], True)
