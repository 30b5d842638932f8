"""The Osborne-Hoffman protocol as far as it is public: polls are kept alive, events are read, each is acknowledged."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.ends import LinkTest, OutcomeKind, Payload
from protocols.lines.options import Speaker
from protocols.lines.sending import QuirksError, UnsendableError
from protocols.model import Arrival, ArrivalKind, Noise, Qualifier, Scheme, Signal, Verdict
from protocols.osborne_hoffman import WIRE, grammar
from protocols.wire import Likeness
from tests.protocols.ademco_support import NOW, Station, after, feed, ids, one, receiver, talk, told
from tests.protocols.dc09_support import VECTORS

POLL = b"\nSR0001L0001    006969XX    [ID5B9490D8]\r"
SIA = VECTORS["F80"].frame
CONTACT_ID = b'\n01010034"ADM-CID"0005RABCDLDEAD[#005412|1150 04 261]\r\0'
POLLS = {
    "captured": (b"SR0001L0001    001465XX    [ID5B9490D8]\r", "001465", []),
    "with LF": (POLL, "006969", []),
    "nul for blanks": (b"SR0001L0001" + b"\0" * 4 + b"001465XX" + b"\0" * 4 + b"[ID5B9490D8]\r\0\0", "001465", []),
    "without an id": (b"\nSR0001L0001    006969XX    [ID00000000]\r\0", "006969", ["osborne-hoffman.poll.no-id"]),
    "older": (b"SRDEADLBEEF    F0000DXX    \0", "F0000D", ["osborne-hoffman.no-cr"]),
    "newer, no CR": (b"SRDEADLBEEF    F0000DXX    \0[ID2F96C533]\0", "F0000D", ["osborne-hoffman.no-cr"]),
    "line of five": (b"SR0001L1234A    001465XX    [ID5B9490D8]\r", "001465", []),
    "with a time": (b"SR0001L0001    001465XX    [ID5B9490D8]T69574A80\r", "001465", []),
}
TIMED = grammar.write_event(
    b"SIA-DCS", b"0001", b"0001", b"0001", b"#001234|Nri01/BA001", b"E69B557E0CE8BD98|#006969T69574A80", b"\r\0"
)
EVENTS = {"sia": SIA, "contact id": CONTACT_ID, "with a time": TIMED}
every_poll = pytest.mark.parametrize(("frame", "account", "found"), POLLS.values(), ids=POLLS.keys())
every_frame = pytest.mark.parametrize(
    "frame", [*(frame for frame, _, _ in POLLS.values() if b"\r" in frame), *EVENTS.values()]
)


def event(body: bytes) -> bytes:
    """An event by its definition: the length is that of the body and eight more."""
    return b"\n0101%04X%b\r" % (len(body) + 8, body)


def sender(**speaker: Any) -> Any:
    """The panel's end."""
    return WIRE.sending(Speaker(**{"account": "1234"} | speaker))


# Polls


@every_poll
def test_a_poll_shows_that_the_path_lives(frame: bytes, account: str, found: list[str]) -> None:
    """With the account that it names; it makes no entry."""
    arrival = one(WIRE, frame)
    assert (arrival.kind, arrival.account, arrival.identity) == (ArrivalKind.LINK_TEST, account, None)
    numbers = frame.lstrip(b"\n")[2:].replace(b"\0", b" ").split()[0].decode()
    assert f"{arrival.receiver}L{arrival.line}" == numbers
    assert ids(arrival) == found


def test_the_time_of_a_poll_is_that_of_its_sender() -> None:
    assert one(WIRE, POLLS["with a time"][0]).sent_at == 0x69574A80


@pytest.mark.parametrize(("edge", "ack", "nak"), [("", b'"ACK"', b'"NAK"'), ("line", b"ACK\r\n", b"NACK\r\n")])
@pytest.mark.parametrize("frame", [POLL, SIA, CONTACT_ID])
def test_polls_and_events_are_answered_in_the_same_form(frame: bytes, edge: str, ack: bytes, nak: bytes) -> None:
    for verdict, expected in (
        (Verdict.STORED, ack),
        (Verdict.ALIVE, ack),
        (Verdict.DUPLICATE, ack),
        (Verdict.STALE, ack),
        (Verdict.UNSUPPORTED, ack),
        (Verdict.MALFORMED, nak),
        (Verdict.REFUSED, nak),
        (Verdict.NOT_STORED, b""),
    ):
        end = receiver(WIRE, edge=edge)
        (arrival,) = end.receive(frame, NOW)
        assert isinstance(arrival, Arrival)
        end.decide(arrival, verdict, NOW)
        assert end.data_to_send() == expected
    assert set(WIRE.edges) == {"", "line"}


# Events


def test_a_captured_event_is_read() -> None:
    """Its length counts eight bytes more than it has; panel id and the communicator's account stand behind the data."""
    arrival = one(WIRE, SIA)
    assert (arrival.kind, arrival.token, arrival.sequence) == (ArrivalKind.EVENT, "SIA-DCS", "0001")
    assert (arrival.receiver, arrival.line, arrival.account, arrival.inner) == ("6666", "1234", "001234", "001234")
    (signal,) = arrival.signals
    assert (signal.code, signal.partition, signal.number, signal.text) == ("NR", "01", "001", "HA")
    assert ids(arrival) == ["sia.text.xsia"]
    assert arrival.identity is not None
    assert arrival.identity.fleeting


