"""The plan of a district's traffic: always the same, in order, and what a district really sends."""

from __future__ import annotations

from itertools import islice, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels.district import District, load
from panels.plan import DAY_S, Planned, plan, seconds_of_day, silences
from protocols.catalogue import find, known
from protocols.model import Qualifier, Scheme, Signal

SEEDS = st.integers(-(2**31), 2**31)
DISTRICT = load()


def days(count: float, seed: int = 0, district: District = DISTRICT) -> list[Planned]:
    """Everything planned for the first days."""
    return list(takewhile(lambda planned: planned.at_s < count * DAY_S, plan(district, seed)))


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_the_same_seed_gives_the_same_plan(seed: int) -> None:
    """Nothing but district and seed goes into a plan."""
    assert list(islice(plan(load(), seed), 200)) == list(islice(plan(load(), seed), 200))


def test_another_seed_gives_another_plan() -> None:
    """A trainee does not meet the same day twice."""
    assert days(0.2, seed=1) != days(0.2, seed=2)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_a_plan_is_in_the_order_of_time_over_several_days(seed: int) -> None:
    """Also where one day ends and the next begins."""
    times = [planned.at_s for planned in days(9, seed, load(3))]
    assert times == sorted(times)
    assert times[0] >= 0


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_the_first_alarm_comes_within_five_seconds(seed: int) -> None:
    """Whoever watches a demonstration sees an alarm at once, and its restore within two minutes."""
    soon = list(takewhile(lambda planned: planned.at_s <= 120, plan(DISTRICT, seed)))
    alarms = [planned for planned in soon if priority(planned.signal) == 1]
    assert alarms[0].at_s <= 5
    assert any(planned.signal.qualifier is Qualifier.RESTORE for planned in soon[1:])


def priority(signal: Signal) -> int:
    """How urgent the catalogue holds it, 9 for restores."""
    return 9 if signal.qualifier is Qualifier.RESTORE else find(signal.scheme, signal.code).priority


def test_a_sites_day_does_not_depend_on_the_other_sites() -> None:
    """More schools add traffic and change none of the traffic that is there."""
    few, many = days(1, 5, load(3)), days(1, 5, load(6))

    def at(plan: list[Planned], account: str) -> list[Planned]:
        return [planned for planned in plan if planned.account == account and planned.at_s > 200]

    assert all(at(few, account) == at(many, account) for account in ("7001", "7002", "7003"))


def test_a_week_holds_everything_that_happens_in_a_district() -> None:
    """Openings, closings, periodic tests, troubles and alarms with their restores, in both schemes."""
    codes = {(planned.signal.scheme, planned.signal.code, planned.signal.qualifier) for planned in days(7)}
    for scheme, code, qualifier in (
        (Scheme.CONTACT_ID, "401", Qualifier.NEW),
        (Scheme.CONTACT_ID, "401", Qualifier.RESTORE),
        (Scheme.CONTACT_ID, "602", Qualifier.NEW),
        (Scheme.SIA, "OP", Qualifier.NEW),
        (Scheme.SIA, "CL", Qualifier.RESTORE),
        (Scheme.SIA, "RP", Qualifier.NEW),
    ):
        assert (scheme, code, qualifier) in codes
    for incident in DISTRICT.incidents:
        for code, qualifier in ((incident.sia, Qualifier.NEW), (incident.sia_restore, Qualifier.RESTORE)):
            assert (Scheme.SIA, code, qualifier) in codes, incident.id
        for qualifier in (Qualifier.NEW, Qualifier.RESTORE):
            assert (Scheme.CONTACT_ID, incident.contact_id, qualifier) in codes, incident.id


def test_what_begins_also_ends() -> None:
    """Every alarm and trouble of a day has its restore later the same day."""
    opened: dict[tuple[str, str, str], int] = {}
    for planned in days(0.6, seed=3):
        signal = planned.signal
        if signal.scheme is Scheme.CONTACT_ID and signal.subject != "user" and signal.code != "602":
            key = (planned.account, signal.code, signal.number)
            opened[key] = opened.get(key, 0) + (1 if signal.qualifier is Qualifier.NEW else -1)
            assert opened[key] >= 0, "a restore came before its alarm"


def test_schools_open_in_the_morning_and_close_in_the_evening() -> None:
    """Once each a day, and not on the day when they stay closed."""
    begin = seconds_of_day(DISTRICT.schedule.begins)
    for planned in days(7, seed=4):
        signal = planned.signal
        if signal.subject == "user":
            hour = (planned.at_s + begin) % DAY_S / 3600
            assert 7 <= hour < 9 if signal.qualifier is Qualifier.NEW else 17 <= hour < 21
            assert planned.at_s + begin < 6 * DAY_S


