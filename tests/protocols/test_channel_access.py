"""Who may send when on a radio channel."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.channel import (
    Access,
    Backoff,
    ChannelFullError,
    Priority,
    Profile,
    TooLongError,
    Transmission,
    ax25,
)
from protocols.channel.budget import Budget

ALWAYS = 255
"""KISS P at which every draw is won."""
FRAME = bytes(50)
PLAIN = ax25(1200, persistence=ALWAYS)
AIRTIME = PLAIN.airtime(len(FRAME))
GAP = PLAIN.turnaround_s + 2 * PLAIN.slot_s


def access(profile: Profile = PLAIN, seed: int = 1) -> Access:
    return Access(profile, Random(seed))


def drain(its: Access, now: float, until: float) -> list[Transmission]:
    """All that goes in an otherwise silent channel; it is asked when it says, and then only."""
    sent: list[Transmission] = []
    while (due := its.next_timeout()) is not None and due <= until:
        assert due >= now
        now = due
        taken = its.take(now)
        if taken is not None:
            sent.append(taken)
        after = its.next_timeout()
        assert after is None or after > now, "asked again for the same moment"
    return sent


def test_in_an_idle_channel_a_frame_goes_at_once() -> None:
    """And all is said of it that the modem needs."""
    its = access()
    assert its.next_timeout() is None
    its.submit(FRAME, Priority.TEST, 5.0, token="a")
    taken = its.take(5.0)
    assert taken is not None
    assert (taken.frame, taken.token, taken.start, taken.airtime_s) == (FRAME, "a", 5.0, AIRTIME)
    assert its.take(5.0) is None
    assert len(its) == 0


@given(st.lists(st.tuples(st.sampled_from(Priority), st.integers(0, 9)), min_size=1, max_size=30))
def test_the_most_urgent_goes_first_and_equals_in_their_order(frames: list[tuple[Priority, int]]) -> None:
    """All handed over at one moment."""
    its = access(ax25(1_000_000, tx_delay_s=0, tx_tail_s=0, turnaround_s=0, slot_s=0.001, persistence=ALWAYS))
    for number, (priority, _) in enumerate(frames):
        its.submit(FRAME, priority, 0.0, token=number)
    sent = [one.token for one in drain(its, 0.0, 10.0)]
    assert sent == [number for number, _ in sorted(enumerate(frames), key=lambda each: (each[1][0], each[0]))]


def test_an_answer_goes_before_all_but_the_alarms_of_people_and_fire() -> None:
    """A centre's acknowledgement."""
    assert sorted(Priority)[:4] == [Priority.PANIC, Priority.FIRE, Priority.ACK, Priority.BURGLARY]


def test_nothing_starves_under_endless_alarms() -> None:
    """A test grows as urgent as an answer, and is then the oldest of them."""
    its = access()
    its.submit(FRAME, Priority.TEST, 0.0, token="test")
    now, sent = 0.0, []
    while "test" not in sent:
        assert now < 400, "the test starved"
        its.submit(FRAME, Priority.BURGLARY, now)
        its.submit(FRAME, Priority.ACK, now)
        sent += [one.token for one in drain(its, now, now + AIRTIME + GAP)]
        now += AIRTIME + GAP
    assert now > 60


def test_age_never_overtakes_panic_and_fire() -> None:
    """However long something waited."""
    its = access()
    its.submit(FRAME, Priority.POLL, 0.0, token="poll")
    its.submit(FRAME, Priority.FIRE, 5000.0, token="fire")
    its.submit(FRAME, Priority.PANIC, 5000.0, token="panic")
    assert [one.token for one in drain(its, 5000.0, 5100.0)] == ["panic", "fire", "poll"]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 254), st.integers(0, 1000))
def test_a_slot_is_won_with_the_probability_of_p(persistence: int, seed: int) -> None:
    """(P + 1) / 256, once in each slot, however often it is asked in between."""
    its = access(ax25(1200, persistence=persistence), seed)
    wins, draws, now = 0, 3000, 0.0
    for _ in range(draws):
        its.submit(FRAME, Priority.TEST, now)
        taken = its.take(now)
        assert its.take(now + 0.05) is None
        if taken is not None:
            wins += 1
            now += 10.0
        else:
            assert its.next_timeout() == pytest.approx(now + 0.1)
            its.drop(None)
            now += 0.1
    p = (persistence + 1) / 256
    assert abs(wins / draws - p) < 5 * (p * (1 - p) / draws) ** 0.5 + 1e-9


def test_a_busy_channel_is_not_keyed_up_and_its_end_begins_a_gap() -> None:
    """Turnaround, in which an answer goes; one slot later panic and fire; one later the rest; then a poll."""
    waits = ((Priority.ACK, 0), (Priority.PANIC, 1), (Priority.FIRE, 1), (Priority.BURGLARY, 2), (Priority.TEST, 2))
    for priority, slots in (*waits, (Priority.POLL, 3)):
        its = access()
        its.busy(0.0, True)
        its.submit(FRAME, priority, 1.0)
        assert its.take(1.0) is None
        its.busy(2.0, False)
        due = its.next_timeout()
        assert due == pytest.approx(2.0 + PLAIN.turnaround_s + slots * PLAIN.slot_s)
        assert its.take(due - 0.01) is None
        assert its.take(due) is not None


