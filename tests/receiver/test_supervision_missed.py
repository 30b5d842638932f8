"""Where some tests may be missed: m of the last n are a loss, and one that comes late is none."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.ends import Source
from protocols.model import Arrival, ArrivalKind, Moment
from receiver.accounts import AccountBook
from receiver.chronicle import Chronicle
from receiver.supervision import Expected, Lost, Paths, PathState, Rule, Saved
from receiver.supervisor import Supervisor
from tests.receiver.test_sources import Chronicle as Told
from tests.receiver.test_supervision import WALL, at, run, states


def paths_of(count: int = 1, rule: Rule = (3, 5), interval: float = 60.0, margin: float = 0.0) -> Paths:
    """A station with ``count`` supervised accounts on a radio channel, each heard once at the start."""
    paths = Paths(margin_s=margin)
    paths.expect([Expected(f"k{n}", f"{n:04}", interval, *rule) for n in range(count)], at(0))
    for n in range(count):
        hear(paths, 0, f"k{n}", rule, interval)
    return paths


def hear(paths: Paths, when: float, key: str = "k0", rule: Rule = (3, 5), interval: float = 60.0) -> list[bool]:
    """One contact; whether each thing that came back with it is a whole adapter."""
    return [
        back.whole for back in paths.heard(key, "radio", "radio", "", "", at(when), interval if rule else None, rule)
    ]


def told(paths: Paths, until: float) -> list[float]:
    return [when for when, _ in run(paths, until)]


def last(paths: Paths, key: str = "k0") -> str:
    row = next(row for row in paths.snapshot(at(0)) if row.account_key == key)
    return "".join("+" if came else "-" for came in row.tests)


def test_a_dead_path_is_lost_with_the_last_test_that_may_be_missed() -> None:
    """After three intervals, not after one; and told once."""
    paths = paths_of()
    assert run(paths, 179) == []
    assert last(paths) == "+--"
    ((when, lost),) = run(paths, 10_000)
    assert (when, lost.missed, lost.of, lost.interval_s, lost.last_heard) == (180, 3, 5, 60.0, WALL)
    assert last(paths) == "+---"
    assert states(paths) == {PathState.LOST: 1}


def test_a_path_that_loses_fewer_than_its_rule_allows_stays_well() -> None:
    """Two of five, for ever: each gap ends with one that came."""
    paths = paths_of(margin=5)
    for when in range(0, 60 * 500, 300):
        for gap in (0, 120, 240):  # 60 and 180 are missed, in every five
            assert told(paths, when + gap) == []
            assert hear(paths, when + gap) == []
    assert last(paths).count("-") == 2


def test_misses_that_are_not_in_a_row_count_together() -> None:
    """Each third test comes: with the third miss among the last five it is lost."""
    paths = paths_of()
    assert told(paths, 59) == []
    hear(paths, 59)  # 59, then missed at 119 and 179
    assert told(paths, 180) == []
    hear(paths, 180)
    assert last(paths) == "++--+"
    assert told(paths, 1000) == [240]


def test_a_contact_brings_the_path_back_and_forgets_what_was_missed() -> None:
    """It takes as many misses again."""
    paths = paths_of()
    assert told(paths, 500) == [180]
    assert hear(paths, 500) == [False]
    assert last(paths) == "+"
    assert told(paths, 2000) == [680]


def test_the_margin_counts_once() -> None:
    """Tests are due by the interval, however many in a row were missed."""
    assert told(paths_of(margin=10), 1000) == [190]


@pytest.mark.parametrize("margin", [0.0, 5.0])
def test_one_of_one_is_what_it_was_without_a_rule(margin: float) -> None:
    """Row, deadline and return."""
    paths = paths_of(rule=(1, 1), margin=margin)
    (row,) = paths.snapshot(at(20))
    assert (row.missed, row.of, row.left_s, row.tests) == (1, 1, 40 + margin, (True,))
    assert told(paths, 500) == [60 + margin]
    assert hear(paths, 500, rule=(1, 1)) == [False]
    assert told(paths, 1000) == [560 + margin]


def test_what_is_left_counts_the_tests_that_may_still_be_missed() -> None:
    """Fewer with each that was."""
    paths = paths_of()
    (row,) = paths.snapshot(at(10))
    assert (row.left_s, row.missed, row.of) == (170.0, 3, 5)
    run(paths, 70)
    (row,) = paths.snapshot(at(70))
    assert row.left_s == 110.0
    hear(paths, 80)
    (row,) = paths.snapshot(at(80))
    assert row.left_s == 60.0 + 60.0  # one miss is among the last five still
    run(paths, 500)
    (row,) = paths.snapshot(at(500))
    assert (row.state, row.left_s) == (PathState.LOST, None)


def test_a_station_that_slept_counts_every_interval_that_passed() -> None:
    """One look may find several tests missed."""
    paths = paths_of()
    assert paths.expire(at(130)) == []
    assert last(paths) == "+--"
    (lost,) = paths.expire(at(190))
    assert lost.account_key == "k0"
    paths = paths_of()
    assert [lost.account_key for lost in paths.expire(at(500))] == ["k0"]


def test_a_message_whose_commit_took_longer_than_its_test_is_heard_all_the_same() -> None:
    """It arrived before the deadline that passed meanwhile: the next test is due by its arrival."""
    paths = paths_of()
    assert told(paths, 61) == []
    assert hear(paths, 55) == []
    (row,) = paths.snapshot(at(61))
    assert row.left_s == 55 + 60 + 60 - 61
    assert told(paths, 1000) == [55 + 120]


def test_an_older_message_moves_nothing_back_and_is_no_test_of_its_own() -> None:
    """What is known already is newer."""
    paths = paths_of()
    hear(paths, 30)
    hear(paths, 20)
    assert last(paths) == "++"
    assert told(paths, 1000) == [210]


def test_a_restart_gives_one_full_interval_and_remembers_what_was_missed() -> None:
    """A panel that died before it is not given all its tests anew."""
    paths = paths_of(2)
    hear(paths, 59, "k1")
    assert told(paths, 130) == []  # k0: at 60 and 120; k1: at 119
    saved = paths.dump()
    assert [(row.account_key, row.tests) for row in saved] == [
        ("k0", (True, False, False)),
        ("k1", (True, True, False)),
    ]
    again = Paths()
    again.expect([Expected(f"k{n}", f"{n:04}", 60.0, 3, 5) for n in range(2)], at(200))
    again.restore(saved, at(200))
    assert [(when, lost.account_key) for when, lost in run(again, 1000)] == [(260, "k0"), (320, "k1")]


def test_what_an_earlier_release_saved_is_taken_up() -> None:
    """It knew of no tests; lost ones stay lost."""
    paths = Paths()
    paths.expect([Expected("k0", "0", 60.0, 2, 3), Expected("k1", "1", 60.0, 2, 3)], at(0))
    paths.restore(
        [Saved("k0", "radio", "radio", "", "", WALL), Saved("k1", "radio", "radio", "", "", WALL, True)], at(0)
    )
    assert states(paths) == {PathState.OK: 1, PathState.LOST: 1}
    assert told(paths, 1000) == [120]
    assert hear(paths, 1000, "k1", (2, 3)) == [False]


def test_another_rule_counts_anew() -> None:
    """From one full interval on; a path that is lost stays lost until it is heard."""
    paths = paths_of(2)
    run(paths, 130)
    paths.expect([Expected("k0", "0000", 60.0, 2, 2), Expected("k1", "0001", 60.0, 1, 1)], at(150))
    assert [(when, lost.account_key) for when, lost in run(paths, 1000)] == [(210, "k1"), (270, "k0")]
    paths.expect([Expected("k0", "0000", 60.0, 5, 5), Expected("k1", "0001", 60.0, 5, 5)], at(1000))
    assert states(paths) == {PathState.LOST: 2}
    assert hear(paths, 1001, "k1", (5, 5)) == [False]
    assert told(paths, 5000) == [1301]


def test_the_rule_of_a_contact_counts_at_once() -> None:
    """Accounts may change between two looks."""
    paths = paths_of()
    hear(paths, 10, rule=(2, 2))
    assert told(paths, 1000) == [130]


def test_the_first_loss_after_an_outage_takes_all_its_tests() -> None:
    """What was missed while the adapter did not work was not the panel's fault."""
    paths = paths_of(3)
    run(paths, 70)
    paths.adapter_down("radio", at(70))
    assert told(paths, 400) == []
    paths.adapter_up("radio", at(400))
    assert [last(paths, f"k{n}") for n in range(3)] == [""] * 3
    hear(paths, 410)
    assert sorted((when, lost.account_key) for when, lost in run(paths, 585)) == [(580, "k1"), (580, "k2")]
    assert last(paths) == "+--"