def test_every_code_of_the_district_is_in_the_catalogue() -> None:
    """A demonstration shows names, not numbers."""
    for planned in days(7):
        assert known(planned.signal.scheme, planned.signal.code), planned.signal.code


@pytest.mark.parametrize("schools", [1, 24, 100])
def test_every_message_of_a_plan_belongs_to_a_site_and_a_zone_of_the_district(schools: int) -> None:
    """Accounts, schemes, partitions, zones and users are those declared."""
    district = load(schools)
    sites = {site.account: site for site in district.sites}
    partitions = {partition.number for partition in district.partitions} | {"00"}
    numbers = {
        "zone": {zone.number for zone in district.zones},
        "user": {user.number for user in district.users},
        "none": {"", "000"},
    }
    for planned in days(1, district=district):
        signal = planned.signal
        assert signal.scheme is sites[planned.account].scheme
        assert signal.account == planned.account
        assert signal.partition in partitions
        assert signal.number in numbers[signal.subject]


@pytest.mark.parametrize("speed", [1.0, 60.0, 300.0])
@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_whoever_watches_sees_an_alarm_within_seconds_and_has_time_to_see_it(speed: float, seed: int) -> None:
    """However fast the day runs: in real time the first alarm of priority 1 comes soon and lasts a while."""
    soon = list(takewhile(lambda planned: planned.at_s <= 120 * speed, plan(DISTRICT, seed, speed)))
    first = next(planned for planned in soon if priority(planned.signal) == 1)
    assert first.at_s / speed <= 5
    ends = [planned.at_s for planned in soon if planned.account == first.account and is_restore(planned.signal)]
    assert any(end - first.at_s >= 10 * speed for end in ends)


def is_restore(signal: Signal) -> bool:
    """The end of something that lasted."""
    return signal.qualifier is Qualifier.RESTORE and signal.subject == "zone"


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_the_first_minute_of_a_demonstration_shows_what_a_station_is(seed: int) -> None:
    """Some alarms and no storm, a trouble, openings, an encrypted account, the end of something."""
    soon = list(takewhile(lambda planned: planned.at_s <= 3600, plan(DISTRICT, seed, 60.0)))
    alarms = [planned for planned in soon if priority(planned.signal) <= 2]
    assert 3 <= len(alarms) <= 12
    assert any(priority(planned.signal) == 3 for planned in soon)
    assert sum(planned.signal.subject == "user" for planned in soon) >= 10
    keys = {site.account for site in DISTRICT.sites if site.key}
    assert any(planned.account in keys for planned in alarms)
    assert any(is_restore(planned.signal) for planned in soon)


def test_the_default_day_of_the_demo_has_a_few_alarms_in_its_first_minute() -> None:
    """Three to six: enough to see what a station is for, and no storm."""
    soon = takewhile(lambda planned: planned.at_s <= 3600, plan(DISTRICT, 1, 60.0))
    assert 3 <= sum(priority(planned.signal) <= 2 for planned in soon) <= 6


def test_somebody_opens_late_and_somebody_forgets_to_disarm() -> None:
    """A late opening has its own code; a false alarm is cancelled after the opening that follows it."""
    week = days(7, seed=2)
    codes = {planned.signal.code for planned in week}
    assert {"452", "OJ", "406", "BC"} <= codes
    for cancel in (planned for planned in week if planned.signal.code in ("406", "BC")):
        before = [
            planned.signal.code
            for planned in week
            if planned.account == cancel.account and cancel.at_s - 200 < planned.at_s < cancel.at_s
        ]
        assert {"130", "BA"} & set(before)
        assert {"401", "OP", "452", "OJ"} & set(before)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_bad_lines_fall_silent_now_and_then_and_long_enough_to_be_noticed(seed: int) -> None:
    """In order, one silence at a time, the first within two minutes; the same seed gives the same ones."""
    some = list(islice(silences(DISTRICT, seed), 20))
    assert some == list(islice(silences(DISTRICT, seed), 20))
    assert [silence.at_s for silence in some] == sorted(silence.at_s for silence in some)
    assert some[0].at_s <= 120
    assert all(silence.lasts_s > DISTRICT.weak.supervision_s + DISTRICT.weak.link_test_s for silence in some)
    over: dict[str, float] = {}
    for silence in some:
        assert silence.at_s > over.get(silence.account, 0.0)
        over[silence.account] = silence.at_s + silence.lasts_s
    assert len(over) == 2
