"""Several messages on their way at a time: answers by number, outcomes in order, nothing lost and nothing mixed up."""

from __future__ import annotations

import random
from typing import Any

import pytest

from protocols.dc09 import Quirks, SendingEnd, decode
from protocols.ends import LinkTest, Outcome, OutcomeKind
from protocols.model import Arrival, Moment, Qualifier, Scheme, Signal, Verdict
from tests.protocols.dc09_support import KEY, NOW, Numbers, arrivals_in, frame, receiver, sender
from tests.protocols.test_dc09_pair import Station, burglary, talk

BURGLARY = Signal(
    account="1234", scheme=Scheme.CONTACT_ID, code="130", qualifier=Qualifier.NEW, partition="01", number="015"
)


def later(seconds: float) -> Moment:
    return Moment(NOW.wall + seconds, NOW.mono + seconds)


def begun(count: int, window: int = 3, **options: Any) -> SendingEnd:
    """A panel with so many messages."""
    end = sender(quirks=Quirks(window=window), **options)
    for _ in range(count):
        end.submit(BURGLARY, NOW)
    return end


def numbers(end: SendingEnd, *keys: bytes) -> list[str]:
    """Of the frames it sends now."""
    return [item.sequence for item in decode(end.data_to_send(), keys, wall=NOW.wall) if isinstance(item, Arrival)]


def ack(sequence: int, token: str = "ACK") -> bytes:
    return frame(f'"{token}"{sequence:04}L0#1234[]')


def nak(stamp: str = "12:00:05,01-02-2026") -> bytes:
    return frame(f'"NAK"0000R0L0A0[]_{stamp}')


def told(items: Any) -> list[tuple[OutcomeKind, int]]:
    return [(item.kind, item.ticket.sequence) for item in items if isinstance(item, Outcome)]


ACCEPTED, REFUSED, GAVE_UP = OutcomeKind.ACCEPTED, OutcomeKind.REFUSED, OutcomeKind.GAVE_UP


def test_as_many_messages_as_the_window_holds_leave_together() -> None:
    """In one piece; an answer makes room for the next."""
    end = begun(5)
    assert numbers(end) == ["0001", "0002", "0003"]
    assert told(end.receive(ack(1), NOW)) == [(ACCEPTED, 1)]
    assert numbers(end) == ["0004"]
    assert told(end.receive(ack(2) + ack(3), NOW)) == [(ACCEPTED, 2), (ACCEPTED, 3)]
    assert numbers(end) == ["0005"]
    assert told(end.receive(ack(4) + ack(5), NOW)) == [(ACCEPTED, 4), (ACCEPTED, 5)]
    assert (end.unfinished, end.next_timeout()) == ((), None)


def test_outcomes_come_in_the_order_of_the_messages() -> None:
    """Whatever the order of the answers; the window counts from the first without an answer."""
    end = begun(5)
    end.data_to_send()
    assert end.receive(ack(3), NOW) == []
    assert end.receive(ack(2, "DUH"), NOW) == []
    assert numbers(end) == []
    assert [ticket.sequence for ticket in end.unfinished] == [1, 2, 3, 4, 5]
    assert told(end.receive(ack(1), NOW)) == [(ACCEPTED, 1), (REFUSED, 2), (ACCEPTED, 3)]
    assert numbers(end) == ["0004", "0005"]


def test_each_message_is_repeated_by_itself() -> None:
    """Only what has no answer, and when its own time is over."""
    end = begun(2, attempts=2)
    end.data_to_send()
    end.receive(ack(1), later(4))
    end.submit(BURGLARY, later(4))
    end.submit(BURGLARY, later(4))
    assert numbers(end) == ["0003", "0004"]
    assert end.next_timeout() == NOW.mono + 10
    assert end.expire(later(10)) == []
    assert numbers(end) == ["0002"]
    assert end.next_timeout() == NOW.mono + 14
    assert end.expire(later(14)) == []
    assert numbers(end) == ["0003", "0004"]
    assert end.receive(ack(4), later(15)) == []
    assert told(end.expire(later(20))) == [(GAVE_UP, 2)]
    assert told(end.expire(later(24))) == [(GAVE_UP, 3), (ACCEPTED, 4)]


def test_a_second_answer_to_the_same_message_is_late() -> None:
    """It does not count for another."""
    end = begun(3)
    end.data_to_send()
    assert end.receive(ack(2) + ack(2), NOW) == []
    assert end.late_answers == 1
    assert told(end.receive(ack(1), NOW)) == [(ACCEPTED, 1), (ACCEPTED, 2)]


def test_two_messages_of_one_number_are_never_on_their_way_together() -> None:
    """Link tests, which all carry 0000."""
    end = sender(quirks=Quirks(window=8))
    for message in (LinkTest("1"), BURGLARY, LinkTest("1"), BURGLARY):
        end.submit(message, NOW)
    assert numbers(end) == ["0000", "0001"]
    assert told(end.receive(ack(0), NOW)) == [(ACCEPTED, 0)]
    assert numbers(end) == ["0000", "0002"]
    assert end.receive(ack(0), NOW) == []
    assert numbers(end) == []
    assert told(end.receive(ack(1) + ack(2), NOW)) == [(ACCEPTED, 1), (ACCEPTED, 0), (ACCEPTED, 2)]


