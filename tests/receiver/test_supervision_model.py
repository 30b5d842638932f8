"""The wheel and its book-keeping against an implementation that looks at every path every second."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.model import Moment
from receiver.supervision import Expected, Lost, Paths, PathState, Restored

ADAPTERS = ("ip", "radio")
KEYS = ("a", "b", "c")
INTERVALS = (3.0, 7.0, 20.0)


class Naive:
    """Deadlines in a dict; outages only where the station says so."""

    def __init__(self) -> None:
        self.intervals: dict[str, float] = {}
        self.deadline: dict[tuple[str, str], float] = {}
        self.lost: dict[tuple[str, str], bool] = {}
        """Path -> whether it was reported by itself."""
        self.known: set[tuple[str, str]] = set()
        self.down: set[str] = set()

    def heard(self, key: str, adapter: str, now: float) -> bool:
        path = (key, adapter)
        self.known.add(path)
        if key not in self.intervals:
            return False
        self.deadline[path] = now + self.intervals[key]
        return self.lost.pop(path, False)

    def expect(self, intervals: dict[str, float], now: float) -> None:
        for path in self.known:
            key = path[0]
            if key not in intervals:
                self.deadline.pop(path, None)
                self.lost.pop(path, None)
            elif self.intervals.get(key) != intervals[key] and not self.lost.get(path):
                self.deadline[path] = now + intervals[key]
        self.intervals = intervals

    def second(self, now: float) -> set[tuple[str, str]]:
        due = {path for path, deadline in self.deadline.items() if deadline <= now and not self.lost.get(path)}
        for path in due:
            self.lost[path] = path[1] not in self.down
        return {path for path in due if self.lost[path]}

    def up(self, adapter: str, now: float) -> None:
        if adapter in self.down:
            self.down.remove(adapter)
            for path in self.deadline:
                if path[1] == adapter and not self.lost.get(path):
                    self.deadline[path] = now + self.intervals[path[0]]

    def states(self) -> dict[tuple[str, str], PathState]:
        return {
            path: PathState.LOST if path in self.lost and path[0] in self.intervals else PathState.OK
            for path in self.known
        }


steps = st.one_of(
    st.tuples(st.just("hear"), st.sampled_from(KEYS), st.sampled_from(ADAPTERS)),
    st.tuples(st.just("wait"), st.integers(1, 12), st.just("")),
    st.tuples(st.just("expect"), st.dictionaries(st.sampled_from(KEYS), st.sampled_from(INTERVALS)), st.just("")),
    st.tuples(st.sampled_from(("down", "up")), st.sampled_from(ADAPTERS), st.just("")),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=40))
def test_the_wheel_agrees_with_looking_at_every_path(story: list[tuple[str, object, str]]) -> None:
    """Losses, returns and states are the same after every step."""
    paths, naive, clock = Paths(), Naive(), 100.0

    def expect(intervals: dict[str, float]) -> None:
        paths.expect([Expected(key, key, interval) for key, interval in intervals.items()], now())
        naive.expect(dict(intervals), clock)

    def now() -> Moment:
        return Moment(1e9 + clock, clock)

    expect({"a": 3.0, "b": 20.0})
    for what, first, second in story:
        if what == "hear":
            assert isinstance(first, str)
            interval = naive.intervals.get(first)
            back: list[Restored] = list(paths.heard(first, second, "p", "", "peer", now(), interval))
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
            expect(first)
        elif what == "down":
            assert isinstance(first, str)
            paths.adapter_down(first, now())
            naive.down.add(first)
        else:
            assert isinstance(first, str)
            paths.adapter_up(first, now())
            naive.up(first, clock)
        found = {(row.account_key, row.adapter): row.state for row in paths.snapshot(now()) if row.adapter}
        assert found == naive.states()
