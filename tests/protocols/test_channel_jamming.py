"""A jammed channel is told from units that are lost."""

from __future__ import annotations

from protocols.channel.jamming import GONE_S, Jamming, Sign, Why, silent


def signs(count: int, heard_at: float, every_s: float = 180.0, first: int = 1) -> list[Sign]:
    return [Sign(first + index, heard_at, every_s) for index in range(count)]


def test_a_carrier_that_stays_is_a_jammer_and_is_reported_once_while_it_blinks() -> None:
    watch = Jamming(carrier_s=10.0)
    assert watch.look(9.0, (), busy_since=0.0) is None
    assert watch.look(10.0, (), busy_since=0.0) is Why.CARRIER
    assert watch.look(12.0, (), busy_since=None) is Why.CARRIER
    assert watch.look(23.0, (), busy_since=12.5) is Why.CARRIER
    assert watch.look(23.0 + GONE_S, (), busy_since=None) is None


def test_traffic_is_no_jammer() -> None:
    watch = Jamming(carrier_s=10.0)
    assert all(watch.look(at, (), busy_since=at - 2.0) is None for at in range(100))


def test_all_units_silent_is_a_jammer_within_two_intervals() -> None:
    watch = Jamming()
    all_of_them = signs(50, 0.0)
    assert watch.look(180.0, all_of_them) is None
    assert watch.look(2 * 180.0, all_of_them) is Why.SILENCE


def test_one_lost_unit_among_many_is_no_jammer_nor_are_a_few() -> None:
    assert not silent(300.0, [*signs(1, 0.0), *signs(49, 290.0, first=2)])
    assert not silent(300.0, [*signs(29, 0.0), *signs(21, 290.0, first=30)])
    assert len(silent(300.0, [*signs(30, 0.0), *signs(20, 290.0, first=31)])) == 30


def test_two_silent_units_are_two_lost_units() -> None:
    assert not silent(300.0, signs(2, 0.0))
    assert silent(300.0, signs(3, 0.0))


def test_units_lost_long_ago_say_nothing_about_the_channel() -> None:
    long_ago = signs(40, -10_000.0)
    assert not silent(300.0, [*long_ago, *signs(10, 290.0, first=41)])
    assert len(silent(300.0, [*long_ago, *signs(10, 0.0, first=41)])) == 10


def test_units_that_report_often_tell_before_those_that_report_seldom() -> None:
    often, seldom = signs(5, 0.0, 90.0), signs(50, -100.0, 3600.0, first=6)
    assert len(silent(180.0, [*often, *seldom])) == 5
    # One of the others was heard since: these five have something else in common.
    assert not silent(180.0, [*often, *seldom[1:], Sign(6, 100.0, 3600.0)])


def test_the_channel_is_clear_when_some_of_the_silent_ones_are_heard_again() -> None:
    watch = Jamming()
    assert watch.look(300.0, signs(10, 0.0)) is Why.SILENCE
    assert watch.look(310.0, [*signs(2, 305.0), *signs(8, 0.0, first=3)]) is Why.SILENCE
    assert watch.look(310.0, [*signs(3, 305.0), *signs(7, 0.0, first=4)]) is None


def test_a_jammed_channel_stays_jammed_however_long_and_ends_with_its_units() -> None:
    watch = Jamming()
    assert watch.look(300.0, signs(10, 0.0)) is Why.SILENCE
    assert watch.look(30_000.0, signs(10, 0.0)) is Why.SILENCE
    # Nine were taken out of the book; the one that is left is heard.
    assert watch.look(30_001.0, signs(1, 30_000.5)) is None
