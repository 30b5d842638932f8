"""A simulated MX8000 or Silent Knight receiver: what it says, computer trouble, the computer's commands."""

from __future__ import annotations

import random

import pytest

from protocols.ends import LinkTest, Outcome, OutcomeKind, Payload
from protocols.lines.asking import ASK_S
from protocols.lines.sending import QuirksError, UnsendableError
from protocols.model import Arrival, ArrivalKind, Noise, Qualifier, Scheme, Signal, Verdict
from protocols.mx8000 import EDGES, WIRE
from protocols.mx8000.findings import COMMAND, NOT_AN_ANSWER
from protocols.mx8000.quirks import SENTENCES, Quirks
from protocols.mx8000.sending import TROUBLE_BEAT_S
from protocols.mx8000.system import MEANINGS
from tests.protocols.ademco_support import NOW, Station, after, ids, one, receiver, sender, talk

ACK, NACK, ESC = b"\x06", b"\x15", b"\x1b"


def own(code: str = "AT", qualifier: Qualifier = Qualifier.NEW, number: str = "") -> Signal:
    return Signal(account="0000", scheme=Scheme.SIA, code=code, qualifier=qualifier, number=number)


def phone(number: int) -> Signal:
    return own("LT", number=f"{number:02}")


@pytest.mark.parametrize("family", ["mx8000", "silent-knight"])
@pytest.mark.parametrize("byte", list(MEANINGS))
def test_every_event_of_a_receiver_is_said_and_read(byte: int, family: str) -> None:
    """In both families, without a finding."""
    meaning = MEANINGS[byte]
    panel = sender(WIRE, quirks={"family": family})
    number = "07" if meaning.argument == "number" else ""
    signal = Signal(
        account="0000", scheme=meaning.scheme, code=meaning.code, qualifier=meaning.qualifier, number=number
    )
    panel.submit(signal, NOW)
    arrival = one(WIRE, panel.data_to_send())
    [read] = arrival.signals
    assert (read.code, read.qualifier, read.number, ids(arrival)) == (meaning.code, meaning.qualifier, number, [])
    assert arrival.sent_at == NOW.wall


def test_a_record_is_written_byte_for_byte() -> None:
    """Type, date, time, receiver, reference, event, check byte, CR."""
    panel = sender(WIRE, receiver="01")
    panel.submit(own(), NOW)
    assert panel.data_to_send() == b'\x02010226"120000"01"0001"\x77\x71\r'


def test_data_of_events_go_out_as_they_are_given() -> None:
    """Behind the account and its mark."""
    panel = sender(WIRE, receiver="01")
    panel.submit(Payload("1234", "41", 'BA"12'), NOW)
    data = panel.data_to_send()
    assert data[:-2] == b'\x41010226"120000"01"0001"\x051234"BA"12'
    assert one(WIRE, data).account == "1234"


@pytest.mark.parametrize(
    "message",
    [
        Signal(account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW),
        Signal(account="1234", scheme=Scheme.SIA, code="AT", qualifier=Qualifier.NEW),
        own("LT", number="100"),
        own("BA"),
        Payload("1234", "0D", "x"),
        Payload("1234", "SIA", "x"),
        Payload("1234", "41", "x\ry"),
        Payload("1234", "41", "қ"),
        Payload("12 4", "41", "x"),
    ],
)
def test_what_is_not_known_is_refused_with_a_reason(message: Signal | Payload) -> None:
    """The layout of events is not public: nothing is made up."""
    panel = sender(WIRE)
    with pytest.raises(UnsendableError, match=r".{20}"):
        panel.submit(message, NOW)
    assert panel.data_to_send() == b""


def test_quirks_are_what_they_say() -> None:
    """A wrong check byte, copies, a clock of its own; unknown ones are refused by name."""
    assert set(SENTENCES) == set(Quirks.__struct_fields__) == set(WIRE.quirks)
    panel = sender(WIRE, quirks={"wrong_v": True})
    panel.submit(own(), NOW)
    assert ids(one(WIRE, panel.data_to_send())) == ["mx8000.v.wrong"]
    panel = sender(WIRE, quirks={"copies": 2, "time_zone": "Asia/Almaty"})
    panel.submit(own(), NOW)
    data = panel.data_to_send()
    assert data[: len(data) // 2] * 2 == data
    assert b'"170000"' in data
    for wrong in ({"family": "9000"}, {"time_zone": "Nowhere"}, {"copies": 0}, {"speed": 1}):
        with pytest.raises(QuirksError, match=r"family|time_zone|copies|speed"):
            sender(WIRE, quirks=wrong)
    with pytest.raises(UnsendableError, match="receiver"):
        sender(WIRE, receiver="0 1")


def test_after_two_failures_only_heartbeats_go_out() -> None:
    """Until one is acknowledged; then the end of the trouble is told, and what waited goes out."""
    panel, end = sender(WIRE), receiver(WIRE)
    panel.submit(phone(1), NOW)
    panel.submit(phone(2), NOW)
    first = panel.data_to_send()
    panel.receive(NACK, after(1.0))
    assert panel.data_to_send() == first
    [outcome] = panel.receive(NACK, after(2.0))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, panel.in_trouble, panel.data_to_send()) == (OutcomeKind.GAVE_UP, True, b"")
    for beat in (1, 2):
        due = panel.next_timeout()
        assert due == after(2.0 + beat * TROUBLE_BEAT_S).mono
        panel.expire(after(2.0 + beat * TROUBLE_BEAT_S))
        [arrival] = [*end.receive(panel.data_to_send(), NOW)]
        assert isinstance(arrival, Arrival)
        assert arrival.kind is ArrivalKind.LINK_TEST
        panel.expire(after(2.0 + beat * TROUBLE_BEAT_S + 5.0))
        assert panel.data_to_send() == b""
    now = after(60.0)
    assert panel.receive(ACK, now) == []
    assert not panel.in_trouble
    read = []
    for _ in range(2):
        [arrival] = [*end.receive(panel.data_to_send(), now)]
        assert isinstance(arrival, Arrival)
        read.append((arrival.signals[0].code, arrival.signals[0].number))
        outcomes = panel.receive(ACK, now)
    assert read == [("YK", ""), ("LT", "02")]
    assert [outcome.kind for outcome in outcomes if isinstance(outcome, Outcome)] == [OutcomeKind.ACCEPTED]


