"""Few entries of a kind for each peer, and none left out uncounted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.quota import Quota


def test_the_first_few_pass_and_the_rest_is_counted() -> None:
    """The next one that passes says how many were left out before it."""
    quota = Quota(per=3, window_s=60)
    assert [quota.allow("host", 0) for _ in range(5)] == [0, 0, 0, None, None]
    assert quota.allow("host", 59.9) is None
    assert quota.allow("host", 60) == 3
    assert quota.allow("host", 61) == 0
    assert quota.suppressed == 3


def test_keys_do_not_share() -> None:
    """A noisy peer costs no other its entries."""
    quota = Quota(per=1)
    assert quota.allow(("a", "stale"), 0) == 0
    assert quota.allow(("a", "plain"), 0) == 0
    assert quota.allow(("b", "stale"), 0) == 0
    assert quota.allow(("a", "stale"), 0) is None


def test_the_end_of_a_flood_is_told_without_another_message() -> None:
    """Once, when its window has passed."""
    quota = Quota(per=1, window_s=60)
    for _ in range(5):
        quota.allow("host", 0)
    assert quota.overdue(59) == []
    assert quota.overdue(60) == [("host", 4)]
    assert quota.overdue(61) == []
    assert quota.allow("host", 62) == 0


def test_nothing_passes_where_nothing_may() -> None:
    """A quota of none is none."""
    quota = Quota(per=0)
    assert [quota.allow("host", 0), quota.allow("host", 0), quota.allow("host", 99)] == [None, None, None]
    assert quota.suppressed == 3


def test_memory_is_bounded_and_the_longest_unused_key_goes_first() -> None:
    """Made-up peers push out each other."""
    quota = Quota(per=1, keys_max=100)
    quota.allow("kept", 0)
    for number in range(1000):
        quota.allow(number, 0)
        assert quota.allow("kept", 0) is None
    assert len(quota._windows) == 100


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30))))
def test_what_passes_and_what_is_counted_add_up(story: list[tuple[str, int]]) -> None:
    """Every call passes, or is counted by a later one or by overdue; and no window lets more than its few pass."""
    quota = Quota(per=2, window_s=60)
    now, passed, told = 0, [], 0
    for key, wait in story:
        now += wait
        count = quota.allow(key, now)
        if count is not None:
            passed.append((key, now))
            told += count
    told += sum(count for _, count in quota.overdue(now + 60))
    assert len(passed) + told == len(story)
    for key, when in passed:
        assert sum(key == other and when - 60 < at <= when for other, at in passed) <= 4