def test_a_frame_that_was_heard_begins_the_gap_where_no_carrier_is_detected() -> None:
    """All that such a modem tells."""
    its = access()
    its.heard(10.0, 0.7)
    its.submit(FRAME, Priority.TEST, 10.01)
    assert its.take(10.01) is None
    assert its.next_timeout() == pytest.approx(10.0 + GAP)


def test_answers_and_polls_need_no_draw() -> None:
    """Only one side answers, and only one polls."""
    for priority in (Priority.ACK, Priority.POLL):
        its = access(ax25(1200, persistence=0))
        its.submit(FRAME, priority, 0.0)
        assert its.take(0.0) is not None


def test_a_carrier_that_stays_is_noise_and_holds_nothing_back() -> None:
    """A jammer, or a squelch that does not close: an alarm goes out all the same."""
    its = access()
    its.busy(0.0, True)
    its.submit(FRAME, Priority.PANIC, 1.0)
    assert not its.blocked(9.9)
    assert its.next_timeout() == PLAIN.carrier_limit_s
    assert its.take(9.9) is None
    assert its.blocked(10.0)
    assert its.take(10.0) is not None
    its.busy(11.0, False)
    assert not its.blocked(11.0)


def test_what_is_jittered_does_not_go_before_its_time() -> None:
    """And something else does."""
    its = access()
    its.submit(FRAME, Priority.PANIC, 0.0, not_before=3.0, token="late")
    its.submit(FRAME, Priority.TEST, 0.0, token="now")
    sent = drain(its, 0.0, 10.0)
    assert [one.token for one in sent] == ["now", "late"]
    assert sent[1].start == 3.0


def test_what_is_dropped_is_not_sent() -> None:
    """All frames of its token."""
    its = access()
    for token in ("a", "b", "a"):
        its.submit(FRAME, Priority.TEST, 0.0, token=token)
    assert its.drop("a") == 2
    assert [one.token for one in drain(its, 0.0, 10.0)] == ["b"]


def worst(sent: list[Transmission], window: float) -> float:
    """Most airtime in any window: it is fullest where it ends with a transmission, or begins with one."""
    edges = [one.end - window for one in sent] + [one.start for one in sent]
    return max(sum(max(0.0, min(one.end, edge + window) - max(one.start, edge)) for one in sent) for edge in edges)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 8), st.integers(1, 200), st.sampled_from(Priority), st.floats(0, 20)),
        min_size=5,
        max_size=60,
    ),
    st.sampled_from([0.05, 0.1, 0.3]),
    st.sampled_from([20.0, 60.0]),
)
def test_the_duty_budget_is_never_exceeded_over_any_window(
    frames: list[tuple[float, int, Priority, float]], duty: float, window: float
) -> None:
    """Whatever is asked for, and everything goes in the end."""
    its = access(ax25(4800, tx_delay_s=0.1, duty_cycle=duty, duty_window_s=window, persistence=ALWAYS))
    sent: list[Transmission] = []
    now = queued = 0.0
    for wait, size, priority, jitter in frames:
        sent += drain(its, now, now + wait)
        now += wait
        try:
            its.submit(bytes(size), priority, now, not_before=now + jitter)
        except TooLongError:
            continue
        queued += 1
    sent += drain(its, now, now + 100_000)
    assert len(sent) == queued
    if sent:
        assert worst(sent, window) <= duty * window
        common = [one for one in sent if one.priority > Priority.FIRE]
        assert not common or worst(common, window) <= duty * window * (1 - its.profile.reserve)


def test_the_budget_is_used_up_to_its_end() -> None:
    """Not only kept: what may be sent in a window is sent."""
    its = access(ax25(1200, duty_cycle=0.1, duty_window_s=100.0, reserve=0.0, persistence=ALWAYS))
    for _ in range(100):
        its.submit(FRAME, Priority.TEST, 0.0)
    sent = drain(its, 0.0, 600.0)
    assert worst(sent, 100.0) > 10.0 - AIRTIME
    assert len(sent) >= 6 * int(10.0 / AIRTIME)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 3), st.floats(0, 30)), min_size=1, max_size=40), st.floats(0.1, 3))
