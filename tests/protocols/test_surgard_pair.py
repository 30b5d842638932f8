"""Both ends of a Sur-Gard line talk to each other, over a wire that loses, delays and garbles."""

from __future__ import annotations

import random

import pytest

from protocols.ends import LinkTest, Outcome, OutcomeKind
from protocols.lines.options import Speaker
from protocols.lines.receiving import LineReceivingEnd
from protocols.lines.repeating import MOST_TIMES
from protocols.lines.sending import LineSendingEnd
from protocols.model import Arrival, ArrivalKind, Moment, Qualifier, Scheme, Signal, Verdict
from protocols.surgard.sending import sending_end
from tests.protocols.surgard_support import NOW, later, receiver


def burglary(number: int) -> Signal:
    return Signal(
        account="1234",
        scheme=Scheme.CONTACT_ID,
        code="130",
        qualifier=Qualifier.NEW,
        partition="01",
        number=f"{number:03}",
    )


class Station:
    """The smallest thing that keeps the laws: stores once by identity."""

    def __init__(self) -> None:
        self.stored: list[str] = []
        self.known: set[tuple[str, int | None, bytes]] = set()

    def verdict(self, arrival: Arrival) -> Verdict:
        if arrival.kind is ArrivalKind.LINK_TEST:
            return Verdict.ALIVE
        assert arrival.identity is not None
        key = (arrival.identity.scope, arrival.identity.number, arrival.identity.content)
        if key in self.known:
            return Verdict.DUPLICATE
        self.known.add(key)
        self.stored.extend(signal.number for signal in arrival.signals)
        return Verdict.MALFORMED if arrival.kind is ArrivalKind.MALFORMED else Verdict.STORED


def talk(
    panel: LineSendingEnd,
    station: Station,
    end: LineReceivingEnd,
    rng: random.Random,
    faults: float,
    lost_answers: float,
) -> list[Outcome]:
    """Let both talk until nothing is on its way; time-outs come when nothing else does."""
    outcomes: list[Outcome] = []
    lost = 0
    now = NOW
    for _ in range(50_000):
        there, back = panel.data_to_send(), end.data_to_send()
        for piece in mistreated(there, rng, faults):
            for item in end.receive(piece, now):
                if isinstance(item, Arrival):
                    end.decide(item, station.verdict(item), now)
        # An answer is one byte: lost it may be, but no other may come of it, nor one of nothing.
        # Nor are more of them lost in a row than a receiver says a line again.
        if back:
            lost = lost + 1 if lost < MOST_TIMES and rng.random() < lost_answers else 0
        if back and not lost:
            outcomes += [item for item in panel.receive(back, now) if isinstance(item, Outcome)]
        if there or back:
            continue
        due = [time for time in (panel.next_timeout(), end.next_timeout()) if time is not None]
        if not due:
            return outcomes
        now = later(max(0.0, min(due) - now.mono), now)
        for item in end.expire(now):
            if isinstance(item, Arrival):
                end.decide(item, station.verdict(item), now)
        outcomes += [item for item in panel.expire(now) if isinstance(item, Outcome)]
    raise AssertionError("the two never came to an end")


def mistreated(data: bytes, rng: random.Random, faults: float) -> list[bytes]:
    """Pieces of the data: cut anywhere; now and then lost, cut short, or with rubbish around."""
    if data and rng.random() < faults:
        fault = rng.randrange(3)
        if fault == 0:
            return []
        if fault == 1:
            data = data[: rng.randrange(len(data))]
        else:
            data = bytes(rng.randrange(0x80, 0x100) for _ in range(rng.randrange(20))) + data + b"\0\n\0"
    at = rng.randrange(len(data) + 1)
    return [piece for piece in (data[:at], data[at:]) if piece]


def spoken(seed: int, terminator: str, faults: float, lost_answers: float) -> list[str]:
    """Thirty events and some link tests over a serial line; what the station has stored of them."""
    rng = random.Random(seed)
    panel = sending_end(Speaker(account="1234", attempts=60, max_queue=200, quirks={"terminator": terminator}))
    end, station = receiver(transport="serial"), Station()
    for number in range(30):
        panel.submit(burglary(number), NOW)
        if number % 7 == 0:
            panel.submit(LinkTest("1234"), NOW)
    outcomes = talk(panel, station, end, rng, faults, lost_answers)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 35
    assert end.undecided == 0
    return station.stored


