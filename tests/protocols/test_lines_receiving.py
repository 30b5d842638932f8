"""The station's end of a line: repetitions, answers in order, time-outs, a passive tap."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from protocols.ends import Limits, Response, Source
from protocols.lines.options import SourceOptions
from protocols.lines.receiving import NOISE_AT_ONCE, LineReceivingEnd
from protocols.model import Arrival, ArrivalKind, Moment, Noise, Verdict
from tests.protocols.lines_support import NOW, Reader, later

FIRST = 7 << 20


def receiver(
    transport: str = "tcp",
    options: SourceOptions = SourceOptions(),  # noqa: B008 - immutable
    undecided: int = 16,
) -> LineReceivingEnd:
    """The station's end of the toy protocol."""
    source = Source("lines", "toy", "192.0.2.7:1", "192.0.2.7", transport)
    return LineReceivingEnd(source, Reader(), first=FIRST, options=options, limits=Limits(undecided=undecided))


def arrivals(items: Sequence[Arrival | Noise]) -> list[Arrival]:
    """Without noise."""
    return [item for item in items if isinstance(item, Arrival)]


def heard(end: LineReceivingEnd, data: bytes, now: Moment = NOW) -> Arrival:
    """The only arrival of some bytes."""
    [arrival] = arrivals(end.receive(data, now))
    return arrival


def number(arrival: Arrival) -> int | None:
    """The number that makes it the message it is."""
    assert arrival.identity is not None
    return arrival.identity.number


def answered(
    end: LineReceivingEnd, data: bytes, seconds: float, verdict: Verdict = Verdict.STORED
) -> tuple[int | None, bytes]:
    """Number and answer of a message that is decided at once."""
    arrival = heard(end, data, later(seconds))
    end.decide(arrival, verdict, later(seconds))
    return number(arrival), end.data_to_send()


# --- repetitions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["tcp", "serial"])
def test_a_copy_before_our_answer_is_the_message(transport: str) -> None:
    """However long the answer takes; and there is one answer for both."""
    end = receiver(transport)
    first = heard(end, b"<1:130>")
    again = heard(end, b"<1:130>", later(60))
    assert number(first) == number(again) == FIRST + 1
    assert first.identity is not None
    assert first.identity.fleeting
    for one in (first, again):
        end.decide(one, Verdict.STORED, later(60))
    assert end.data_to_send() == b"+1:130"
    assert (end.answer(first), end.answer(again)) == ("YES", "")


def test_a_copy_that_comes_after_our_answer_on_tcp_is_a_second_press() -> None:
    """Nothing gets lost on the way of an answer there."""
    end = receiver("tcp")
    numbers = [answered(end, b"<1:130>", seconds)[0] for seconds in (0, 4, 8)]
    assert len(set(numbers)) == 3


@pytest.mark.parametrize(
    ("gap", "same"), [(0.5, False), (1.9, False), (2.0, True), (4.0, True), (6.0, True), (6.1, False), (60.0, False)]
)
def test_on_a_serial_line_a_copy_at_the_time_of_a_retry_is_the_message(gap: float, same: bool) -> None:
    """The answer was lost; each copy is answered, since its sender waits."""
    end = receiver("serial")
    first, one = answered(end, b"<1:130>", 0)
    second, two = answered(end, b"<1:130>", gap)
    assert (first == second) is same
    assert one == two == b"+1:130"


def test_retries_are_counted_from_the_one_before() -> None:
    """Three of them, four seconds apart."""
    end = receiver("serial")
    assert len({answered(end, b"<1:130>", seconds)[0] for seconds in (0, 4, 8, 12)}) == 1


def test_what_comes_more_often_than_a_sender_repeats_is_a_message_of_its_own() -> None:
    """Something happens every few seconds: that must not vanish for as long as it does."""
    end = receiver("serial")
    numbers = [answered(end, b"<1:130>", 2.0 * time)[0] for time in range(8)]
    assert numbers == [FIRST + 1] * 4 + [FIRST + 2] * 4


def test_a_panic_button_pressed_again_is_a_message_of_its_own_once_the_first_is_answered() -> None:
    """At whatever time: nobody can tell it from a lost answer. What comes before the answer is still the same press."""
    end = receiver("serial")
    assert [answered(end, b"<1:120>", 2.0 * time)[0] for time in range(6)] == [FIRST + time for time in range(1, 7)]
    first, again = heard(end, b"<1:120>", later(20)), heard(end, b"<1:120>", later(24))
    assert number(first) == number(again) == FIRST + 7


