"""A panel's clock, which is wrong, and its link tests, whose interval may change."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from panels.timekeeping import LinkTests, PanelClock
from protocols.model import Moment


def test_a_clock_is_wrong_by_its_offset_and_its_drift() -> None:
    """Twenty seconds a day, ten of them at noon; deadlines stay true."""
    true = Clock()
    clock = PanelClock(lambda: Moment(1e9 + true.seconds(), true.seconds()), 5.0, 20.0)
    assert clock() == Moment(1e9 + 5, 0.0)
    true.advance(43_200)
    assert clock() == Moment(1e9 + 43_200 + 15, 43_200)
    assert clock.error_s == pytest.approx(15)


def test_a_clock_can_be_put_and_its_drift_changed() -> None:
    """What it drifted before stays."""
    true = Clock()
    clock = PanelClock(lambda: Moment(true.seconds(), true.seconds()), 0.0, 86_400.0)
    true.advance(10)
    clock.drift(0.0)
    true.advance(10)
    assert clock.error_s == pytest.approx(10)
    clock.shift(-30)
    assert clock.error_s == pytest.approx(-20)


class Path:
    """Link tests are sent on it."""

    def __init__(self, clock: Clock, interval: float) -> None:
        self.clock = clock
        self.interval: float | None = interval
        self.busy = False
        self.sent: list[float] = []
        self.tests = LinkTests(self, clock, lambda: Moment(0.0, clock.seconds()))
        self.tests.start(0)
        clock.advance(0)

    def test(self) -> None:
        """As a path does."""
        self.sent.append(self.clock.seconds())
        self.tests.sent()


def test_the_interval_is_asked_anew_and_can_shorten_while_a_test_is_due() -> None:
    """As when the backup path takes over for the main one."""
    clock = Clock()
    path = Path(clock, 900.0)
    clock.advance(100)
    path.interval = 60.0
    path.tests.again()
    clock.advance(0)
    assert path.sent == [0, 100]
    clock.advance(60)
    assert path.sent == [0, 100, 160]
    path.interval = 900.0
    path.tests.again()
    clock.pump([60] * 14)
    assert path.sent == [0, 100, 160]
    clock.advance(60)
    assert path.sent == [0, 100, 160, 1060]
    path.tests.stop()
    clock.advance(10_000)
    assert len(path.sent) == 4


def test_nothing_is_sent_while_something_else_is_on_its_way() -> None:
    """Its answer will show as well that the path lives."""
    clock = Clock()
    path = Path(clock, 60.0)
    path.busy = True
    clock.advance(61)
    assert path.sent == [0]
    path.busy = False
    clock.advance(60)
    assert path.sent == [0, 121]
