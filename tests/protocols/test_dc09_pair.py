"""Both ends talk to each other in memory, over a wire that loses, delays and garbles."""

from __future__ import annotations

import random

import pytest

from protocols.dc09 import ReceivingEnd, SendingEnd
from protocols.ends import LinkTest, Outcome, OutcomeKind
from protocols.model import Arrival, ArrivalKind, Moment, Protection, Qualifier, Scheme, Signal, Verdict
from tests.protocols.dc09_support import KEY, NOW, receiver, sender


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
    """The smallest thing that keeps the laws: stores once by identity, knows a stale stamp."""

    def __init__(self) -> None:
        self.stored: list[str] = []
        self.known: set[tuple[str, int | None, bytes]] = set()
        self.link_tests = 0

    def verdict(self, arrival: Arrival) -> Verdict:
        if arrival.protection is Protection.FAILED:
            return Verdict.REFUSED
        if not arrival.timely:
            return Verdict.STALE
        if arrival.kind is ArrivalKind.LINK_TEST:
            self.link_tests += 1
            return Verdict.ALIVE
        assert arrival.identity is not None
        key = (arrival.identity.scope, arrival.identity.number, arrival.identity.content)
        if key in self.known:
            return Verdict.DUPLICATE
        self.known.add(key)
        self.stored.extend(signal.number for signal in arrival.signals)
        return Verdict.STORED


def talk(
    panel: SendingEnd, station: Station, end: ReceivingEnd, rng: random.Random, faults: float, now: Moment
) -> tuple[list[Outcome], Moment]:
    """Let both talk until nothing is on its way and no time-out is left."""
    outcomes: list[Outcome] = []
    for _ in range(20_000):
        moved = False
        data = panel.data_to_send()
        if data:
            moved = True
            for piece in mistreat(data, rng, faults):
                for item in end.receive(piece, now):
                    if isinstance(item, Arrival):
                        end.decide(item, station.verdict(item), now)
        answers = end.data_to_send()
        if answers:
            moved = True
            for piece in mistreat(answers, rng, faults):
                outcomes.extend(item for item in panel.receive(piece, now) if isinstance(item, Outcome))
        if moved:
            continue
        due = [time for time in (panel.next_timeout(), end.next_timeout()) if time is not None]
        if not due:
            return outcomes, now
        step = max(0.0, min(due) - now.mono)
        now = Moment(now.wall + step, now.mono + step)
        for item in end.expire(now):
            if isinstance(item, Arrival):
                end.decide(item, station.verdict(item), now)
        outcomes.extend(item for item in panel.expire(now) if isinstance(item, Outcome))
    raise AssertionError("the two never came to an end")


def mistreat(data: bytes, rng: random.Random, faults: float) -> list[bytes]:
    """Pieces of the data: cut anywhere; now and then lost, doubled, damaged, or with rubbish around."""
    if rng.random() < faults:
        fault = rng.randrange(5)
        if fault == 0:
            return []
        if fault == 1:
            data = data + data
        elif fault == 2:
            at = rng.randrange(len(data))
            data = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        elif fault == 3:
            data = data[: rng.randrange(len(data))]
        else:
            data = rng.randbytes(rng.randrange(40)) + data + b"\0\n\0"
    at = rng.randrange(len(data) + 1)
    return [piece for piece in (data[:at], data[at:]) if piece]


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize("seed", range(12))
def test_over_a_bad_wire_everything_acknowledged_is_stored_exactly_once(key: bytes | None, seed: int) -> None:
    """Lost, doubled, damaged and cut frames in both directions; order is kept."""
    rng = random.Random(seed)
    panel = sender(key=key, attempts=50, ack_timeout_s=5.0, max_queue=100)
    end = receiver(*([] if key is None else [key]), partial_s=4.0)
    station = Station()
    for number in range(40):
        panel.submit(burglary(number), NOW)
        panel.submit(LinkTest("1234"), NOW)
    outcomes, _ = talk(panel, station, end, rng, 0.3, NOW)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ACCEPTED] * 80
    assert station.stored == [f"{number:03}" for number in range(40)]
    assert station.link_tests >= 40
    assert end.undecided == 0


@pytest.mark.parametrize("seed", range(4))
def test_an_encrypting_panel_with_a_wrong_clock_is_set_right(seed: int) -> None:
    """One NAK, then everything goes through."""
    panel = sender(key=KEY, clock_offset_s=-86_400.0, attempts=50, ack_timeout_s=5.0)
    station = Station()
    for number in range(10):
        panel.submit(burglary(number), NOW)
    outcomes, _ = talk(panel, station, receiver(KEY, partial_s=4.0), random.Random(seed), 0.2, NOW)
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    assert station.stored == [f"{number:03}" for number in range(10)]
    assert panel.offset_s == pytest.approx(86_400.0, abs=2)


def test_a_wrong_key_gets_no_answer_at_all() -> None:
    """The panel gives up and the station stores nothing."""
    panel = sender(key=b"another key here", attempts=2)
    station = Station()
    panel.submit(burglary(1), NOW)
    outcomes, _ = talk(panel, station, receiver(KEY), random.Random(0), 0.0, NOW)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.GAVE_UP]
    assert station.stored == []


def test_a_late_acknowledgement_does_not_acknowledge_the_next_message() -> None:
    """The first message's answer comes after it was given up."""
    panel, end = sender(attempts=1), receiver()
    panel.submit(burglary(1), NOW)
    panel.submit(burglary(2), NOW)
    [first] = end.receive(panel.data_to_send(), NOW)
    assert isinstance(first, Arrival)
    due = panel.next_timeout()
    assert due is not None
    later = Moment(NOW.wall + 10, due)
    [gave_up] = panel.expire(later)
    assert isinstance(gave_up, Outcome)
    assert gave_up.kind is OutcomeKind.GAVE_UP
    end.decide(first, Verdict.STORED, later)
    assert panel.receive(end.data_to_send(), later) == []
    [second] = end.receive(panel.data_to_send(), later)
    assert isinstance(second, Arrival)
    end.decide(second, Verdict.STORED, later)
    [accepted] = panel.receive(end.data_to_send(), later)
    assert isinstance(accepted, Outcome)
    assert (accepted.kind, accepted.ticket.sequence) == (OutcomeKind.ACCEPTED, 2)


def test_a_duh_ends_the_message() -> None:
    """What the station cannot process is reported as refused."""
    panel, end = sender(), receiver()
    panel.submit(burglary(1), NOW)
    [arrival] = end.receive(panel.data_to_send(), NOW)
    assert isinstance(arrival, Arrival)
    end.decide(arrival, Verdict.UNSUPPORTED, NOW)
    [outcome] = panel.receive(end.data_to_send(), NOW)
    assert isinstance(outcome, Outcome)
    assert outcome.kind is OutcomeKind.REFUSED