def test_another_message_between_makes_a_message_of_its_own() -> None:
    """A sender waits for its answer before it says the next."""
    end = receiver("serial")
    numbers = [answered(end, data, at)[0] for data, at in ((b"<1:130>", 0), (b"<1:131>", 1), (b"<1:130>", 4))]
    assert len(set(numbers)) == 3


def test_a_heartbeat_between_changes_nothing() -> None:
    """It is no message."""
    end = receiver("serial")
    first, _ = answered(end, b"<1:130>", 0)
    beat = heard(end, b"<1!>", later(1))
    assert (beat.kind, beat.identity) == (ArrivalKind.LINK_TEST, None)
    end.decide(beat, Verdict.ALIVE, later(1))
    assert end.data_to_send() == b"+1!"
    assert answered(end, b"<1:130>", 4)[0] == first


@pytest.mark.parametrize("transport", ["tcp", "serial"])
def test_what_was_not_stored_is_no_message_and_its_repetition_is_one(transport: str) -> None:
    """Nothing is answered, and the copy has a number of its own."""
    end = receiver(transport)
    first, silence = answered(end, b"<1:130>", 0, Verdict.NOT_STORED)
    second, answer = answered(end, b"<1:130>", 4)
    assert (silence, answer) == (b"", b"+1:130")
    assert first != second


def test_a_copy_is_answered_when_the_first_could_not_be_stored() -> None:
    """The one that is on disk has the answer."""
    end = receiver()
    first, again = heard(end, b"<1:130>"), heard(end, b"<1:130>", later(4))
    end.decide(first, Verdict.NOT_STORED, later(5))
    end.decide(again, Verdict.STORED, later(5))
    assert end.data_to_send() == b"+1:130"


@pytest.mark.parametrize("gap", [0.1, 4.0, 600.0])
def test_an_unreadable_message_is_refused_once_and_taken_when_it_comes_again(gap: float) -> None:
    """Byte for byte it was meant so."""
    end = receiver()
    first = heard(end, b"<?1>")
    end.decide(first, Verdict.MALFORMED, NOW)
    assert end.data_to_send() == b"-"
    again = heard(end, b"<?1>", later(gap))
    assert (first.kind, again.kind) == (ArrivalKind.MALFORMED, ArrivalKind.OPAQUE)
    assert first.identity == again.identity
    end.decide(again, Verdict.DUPLICATE, later(gap))
    assert end.data_to_send() == b"+?1"
    other = heard(end, b"<?2>", later(gap + 1))
    assert other.kind is ArrivalKind.MALFORMED


@pytest.mark.parametrize("bad", [Verdict.MALFORMED, Verdict.REFUSED])
def test_a_sender_that_says_everything_twice_is_not_refused_for_ever(bad: Verdict) -> None:
    """The negative answer to the first copy is all that it hears of both; said again, both are the same message."""
    end = receiver()
    for good, answer in ((Verdict.STORED, b"-"), (Verdict.DUPLICATE, b"+")):
        first, second = arrivals(end.receive(b"<?>" * 2, NOW))
        assert number(first) == number(second) == FIRST + 1
        end.decide(first, bad if good is Verdict.STORED else good, NOW)
        assert end.data_to_send()[:1] == answer
        end.decide(second, good, NOW)
        assert end.data_to_send() == b""


def test_numbers_begin_where_the_station_says() -> None:
    """No two ends may have the same."""
    end = receiver()
    assert [answered(end, b"<1:%d>" % code, code)[0] for code in (1, 2, 3)] == [FIRST + 1, FIRST + 2, FIRST + 3]


# --- order and bounds ------------------------------------------------------------------------------------------------


def test_answers_leave_in_the_order_of_the_messages() -> None:
    """Whatever the order of the verdicts."""
    end = receiver()
    one, two, three = arrivals(end.receive(b"<1:1><1:2><1:3>", NOW))
    end.decide(three, Verdict.STORED, NOW)
    assert end.data_to_send() == b""
    end.decide(one, Verdict.STORED, NOW)
    assert end.data_to_send() == b"+1:1"
    end.decide(two, Verdict.REFUSED, NOW)
    assert end.data_to_send() == b"-+1:3"
    assert end.undecided == 0


def test_a_second_verdict_changes_nothing() -> None:
    """Nor does one on an arrival of somebody else."""
    end = receiver()
    one = heard(end, b"<1:1>")
    end.decide(one, Verdict.STORED, NOW)
    end.decide(one, Verdict.REFUSED, NOW)
    end.decide(Arrival(raw=b"", protocol="toy", kind=ArrivalKind.EVENT), Verdict.STORED, NOW)
    assert (end.data_to_send(), end.undecided) == (b"+1:1", 0)


