"""Sequence numbers of a fleet: few writes, no repeats."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from panels.numbers import SharedBlocks
from receiver.adapters.counters import MemoryCounters

TAKES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 12)), max_size=60)


@settings(max_examples=60, deadline=None)
@given(st.lists(TAKES, max_size=4), st.integers(1, 10))
def test_no_counter_repeats_a_number_in_any_run(runs: list[list[tuple[str, int]]], block: int) -> None:
    """Numbers of one counter only rise, over all runs on the same store."""
    store = MemoryCounters()
    last: dict[str, int] = {}
    for run in runs:
        numbers = SharedBlocks(store, block=block)
        for name, count in run:
            first = numbers.take(name, count)
            assert first > last.get(name, -1)
            last[name] = first + count - 1


def test_many_counters_share_one_reservation() -> None:
    """Ten thousand panels do not write ten thousand times when they start."""
    store = MemoryCounters()
    numbers = SharedBlocks(store, block=100)
    assert {numbers.take(f"panel {index}") for index in range(10_000)} == {0}
    assert store.take("fleet") == 100