def test_contact_id_is_read() -> None:
    arrival = one(WIRE, CONTACT_ID)
    (signal,) = arrival.signals
    assert (signal.scheme, signal.code, signal.partition, signal.number) == (Scheme.CONTACT_ID, "150", "04", "261")
    assert (arrival.account, ids(arrival)) == ("005412", [])


def test_time_and_communicator_stand_behind_the_data() -> None:
    """The event belongs to the account inside, the path to the communicator."""
    arrival = one(WIRE, EVENTS["with a time"])
    assert (arrival.account, arrival.inner, arrival.signals[0].account) == ("006969", "001234", "001234")
    assert arrival.sent_at == arrival.signals[0].occurred_at == 0x69574A80


@pytest.mark.parametrize(
    ("frame", "kind", "found"),
    [
        (SIA.replace(b"0053", b"004B"), ArrivalKind.EVENT, ["osborne-hoffman.length", "sia.text.xsia"]),
        (CONTACT_ID[:-2], ArrivalKind.EVENT, ["osborne-hoffman.no-cr"]),
        (
            CONTACT_ID.replace(b"1150 04 261", b"1150 04 2x1"),
            ArrivalKind.MALFORMED,
            ["osborne-hoffman.data.unreadable"],
        ),
        (
            event(b'"*SIA-DCS"0001R1L1#1234[ABCDEF01ABCDEF01ABCDEF01ABCDEF01]'),
            ArrivalKind.OPAQUE,
            ["osborne-hoffman.encrypted"],
        ),
        (event(b'"VIDEO"0001R0001L0001[#001234|x]'), ArrivalKind.OPAQUE, ["osborne-hoffman.token.unread"]),
        (event(b'"SIA-DCS"0001R0001L0001[#001234|]'), ArrivalKind.OPAQUE, ["osborne-hoffman.data.no-event"]),
    ],
)
def test_departures_are_named(frame: bytes, kind: ArrivalKind, found: list[str]) -> None:
    """And what is not read is kept."""
    arrival = one(WIRE, frame)
    assert arrival.kind is kind
    assert ids(arrival) == found


def test_what_cannot_be_read_is_refused_once_and_kept_when_it_comes_again() -> None:
    frame = CONTACT_ID.replace(b"1150 04 261", b"1150 04 2x1")
    end = receiver(WIRE)
    (first,) = end.receive(frame, NOW)
    assert isinstance(first, Arrival)
    end.decide(first, Verdict.MALFORMED, NOW)
    assert end.data_to_send() == b'"NAK"'
    (second,) = end.receive(frame, after(5))
    assert isinstance(second, Arrival)
    assert second.kind is ArrivalKind.OPAQUE


def test_a_second_press_of_a_panic_button_is_a_second_event() -> None:
    """Whether the numbers rise on every panel is not known: they are no identity."""
    end = receiver(WIRE)
    seen = []
    for _ in range(2):
        (arrival,) = end.receive(CONTACT_ID, NOW)
        assert isinstance(arrival, Arrival)
        end.decide(arrival, Verdict.STORED, NOW)
        seen.append(arrival.identity)
    assert seen[0] != seen[1]


# The line


@every_frame
def test_a_message_is_found_however_it_comes(frame: bytes) -> None:
    """Whole, byte by byte, glued, with rubbish around it."""
    bare = frame.strip(b"\0\n")
    whole = told(feed(WIRE, [bare]))
    assert told(feed(WIRE, [bare[at : at + 1] for at in range(len(bare))])) == whole
    assert told(feed(WIRE, [bare * 3])) == whole * 3
    assert told(feed(WIRE, [bare + b"\0\0\n"]))[0][0] == whole[0][0]
    for around in (b"rubbish\r", b"\n0101", b"SR00", b"\x00\xff", b'\n0101zzzz"'):
        for data in (around + frame, frame + around):
            assert whole[0][2:4] in [item[2:4] for item in told(feed(WIRE, [data]))]


def test_noise_says_what_it_probably_is() -> None:
    for data, guess in ((b"SR0001L0001    0014", "osborne-hoffman.damaged"), (b"hello\r", "garbage")):
        (noise,) = feed(WIRE, [data])
        assert isinstance(noise, Noise)
        assert noise.guess == guess


def test_it_is_recognised_by_a_whole_poll_or_an_event_whose_length_fits() -> None:
    for frame in (POLL, SIA, CONTACT_ID):
        assert WIRE.recognise(frame, False) is Likeness.SURE
    assert WIRE.recognise(SIA.replace(b"0053", b"004B"), False) is Likeness.NO
    older = POLLS["older"][0]
    assert (WIRE.recognise(older, False), WIRE.recognise(older, True)) == (Likeness.MORE, Likeness.SURE)


