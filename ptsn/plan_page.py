"""What ``ptsn radio plan`` shows: the figures by formula and by simulation side by side, and what to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from panels.radio.planning import Given, Plan, duration, simulated_false
from panels.radio.trial import Result, Way

LABEL = 34
CELL = 12
ENOUGH = 10
"""Alarms; of fewer no delays are told."""
_DASH = "-"


def lines(given: Given, planned: list[Plan], size: int, framing: str, answer: int) -> Iterator[str]:
    """For a person. ``size`` and ``answer`` are of datagrams."""
    its = given.profile
    yield (
        f"Channel: {its.bit_rate:g} bit/s, TX delay {_ms(its.tx_delay_s)}, tail {_ms(its.tx_tail_s)}, turnaround "
        f"{_ms(its.turnaround_s)}, P {its.persistence}, slot {_ms(its.slot_s)}; noise takes {given.loss * 100:g}%"
    )
    yield (
        f"Airtime: {its.airtime(given.frame_bytes):.2f} s for {size} bytes from an object, "
        f"{its.airtime(given.answer_bytes):.2f} s for {answer} bytes from the centre ({framing})"
    )
    yield (
        f"Plan: {given.objects:,} objects, each tested every {duration(given.interval_s)}, lost after {given.least} of "
        f"{given.of} missed; an alarm every {duration(given.alarm_every_s)}"
    )
    yield ""
    yield _row("", "formula", "simulated")
    for each in planned:
        yield f"{_title(given, each):{LABEL}}{'works' if each.works else 'CANNOT WORK':>{2 * CELL}}"
        yield from _figures(given, each)
    yield ""
    yield "How many objects can be supervised: a silent one is known of within"
    yield _row("", *(duration(count.within_s) for count in planned[0].counts))
    for each in planned:
        yield _row(_title(given, each), *(f"{count.objects:,}" for count in each.counts))
        if each.way is Way.POLLS:
            yield _row("  a round, formula", *_each(each, lambda found: duration(found.round_s)))
            yield _row("  a round, simulated", *_simulated(each, lambda found: duration(found.round_s)))
        else:
            yield _row("  a test arrives, formula", *_each(each, lambda found: _percent(found.delivery)))
            yield _row("  a test arrives, simulated", *_simulated(each, lambda found: _percent(found.delivery)))
    for each in planned:
        if each.advice:
            yield ""
            yield f"{_title(given, each)} cannot work:"
            yield from (f"  {text}" for text in each.advice)
    if not given.hidden and any(each.way is Way.TESTS for each in planned):
        yield ""
        yield "Two-way tests: assumed that all objects hear one another. Where some do not, say so with --hidden."


def _figures(given: Given, its: Plan) -> Iterator[str]:
    """One way: its formula, and what was measured."""
    found, seen = its.formula, its.simulated
    polls = its.way is Way.POLLS
    yield _row("  channel load", f"{found.load:.2f}", f"{seen.load:.2f}" if seen else None)
    yield _row("  a frame arrives", _percent(found.frame_delivery), _percent(seen.frame_delivery) if seen else None)
    what = "  a poll is answered" if polls else "  a test arrives"
    yield _row(what, _percent(found.delivery), _percent(seen.delivery) if seen else None)
    if polls:
        yield _row("  a round through all", f"{found.round_s:.0f} s", f"{seen.round_s:.0f} s" if seen else None)
    yield _row("  silence is noticed within", f"{found.noticed_s:,.0f} s", None)
    mistaken = _number(simulated_false(given, seen)) if seen and not polls else None
    yield _row("  lost by mistake, a month", _number(found.false_per_month), mistaken)
    if seen and seen.alarms:
        yield _row("  alarms that arrive", "", f"{seen.alarms_delivered}/{seen.alarms}")
    if seen and seen.alarms_delivered >= ENOUGH:
        yield _row("  an alarm arrives after, 50 %", "", f"{seen.alarm_p50_s:.1f} s")
        yield _row("  an alarm arrives after, 95 %", "", f"{seen.alarm_p95_s:.1f} s")


def _title(given: Given, its: Plan) -> str:
    """What a way is called."""
    copies = "1 copy" if given.copies == 1 else f"{given.copies} copies"
    names = {Way.ONE_WAY: f"One-way, {copies}", Way.TESTS: "Two-way, acknowledged tests", Way.POLLS: "Two-way, polled"}
    return names[its.way]


def _each(its: Plan, shown: Callable[[Any], str]) -> Iterator[str | None]:
    yield from (None if count.formula is None else shown(count.formula) for count in its.counts)


def _simulated(its: Plan, shown: Callable[[Result], str]) -> Iterator[str | None]:
    yield from (None if count.simulated is None else shown(count.simulated) for count in its.counts)


def _row(label: str, *cells: str | None) -> str:
    """None is a cell that has no value here."""
    return f"{label:{LABEL}}{''.join(f'{_DASH if cell is None else cell:>{CELL}}' for cell in cells)}".rstrip()


def _percent(share: float) -> str:
    """With as many digits as tell it from 0 and 100 %."""
    if share in (0, 1):
        return f"{share:.0%}"
    if share > 0.9999:
        return "> 99.99%"
    return f"{share:.1%}" if share < 0.995 else f"{share:.2%}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}" if value >= 0.01 else "< 0.01"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:g} ms"


def as_dict(given: Given, planned: list[Plan]) -> dict[str, Any]:
    """For a program."""
    its = given.profile
    return {
        "given": msgspec.to_builtins(given),
        "airtime_s": {"object": its.airtime(given.frame_bytes), "centre": its.airtime(given.answer_bytes)},
        "works": any(each.works for each in planned),
        "ways": msgspec.to_builtins(planned),
    }