def test_an_adapter_that_falls_silent_is_told_with_the_first_tests_it_misses() -> None:
    """Jamming must not wait for the third test of fifty units; and any contact ends it."""
    paths = paths_of(50)
    ((when, lost),) = run(paths, 10_000)
    assert (when, lost.whole, lost.count) == (60, True, 50)
    assert hear(paths, 10_000, "k7") == [True]
    assert last(paths, "k7") == "+"
    assert states(paths) == {PathState.OK: 1, PathState.LOST: 49}
    ((when, lost),) = run(paths, 20_000)
    assert (when, lost.whole) == (10_060, True)


def test_a_hundred_thousand_paths_in_time_are_looked_at_once_an_interval() -> None:
    """However often they are heard."""
    paths = Paths()
    paths.expect([Expected(f"k{n}", f"{n}", 180.0, 3, 5) for n in range(1000)], at(0))
    looks = 0
    put = paths._wheel.put

    def counted(path: object, after: int = -1) -> None:
        nonlocal looks
        looks += 1
        put(path, after)  # type: ignore[arg-type]

    paths._wheel.put = counted  # type: ignore[method-assign]
    for when in range(0, 1800, 10):
        assert run(paths, when) == []
        for n in range(1000):
            hear(paths, when, f"k{n}", (3, 5), 180.0)
    assert looks <= 1000 * (2 + 1800 / 170)