def test_the_budget_says_the_earliest_moment(spent: list[tuple[float, float]], airtime: float) -> None:
    """At it the transmission fits into every window, a moment before it does not."""
    budget = Budget(10.0, 100.0, 0.0)
    sent: list[Transmission] = []

    def transmission(start: float, seconds: float) -> Transmission:
        return Transmission(frame=b"", priority=Priority.TEST, token=None, start=start, airtime_s=seconds, waited_s=0)

    now = 0.0
    for seconds, pause in spent:
        now = budget.ready(now + pause, seconds, urgent=False)
        budget.spend(now, seconds)
        sent.append(transmission(now, seconds))
        now += seconds
    ready = budget.ready(now, airtime, urgent=False)
    assert worst([*sent, transmission(ready, airtime)], 100.0) <= 10.0
    if ready > now + 0.001:
        early = transmission(ready - 0.001, airtime)
        begins = early.end - 100.0
        assert airtime + sum(max(0.0, one.end - max(one.start, begins)) for one in sent) > 10.0 - 1e-5
    used = sum(max(0.0, one.end - max(one.start, now - 100.0)) for one in sent)
    assert budget.used(now) == pytest.approx(used, abs=1e-6)


def test_what_waits_for_the_budget_does_not_hide_an_alarm_that_may_go_before() -> None:
    """A test must wait a minute; a panic alarm with a jitter of ten seconds goes after ten."""
    its = access(ax25(1200, duty_cycle=0.1, duty_window_s=100.0, reserve=0.2, persistence=ALWAYS))
    for _ in range(12):
        its.submit(FRAME, Priority.TEST, 0.0)
    drain(its, 0.0, 20.0)
    due = its.next_timeout()
    assert due is not None
    assert due > 90.0
    its.submit(FRAME, Priority.PANIC, 20.0, not_before=30.0, token="panic")
    assert its.next_timeout() == 30.0
    assert [one.token for one in drain(its, 20.0, 31.0)] == ["panic"]


def test_panic_and_fire_have_a_share_of_the_budget_for_themselves() -> None:
    """When the tests have used up theirs."""
    its = access(ax25(1200, duty_cycle=0.1, duty_window_s=100.0, reserve=0.2, persistence=ALWAYS))
    for _ in range(30):
        its.submit(FRAME, Priority.TEST, 0.0)
    drain(its, 0.0, 50.0)
    its.submit(FRAME, Priority.BURGLARY, 50.0, token="burglary")
    its.submit(FRAME, Priority.PANIC, 50.0, token="panic")
    taken = its.take(50.0)
    assert taken is not None
    assert taken.token == "panic"
    assert its.take(55.0) is None


def test_a_frame_that_the_budget_can_never_hold_is_refused() -> None:
    """With what to do about it."""
    its = access(ax25(50, duty_cycle=0.01, duty_window_s=60.0))
    with pytest.raises(TooLongError, match="duty_cycle"):
        its.submit(bytes(200), Priority.PANIC, 0.0)


def test_in_a_full_queue_the_least_urgent_gives_way() -> None:
    """An alarm is never refused for tests; a test is refused for alarms."""
    its = Access(PLAIN, Random(1), max_queue=2)
    assert its.submit(FRAME, Priority.BURGLARY, 0.0, token="b") is None
    its.submit(FRAME, Priority.TEST, 0.0, token="t")
    assert its.submit(FRAME, Priority.PANIC, 0.0, token="p") == "t"
    with pytest.raises(ChannelFullError, match="overloaded or jammed"):
        its.submit(FRAME, Priority.BURGLARY, 0.0)
    assert [one.token for one in drain(its, 0.0, 10.0)] == ["p", "b"]


def test_the_load_of_the_last_minutes_counts_what_overlaps_once() -> None:
    """A carrier and the frame heard in it are one."""
    its = access()
    assert its.load(0.0).busy == 0
    its.busy(10.0, True)
    its.busy(20.0, False)
    its.heard(20.0, 9.0)
    its.submit(FRAME, Priority.TEST, 50.0)
    assert its.take(50.0) is not None
    load = its.load(100.0)
    assert load.busy == pytest.approx((10 + AIRTIME) / 100)
    assert load.own == pytest.approx(AIRTIME / 100)
    its.busy(100.0, True)
    assert its.load(150.0).busy == pytest.approx((60 + AIRTIME) / 150)
    its.busy(150.0, False)
    assert its.load(1000.0).busy == 0
    its.submit(FRAME, Priority.TEST, 1000.0)
    assert its.take(1000.0) is not None
    its.heard(1000.0 + AIRTIME / 2, 0.1)
    assert its.load(1010.0).busy == pytest.approx(AIRTIME / 300)


def test_repetitions_wait_for_the_answer_and_ever_wider_apart() -> None:
    """2 airtimes, the turnaround and U(0, W), W = 1, 2, 4 ... 240 s; of panic and fire 30 s."""
    backoff = Backoff(Random(1), 0.1)
    for most in (1, 2, 4, 8, 16, 32, 64, 128, 240, 240):
        assert backoff.window_s == most
        assert 1.5 <= backoff.wait(0.7) <= 1.5 + most
    assert max(backoff.wait(0.7, urgent=True) for _ in range(100)) < 1.5 + 30
    backoff.reset()
    assert backoff.window_s == 1
    waits = [Backoff(Random(seed), 0.1).wait(0.7) - 1.5 for seed in range(2000)]
    assert sum(waits) / len(waits) == pytest.approx(0.5, abs=0.03)
