"""When a path is lost, when it is back, and when many losses are one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from protocols.model import Moment
from receiver.supervision import Expected, Lost, Paths, PathState, Restored, Saved

WALL = 1_700_000_000.0


def at(seconds: float) -> Moment:
    """The moment so many seconds after the station started."""
    return Moment(WALL + seconds, 1000.0 + seconds)


def paths_of(count: int, interval: float = 180.0, adapter: str = "ip", start: float = 0.0) -> Paths:
    """A station with ``count`` supervised accounts, each heard once at the start."""
    paths = Paths()
    paths.expect([Expected(f"k{n}", f"{n:04}", interval) for n in range(count)], at(start))
    for n in range(count):
        hear(paths, f"k{n}", start, interval, adapter=adapter)
    return paths


def hear(
    paths: Paths, key: str, when: float, interval: float | None = 180.0, adapter: str = "ip", path: str = ""
) -> Sequence[Restored]:
    """One contact."""
    return paths.heard(key, adapter, "dc09", path, "192.0.2.1:40000", at(when), interval)


def run(paths: Paths, until: float) -> list[tuple[float, Lost]]:
    """Call expire whenever it wants to be called, as the station does."""
    found: list[tuple[float, Lost]] = []
    while (deadline := paths.next_deadline()) is not None and deadline <= 1000.0 + until:
        when = deadline - 1000.0
        found += [(when, lost) for lost in paths.expire(at(when))]
    return found


def states(paths: Paths) -> dict[PathState, int]:
    """Counts without the zeros."""
    return {state: count for state, count in paths.counts().items() if count}


def test_a_path_is_lost_when_its_interval_has_passed_and_back_when_heard() -> None:
    """Each is told once."""
    paths = paths_of(1)
    ((when, lost),) = run(paths, 1000)
    assert when == 180
    assert (lost.account_key, lost.account, lost.adapter, lost.protocol) == ("k0", "0000", "ip", "dc09")
    assert (lost.last_heard, lost.interval_s, lost.whole) == (WALL, 180.0, False)
    (restored,) = hear(paths, "k0", 1000)
    assert (restored.account_key, restored.silent_s) == ("k0", 1000.0)
    assert not hear(paths, "k0", 1001)


def test_a_path_that_is_heard_in_time_is_never_lost() -> None:
    """However often the wheel looks at it."""
    paths = paths_of(1)
    for when in range(100, 10_000, 100):
        assert run(paths, when) == []
        assert not hear(paths, "k0", when)


def test_the_margin_is_added_to_every_interval() -> None:
    """Some panels are a little late, always."""
    paths = Paths(margin_s=30)
    hear(paths, "k0", 0)
    assert [when for when, _ in run(paths, 1000)] == [210]


def test_lost_stays_lost_until_heard() -> None:
    """It is not told again and again."""
    paths = paths_of(1)
    assert len(run(paths, 100_000)) == 1
    assert states(paths) == {PathState.LOST: 1}


def test_never_heard_is_a_state_of_its_own_and_no_loss() -> None:
    """A panel that is not installed yet alarms nobody; its first contact makes the path."""
    paths = Paths()
    paths.expect([Expected("k0", "0001", 180.0)], at(0))
    assert run(paths, 100_000) == []
    (row,) = paths.snapshot(at(0))
    assert (row.state, row.adapter, row.last_heard, row.left_s) == (PathState.NEVER, "", None, None)
    assert not hear(paths, "k0", 10)
    (row,) = paths.snapshot(at(70))
    assert (row.state, row.adapter, row.account, row.left_s) == (PathState.OK, "ip", "0001", 120.0)


def test_every_path_of_an_account_has_its_own_deadline() -> None:
    """The second communicator does not hide that the first is silent."""
    paths = Paths()
    hear(paths, "k0", 0, path="A")
    hear(paths, "k0", 0, path="B")
    hear(paths, "k0", 100, path="B")
    assert [(when, lost.path) for when, lost in run(paths, 200)] == [(180, "A")]


def test_the_peer_is_only_an_attribute() -> None:
    """A panel behind another address is the same path."""
    paths = paths_of(1)
    paths.heard("k0", "ip", "dc09", "", "198.51.100.9:1", at(10), 180.0)
    (row,) = paths.snapshot(at(10))
    assert row.peer == "198.51.100.9:1"


def test_a_restart_gives_each_path_one_full_interval() -> None:
    """What was heard before the restart is not forgotten, and not lost at once."""
    saved = paths_of(1).dump()
    again = Paths()
    again.expect([Expected("k0", "0001", 180.0)], at(5000))
    again.restore(saved, at(5000))
    assert again.snapshot(at(5000))[0].last_heard == "2023-11-14T22:13:20.000Z"
    assert [when for when, _ in run(again, 9000)] == [5180]


def test_lost_stays_lost_over_a_restart() -> None:
    """It is not reported a second time, and its return is told."""
    paths = paths_of(1)
    run(paths, 200)
    again = Paths()
    again.expect([Expected("k0", "0001", 180.0)], at(5000))
    again.restore(paths.dump(), at(5000))
    assert run(again, 9000) == []
    assert len(hear(again, "k0", 9000)) == 1


def test_what_was_heard_before_restoring_is_kept() -> None:
    """A row from disk never overwrites a contact."""
    paths = paths_of(1, start=50)
    paths.restore([Saved("k0", "ip", "dc09", "", "old", WALL, True)], at(60))
    assert states(paths) == {PathState.OK: 1}


def test_accounts_come_and_go_and_change_their_interval() -> None:
    """A changed interval counts from the change on; without one the path is only remembered."""
    paths = paths_of(2)
    paths.expect([Expected("k0", "0000", 60.0)], at(100))
    assert [(when, lost.account_key) for when, lost in run(paths, 1000)] == [(160, "k0")]
    assert [row.supervised for row in paths.snapshot(at(1000))] == [True, False]
    paths.expect([Expected("k1", "0001", 600.0)], at(1000))
    assert [(when, lost.account_key) for when, lost in run(paths, 9000)] == [(1600, "k1")]


def test_a_contact_tells_the_interval_too() -> None:
    """Supervision follows the accounts even before they are loaded again."""
    paths = paths_of(1)
    hear(paths, "k0", 10, 60.0)
    assert [when for when, _ in run(paths, 9000)] == [70]
    hear(paths, "k0", 9000, None)
    assert run(paths, 99_000) == []
    assert [(row.supervised, row.state) for row in paths.snapshot(at(9000))] == [(False, PathState.OK)]


@pytest.mark.parametrize("spread", [0.0, 60.0, 179.0])
def test_an_adapter_that_goes_silent_is_one_report_for_nearly_all(spread: float) -> None:
    """A thousand panels whose contacts were spread over a minute: not a thousand alarms."""
    paths = paths_of(1000)
    for n in range(1000):
        hear(paths, f"k{n}", spread * n / 1000)
    lost = [lost for _, lost in run(paths, 5000)]
    (whole,) = [one for one in lost if one.whole]
    assert whole.adapter == "ip"
    assert whole.count + len(lost) - 1 == 1000
    assert len(lost) <= 11
    assert states(paths) == {PathState.LOST: 1000}


def test_an_outage_ends_with_the_first_contact_and_each_path_gets_a_full_interval() -> None:
    """Who stays silent after that is reported by itself."""
    paths = paths_of(30)
    assert [lost.whole for _, lost in run(paths, 1000)] == [True]
    (restored,) = hear(paths, "k0", 1000)
    assert (restored.whole, restored.adapter, restored.count) == (True, "ip", 30)
    for when in (1000, 1100):
        for n in range(28):
            assert not hear(paths, f"k{n}", when + n)
    assert [(when, one.account_key, one.whole) for when, one in run(paths, 1200)] == [
        (1180, "k28", False),
        (1180, "k29", False),
    ]


def test_one_panel_that_misses_the_hour_at_which_all_test_is_told_by_itself() -> None:
    """Silence between such hours is no outage of the adapter."""
    hour = 3600.0
    paths = paths_of(1000, interval=25 * hour)
    for n in range(1, 1000):
        hear(paths, f"k{n}", 24 * hour, 25 * hour)
    assert [(when, one.account_key) for when, one in run(paths, 26 * hour)] == [(25 * hour, "k0")]


def test_some_lost_paths_on_a_lively_adapter_are_told_one_by_one() -> None:
    """Up to half of them, and others are heard."""
    paths = paths_of(100)
    for n in range(60):
        hear(paths, f"k{n}", 100)
    lost = [lost for _, lost in run(paths, 200)]
    assert len(lost) == 40
    assert not any(one.whole for one in lost)


def test_more_than_half_at_once_are_one_report_and_the_rest_stays_supervised() -> None:
    """One of two networks is down; a path of the other that is lost later is told."""
    paths = paths_of(100)
    for n in range(40):
        hear(paths, f"k{n}", 179.5)
    (first,) = run(paths, 181)
    assert (first[1].whole, first[1].count) == (True, 60)
    for when in range(200, 400, 20):
        for n in range(39):
            assert not hear(paths, f"k{n}", when)
    assert [lost.account_key for _, lost in run(paths, 390)] == ["k39"]
    (restored,) = hear(paths, "k50", 391)
    assert (restored.whole, restored.count) == (True, 60)
    (restored,) = hear(paths, "k39", 391)
    assert restored.account_key == "k39"


def test_a_few_paths_are_never_taken_for_an_outage() -> None:
    """Three panels gone are three alarms."""
    paths = paths_of(3)
    assert [lost.whole for _, lost in run(paths, 5000)] == [False] * 3


def test_an_adapter_that_is_down_is_one_report_and_up_again_gives_a_full_interval() -> None:
    """The station knows itself that it cannot hear."""
    paths = paths_of(5)
    lost = paths.adapter_down("ip", at(100))
    assert lost is not None
    assert (lost.whole, lost.count) == (True, 5)
    assert paths.adapter_down("ip", at(101)) is None
    assert run(paths, 1000) == []
    restored = paths.adapter_up("ip", at(1000))
    assert restored is not None
    assert (restored.whole, restored.count) == (True, 5)
    for n in range(4):
        assert not hear(paths, f"k{n}", 1010)
    assert [(when, lost.account_key) for when, lost in run(paths, 1185)] == [(1180, "k4")]
    assert paths.adapter_up("ip", at(1200)) is None


def test_other_adapters_are_not_touched_by_an_outage() -> None:
    """Each adapter stands for itself."""
    paths = paths_of(1, adapter="ip")
    hear(paths, "k0", 0, adapter="radio")
    paths.adapter_down("ip", at(1))
    assert [lost.adapter for _, lost in run(paths, 1000)] == ["radio"]


def test_a_path_in_use_no_more_can_be_forgotten() -> None:
    """Otherwise a changed communicator would stay lost for ever."""
    paths = paths_of(1)
    run(paths, 200)
    assert paths.forget("k0", "ip", "dc09", "")
    assert not paths.forget("k0", "ip", "dc09", "")
    assert states(paths) == {PathState.NEVER: 1}
    assert not hear(paths, "k0", 300)


def test_paths_of_strangers_are_bounded() -> None:
    """Anyone can make up accounts; the longest silent go first."""
    paths = Paths(others_max=100)
    for n in range(1000):
        hear(paths, f"s{n}", n, None)
        hear(paths, "s0", n, None)
    rows = paths.snapshot(at(1000))
    assert len(rows) == 100
    assert {"s0", "s999"} <= {row.account_key for row in rows}
    assert paths.next_deadline() is None


def test_paths_of_one_supervised_account_are_bounded() -> None:
    """The letter of the path comes from the peer."""
    paths = Paths(others_max=100)
    for n in range(1000):
        hear(paths, "k0", 0, path=str(n))
    assert states(paths) == {PathState.OK: 16}
    assert len(paths.snapshot(at(0))) == 116


def test_the_snapshot_can_be_read_by_pages_and_by_state() -> None:
    """A station with many paths answers page by page."""
    paths = paths_of(25, interval=1e6)
    pages = [paths.snapshot(at(0), offset=offset, limit=10) for offset in (0, 10, 20, 30)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert len({row.account_key for page in pages for row in page}) == 25
    assert paths.snapshot(at(0), PathState.LOST) == []


def test_a_contact_puts_nothing_into_the_wheel() -> None:
    """Deadlines move on in the record alone; each is looked at once an interval."""
    paths = paths_of(1000)
    for _ in range(10):
        for n in range(1000):
            hear(paths, f"k{n}", 100)
    assert sum(len(slot) for slot in paths._wheel._slots.values()) == 1000


def test_paths_that_nobody_watches_are_counted_apart() -> None:
    """They are not among those that are ok."""
    paths = paths_of(2)
    hear(paths, "?L0#9", 1.0, None)
    assert (states(paths)[PathState.OK], paths.unwatched) == (2, 1)