def test_a_loss_by_the_rule_of_its_account_is_written_with_it(tmp_path: Path) -> None:
    """The station's own event names interval and rule; the account's rule counts at the next start, too."""
    book = AccountBook(tmp_path / "accounts.db")
    book.import_rows([{"account": "77", "supervision_s": 60, "missed": "2/3"}, {"account": "78", "supervision_s": 60}])
    source = Source("radio", "radio", "peer", "")

    def started(told: Told, when: float, saved: str = "") -> Supervisor:
        supervisor = Supervisor(book, cast(Chronicle, told))
        supervisor.expect(at(when))
        supervisor.restore(saved, at(when))
        return supervisor

    told = Told()
    supervisor = started(told, 0)
    for account in ("77", "78"):
        supervisor.heard(
            Arrival(kind=ArrivalKind.LINK_TEST, raw=b"", protocol="radio", account=account),
            book.find("radio", None, None, account),
            source,
            at(0),
        )
    supervisor.expire(at(62))
    assert [(values["account"], values["details"]["interval_s"]) for _, values in told.told] == [("78", ["60"])]
    assert "missed" not in told.told[0][1]["details"]
    saved = supervisor.saved()
    again = Told()
    supervisor = started(again, 100, saved)
    supervisor.expire(at(162))
    ((code, values),) = again.told
    assert (code, values["account"], values["details"]["missed"]) == ("path.lost", "77", ["2/3"])
    book.close()


# Against an implementation that looks at every path every second

KEYS = ("a", "b")
ADAPTERS = ("ip", "radio")
RULES: tuple[Rule, ...] = ((1, 1), (1, 3), (2, 2), (2, 4), (3, 5))
INTERVALS = (3.0, 7.0)


