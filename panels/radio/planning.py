"""Whether a radio channel can carry what is planned: by formula, and by simulation beside it.

A plan works where a working object is taken for lost seldom enough, a silent one is known of in time, and the channel
has room left for alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from panels.radio import trial
from panels.radio.trial import Result, Run, Setting, Way
from protocols.channel import Priority, Profile, capacity, contention
from protocols.channel.access import GAP_SLOTS

WITHIN_S = (90.0, 180.0, 1800.0)
"""For which times of supervision the number of objects is told."""
MOST_USED = 0.6
"""Share of time that acknowledged traffic may take: above it waits grow quickly, and alarms wait with the tests."""
CHANCE = 3.0
"""A simulation may show so many times what is allowed by its own chance."""
MOST_TRIES = 10
"""Polls of an object that does not answer, one after the other."""
LONGEST_S = 2 * 86400.0


class Given(Struct, frozen=True, kw_only=True):
    """What is planned. Bytes are of frames as the modem is handed them."""

    profile: Profile
    objects: int = 50
    interval_s: float = 180.0
    copies: int = 3
    least: int = 3
    """An object is lost when so many ..."""
    of: int = 3
    """... of its last so many tests were missed."""
    loss: float = 0.01
    hidden: float = 0.0
    alarm_every_s: float = 300.0
    attempts: int = 3
    frame_bytes: int = 50
    answer_bytes: int = 47
    false_per_month: float = 1.0
    """How often at most a working object may be taken for lost, all objects together."""
    detect_s: float = 0.02


class Formula(Struct, frozen=True, kw_only=True):
    """What the formulas say of one way with so many objects at such an interval."""

    load: float
    """Airtime by time; of acknowledged tests and polls with all attempts."""
    used: float
    """Share of time in which nobody else may begin."""
    frame_delivery: float
    delivery: float
    """Of a test with all its copies or attempts, of a poll with all its tries."""
    false_per_month: float
    noticed_s: float
    """A silent object is known of at the latest after this time."""
    round_s: float = 0.0
    """Polls."""
    tries: int = 1
    centre_share: float = 0.0
    """Share of time the centre is on the air."""
    station_share: float = 0.0


class Count(Struct, kw_only=True):
    """How many objects can be supervised within a time."""

    within_s: float
    objects: int
    interval_s: float
    """Between tests, so that a silent object is noticed in that time."""
    formula: Formula | None
    """With so many; None where there can be none."""
    simulated: Result | None = None


class Plan(Struct, kw_only=True):
    """One way, planned."""

    way: Way
    formula: Formula
    works: bool
    advice: list[str]
    counts: list[Count]
    simulated: Result | None = None


def plans(given: Given, ways: tuple[Way, ...] = tuple(Way)) -> list[Plan]:
    """The formulas' side, without simulation."""
    return [_plan(given, way) for way in ways]


def simulate(
    given: Given, planned: list[Plan], messages: int, seed: int, progress: Callable[[int, int, float], None]
) -> None:
    """Fill in what a simulation says, of the plan and of each count; ``progress``: run, runs, share of this one."""
    runs = list(_runs(given, planned))
    for number, (setting, keep) in enumerate(runs, 1):
        seconds = trial.seconds_for(setting, messages)
        keep(Run(setting, seed).go(seconds, lambda share, at=number: progress(at, len(runs), share)))  # type: ignore[misc]
    for plan in planned:
        said = _seen_troubles(given, plan)
        if plan.works and said:
            plan.works = False
            plan.advice = [*said, "the formula is too hopeful here: plan with fewer objects, or less often"]


def _seen_troubles(given: Given, plan: Plan) -> list[str]:
    """What the simulation shows and the formula does not, beyond chance."""
    seen = plan.simulated
    assert seen is not None
    if plan.way is Way.POLLS:
        late = seen.round_s > given.interval_s
        return [f"simulated, a round takes {seen.round_s:.0f} s, more than {given.interval_s:.0f} s"] if late else []
    often = simulated_false(given, seen)
    if often <= CHANCE * given.false_per_month:
        return []
    return [f"simulated, working objects would be taken for lost {_times(often)} a month, all together"]


def _runs(given: Given, planned: list[Plan]) -> Iterator[tuple[Setting, Callable[[Result], None]]]:
    for plan in planned:
        yield _setting(given, plan.way, given.objects, given.interval_s, plan.formula.tries), _keeper(plan)
        for one in plan.counts:
            if one.formula is not None:
                yield _setting(given, plan.way, one.objects, one.interval_s, one.formula.tries), _keeper(one)


