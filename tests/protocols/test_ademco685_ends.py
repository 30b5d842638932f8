"""Both ends of Ademco 685: answers by verdict, repetitions, fault, S, and a wire that loses what it carries."""

from __future__ import annotations

import random

import pytest

from protocols.ademco685 import EDGES, WIRE
from protocols.ademco685.quirks import SENTENCES, Quirks
from protocols.ends import LinkTest, Outcome, OutcomeKind, Payload
from protocols.lines.asking import ASK_S
from protocols.lines.sending import QuirksError, UnsendableError
from protocols.model import Arrival, ArrivalKind, Qualifier, Scheme, Signal, Verdict
from tests.protocols.ademco_support import NOW, Station, after, ids, one, receiver, sender, talk

LINE = b"\n01 1234 18 E130 01 C015\r"
BROKEN = b"\n01 1234 18 E13? 01 C015\r"
OKAY = b"\n00 OKAY @\r"
ACK, NACK = b"\x06", b"\x15"


def burglary(number: str = "015", qualifier: Qualifier = Qualifier.NEW) -> Signal:
    return Signal(
        account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=qualifier, partition="01", number=number
    )


# The station's end


@pytest.mark.parametrize(
    ("verdict", "answer", "name"),
    [
        (Verdict.STORED, ACK, "ACK"),
        (Verdict.DUPLICATE, ACK, "ACK"),
        (Verdict.STALE, ACK, "ACK"),
        (Verdict.UNSUPPORTED, ACK, "ACK"),
        (Verdict.REFUSED, NACK, "NAK"),
        (Verdict.MALFORMED, NACK, "NAK"),
        (Verdict.NOT_STORED, b"", ""),
    ],
)
def test_the_verdict_is_the_answer(verdict: Verdict, answer: bytes, name: str) -> None:
    """Nothing is written before it, and nothing at all for what could not be stored."""
    end = receiver(WIRE)
    [arrival] = end.receive(LINE, NOW)
    assert isinstance(arrival, Arrival)
    assert end.data_to_send() == b""
    end.decide(arrival, verdict, NOW)
    assert (end.data_to_send(), end.answer(arrival)) == (answer, name)


def test_a_heartbeat_is_acknowledged() -> None:
    """It shows that the path lives."""
    end = receiver(WIRE)
    [arrival] = end.receive(OKAY, NOW)
    assert isinstance(arrival, Arrival)
    end.decide(arrival, Verdict.ALIVE, NOW)
    assert end.data_to_send() == ACK


def test_a_line_that_is_not_understood_twice_is_acknowledged() -> None:
    """First it may have been noise; said again it was meant so, and must not keep others waiting."""
    end = receiver(WIRE)
    [first] = end.receive(BROKEN, NOW)
    assert isinstance(first, Arrival)
    assert first.kind is ArrivalKind.MALFORMED
    end.decide(first, Verdict.MALFORMED, NOW)
    [second] = end.receive(BROKEN, after(2.0))
    assert isinstance(second, Arrival)
    assert second.kind is ArrivalKind.OPAQUE
    end.decide(second, Verdict.STORED, after(2.0))
    assert end.data_to_send() == NACK + ACK


def test_a_repetition_is_the_same_message_with_the_printers_mark_too() -> None:
    """On a serial line, two seconds after the first, whose answer was lost."""
    end = receiver(WIRE, transport="serial")
    [first] = end.receive(LINE, NOW)
    assert isinstance(first, Arrival)
    end.decide(first, Verdict.STORED, NOW)
    [again] = end.receive(LINE[:-1] + b" R\r", after(2.0))
    assert isinstance(again, Arrival)
    assert again.identity == first.identity
    end.decide(again, Verdict.DUPLICATE, after(2.0))
    [later] = end.receive(LINE, after(20.0))
    assert isinstance(later, Arrival)
    assert later.identity != first.identity


@pytest.mark.parametrize("edge", ["no-ack", "7810ir-no-ack"])
def test_with_handshake_b_nothing_is_written(edge: str) -> None:
    """The sender expects no answers; the events are stored all the same."""
    end = receiver(WIRE, edge=edge)
    for data, verdict in ((LINE, Verdict.STORED), (BROKEN, Verdict.MALFORMED), (OKAY, Verdict.ALIVE)):
        [arrival] = end.receive(data, NOW)
        assert isinstance(arrival, Arrival)
        assert arrival.reply is not None
        end.decide(arrival, verdict, NOW)
    assert end.data_to_send() == b""
    assert end.undecided == 0