class Naive:
    """Lists of tests; outages only where the station says so."""

    def __init__(self) -> None:
        self.given: dict[str, tuple[float, Rule]] = {}
        self.due: dict[tuple[str, str], float] = {}
        self.tests: dict[tuple[str, str], list[bool]] = {}
        self.lost: dict[tuple[str, str], bool] = {}
        """Path -> whether it was reported by itself."""
        self.known: set[tuple[str, str]] = set()
        self.down: set[str] = set()

    def heard(self, key: str, adapter: str, now: float) -> bool:
        path = (key, adapter)
        self.known.add(path)
        if key not in self.given:
            return False
        interval, (_, of) = self.given[key]
        was_lost = path in self.lost
        self.tests[path] = ([] if was_lost else [*self.tests.get(path, []), True])[-of:] or [True]
        self.due[path] = now + interval
        return self.lost.pop(path, False)

    def expect(self, given: dict[str, tuple[float, Rule]], now: float) -> None:
        for path in self.known:
            key = path[0]
            if key not in given:
                for memory in (self.due, self.tests, self.lost):
                    memory.pop(path, None)
            elif self.given.get(key) != given[key]:
                self.tests[path] = []
                if not self.lost.get(path):
                    self.due[path] = now + given[key][0]
        self.given = given

    def second(self, now: float) -> set[tuple[str, str]]:
        told = set()
        for path, due in list(self.due.items()):
            if due > now or self.lost.get(path):
                continue
            interval, (most, of) = self.given[path[0]]
            self.tests[path] = [*self.tests[path], False][-of:]
            self.due[path] = due + interval
            if self.tests[path].count(False) >= most:
                self.lost[path] = path[1] not in self.down
                self.due[path] = float("inf")
                if self.lost[path]:
                    told.add(path)
        return told

    def up(self, adapter: str, now: float) -> None:
        if adapter in self.down:
            self.down.remove(adapter)
            for path in self.due:
                if path[1] == adapter and not self.lost.get(path):
                    self.tests[path] = []
                    self.due[path] = now + self.given[path[0]][0]

    def restart(self, now: float) -> None:
        self.down.clear()
        for path in self.due:
            key = path[0]
            if self.lost.get(path):
                continue
            self.lost.pop(path, None)
            self.due[path] = now + self.given[key][0]
            if self.given[key][1][1] == 1 or all(self.tests[path]):
                self.tests[path] = []
        for path in self.tests:
            if all(self.tests[path]) or self.given[path[0]][1][1] == 1:
                self.tests[path] = []

    def rows(self) -> dict[tuple[str, str], tuple[PathState, tuple[bool, ...]]]:
        return {
            path: (
                PathState.LOST if path in self.lost else PathState.OK,
                self._shown(path),
            )
            for path in self.known
        }

    def _shown(self, path: tuple[str, str]) -> tuple[bool, ...]:
        if path not in self.tests:
            return ()
        return (path not in self.lost,) if self.given[path[0]][1][1] == 1 else tuple(self.tests[path])


steps = st.one_of(
    st.tuples(st.just("hear"), st.sampled_from(KEYS), st.sampled_from(ADAPTERS)),
    st.tuples(st.just("wait"), st.integers(1, 12), st.just("")),
    st.tuples(
        st.just("expect"),
        st.dictionaries(st.sampled_from(KEYS), st.tuples(st.sampled_from(INTERVALS), st.sampled_from(RULES))),
        st.just(""),
    ),
    st.tuples(st.sampled_from(("down", "up")), st.sampled_from(ADAPTERS), st.just("")),
    st.tuples(st.just("restart"), st.just(""), st.just("")),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=40))
def test_the_wheel_agrees_with_lists_of_tests(story: list[tuple[str, object, str]]) -> None:
    """Losses, returns, states and tests are the same after every step."""
    paths, naive, clock = Paths(), Naive(), 100.0

    def now() -> Moment:
        return Moment(1e9 + clock, clock)

    def expect(given: dict[str, tuple[float, Rule]]) -> None:
        paths.expect([Expected(key, key, interval, *rule) for key, (interval, rule) in given.items()], now())

    def both(given: dict[str, tuple[float, Rule]]) -> None:
        expect(given)
        naive.expect(dict(given), clock)

    both({"a": (3.0, (3, 5)), "b": (7.0, (2, 4))})
    for what, first, second in story:
        if what == "hear":
            assert isinstance(first, str)
            interval, rule = naive.given.get(first, (None, (1, 1)))
            back = list(paths.heard(first, second, "p", "", "peer", now(), interval, rule))
            assert bool(back) == naive.heard(first, second, clock)
        elif what == "wait":
            assert isinstance(first, int)
            for _ in range(first):
                clock += 1.0
                deadline = paths.next_deadline()
                lost: list[Lost] = paths.expire(now()) if deadline is not None and deadline <= clock else []
                assert {(one.account_key, one.adapter) for one in lost} == naive.second(clock)
                assert not any(one.whole for one in lost)
        elif what == "expect":
            assert isinstance(first, dict)
            both(first)
        elif what == "down":
            assert isinstance(first, str)
            paths.adapter_down(first, now())
            naive.down.add(first)
        elif what == "up":
            assert isinstance(first, str)
            paths.adapter_up(first, now())
            naive.up(first, clock)
        else:
            saved, paths = paths.dump(), Paths()
            expect(naive.given)
            paths.restore(saved, now())
            naive.restart(clock)
        found = {(row.account_key, row.adapter): (row.state, row.tests) for row in paths.snapshot(now()) if row.adapter}
        assert found == naive.rows()
