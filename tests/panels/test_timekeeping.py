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


def test_the_interval_is_asked_anew_and_can_shorten_while_a_test_is_due() -> None:
    """As when the backup path takes over for the main one."""
    true = Clock()
    interval = [900.0]
    tests: list[float] = []

    def test() -> None:
        tests.append(true.seconds())
        link.sent()

    link = LinkTests(true, lambda: Moment(0.0, true.seconds()), lambda: interval[0], lambda: False, test)
    link.start(0)
    true.advance(0)
    true.advance(100)
    interval[0] = 60.0
    link.again()
    true.advance(0)
    assert tests == [0, 100]
    true.advance(60)
    assert tests == [0, 100, 160]
    interval[0] = 900.0
    link.again()
    true.pump([60] * 14)
    assert tests == [0, 100, 160]
    true.advance(60)
    assert tests == [0, 100, 160, 1060]
    link.stop()
    true.advance(10_000)
    assert len(tests) == 4


def test_nothing_is_sent_while_something_else_is_on_its_way() -> None:
    """Its answer will show as well that the path lives."""
    true = Clock()
    busy = [False]
    tests: list[float] = []
    link = LinkTests(
        true,
        lambda: Moment(0.0, true.seconds()),
        lambda: 60.0,
        lambda: busy[0],
        lambda: tests.append(true.seconds()),
    )
    link.start(0)
    true.advance(0)
    busy[0] = True
    true.advance(61)
    assert tests == [0]
    busy[0] = False
    true.advance(60)
    assert tests == [0, 121]