def test_a_silent_line_is_asked() -> None:
    """At once, and after each minute of silence; a line that speaks is not."""
    end = receiver(WIRE, edge="query")
    due = end.next_timeout()
    assert due is not None
    assert due <= NOW.mono
    end.expire(NOW)
    assert end.data_to_send() == b"S"
    [arrival] = end.receive(OKAY, after(1.0))
    assert isinstance(arrival, Arrival)
    end.decide(arrival, Verdict.ALIVE, after(1.0))
    assert end.data_to_send() == ACK
    assert end.next_timeout() == after(1.0 + ASK_S).mono
    end.expire(after(ASK_S))
    assert end.data_to_send() == b""
    end.expire(after(1.0 + ASK_S))
    assert end.data_to_send() == b"S"


def test_nobody_asks_before_an_answer_nor_where_it_only_listens() -> None:
    """The sender waits for the verdict on its message; a passive tap never writes."""
    end = receiver(WIRE, edge="query")
    [arrival] = end.receive(LINE, NOW)
    assert isinstance(arrival, Arrival)
    end.expire(after(ASK_S))
    assert end.data_to_send() == b""
    end.decide(arrival, Verdict.STORED, after(ASK_S))
    end.expire(after(2 * ASK_S))
    assert end.data_to_send() == ACK + b"S"
    tap = receiver(WIRE, edge="query", listen_only=True)
    assert tap.next_timeout() is None
    tap.expire(NOW)
    assert tap.data_to_send() == b""


def test_every_edge_is_described_and_works() -> None:
    """Each reads a line."""
    for edge, words in EDGES.items():
        assert words
        assert one(WIRE, LINE, edge=edge).account == "1234"


# The sender's end


@pytest.mark.parametrize(
    ("signal", "line"),
    [
        (burglary(), LINE),
        (burglary(qualifier=Qualifier.RESTORE), b"\n01 1234 18 R130 01 C015\r"),
        (burglary(qualifier=Qualifier.STATUS), b"\n01 1234 18 P130 01 C015\r"),
        (
            Signal(
                account="77",
                scheme=Scheme.CONTACT_ID,
                code="401",
                qualifier=Qualifier.RESTORE,
                number="005",
                user="005",
            ),
            b"\n01 0077 18 R401 00 U005\r",
        ),
        (
            Signal(account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, partition="1", number="12"),
            b"\n01 1234 18 E130 01 C012\r",
        ),
        (Signal(account="1234", scheme=Scheme.OTHER, code="3", qualifier=Qualifier.NEW), b"\n01 1234 3\r"),
        (
            Signal(account="1234", scheme=Scheme.OTHER, code="3", qualifier=Qualifier.NEW, number="1"),
            b"\n01 1234 3 1\r",
        ),
    ],
)
def test_signals_are_said_in_the_manuals_form(signal: Signal, line: bytes) -> None:
    """Contact ID, SIA by the code map, and codes of no standard."""
    panel = sender(WIRE)
    panel.submit(signal, NOW)
    assert panel.data_to_send() == line


@pytest.mark.parametrize(
    "message",
    [
        Signal(account="12345", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW),
        Signal(account="12 4", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW),
        Signal(account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, number="1234"),
        Signal(account="1234", scheme=Scheme.SIA, code="QQ", qualifier=Qualifier.NEW),
        Signal(account="1234", scheme=Scheme.SIA, code="BA", qualifier=Qualifier.NEW, number="1000"),
        Signal(account="1234", scheme=Scheme.OTHER, code="S7", qualifier=Qualifier.NEW),
        Payload("1234", "18", "E130\r01"),
        Payload("12\n4", "18", "E130"),
    ],
)
def test_what_the_protocol_cannot_say_is_refused_with_a_reason(message: Signal | Payload) -> None:
    """Nothing goes out in its place."""
    panel = sender(WIRE)
    with pytest.raises(UnsendableError, match=r".{20}"):
        panel.submit(message, NOW)
    assert panel.data_to_send() == b""


@pytest.mark.parametrize(
    ("payload", "line"),
    [
        (Payload("1234", "4-8-1", "1555 5555 7"), b"\n01 1234 1555 5555 7\r"),
        (Payload("1234", "4+2-caps", "0 3 7"), b"\n01 1234 0 3 7A"),
        (Payload("1234", "4+2", "3 1"), b"\n01 1234 3 1\r"),
        (Payload("1234", "18", "E130 01 C015"), b"\n01 1234 18 E130 01 C015\r"),
        (Payload("1234", "98", "E130  01 015 "), b"\n01 1234 98 E130  01 015 \r"),
        (Payload("1234", "3", ""), b"\n01 1234 3\r"),
        (Payload("1234", "OKAY", ""), OKAY),
    ],
)
def test_content_goes_out_as_it_is_given(payload: Payload, line: bytes) -> None:
    """CAPS ends with its letter; the type of Contact ID stands on the line."""
    panel = sender(WIRE)
    panel.submit(payload, NOW)
    assert panel.data_to_send() == line


