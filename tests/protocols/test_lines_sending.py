"""The sending end of a line: one message at a time, attempts, lost and late answers, heartbeats, connections."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from protocols.ends import LinkTest, Outcome, OutcomeKind, Payload
from protocols.lines.sending import LineSendingEnd, QueueFullError, UnsendableError
from protocols.model import Moment, Noise, Qualifier, Scheme, Signal
from tests.protocols.lines_support import NOW, ODD, Speech, later


def event(code: str) -> Signal:
    """An event of account 1."""
    return Signal(account="1", scheme=Scheme.CONTACT_ID, code=code, qualifier=Qualifier.NEW)


def sender(heartbeat_s: float | None = None, max_queue: int = 1000, greeting: bytes = b"") -> LineSendingEnd:
    """An end of the toy protocol: four seconds, three attempts."""
    speech = Speech()
    speech.heartbeat_s = heartbeat_s
    speech.greeting = greeting
    return LineSendingEnd(speech, max_queue=max_queue)


def outcomes(items: Sequence[Outcome | Noise]) -> list[tuple[OutcomeKind, str]]:
    """Kinds and reasons."""
    return [(item.kind, item.reason) for item in items if isinstance(item, Outcome)]


def closes(end: LineSendingEnd) -> bool:
    """Whether the connection is to be closed."""
    return end.closing


YES = [(OutcomeKind.ACCEPTED, "yes")]


def test_one_message_is_on_its_way_at_a_time() -> None:
    """The next goes out with the answer to the one before."""
    end = sender()
    for code in ("1", "2", "3"):
        end.submit(event(code), NOW)
    for sent in (b"<1:1>", b"<1:2>", b"<1:3>"):
        assert end.data_to_send() == sent
        assert end.data_to_send() == b""
        assert outcomes(end.receive(b"+", NOW)) == YES
    assert end.unfinished == ()
    assert end.next_timeout() is None


def test_tickets_have_numbers_and_count_attempts() -> None:
    """From 1; a repetition is an attempt."""
    end = sender()
    first, second = end.submit(event("1"), NOW), end.submit(event("2"), NOW)
    end.expire(later(4))
    assert [(one.sequence, one.attempts) for one in (first, second)] == [(1, 2), (2, 0)]
    assert end.unfinished == (first, second)


@pytest.mark.parametrize("answer", [b"-", b""])
def test_a_bad_answer_and_none_cost_an_attempt(answer: bytes) -> None:
    """Three of them; the next message has its own."""
    end = sender()
    end.submit(event("1"), NOW)
    end.submit(event("2"), NOW)
    now, told = NOW, []
    for _ in range(3):
        assert end.data_to_send() == b"<1:1>"
        if answer:
            told += outcomes(end.receive(answer, now))
        else:
            now = later(4, now)
            told += outcomes(end.expire(now))
    why = "no" if answer else "no answer in 4 seconds"
    assert told == [(OutcomeKind.GAVE_UP, f"given up after 3 attempts: {why}")]
    assert end.data_to_send() == b"<1:2>"
    assert outcomes(end.receive(b"+", now)) == YES


def test_a_never_refuses_the_message() -> None:
    """It is not tried again."""
    end = sender()
    end.submit(event("1"), NOW)
    end.submit(event("2"), NOW)
    end.data_to_send()
    assert outcomes(end.receive(b"x", NOW)) == [(OutcomeKind.REFUSED, "never")]
    assert end.data_to_send() == b"<1:2>"


def test_a_wait_begins_the_patience_anew() -> None:
    """As often as it comes; it is no answer."""
    end = sender()
    end.submit(event("1"), NOW)
    end.data_to_send()
    for seconds in (3, 6, 9):
        assert end.receive(b"w", later(seconds)) == []
        assert end.next_timeout() == NOW.mono + seconds + 4
        assert end.expire(later(seconds)) == []
    assert outcomes(end.receive(b"+", later(10))) == YES


def test_what_is_not_for_us_changes_nothing() -> None:
    """Neither time-out nor attempt."""
    end = sender()
    end.submit(event("1"), NOW)
    end.data_to_send()
    assert end.receive(b".", later(3)) == []
    assert end.next_timeout() == NOW.mono + 4


def test_what_is_off_about_an_answer_comes_with_the_outcome() -> None:
    """And only with that one."""
    end = sender()
    end.submit(event("1"), NOW)
    end.submit(event("2"), NOW)
    [first] = end.receive(b"*", NOW)
    [second] = end.receive(b"+", NOW)
    assert isinstance(first, Outcome)
    assert isinstance(second, Outcome)
    assert (first.findings, second.findings) == ((ODD,), ())
    assert (first.answer, second.answer) == (b"*", b"+")


def test_rubbish_is_told_and_is_no_answer() -> None:
    """With the next answer, or when the patience ends."""
    end = sender()
    end.submit(event("1"), NOW)
    assert end.receive(b"rubbish", NOW) == []
    noise, outcome = end.receive(b"+", NOW)
    assert isinstance(noise, Noise)
    assert isinstance(outcome, Outcome)
    end.submit(event("2"), NOW)
    end.receive(b"more", NOW)
    assert [type(item) for item in end.expire(later(4))] == [Noise]


def test_frames_of_one_message_are_answered_one_by_one() -> None:
    """Each with its own attempts; the message is accepted with the last."""
    end = sender()
    ticket = end.submit(Payload("1", "x", "a/b/c"), NOW)
    assert end.data_to_send() == b"<a>"
    assert end.receive(b"-", NOW) == []
    assert end.receive(b"-", NOW) == []
    assert end.data_to_send() == b"<a><a>"
    assert end.receive(b"+", NOW) == []
    assert end.data_to_send() == b"<b>"
    assert end.receive(b"-", NOW) == []
    assert end.receive(b"-", NOW) == []
    assert end.receive(b"+", NOW) == []
    assert end.data_to_send() == b"<b><b><c>"
    assert outcomes(end.receive(b"+", NOW)) == YES
    assert ticket.attempts == 3


# --- answers that come late ------------------------------------------------------------------------------------------


def test_the_answer_to_a_copy_is_not_that_of_the_next_message() -> None:
    """The next one waits for it."""
    end = sender()
    end.submit(event("1"), NOW)
    end.submit(event("2"), NOW)
    end.expire(later(4))
    assert end.data_to_send() == b"<1:1><1:1>"
    assert outcomes(end.receive(b"+", later(5))) == YES
    assert end.data_to_send() == b""
    assert end.awaited == b""
    assert outcomes(end.receive(b"+", later(6))) == []
    assert end.data_to_send() == b"<1:2>"
    assert end.late_answers == 1
    assert len(end.unfinished) == 1


def test_both_answers_may_come_at_once() -> None:
    """In one segment."""
    end = sender()
    end.submit(event("1"), NOW)
    end.submit(event("2"), NOW)
    end.expire(later(4))
    end.data_to_send()
    assert outcomes(end.receive(b"++", later(5))) == YES
    assert (end.data_to_send(), len(end.unfinished)) == (b"<1:2>", 1)


def test_where_the_first_answer_was_lost_the_next_message_waits_no_longer_than_for_an_answer() -> None:
    """Nobody tells that no other will come."""
    end = sender()
    end.submit(event("1"), NOW)
    end.submit(event("2"), NOW)
    end.expire(later(4))
    end.data_to_send()
    assert outcomes(end.receive(b"+", later(5))) == YES
    assert end.next_timeout() == NOW.mono + 8
    assert end.expire(later(8)) == []
    assert end.data_to_send() == b"<1:2>"
    assert outcomes(end.receive(b"+", later(8.1))) == YES


def test_the_same_holds_between_the_frames_of_a_message() -> None:
    """An answer to a copy of the first block confirms no other block."""
    end = sender()
    end.submit(Payload("1", "x", "a/b"), NOW)
    end.expire(later(4))
    assert end.data_to_send() == b"<a><a>"
    assert outcomes(end.receive(b"++", later(5))) == []
    assert end.data_to_send() == b"<b>"
    assert outcomes(end.receive(b"+", later(5))) == YES


def test_an_answer_that_nothing_waits_for_is_counted() -> None:
    """It decides nothing that is said later."""
    end = sender()
    assert outcomes(end.receive(b"+-", NOW)) == []
    assert end.late_answers == 2
    end.submit(event("1"), NOW)
    assert len(end.unfinished) == 1


# --- heartbeats ------------------------------------------------------------------------------------------------------


def test_an_idle_line_carries_heartbeats_and_a_busy_one_none() -> None:
    """Counted from the last thing said."""
    end = sender(heartbeat_s=30.0)
    end.connected(NOW)
    assert end.next_timeout() == NOW.mono + 30
    end.submit(event("1"), later(20))
    end.receive(b"+", later(21))
    end.data_to_send()
    assert end.next_timeout() == NOW.mono + 50
    assert end.expire(later(50)) == []
    assert end.data_to_send() == b"<!>"
    assert end.awaited == b"<!>"
    assert end.receive(b"+", later(51)) == []
    assert (end.late_answers, end.next_timeout()) == (0, NOW.mono + 80)


def test_the_answer_to_a_heartbeat_is_not_that_of_a_message() -> None:
    """A message that comes in between waits for it, or until it is overdue."""
    for answer, seconds in ((b"+", 31.0), (b"", 34.0)):
        end = sender(heartbeat_s=30.0)
        end.connected(NOW)
        end.expire(later(30))
        assert end.data_to_send() == b"<!>"
        end.submit(event("1"), later(30.5))
        assert end.data_to_send() == b""
        assert outcomes(end.receive(answer, later(seconds)) if answer else end.expire(later(seconds))) == []
        assert end.data_to_send() == b"<1:1>"
        assert len(end.unfinished) == 1


def test_a_heartbeat_without_an_answer_is_said_again_in_its_turn() -> None:
    """It is no message: nothing is given up."""
    end = sender(heartbeat_s=30.0)
    end.connected(NOW)
    now: Moment = NOW
    for _ in range(5):
        now = later(30, now)
        assert end.expire(now) == []
        assert end.data_to_send() == b"<!>"
        assert end.expire(later(4, now)) == []
        assert end.data_to_send() == b""


def test_a_link_test_is_a_message_with_an_outcome() -> None:
    """Unlike the heartbeats of the line's own."""
    end = sender()
    end.submit(LinkTest("1"), NOW)
    assert end.data_to_send() == b"<!>"
    assert outcomes(end.receive(b"+", NOW)) == YES


