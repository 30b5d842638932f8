"""Steps of the wall clock, and a machine that slept."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.defer import execute

from protocols.model import Moment
from receiver import clocks as clocks_module
from receiver.clocks import Clocks, Passed, boot_seconds, read_clocks
from receiver.machine import Machine as MachineWatch
from tests.receiver.api_station import write_settings

START = 1.8e9


class Machine:
    """Three clocks, and what moves them."""

    def __init__(self) -> None:
        self.wall, self.mono, self.boot = START, 100.0, 5000.0
        self.clocks = Clocks()
        self.look()

    def run(self, seconds: float) -> None:
        self.wall += seconds
        self.mono += seconds
        self.boot += seconds

    def step(self, seconds: float) -> None:
        self.wall += seconds

    def suspend(self, seconds: float) -> None:
        self.wall += seconds
        self.boot += seconds

    def look(self) -> Passed:
        return self.clocks.look(Moment(self.wall, self.mono), self.boot)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_time_that_only_passes_is_no_jump(machine: Machine) -> None:
    """However late the look is: a stopped process finds its clocks as they should be."""
    for seconds in (1.0, 1.0, 3600.0, 0.0):
        machine.run(seconds)
        assert machine.look() == Passed()
    assert (machine.clocks.jumps, machine.clocks.last_jump_s) == (0, None)


@pytest.mark.parametrize("seconds", [3600.0, -3600.0, 2.5, -2.5])
def test_a_step_is_told_once_with_its_size(machine: Machine, seconds: float) -> None:
    """Forward and back; when it was is told by the clock after it."""
    machine.run(1)
    machine.step(seconds)
    assert machine.look().jump_s == pytest.approx(seconds)
    machine.run(1)
    assert machine.look() == Passed()
    clocks = machine.clocks
    assert clocks.jumps == 1
    assert clocks.last_jump_s == pytest.approx(seconds)
    assert clocks.last_jump_at == pytest.approx(START + 1 + seconds)


def test_small_steps_are_told_when_they_have_added_up(machine: Machine) -> None:
    """A clock that is set by 0.6 s every minute is as wrong as one that jumps."""
    found = []
    for _ in range(4):
        machine.run(60)
        machine.step(-0.6)
        found.append(machine.look().jump_s)
    assert found[:3] == [0.0, 0.0, 0.0]
    assert found[3] == pytest.approx(-2.4)


def test_small_steps_that_cancel_out_are_none(machine: Machine) -> None:
    """Forward and back again."""
    for seconds in (1.5, -1.5, 1.0, -1.0):
        machine.step(seconds)
        assert machine.look() == Passed()


def test_a_suspended_machine_is_told_from_a_clock_that_was_set(machine: Machine) -> None:
    """The monotonic clock stood still, and the wall clock is right."""
    machine.suspend(7200)
    passed = machine.look()
    assert passed.asleep_s == pytest.approx(7200)
    assert passed.jump_s == 0.0
    machine.run(1)
    assert machine.look() == Passed()


def test_a_clock_set_while_the_machine_slept_is_both(machine: Machine) -> None:
    """As after a night with an empty battery."""
    machine.suspend(7200)
    machine.step(-30)
    passed = machine.look()
    assert passed.asleep_s == pytest.approx(7200)
    assert passed.jump_s == pytest.approx(-30)


def test_the_real_clocks_agree() -> None:
    """Boot time is never behind monotonic time."""
    mono = time.monotonic()
    assert boot_seconds() >= mono


def test_clocks_that_were_not_read_at_one_moment_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is held up between two readings has seen neither a step nor a sleep."""
    real = time.monotonic()
    late = iter((5000.0, 5000.01, 5001.0, 5004.0, 5005.0, 5005.01))
    monkeypatch.setattr(clocks_module, "boot_seconds", lambda: next(late))
    read = [read_clocks() for _ in range(3)]
    assert [one is None for one in read] == [False, True, False]
    assert read[0] is not None
    assert read[0][0].mono >= real
    assert read[0][1] == 5000.0


def test_what_the_station_does_within_its_turn_is_no_step(tmp_path: Path) -> None:
    """Thousands of lost paths told in one turn, and only then the clocks: they are read there and then."""
    told: list[Any] = []

    class Told:
        def event(self, *event: Any, **more: Any) -> None:
            told.append(event)

    watch = MachineWatch(write_settings(tmp_path, "disk_low_mb = 0"), cast(Any, Told()), execute, lambda *_: None)
    watch.begin(())
    watch.watch_clocks(Moment(time.time() - 5, time.monotonic() - 5))
    assert told == []
    assert watch.clocks.jumps == 0