@pytest.mark.parametrize(
    ("quirks", "line"),
    [
        ({"terminator": "esc"}, LINE[:-1] + b"\x1b"),
        ({"terminator": "crlf"}, LINE + b"\n"),
        ({"terminator": "none"}, LINE[:-1]),
        ({"start": False}, LINE[1:]),
        ({"qualifier": "digit"}, b"\n01 1234 18 1130 01 C015\r"),
        ({"message_type": "98"}, b"\n01 1234 98 E130 01 C015\r"),
        ({"kind": "none"}, b"\n01 1234 18 E130 01 015\r"),
        ({"copies": 3}, LINE * 3),
        ({"two_digits": True}, b"\n00 1234 18 E130 01 C015\r"),
    ],
)
def test_quirks_are_what_they_say(quirks: dict[str, bool | int | str], line: bytes) -> None:
    """And the station's end reads every one of them as the same event."""
    panel = sender(WIRE, quirks=quirks)
    panel.submit(burglary(), NOW)
    data = panel.data_to_send()
    assert data == line
    items = [*receiver(WIRE).receive(data, NOW)]
    if quirks.get("terminator") == "none":
        items = [one(WIRE, data)]
    arrivals = [item for item in items if isinstance(item, Arrival)]
    assert {(arrival.account, arrival.signals[0].code, arrival.signals[0].number) for arrival in arrivals} == {
        ("1234", "130", "015")
    }


def test_every_quirk_is_described_and_unknown_ones_are_refused() -> None:
    """With the names of those that there are; the same for values."""
    assert set(SENTENCES) == set(Quirks.__struct_fields__) == set(WIRE.quirks)
    for wrong in ({"speed": 3}, {"terminator": "lf"}, {"copies": 0}, {"copies": 99}):
        with pytest.raises(QuirksError, match=r"speed|terminator|copies"):
            sender(WIRE, quirks=wrong)


@pytest.mark.parametrize(
    ("numbers", "quirks", "head"),
    [
        ({"receiver": "01", "line": "1"}, {}, b"\n11 "),
        ({"receiver": "F", "line": "0"}, {}, b"\nF0 "),
        ({"receiver": "a7", "line": "1"}, {"two_digits": True}, b"\nA7 "),
    ],
)
def test_receiver_and_line_stand_in_front(numbers: dict[str, str], quirks: dict[str, bool], head: bytes) -> None:
    """A digit each; two of the receiver for a 7810iR."""
    panel = sender(WIRE, quirks=quirks, **numbers)
    panel.submit(burglary(), NOW)
    assert panel.data_to_send().startswith(head)


def test_numbers_that_have_no_room_are_refused() -> None:
    """Before anything is sent."""
    for numbers in ({"receiver": "12"}, {"line": "123"}, {"receiver": "G"}):
        with pytest.raises(UnsendableError, match="receiver"):
            sender(WIRE, **numbers)


def test_the_letter_a_goes_out_as_it_is_or_as_a_685_sends_it() -> None:
    """By default an account is not turned into another one."""
    signal = Signal(account="1A34", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW)
    plain, like_a_685 = sender(WIRE), sender(WIRE, quirks={"a_to_zero": True})
    for panel in (plain, like_a_685):
        panel.submit(signal, NOW)
    assert (plain.data_to_send()[4:8], like_a_685.data_to_send()[4:8]) == (b"1A34", b"1034")


def test_a_message_is_repeated_once_and_then_the_line_is_in_fault() -> None:
    """Two seconds each; in fault each message is sent once, and an ACK ends the fault."""
    panel = sender(WIRE)
    for number in ("001", "002", "003"):
        panel.submit(burglary(number), NOW)
    first = panel.data_to_send()
    panel.receive(NACK, after(1.0))
    assert panel.data_to_send() == first
    [outcome] = panel.expire(after(3.0))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, panel.in_fault) == (OutcomeKind.GAVE_UP, True)
    assert b"C002" in panel.data_to_send()
    [outcome] = panel.expire(after(5.0))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.ticket.attempts) == (OutcomeKind.GAVE_UP, 1)
    assert b"C003" in panel.data_to_send()
    [outcome] = panel.receive(ACK, after(6.0))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, panel.in_fault) == (OutcomeKind.ACCEPTED, False)
    panel.submit(burglary("004"), after(7.0))
    sent = panel.data_to_send()
    panel.expire(after(9.0))
    assert panel.data_to_send() == sent