def test_a_response_cannot_be_sent() -> None:
    """The arrival is still undecided then."""
    end = receiver()
    one = heard(end, b"<1:1>")
    with pytest.raises(ValueError, match="toy"):
        end.decide(one, Verdict.STORED, NOW, Response("x"))
    end.decide(one, Verdict.STORED, NOW)
    assert end.data_to_send() == b"+1:1"


def test_a_peer_that_does_not_wait_is_held() -> None:
    """Until there are verdicts; nothing is lost."""
    end = receiver(undecided=2)
    data = b"".join(b"<1:%d>" % number for number in range(200))
    got: list[Arrival] = []
    new = arrivals(end.receive(data, NOW))
    while new:
        assert len(new) == 2
        assert end.held is (len(got) < 198)
        for one in new:
            end.decide(one, Verdict.STORED, NOW)
        got += new
        new = arrivals(end.receive(b"", NOW))
    assert [one.account for one in got] == ["1"] * 200
    assert len({one.raw for one in got}) == 200


def test_noise_alone_is_handed_out_in_pieces() -> None:
    """Others get their turn."""
    end = receiver(undecided=10_000)
    first = end.receive(b"x<1:1>" * 100, NOW)
    assert len(first) == 64
    assert end.held
    rest = [*end.receive(b"", NOW), *end.receive(b"", NOW), *end.receive(b"", NOW)]
    assert len(first) + len(rest) == 200
    assert not end.held


def test_noise_without_end_is_gone_through_in_pieces() -> None:
    """It makes nothing that could be counted, and still others get their turn; the message behind it is found."""
    end = receiver()
    assert end.receive(b"<" * 5 * NOISE_AT_ONCE + b"<1:130>", NOW) == []
    turns = 1
    items: list[Arrival | Noise] = []
    while end.held:
        assert end.next_timeout() is None
        items += end.receive(b"", NOW)
        turns += 1
    assert turns >= 5
    assert [type(item) for item in items] == [Noise, Arrival]


def test_a_frame_that_the_reader_calls_noise_is_not_answered() -> None:
    """Nor one for which the protocol has no answer."""
    end = receiver()
    [noise] = end.receive(b"<n>", NOW)
    assert isinstance(noise, Noise)
    silent = heard(end, b"<s:1>")
    assert silent.reply is None
    assert end.undecided == 0


# --- time and ends ---------------------------------------------------------------------------------------------------


def test_a_line_that_falls_silent_inside_a_message_gives_it_up() -> None:
    """After two seconds from the last byte; what comes then is read."""
    end = receiver()
    assert end.receive(b"<1:", NOW) == []
    assert end.next_timeout() == NOW.mono + 2
    assert end.receive(b"1", later(1)) == []
    assert end.next_timeout() == NOW.mono + 3
    assert end.expire(later(2)) == ()
    [noise] = end.expire(later(3))
    assert isinstance(noise, Noise)
    assert (noise.raw, noise.guess) == (b"<1:1", "toy")
    assert end.next_timeout() is None
    assert heard(end, b"<1:2>", later(4)).signals[0].code == "2"


def test_what_lacks_only_its_end_is_whole_after_a_moment() -> None:
    """Senders without terminators wait for their answer."""
    end = receiver()
    assert end.receive(b"~1:1", NOW) == []
    assert end.next_timeout() == NOW.mono + 0.4
    [arrival] = end.expire(later(0.4))
    assert isinstance(arrival, Arrival)
    end.decide(arrival, Verdict.STORED, later(0.4))
    assert end.data_to_send() == b"+1:1"


@pytest.mark.parametrize("data", [b"<1:1>", b"~1:1"])
def test_a_half_closed_connection_still_gets_its_answer(data: bytes) -> None:
    """And closes then, not before."""
    end = receiver()
    items = [*end.receive(data, NOW), *end.receive_eof(NOW)]
    assert not end.closing
    end.decide(arrivals(items)[0], Verdict.STORED, NOW)
    assert (end.closing, end.data_to_send()) == (True, b"+1:1")


def test_a_tap_hears_everything_and_writes_nothing() -> None:
    """Messages still have verdicts and numbers."""
    end = receiver("serial", SourceOptions(listen_only=True))
    assert answered(end, b"<1:1>", 0) == (FIRST + 1, b"")
    assert answered(end, b"<1:1>", 4) == (FIRST + 1, b"")
    assert answered(end, b"<?>", 9, Verdict.MALFORMED)[1] == b""