def _keeper(where: Plan | Count) -> Callable[[Result], None]:
    def keep(result: Result) -> None:
        where.simulated = result

    return keep


def _setting(given: Given, way: Way, objects: int, interval_s: float, tries: int) -> Setting:
    return Setting(
        way=way,
        profile=given.profile,
        objects=objects,
        interval_s=interval_s,
        frame_bytes=given.frame_bytes,
        answer_bytes=given.answer_bytes,
        copies=given.copies,
        attempts=tries if way is Way.POLLS else given.attempts,
        loss=given.loss,
        hidden=given.hidden,
        alarm_every_s=given.alarm_every_s,
        detect_s=given.detect_s,
    )


def formula(given: Given, way: Way, objects: int, interval_s: float) -> Formula:
    """What one way does with so many objects."""
    return {Way.ONE_WAY: _one_way, Way.TESTS: _tests, Way.POLLS: _polls}[way](given, objects, interval_s)


def _alarms(given: Given) -> float:
    return 1 / given.alarm_every_s if given.alarm_every_s else 0.0


def _one_way(given: Given, objects: int, interval_s: float) -> Formula:
    airtime = given.profile.airtime(given.frame_bytes)
    # As many tests as there are messages, alarms counted.
    messages = objects + _alarms(given) * interval_s
    load = capacity.aloha_load(messages, interval_s, airtime, given.copies)
    delivery = capacity.aloha_delivery(messages, interval_s, airtime, given.copies, given.loss)
    return Formula(
        load=load,
        used=load,
        frame_delivery=capacity.aloha_frame(load, given.loss),
        delivery=delivery,
        false_per_month=_a_month(given, delivery, objects / interval_s),
        noticed_s=given.least * interval_s,
        station_share=given.copies * airtime / interval_s,
    )


def _tests(given: Given, objects: int, interval_s: float) -> Formula:
    its = contention.exchange(given.profile, given.frame_bytes, given.answer_bytes, given.detect_s)
    rate = objects / interval_s + _alarms(given)
    found = contention.contend(rate, its, attempts=given.attempts, loss=given.loss, hidden=given.hidden)
    arrives = found.alone * (1 - given.loss)
    acknowledged = found.attempts_per_s * arrives * given.profile.airtime(given.answer_bytes)
    return Formula(
        load=found.attempts_per_s * its.airtime_s + acknowledged,
        used=found.used if found.stable else 1.0,
        frame_delivery=arrives,
        delivery=found.delivered if found.stable else 0.0,
        false_per_month=_a_month(given, found.delivered if found.stable else 0.0, objects / interval_s),
        noticed_s=given.least * interval_s,
        centre_share=acknowledged,
        station_share=found.attempts_per_s * interval_s / objects * its.airtime_s / interval_s,
    )


def _polls(given: Given, objects: int, interval_s: float) -> Formula:
    cycle = _cycle(given)
    answered = (1 - given.loss) ** 2
    round_s = objects * cycle / answered if answered else inf
    tries = 1
    while (
        tries < MOST_TRIES and objects / interval_s * (1 - answered) ** tries * capacity.MONTH_S > given.false_per_month
    ):
        tries += 1
    missed = (1 - answered) ** tries
    airtime, poll = given.profile.airtime(given.frame_bytes), given.profile.airtime(given.answer_bytes)
    free = 1 - _polled_alarms(given)
    share = free * poll / _cycle(given, alarms=False)
    return Formula(
        load=free * (poll + (1 - given.loss) * airtime) / _cycle(given, alarms=False)
        + _alarms(given) * (airtime + poll),
        used=1.0,
        frame_delivery=1 - given.loss,
        delivery=1 - missed,
        false_per_month=objects / max(interval_s, round_s) * missed * capacity.MONTH_S,
        noticed_s=round_s + (tries - 1) * cycle,
        round_s=round_s,
        tries=tries,
        centre_share=share + _alarms(given) * poll,
        station_share=airtime / max(interval_s, round_s),
    )


def _cycle(given: Given, alarms: bool = True) -> float:
    its = given.profile
    gap = GAP_SLOTS[Priority.POLL] * its.slot_s
    cycle = capacity.poll_cycle(its.airtime(given.answer_bytes), its.airtime(given.frame_bytes), its.turnaround_s, gap)
    return cycle / (1 - _polled_alarms(given)) if alarms else cycle


def _polled_alarms(given: Given) -> float:
    """Share of time that alarms take from the polls."""
    its = contention.exchange(given.profile, given.frame_bytes, given.answer_bytes, given.detect_s)
    return min(0.9, _alarms(given) * its.good_s)