def test_s_is_answered_and_then_not_for_ten_seconds() -> None:
    """And not while a line is on its way: that one shows that the sender lives."""
    panel = sender(WIRE)
    panel.receive(b"S", NOW)
    assert panel.data_to_send() == OKAY
    panel.receive(ACK, after(0.5))
    panel.receive(b"SS", after(9.9))
    assert panel.data_to_send() == b""
    panel.receive(b"S", after(10.0))
    assert panel.data_to_send() == OKAY
    panel.receive(ACK, after(10.5))
    panel.submit(burglary(), after(30.0))
    panel.data_to_send()
    panel.receive(b"S", after(30.5))
    assert panel.data_to_send() == b""


def test_the_answer_to_okay_is_never_taken_for_that_of_an_event() -> None:
    """The event waits for it: otherwise it would count as stored though nobody had it."""
    panel = sender(WIRE)
    panel.receive(b"S", NOW)
    panel.submit(burglary(), NOW)
    assert panel.data_to_send() == OKAY
    assert panel.receive(ACK, after(0.1)) == []
    assert panel.data_to_send() == LINE
    [outcome] = panel.receive(ACK, after(0.2))
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_with_handshake_none_a_message_counts_as_taken_when_it_is_sent() -> None:
    """Nothing better can be known; the lines go out one after another."""
    panel = sender(WIRE, quirks={"handshake": "none"})
    tickets = [panel.submit(burglary(number), NOW) for number in ("001", "002")]
    sent, outcomes = b"", []
    now = NOW
    while panel.unfinished:
        sent += panel.data_to_send()
        due = panel.next_timeout()
        assert due is not None
        now = after(due - now.mono, now)
        outcomes += panel.expire(now)
    assert [(outcome.ticket, outcome.kind) for outcome in outcomes] == [
        (ticket, OutcomeKind.ACCEPTED) for ticket in tickets
    ]
    assert sent.count(b"\r") == 2


@pytest.mark.parametrize("answer", [b"ACK\r\n", b"ACK", ACK])
def test_a_word_is_an_answer_too(answer: bytes) -> None:
    """Naive computers write it in full, in however many pieces."""
    panel = sender(WIRE)
    panel.submit(burglary(), NOW)
    outcomes = [item for byte in answer for item in panel.receive(bytes([byte]), NOW)]
    assert [outcome.kind for outcome in outcomes if isinstance(outcome, Outcome)] == [OutcomeKind.ACCEPTED]


def test_an_idle_line_has_its_heartbeat() -> None:
    """After the time that is set, in the form that is set."""
    panel = sender(WIRE, heartbeat_s=45.0, quirks={"heartbeat": "own"})
    panel.connected(NOW)
    panel.expire(after(45.0))
    assert panel.data_to_send() == b"\n01 OKAY @ \r"


# Both


@pytest.mark.parametrize("transport", ["tcp", "serial"])
@pytest.mark.parametrize("seed", range(8))
def test_over_a_bad_wire_nothing_acknowledged_is_lost(seed: int, transport: str) -> None:
    """Lines and answers get lost, the disk fails now and then: what the sender counts as taken is stored, in order."""
    rng = random.Random(seed)
    panel, end = sender(WIRE), receiver(WIRE, transport=transport)
    station = Station(rng, failing=0.2)
    for number in range(40):
        panel.submit(burglary(f"{number:03}"), NOW)
        if number % 5 == 0:
            panel.submit(LinkTest("1234"), NOW)
    outcomes = talk(panel, end, station, rng, 0.15, NOW.mono + 10_000)
    taken = [
        outcome.ticket.message.number
        for outcome in outcomes
        if outcome.kind is OutcomeKind.ACCEPTED and isinstance(outcome.ticket.message, Signal)
    ]
    assert len(outcomes) == 48
    assert set(taken) <= set(station.stored)
    assert len(taken) > 20
    assert sorted(set(station.stored)) == list(dict.fromkeys(station.stored))
    assert end.undecided == 0


@pytest.mark.parametrize("qualifier", list(Qualifier))
def test_what_is_sent_is_what_is_read(qualifier: Qualifier) -> None:
    """Every field, without a finding."""
    panel = sender(WIRE, receiver="2", line="F")
    signal = burglary("099", qualifier)
    panel.submit(signal, NOW)
    arrival = one(WIRE, panel.data_to_send())
    assert (ids(arrival), arrival.receiver, arrival.line) == ([], "2", "F")
    assert arrival.signals[0] == Signal(
        account="1234",
        scheme=Scheme.CONTACT_ID,
        code="130",
        qualifier=qualifier,
        partition="01",
        subject="zone",
        number="099",
    )