def test_after_the_numbers_begin_again_the_old_one_must_be_answered_first() -> None:
    """Two counters that met could otherwise be told apart by nobody."""
    counters = Numbers()
    end = begun(1, counters=counters)
    counters.next = 0
    end.submit(BURGLARY, NOW)
    assert numbers(end) == ["0001"]
    assert told(end.receive(ack(1), NOW)) == [(ACCEPTED, 1)]
    assert numbers(end) == ["0001"]


def test_each_nak_is_for_the_message_whose_frame_left_first() -> None:
    """It has no number. All go out again with the right time, each once."""
    end = begun(3, key=KEY, clock_offset_s=-3600.0)
    assert numbers(end, KEY) == ["0001", "0002", "0003"]
    for number in ("0001", "0002", "0003"):
        assert end.receive(nak(), NOW) == []
        assert numbers(end, KEY) == [number]
    assert end.offset_s == 3605
    assert [ticket.attempts for ticket in end.unfinished] == [1, 1, 1]
    for _ in range(4):
        assert end.receive(nak(), NOW) == []
    assert (end.data_to_send(), [ticket.attempts for ticket in end.unfinished]) == (b"", [1, 1, 1])


def test_a_lost_connection_takes_back_all_of_them() -> None:
    """They go out again in their order, with their numbers, before what waits; answers that came are kept."""
    end = begun(5, attempts=2)
    end.data_to_send()
    end.receive(ack(2), NOW)
    assert end.disconnected(NOW) == []
    assert (end.data_to_send(), end.next_timeout()) == (b"", None)
    assert [ticket.sequence for ticket in end.unfinished] == [1, 2, 3, 4, 5]
    assert end.receive(ack(1), NOW) == []
    end.connected(NOW)
    assert numbers(end) == ["0001", "0003"]
    assert told(end.disconnected(NOW)) == [(GAVE_UP, 1), (ACCEPTED, 2), (GAVE_UP, 3)]
    end.connected(NOW)
    assert numbers(end) == ["0004", "0005"]


def test_what_has_no_outcome_goes_on_at_another_receiver() -> None:
    """Also what was answered but not told; the numbers stay."""
    first = begun(4)
    first.data_to_send()
    first.receive(ack(3), NOW)
    second = sender(quirks=Quirks(window=4))
    for ticket in first.unfinished:
        assert second.submit(ticket.message, NOW, ticket) is ticket
    assert numbers(second) == ["0001", "0002", "0003", "0004"]


@pytest.mark.parametrize("window", [1, 2, 5])
@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize("seed", range(6))
def test_over_a_bad_wire_every_message_is_stored_once_and_told_in_order(
    window: int, key: bytes | None, seed: int
) -> None:
    """Lost, doubled, damaged and cut frames in both directions."""
    quirks = Quirks(window=window, crc="binary" if seed % 2 else "ascii", trailer="\0" if seed % 3 else "")
    panel = sender(key=key, attempts=60, ack_timeout_s=5.0, max_queue=100, quirks=quirks)
    station = Station()
    tickets = []
    for number in range(30):
        tickets.append(panel.submit(burglary(number), NOW))
        tickets.append(panel.submit(LinkTest("1234"), NOW))
    end = receiver(*([] if key is None else [key]), partial_s=4.0)
    outcomes, _ = talk(panel, station, end, random.Random(seed), 0.3, NOW)
    assert [outcome.ticket for outcome in outcomes] == tickets
    assert {outcome.kind for outcome in outcomes} == {ACCEPTED}
    assert sorted(station.stored) == [f"{number:03}" for number in range(30)]


@pytest.mark.parametrize("window", [2, 5])
def test_a_panel_with_a_wrong_clock_is_set_right_with_all_its_messages(window: int) -> None:
    """A NAK for each that had left already, none for the others."""
    panel = sender(key=KEY, clock_offset_s=-86_400.0, quirks=Quirks(window=window))
    tickets = [panel.submit(burglary(number), NOW) for number in range(8)]
    station, end = Station(), receiver(KEY)
    outcomes, _ = talk(panel, station, end, random.Random(1), 0.0, NOW)
    assert [outcome.ticket for outcome in outcomes] == tickets
    assert {outcome.kind for outcome in outcomes} == {ACCEPTED}
    assert all(ticket.attempts == 1 for ticket in tickets)


def test_verdicts_that_come_out_of_order_are_answered_in_order() -> None:
    """The two ends agree: the station releases answers in the order of the messages."""
    panel, end = begun(3), receiver()
    arrivals = arrivals_in(end.receive(panel.data_to_send(), NOW))
    for arrival in reversed(arrivals):
        end.decide(arrival, Verdict.STORED, NOW)
    assert told(panel.receive(end.data_to_send(), NOW)) == [(ACCEPTED, 1), (ACCEPTED, 2), (ACCEPTED, 3)]