PIECES = [
    *EVENTS.values(),
    *(frame for frame, _, _ in POLLS.values()),
    b"SR",
    b"\n0101",
    b'"',
    b"[",
    b"]",
    b"|#",
    b"\r",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(st.binary(max_size=20), st.sampled_from(PIECES)), max_size=8))
@example([b"SR0001L" * 300])
@example([b'\n01010053"SIA-DCS"0001[' + b"]" * 2000])
def test_any_bytes_are_borne(pieces: list[bytes]) -> None:
    """By both ends and the explanation; no byte is told twice."""
    items = feed(WIRE, pieces)
    data = b"".join(pieces)
    assert sum(item.size if isinstance(item, Noise) else len(item.raw) for item in items) <= len(data)
    panel = sender()
    panel.receive(data, NOW)
    panel.expire(after(99))
    for item in items:
        WIRE.explain(item.raw)


# The sending end

EVENT = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, partition="01", number="015"
)
FIELDS = {name: getattr(EVENT, name) for name in EVENT.__struct_fields__}


@pytest.mark.parametrize("answer", [b'"ACK"', b"ACK\r\n", b"ACK\r", b"\0ACK\r\n"])
def test_either_form_of_an_answer_is_understood(answer: bytes) -> None:
    """In pieces, too."""
    end = sender()
    end.submit(EVENT, NOW)
    assert end.data_to_send()
    outcomes = [outcome for byte in answer for outcome in end.receive(bytes((byte,)), NOW)]
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED]


@pytest.mark.parametrize("answer", [b'"NAK"', b"NACK\r\n", b'"DUH"'])
def test_a_negative_answer_costs_an_attempt(answer: bytes) -> None:
    end = sender(attempts=2)
    end.submit(EVENT, NOW)
    frame = end.data_to_send()
    assert list(end.receive(answer, NOW)) == []
    assert end.data_to_send() == frame
    (outcome,) = end.receive(answer, NOW)
    assert outcome.kind is OutcomeKind.GAVE_UP


def test_an_answer_without_a_line_end_is_taken_when_nothing_follows() -> None:
    end = sender()
    end.submit(EVENT, NOW)
    end.data_to_send()
    assert list(end.receive(b"ACK", NOW)) == []
    (outcome,) = end.expire(after(5))
    assert outcome.kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize(
    ("message", "quirks", "found"),
    [
        (EVENT, {}, []),
        (EVENT, {"true_length": True}, ["osborne-hoffman.length"]),
        (EVENT, {"end": False, "nul_end": False}, ["osborne-hoffman.no-cr"]),
        (EVENT, {"panel_id": "E69B557E0CE8BD98"}, []),
        (LinkTest("1234"), {}, []),
        (LinkTest("1234"), {"nul_blanks": True}, []),
        (LinkTest("1234"), {"id": "00000000"}, ["osborne-hoffman.poll.no-id"]),
        (Payload("1234", "VIDEO", "x"), {}, ["osborne-hoffman.token.unread"]),
    ],
)
def test_what_is_said_is_read_back(message: Any, quirks: dict[str, Any], found: list[str]) -> None:
    end = sender(quirks=quirks)
    end.submit(message, NOW)
    arrival = one(WIRE, end.data_to_send())
    assert (arrival.account, ids(arrival)) == ("001234", found)
    end = sender(quirks=quirks | {"repeated": True})
    end.submit(message, NOW)
    assert len(feed(WIRE, [end.data_to_send()])) == 2


def test_a_heartbeat_is_a_poll() -> None:
    end = sender(heartbeat_s=60.0)
    end.connected(NOW)
    end.expire(after(60))
    assert end.data_to_send() == b"\nSR0001L0001    001234XX    [ID00000001]\r\0"


def test_what_cannot_be_said_is_refused_in_words() -> None:
    end = sender()
    for message, why in (
        (Signal(**FIELDS | {"scheme": Scheme.OTHER}), "send other codes as a payload"),
        (Signal(**FIELDS | {"account": "1234567"}), "1 to 6 hex digits"),
        (Payload("1234", "sia", "x"), "capitals"),
        (Payload("1234", "SIA-DCS", "x]y"), "bracket"),
        (Payload("1234", "SIA-DCS", "x" * 2000), "too long"),
    ):
        with pytest.raises(UnsendableError, match=why):
            end.submit(message, NOW)
    with pytest.raises(QuirksError, match="hex digits"):
        sender(quirks={"id": "1"})


@pytest.mark.parametrize("seed", range(6))
def test_no_signal_is_lost_over_a_bad_line(seed: int) -> None:
    """Lost events, lost answers, a station whose disk fails now and then."""
    rng = random.Random(seed)
    panel = sender(ack_timeout_s=5.0, attempts=30)
    end, station = receiver(WIRE), Station(rng, failing=0.1)
    numbers = [f"{number:03}" for number in range(30)]
    for number in numbers:
        panel.submit(Signal(**FIELDS | {"number": number}), NOW)
    outcomes = talk(panel, end, station, rng, 0.3, NOW.mono + 36000)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 30
    assert sorted(set(station.stored)) == numbers