@pytest.mark.parametrize("terminator", ["dc4", "crlf", "none"])
@pytest.mark.parametrize("seed", range(8))
def test_where_answers_are_lost_everything_is_stored_exactly_once_and_in_order(seed: int, terminator: str) -> None:
    """A repetition comes when a sender without an answer repeats."""
    assert spoken(seed, terminator, 0.0, 0.5) == [f"{number:03}" for number in range(30)]


@pytest.mark.parametrize("terminator", ["dc4", "crlf", "none"])
@pytest.mark.parametrize("seed", range(8))
def test_on_a_bad_line_everything_acknowledged_is_stored_and_in_order(seed: int, terminator: str) -> None:
    """Lost and cut lines besides. Where a repetition is lost, too, the next one may be a second press of a button."""
    stored = spoken(seed, terminator, 0.3, 0.3)
    assert list(dict.fromkeys(stored)) == [f"{number:03}" for number in range(30)]
    assert stored == sorted(stored)


@pytest.mark.parametrize("copies", [1, 2, 6])
def test_copies_never_acknowledge_the_message_behind_them(copies: int) -> None:
    """Every message is stored before its acceptance is told."""
    panel = sending_end(Speaker(account="1234", quirks={"copies": copies}))
    end, station = receiver(), Station()
    for number in range(5):
        panel.submit(burglary(number), NOW)
    for number in range(5):
        for item in end.receive(panel.data_to_send(), NOW):
            assert isinstance(item, Arrival)
            end.decide(item, station.verdict(item), NOW)
        outcomes = panel.receive(end.data_to_send(), NOW)
        assert len(outcomes) == 1
        assert len(station.stored) == number + 1
    assert not panel.unfinished


def test_a_slow_station_is_asked_again_and_answers_once() -> None:
    """Its disk needs five seconds: one entry, one answer, and the next message is not taken for said."""
    panel, end, station = sending_end(Speaker(account="1234")), receiver(), Station()
    panel.submit(burglary(1), NOW)
    panel.submit(burglary(2), NOW)
    [first] = end.receive(panel.data_to_send(), NOW)
    panel.expire(later(4))
    [again] = end.receive(panel.data_to_send(), later(4))
    assert isinstance(first, Arrival)
    assert isinstance(again, Arrival)
    assert first.identity == again.identity
    for item in (first, again):
        end.decide(item, station.verdict(item), later(5))
    answers = end.data_to_send()
    assert answers == b"\x06"
    assert len(panel.receive(answers, later(5))) == 1
    assert station.stored == ["001"]


def test_a_late_second_answer_of_another_receiver_is_not_that_of_the_next_message() -> None:
    """Receivers that answer every copy: the next message waits for it."""
    panel = sending_end(Speaker(account="1234"))
    panel.submit(burglary(1), NOW)
    panel.submit(burglary(2), NOW)
    first = panel.data_to_send()
    panel.expire(later(4))
    assert panel.data_to_send() == first
    [accepted] = panel.receive(b"\x06", later(5))
    assert isinstance(accepted, Outcome)
    assert panel.data_to_send() == b""
    assert panel.receive(b"\x06", later(6)) == []
    assert panel.data_to_send().endswith(b"002\x14")
    assert len(panel.unfinished) == 1


def test_nothing_is_answered_that_could_not_be_stored_and_its_repetition_is_the_message() -> None:
    """The disk was full, and then it was not."""
    panel, end, station = sending_end(Speaker(account="1234")), receiver(transport="serial"), Station()
    panel.submit(burglary(1), NOW)
    [item] = end.receive(panel.data_to_send(), NOW)
    assert isinstance(item, Arrival)
    end.decide(item, Verdict.NOT_STORED, NOW)
    assert end.data_to_send() == b""
    now: Moment = later(4)
    panel.expire(now)
    [item] = end.receive(panel.data_to_send(), now)
    assert isinstance(item, Arrival)
    end.decide(item, station.verdict(item), now)
    [outcome] = panel.receive(end.data_to_send(), now)
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, station.stored) == (OutcomeKind.ACCEPTED, ["001"])