# --- connections -----------------------------------------------------------------------------------------------------


def test_a_connection_that_ends_costs_an_attempt_and_the_next_says_it_again() -> None:
    """Nothing is sent in between."""
    end = sender()
    end.submit(event("1"), NOW)
    end.data_to_send()
    assert end.receive_eof(later(1)) == []
    assert closes(end)
    end.submit(event("2"), later(2))
    assert end.data_to_send() == b""
    assert end.next_timeout() is None
    end.connected(later(3))
    assert not closes(end)
    assert end.data_to_send() == b"<1:1>"
    assert outcomes(end.receive(b"+", later(4))) == YES
    assert end.data_to_send() == b"<1:2>"


def test_connections_that_end_again_and_again_end_the_message() -> None:
    """After three of them."""
    end = sender()
    end.submit(event("1"), NOW)
    told = []
    for _ in range(3):
        end.data_to_send()
        told += outcomes(end.disconnected(NOW))
        end.connected(NOW)
    assert told == [(OutcomeKind.GAVE_UP, "given up after 3 attempts: the connection ended before an answer came")]


def test_a_message_of_several_frames_begins_anew_on_a_new_connection() -> None:
    """The far end has forgotten the first."""
    end = sender()
    end.submit(Payload("1", "x", "a/b"), NOW)
    end.receive(b"+", NOW)
    assert end.data_to_send() == b"<a><b>"
    end.disconnected(NOW)
    end.connected(NOW)
    assert end.data_to_send() == b"<a>"