def test_the_end_of_trouble_is_told_when_nothing_waits() -> None:
    """By itself."""
    panel = sender(WIRE)
    panel.submit(phone(1), NOW)
    panel.data_to_send()
    panel.receive(NACK + NACK, NOW)
    panel.data_to_send()
    panel.receive(ACK, after(30.0))
    assert one(WIRE, panel.data_to_send()).signals[0].code == "YK"


def test_a_link_test_request_is_answered_on_a_silent_line_only() -> None:
    """With a heartbeat; a busy line shows by itself that it lives."""
    panel = sender(WIRE)
    panel.receive(b"\r", NOW)
    assert one(WIRE, panel.data_to_send()).kind is ArrivalKind.LINK_TEST
    panel.receive(ACK, NOW)
    panel.submit(own(), NOW)
    panel.data_to_send()
    panel.receive(b"\r", NOW)
    assert panel.data_to_send() == b""


@pytest.mark.parametrize(
    ("command", "answer", "guess"),
    [
        (b"\x4a", ACK, COMMAND),
        (b"\x4b", ACK, COMMAND),
        (b"\x05", ESC, COMMAND),
        (b"\x48", ESC, COMMAND),
        (b"\x49", ESC, COMMAND),
        (b"\x4c", ESC, COMMAND),
        (b"x", NACK, NOT_AN_ANSWER),
    ],
)
def test_commands_are_shown_and_answered(command: bytes, answer: bytes, guess: str) -> None:
    """Granted, refused (there is no call to hang up or to listen to), not understood."""
    panel = sender(WIRE)
    [noise] = panel.receive(command, NOW)
    assert isinstance(noise, Noise)
    assert (noise.guess, noise.raw, panel.data_to_send()) == (guess, command, answer)


def test_the_station_asks_a_silent_line() -> None:
    """With CR alone, where the source is set so."""
    end = receiver(WIRE, edge="query")
    end.expire(NOW)
    assert end.data_to_send() == b"\r"
    end.expire(after(ASK_S))
    assert end.data_to_send() == b"\r"
    assert all(EDGES.values())


@pytest.mark.parametrize("transport", ["tcp", "serial"])
@pytest.mark.parametrize("seed", range(6))
def test_over_a_bad_wire_nothing_acknowledged_is_lost(seed: int, transport: str) -> None:
    """Records and answers get lost, the disk fails now and then: what counts as taken is stored."""
    rng = random.Random(seed)
    panel, end = sender(WIRE), receiver(WIRE, transport=transport)
    station = Station(rng, failing=0.2)
    for number in range(30):
        panel.submit(phone(number), NOW)
        if number % 5 == 0:
            panel.submit(LinkTest("0000"), NOW)
    outcomes = talk(panel, end, station, rng, 0.15, NOW.mono + 10_000)
    taken = [
        outcome.ticket.message.number
        for outcome in outcomes
        if outcome.kind is OutcomeKind.ACCEPTED and isinstance(outcome.ticket.message, Signal)
    ]
    assert len(outcomes) == 36
    assert set(taken) <= set(station.stored)
    assert len(taken) > 15
    assert end.undecided == 0


def test_verdicts_are_answered_with_one_byte() -> None:
    """Nothing for what could not be stored."""
    end = receiver(WIRE)
    panel = sender(WIRE)
    panel.submit(own(), NOW)
    data = panel.data_to_send()
    for verdict, answer in ((Verdict.STORED, ACK), (Verdict.REFUSED, NACK), (Verdict.NOT_STORED, b"")):
        [arrival] = end.receive(data, NOW)
        assert isinstance(arrival, Arrival)
        end.decide(arrival, verdict, NOW)
        assert end.data_to_send() == answer
