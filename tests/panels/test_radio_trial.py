"""Runs of many stations with their real channel access: what is measured is what the formulas say."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from panels.radio.planning import Given, formula, plans, simulate, troubles
from panels.radio.trial import Result, Run, Setting, Way, seconds_for
from protocols.channel import Priority, ax25
from protocols.channel.capacity import aloha_delivery, aloha_goodput, poll_cycle
from protocols.channel.contention import contend, exchange, saturated

PROFILE = ax25(1200)
BYTES, ANSWER = 50, 47
AIRTIME = PROFILE.airtime(BYTES)
DETECT_S = 0.02


def measured(setting: Setting, messages: int = 4000, seed: int = 1) -> Result:
    return Run(setting, seed).go(seconds_for(setting, messages))


@pytest.mark.parametrize(
    ("objects", "interval_s", "copies"), [(100, 600, 1), (500, 3600, 1), (200, 3600, 3), (500, 3600, 3), (500, 7200, 3)]
)
def test_one_way_stations_deliver_what_pure_aloha_says(objects: int, interval_s: float, copies: int) -> None:
    """Delivery of tests and goodput of frames within 10 %."""
    its = Setting(way=Way.ONE_WAY, profile=PROFILE, objects=objects, interval_s=interval_s, copies=copies)
    seen = measured(its)
    assert seen.delivery == pytest.approx(aloha_delivery(objects, interval_s, AIRTIME, copies), rel=0.1)
    assert seen.goodput_per_s == pytest.approx(aloha_goodput(objects, interval_s, AIRTIME, copies), rel=0.1)


def test_noise_takes_its_share_of_one_way_frames() -> None:
    """On top of the collisions."""
    its = Setting(way=Way.ONE_WAY, profile=PROFILE, objects=100, interval_s=1200, copies=2, loss=0.2)
    assert measured(its).delivery == pytest.approx(aloha_delivery(100, 1200, AIRTIME, 2, 0.2), rel=0.05)


@pytest.mark.parametrize(("stations", "persistence"), [(2, 63), (5, 63), (10, 25), (20, 12), (10, 63)])
def test_stations_that_always_send_share_the_channel_as_the_formula_says(stations: int, persistence: int) -> None:
    """Goodput of p-persistence within 10 %, also where p is far too large."""
    profile = ax25(1200, persistence=persistence)
    its = Setting(way=Way.TESTS, profile=profile, objects=stations, interval_s=8.0, saturated=True)
    seen = measured(its, 3000)
    assert seen.goodput_per_s == pytest.approx(saturated(stations, exchange(profile, BYTES, None, DETECT_S)), rel=0.1)


@pytest.mark.parametrize(("interval_s", "loss", "hidden"), [(400, 0.0, 0.0), (200, 0.05, 0.0), (250, 0.05, 0.3)])
def test_acknowledged_tests_fare_as_the_formula_says(interval_s: float, loss: float, hidden: float) -> None:
    """Share of frames that arrive, and goodput, within 10 %."""
    its = Setting(way=Way.TESTS, profile=PROFILE, objects=50, interval_s=interval_s, loss=loss, hidden=hidden)
    seen = measured(its, 3000)
    rate = 50 / interval_s
    found = contend(rate, exchange(PROFILE, BYTES, ANSWER, DETECT_S), attempts=its.attempts, loss=loss, hidden=hidden)
    assert seen.frame_delivery == pytest.approx(found.alone * (1 - loss), rel=0.1)
    assert seen.goodput_per_s == pytest.approx(rate, rel=0.1)
    assert seen.delivery > (0.9 if hidden else 0.99)


@pytest.mark.parametrize("loss", [0.0, 0.1])
def test_polling_goes_round_as_fast_as_the_formula_says(loss: float) -> None:
    """Time of a round and polls answered a second, within 10 %."""
    its = Setting(way=Way.POLLS, profile=PROFILE, objects=30, interval_s=1.0, loss=loss, attempts=8)
    seen = measured(its, 1500)
    cycle = poll_cycle(PROFILE.airtime(ANSWER), AIRTIME, PROFILE.turnaround_s, 3 * PROFILE.slot_s)
    assert seen.round_s == pytest.approx(30 * cycle / (1 - loss) ** 2, rel=0.1)
    assert seen.goodput_per_s == pytest.approx((1 - loss) ** 2 / cycle, rel=0.1)
    assert seen.delivery == pytest.approx(1.0, abs=0.005)


@pytest.mark.parametrize(("way", "persistence", "p95_s"), [(Way.TESTS, 63, 40), (Way.POLLS, 191, 20)])
def test_every_alarm_arrives_from_fifty_objects_at_twenty_percent_loss(
    way: Way, persistence: int, p95_s: float
) -> None:
    """One each 30 s at 1200 bit/s, supervised at 180 s: polled, 95 of 100 within 20 s."""
    profile = ax25(1200, persistence=persistence)
    its = Setting(way=way, profile=profile, objects=50, interval_s=180, loss=0.2, alarm_every_s=30)
    seen = Run(its, 1).go(6000.0)
    assert seen.alarms > 120
    assert seen.alarms_delivered == seen.alarms
    assert seen.alarm_p95_s < p95_s
    assert seen.round_s < 180


def test_a_duty_cycle_that_is_too_small_throttles_the_centre() -> None:
    """The real access holds it: polls slow down to what it may send."""
    profile = replace(PROFILE, duty_cycle=0.1, duty_window_s=300.0, reserve=0.0)
    its = Setting(way=Way.POLLS, profile=profile, objects=5, interval_s=1.0)
    seen = Run(its, 1).go(6000.0)
    assert seen.goodput_per_s == pytest.approx(0.1 / profile.airtime(ANSWER), rel=0.1)


def test_a_plan_is_found_wanting_for_each_of_its_reasons() -> None:
    """In words, with what would help."""
    given = Given(profile=PROFILE, objects=100, interval_s=180)
    one_way, tests, polls = plans(given)
    assert not one_way.works
    assert "blind senders need less than 0.2" in one_way.advice[0]
    assert "plan a test of each every" in one_way.advice[-1]
    assert not tests.works
    assert "alarms wait too long" in tests.advice[0]
    assert not polls.works
    assert "more than 180 s" in polls.advice[0]
    duty = replace(given, profile=replace(PROFILE, duty_cycle=0.01))
    assert any("duty cycle allows 1.0%" in said for plan in plans(duty) for said in plan.advice)
    lossy = replace(given, loss=0.9, objects=3)
    assert "no number of objects" in plans(lossy, (Way.ONE_WAY,))[0].advice[-1]


def test_what_the_advice_says_works() -> None:
    """The number of objects, and one more does not; the interval, too."""
    given = Given(profile=PROFILE, objects=100, interval_s=180)
    for plan in plans(given):
        for count in plan.counts:
            for objects, works in ((count.objects, True), (count.objects + 1, False)):
                if objects:
                    found = formula(given, plan.way, objects, count.interval_s)
                    assert (troubles(given, plan.way, found, count.interval_s) == []) is works, (plan.way, count)


def test_a_simulation_says_what_became_of_each_count() -> None:
    """And tells how far it is."""
    given = Given(profile=ax25(9600, tx_delay_s=0.05), objects=20)
    planned = plans(given)
    told: list[tuple[int, int, float]] = []
    simulate(given, planned, 200, 1, lambda *progress: told.append(progress))
    assert told[-1] == (12, 12, 1.0)
    for plan in planned:
        assert plan.simulated is not None
        assert plan.simulated.load == pytest.approx(plan.formula.load, rel=0.15)
        assert all(count.simulated is not None for count in plan.counts if count.objects)


def test_what_only_the_simulation_shows_is_a_reason_too() -> None:
    """Where the formula says that it works and the run does not."""
    given = Given(profile=PROFILE, objects=10, interval_s=180)
    planned = plans(given, (Way.POLLS, Way.TESTS))
    assert all(plan.works for plan in planned)
    simulate(given, planned, 300, 1, lambda *_: None)
    assert all(plan.works for plan in planned)
    hopeful = replace(given, loss=0.3, least=1, of=1, false_per_month=1e9)
    planned = plans(hopeful, (Way.TESTS,))
    simulate(replace(hopeful, false_per_month=1.0), planned, 300, 1, lambda *_: None)
    assert not planned[0].works
    assert "simulated" in planned[0].advice[0]


def test_when_all_alarm_at_once_panic_and_fire_come_first_and_all_arrive() -> None:
    """50 objects in the same moment, at 20 % loss and 1200 bit/s."""
    its = Setting(way=Way.TESTS, profile=PROFILE, objects=50, interval_s=180, loss=0.2)
    run = Run(its, 1)

    def storm() -> None:
        for index, station in enumerate(run.stations):
            station.report(Priority.PANIC if index < 5 else Priority.FIRE if index < 10 else Priority.BURGLARY)

    run.air.at(300.0, storm)
    seen = run.go(1500.0)
    assert seen.alarms_delivered == seen.alarms == 50
    took = {key: at - run.tally.born[key][0] for key, at in run.tally.arrived.items() if run.tally.born[key][1]}
    urgent = sorted(seconds for (index, _), seconds in took.items() if index < 10)
    others = sorted(seconds for (index, _), seconds in took.items() if index >= 10)
    assert urgent[4] < others[20] / 4, "panic and fire waited like the others"
    assert urgent[-1] < others[20]