def simulated_false(given: Given, seen: Result) -> float:
    """Working objects taken for lost a month, by the share of tests that arrived in a simulation of the plan."""
    return _a_month(given, seen.delivery, given.objects / given.interval_s)


def _a_month(given: Given, delivery: float, tests_per_s: float) -> float:
    return capacity.false_losses(delivery, given.least, given.of, tests_per_s) * capacity.MONTH_S


def troubles(given: Given, way: Way, found: Formula, interval_s: float) -> list[str]:
    """Why it cannot work, in plain words; empty where it does."""
    said = []
    duty = given.profile.duty_cycle
    if way is Way.ONE_WAY and found.load > capacity.GOOD_LOAD:
        said.append(f"the channel would be loaded with {found.load:.2f}; blind senders need less than 0.2")
    if way is Way.TESTS and found.used > MOST_USED:
        said.append(
            f"the channel would be taken {found.used:.0%} of the time; above {MOST_USED:.0%} alarms wait too long"
        )
    if way is Way.POLLS and found.noticed_s > interval_s:
        said.append(f"a round through all objects would take {found.noticed_s:.0f} s, more than {interval_s:.0f} s")
    if found.delivery < 0.5:
        said.append(f"only {found.delivery:.0%} of the messages would arrive")
    elif found.false_per_month > given.false_per_month:
        said.append(
            f"working objects would be taken for lost {_times(found.false_per_month)} a month, all together "
            f"(limit: {_times(given.false_per_month)})"
        )
    for who, share in (("the centre", found.centre_share), ("each object", found.station_share)):
        if share > duty:
            said.append(f"{who} would be on the air {share:.1%} of the time; the duty cycle allows {duty:.1%}")
    return said


def _times(number: float) -> str:
    return "once" if number == 1 else f"{number:,.0f} times" if number >= 10 else f"{number:.2g} times"


def _works(given: Given, way: Way, objects: int, interval_s: float) -> bool:
    return not troubles(given, way, formula(given, way, objects, interval_s), interval_s)


def _interval_for(given: Given, way: Way, within_s: float) -> float:
    """Between tests, so that a silent object is known of in that time."""
    return within_s if way is Way.POLLS else within_s / given.least


def _plan(given: Given, way: Way) -> Plan:
    found = formula(given, way, given.objects, given.interval_s)
    said = troubles(given, way, found, given.interval_s)
    counts = []
    for within in WITHIN_S:
        interval = _interval_for(given, way, within)
        most = capacity.most_objects(lambda objects, at=interval: _works(given, way, objects, at))  # type: ignore[misc]
        counts.append(
            Count(
                within_s=within,
                objects=most,
                interval_s=interval,
                formula=formula(given, way, most, interval) if most else None,
            )
        )
    return Plan(
        way=way, formula=found, works=not said, counts=counts, advice=said + (_advice(given, way) if said else [])
    )


def _advice(given: Given, way: Way) -> list[str]:
    """What to change so that it works."""
    most = capacity.most_objects(lambda objects: _works(given, way, objects, given.interval_s))
    interval = _least_interval(given, way)
    what = "a round" if way is Way.POLLS else "a test of each"
    helps = [f"this channel carries {most:,} objects so, divide them among channels"] if most else []
    if interval is not None:
        helps.append(f"plan {what} every {duration(interval)}")
    if way is Way.ONE_WAY:
        for copies in range(1, given.copies):
            if _works(replace(given, copies=copies), way, given.objects, given.interval_s):
                helps.append(f"send {copies} {'copies' if copies > 1 else 'copy'}")
                break
    if not helps:
        return ["no number of objects and no interval helps: take a faster channel, or one that loses less"]
    return [f"what helps: {'; or '.join(helps)}"]


def _least_interval(given: Given, way: Way) -> float | None:
    """The shortest interval at which all the objects fit, in a round number; None for none up to two days."""
    low, high = given.interval_s, given.interval_s
    while not _works(given, way, given.objects, high):
        low, high = high, high * 2
        if low > LONGEST_S:
            return None
    while high - low > 0.02 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if _works(given, way, given.objects, middle) else (middle, high)
    step = 5.0 if high < 300 else 60.0 if high < 7200 else 900.0
    return step * -(-high // step)


def duration(seconds: float) -> str:
    """As people say it: 45 s, 3 min, 2 h 15 min."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60, 1)
    if minutes < 120:
        return f"{minutes:g} min"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