def test_an_answer_of_the_old_connection_is_forgotten() -> None:
    """Half of it, and how many were still to come."""
    end = sender()
    end.submit(event("1"), NOW)
    end.submit(event("2"), NOW)
    end.expire(later(4))
    end.disconnected(later(5))
    end.connected(later(6))
    end.data_to_send()
    assert outcomes(end.receive(b"+", later(7))) == YES
    assert end.data_to_send() == b"<1:2>"


def test_every_connection_is_greeted() -> None:
    """Before anything else, once."""
    end = sender(greeting=b"hello")
    end.submit(event("1"), NOW)
    assert end.data_to_send() == b"hello<1:1>"
    end.disconnected(NOW)
    end.connected(NOW)
    assert end.data_to_send() == b"hello<1:1>"


# --- what is submitted -----------------------------------------------------------------------------------------------


def test_a_full_queue_and_an_impossible_message_are_refused_at_once() -> None:
    """Each with its reason; what waits is untouched."""
    end = sender(max_queue=1)
    with pytest.raises(UnsendableError, match="code"):
        end.submit(event(""), NOW)
    end.submit(event("1"), NOW)
    with pytest.raises(QueueFullError, match="1 messages wait"):
        end.submit(event("2"), NOW)
    assert end.data_to_send() == b"<1:1>"


def test_a_ticket_of_an_earlier_end_keeps_its_number_and_its_bytes() -> None:
    """A path that failed hands on what it did not bring through."""
    first = sender()
    ticket = first.submit(event("1"), NOW)
    second = sender()
    assert second.submit(event("ignored"), NOW, ticket) is ticket
    assert second.data_to_send() == b"<1:1>"
    assert ticket.attempts == 2


def test_a_ticket_that_another_protocol_wrote_is_written_anew() -> None:
    """Its bytes would be noise there."""

    class Other(Speech):
        """The toy protocol with another bracket."""

    ticket = LineSendingEnd(Other()).submit(event("1"), NOW)
    end = sender()
    end.submit(event("2"), NOW, ticket)
    assert end.data_to_send() == b"<1:2>"
