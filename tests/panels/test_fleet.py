"""Many panels against one receiver."""

from __future__ import annotations

import pytest

from panels.district import District, Weak, load
from panels.fleet import Fleet
from panels.plan import signals_of, zones_of
from receiver.adapters.counters import MemoryCounters
from receiver.adapters.endpoints import parse_target
from tests.panels.fake import FakeReceiver, Loop, Seen, ack, receiving


def plain(schools: int) -> District:
    """Its first schools, without keys (the receiver here knows one key at most) and on good lines."""
    district = load(schools)
    sites = [site for site in district.sites if site.key is None and not site.weak]
    return District(**{name: getattr(district, name) for name in district.__struct_fields__} | {"sites": tuple(sites)})


def fleet(loop: Loop, receiver: FakeReceiver, schools: int = 12, **settings: object) -> Fleet:
    """A quick fleet without link tests unless asked for."""
    options = {"speed": 6000.0, "link_test_s": 0.0, **settings}
    target = parse_target(receiver.target)
    return Fleet(plain(schools), target, MemoryCounters(), loop.reactor, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("udp", [False, True], ids=["tcp", "udp"])
def test_a_fleet_sends_its_plan_and_counts_what_became_of_it(loop: Loop, udp: bool) -> None:
    """Every message is sent once, acknowledged, and counted; stopping waits for the last answers."""
    with receiving(udp=udp) as receiver:
        running = fleet(loop, receiver)
        running.start()
        loop.until(lambda: running.statistics.acknowledged >= 12)
        loop.result(running.stop())
        counts = running.statistics
    assert counts.sent == counts.acknowledged == len(receiver.seen)
    assert counts.waiting == counts.refused == counts.gave_up == 0
    assert len({seen.address for seen in receiver.seen}) > 3


def test_link_tests_of_a_fleet_are_counted_apart(loop: Loop) -> None:
    """Each panel shows that it lives, spread over the interval."""
    with receiving() as receiver:
        running = fleet(loop, receiver, speed=0.001, link_test_s=0.5)
        running.start()
        loop.until(lambda: running.statistics.link_tests >= 2 * running.statistics.panels)
        loop.result(running.stop())
    assert running.statistics.sent == 0
    assert {seen.token for seen in receiver.seen} == {"NULL"}


def test_a_panel_on_a_bad_line_falls_silent_and_sends_later_what_happened_meanwhile(loop: Loop) -> None:
    """Nothing comes while the line is cut; then a link test, and what was kept, under its number."""
    weak = Weak(
        link_test_s=0.0, supervision_s=1, first_after_s=(0.0, 0.0), silent_s=(0.5, 0.5), pause_s=(3600.0, 3600.0)
    )
    district = load(10)
    site = next(site for site in district.sites if site.weak)
    fields = {name: getattr(district, name) for name in district.__struct_fields__}
    with receiving() as receiver:
        running = Fleet(
            District(**fields | {"sites": (site,), "weak": weak}),
            parse_target(receiver.target),
            MemoryCounters(),
            loop.reactor,
            speed=0.001,
            link_test_s=0.0,
        )
        running.start()
        loop.until(lambda: running.panels[site.account].main.cut)
        (begins, _) = signals_of(site, district.incidents[0], zones_of(district, district.incidents[0]))
        running.send(site.account, begins)
        loop.until(lambda: running.panels[site.account].outage)
        assert receiver.seen == []
        loop.until(lambda: running.statistics.acknowledged == 1)
        loop.result(running.stop())
    assert [seen.token for seen in receiver.seen] == ["NULL", "ADM-CID"]


def test_refusals_and_silence_are_told_apart(loop: Loop) -> None:
    """The statistics and the last trouble say what a receiver did not like."""

    def silent(seen: Seen) -> bytes:
        return b""

    with receiving(silent, lambda seen: ack(seen, "DUH")) as receiver:
        running = fleet(loop, receiver, attempts=1, ack_timeout_s=0.3)
        running.start()
        loop.until(lambda: running.statistics.gave_up == 1 and running.statistics.refused == 1)
        assert running.last_trouble
        loop.result(running.stop())


def test_a_fleet_that_is_stopped_does_not_wait_for_ever(loop: Loop) -> None:
    """Whoever does not answer is given up when the grace is over; a second stop is no harm."""

    def silent(seen: Seen) -> bytes:
        return b""

    with receiving(*[silent] * 1000) as receiver:
        running = fleet(loop, receiver, ack_timeout_s=60.0)
        running.start()
        loop.until(lambda: running.statistics.waiting > 0 and bool(receiver.seen))
        both = running.stop(grace_s=0.1), running.stop()
        for each in both:
            loop.result(each)
        loop.result(running.stop())
    assert running.statistics.waiting == 0
    assert running.statistics.gave_up == running.statistics.sent


def test_progress_is_told_now_and_then_and_at_the_end(loop: Loop) -> None:
    """Lines for a person, with the numbers in it."""
    lines: list[str] = []
    with receiving() as receiver:
        running = fleet(loop, receiver, progress=lines.append, progress_s=0.05)
        running.start()
        loop.until(lambda: len(lines) >= 2)
        loop.result(running.stop())
    assert lines[-1] == str(running.statistics)
    assert f"{running.statistics.panels} panels" in lines[-1]


def test_the_speed_must_be_more_than_nothing(loop: Loop) -> None:
    """Time that stands still would never end."""
    with pytest.raises(ValueError, match="speed"):
        Fleet(plain(1), parse_target("tcp:127.0.0.1:9"), MemoryCounters(), loop.reactor, speed=0.0)
