"""A whole radio network in simulated time, in small; ``python -m panels.radio.acceptance`` tries it in full."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from panels.radio.acceptance import INTERVAL_S, PERILS, POLLED, jammed, lossy, restarts, storm
from panels.radio.air import Link
from panels.radio.network import BURGLARY, PANIC, Network, Plan
from panels.radio.side import Counters, Disk, PowerFailure
from protocols.channel import ax25, transparent
from protocols.datagram import Suite
from protocols.radio.book import Ways
from protocols.radio.options import Modem


@pytest.mark.parametrize(
    "plan",
    [
        Plan(units=3),
        Plan(units=3, modem=Modem.TRANSPARENT, profile=transparent(1200)),
        Plan(units=3, modem=Modem.TRANSPARENT, profile=transparent(9600), fec=16, suite=Suite.CHACHA20_POLY1305),
        Plan(units=3, profile=ax25(9600, tx_delay_s=0.1), tests_s=0.0),
    ],
    ids=["kiss", "transparent", "reed-solomon", "polled"],
)
def test_an_event_of_a_unit_gets_on_the_centres_disk_and_is_acknowledged(plan: Plan) -> None:
    network = Network(plan, 1)
    network.start()
    for index in range(3):
        assert network.report(index, PANIC if index else BURGLARY)
    assert network.settle(120.0) < 120
    assert [life.stored is not None and life.acknowledged is not None for life in network.ledger.events.values()]
    network.run(network.air.now + 600.0)
    assert network.gaps(0.0, 2 * INTERVAL_S)[0] == 0, "a unit was not heard"
    assert network.ledger.faults == []


def test_the_same_seed_gives_the_same_run() -> None:
    small = replace(POLLED, units=5)
    assert lossy(3, 120.0, small, 10.0) == lossy(3, 120.0, small, 10.0)


def test_one_way_units_say_everything_some_times_and_hear_nothing() -> None:
    network = Network(Plan(units=4, ways=Ways.ONE, link=Link(loss=0.2)), 1)
    network.start()
    for index in range(4):
        network.report(index, BURGLARY)
    network.run(300.0)
    assert all(life.stored is not None for life in network.ledger.events.values())
    assert network.centre.modem.sent == 0
    assert network.ledger.faults == []


def test_every_alarm_arrives_from_fifty_units_at_twenty_percent_loss() -> None:
    """Polled, with P 191. That 95 of 100 come within 20 s takes hours to be seen: ``panels.radio.acceptance``."""
    seen = lossy(1, 900.0)
    assert seen.alarms > 15
    assert seen.stored == seen.acknowledged == seen.alarms
    assert seen.p50_s < 5
    assert seen.p95_s < 60
    assert seen.faults == ()


def test_nothing_acknowledged_is_lost_whenever_the_power_fails() -> None:
    """At either side, at every moment that matters."""
    for seed in range(4):
        plan = replace(PERILS, modem=Modem.TRANSPARENT) if seed % 2 else PERILS
        after = restarts(seed, 150, plan)
        assert after.failures > 50, "the power never failed"
        assert after.stored > 100
        assert after.waiting == 0
        assert after.faults == ()


def test_a_unit_that_loses_its_disk_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose shelf forgets, loses events; one whose counters begin anew, uses numbers twice."""
    monkeypatch.setattr(Disk, "write", lambda disk, cell, data: disk.strike())
    assert any(restarts(seed, 150, settle_s=20.0).waiting for seed in range(3))
    monkeypatch.undo()
    take = Counters.take

    def forgetful(counters: Counters, name: str, count: int = 1) -> int:
        if name not in counters._next:
            counters._disk.bounds.pop(name, None)
        return take(counters, name, count)

    monkeypatch.setattr(Counters, "take", forgetful)
    assert any("used for two datagrams" in fault for fault in restarts(1, 150, settle_s=20.0).faults)


def test_a_centre_that_answers_before_it_stores_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from panels.radio.centre import Centre
    from protocols.model import Arrival, Verdict

    judge = Centre._judge

    def hasty(centre: Centre, arrival: Arrival) -> Verdict | None:
        verdict = judge(centre, arrival)
        return Verdict.STORED if verdict is None else verdict

    monkeypatch.setattr(Centre, "_judge", hasty)
    assert any("not stored" in fault for fault in restarts(1, 200, replace(PERILS, commit_s=0.5), 20.0).faults)


def test_counters_of_a_block_are_on_disk_before_they_are_used() -> None:
    disk = Disk(Network(Plan(units=1), 1).random)
    counters = Counters(disk, block=4)
    assert [counters.take("a") for _ in range(5)] == [0, 1, 2, 3, 4]
    assert Counters(disk, block=4).take("a") == 8
    disk.peril = 1.0
    with pytest.raises(PowerFailure):
        Counters(disk, block=4).take("a")


def test_a_jammer_is_reported_within_two_intervals_and_so_is_its_end() -> None:
    took, clear, wrong = jammed(1, replace(POLLED, units=12), 500.0)
    assert took is not None
    assert took <= 2 * INTERVAL_S
    assert clear is not None
    assert wrong == 0


@pytest.mark.parametrize("loss", [0.0, 0.2])
def test_when_all_alarm_at_once_panic_and_fire_come_first_and_all_arrive(loss: float) -> None:
    """50 units in the same second, ten of them with panic and fire."""
    seen = storm(0, replace(POLLED, link=Link(loss=loss)))
    assert len(seen.urgent) + len(seen.others) == seen.alarms == 50
    assert seen.faults == ()
    assert seen.urgent[-1] < seen.others[20], "panic and fire waited like the others"
    assert seen.urgent[5] < seen.others[20] / 2
