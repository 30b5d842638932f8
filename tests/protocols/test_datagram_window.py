"""The replay window against the plainest model of it: everything that was ever taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.datagram import MOST_COUNTER, WIDTH, Standing, Window, WindowError

MARKS = [bytes((n, 0, 0, n)) for n in range(1, 4)]

steps = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 150), st.integers(0, 8).map(lambda n: n * 64), st.integers(0, MOST_COUNTER)),
        st.sampled_from(MARKS),
        st.booleans(),
    ),
    max_size=60,
)


@given(steps)
def test_a_window_answers_as_if_it_remembered_everything(calls: list[tuple[int, bytes, bool]]) -> None:
    """New once; then seen or different; below the last 64 old. Asking changes nothing, only taking does."""
    window = Window()
    taken: dict[int, bytes] = {}
    for counter, mark, take in calls:
        highest = max(taken, default=-1)
        if counter <= highest - WIDTH:
            expected = Standing.OLD
        elif counter not in taken:
            expected = Standing.NEW
        else:
            expected = Standing.SEEN if taken[counter] == mark else Standing.DIFFERENT
        assert window.ask(counter, mark) is expected
        if take:
            before = window
            window = window.taken(counter, mark)
            if expected is Standing.NEW:
                taken[counter] = mark
            else:
                assert window is before
        assert window.highest == max(taken, default=-1)
        assert Window.from_bytes(window.to_bytes()) == window


@given(st.lists(st.integers(0, 500), unique=True, min_size=1, max_size=100))
def test_no_counter_is_new_twice(counters: list[int]) -> None:
    """Whatever order they come in, and however often all of them are replayed."""
    window = Window()
    for counter in counters:
        window = window.taken(counter, MARKS[0])
        for earlier in counters[: counters.index(counter) + 1]:
            assert window.ask(earlier, MARKS[0]) in (Standing.SEEN, Standing.OLD)


def test_the_edges_of_the_window() -> None:
    """63 behind is still told apart, 64 behind is old; a jump by 64 forgets all marks."""
    window = Window().taken(0, MARKS[0]).taken(63, MARKS[1])
    assert window.ask(0, MARKS[0]) is Standing.SEEN
    assert window.ask(0, MARKS[1]) is Standing.DIFFERENT
    assert window.taken(64, MARKS[1]).ask(0, MARKS[0]) is Standing.OLD
    jumped = window.taken(127, MARKS[2])
    assert (jumped.bitmap, jumped.marks) == (1, MARKS[2] + bytes(252))
    assert jumped.ask(64, MARKS[0]) is Standing.NEW
    assert Window().taken(MOST_COUNTER, MARKS[0]).highest == MOST_COUNTER


@pytest.mark.parametrize(("counter", "mark"), [(-1, MARKS[0]), (MOST_COUNTER + 1, MARKS[0]), (0, b""), (0, b"12345")])
def test_what_no_datagram_can_have_is_refused(counter: int, mark: bytes) -> None:
    """Before it spoils the window."""
    with pytest.raises(ValueError, match="four bytes"):
        Window().taken(counter, mark)


@given(st.one_of(st.binary(max_size=300), st.binary(min_size=273, max_size=273)))
def test_any_bytes_are_a_window_or_refused(data: bytes) -> None:
    """With one kind of error."""
    try:
        window = Window.from_bytes(data)
    except WindowError:
        return
    assert window.to_bytes() == data


@pytest.mark.parametrize(
    "window",
    [Window(-2), Window(-1, 1), Window(5, 2), Window(5, 1 << 6 | 1), Window(MOST_COUNTER + 1, 1)],
    ids=repr,
)
def test_a_stored_window_that_contradicts_itself_is_refused(window: Window) -> None:
    """Lost state must lock out, not let in."""
    with pytest.raises(WindowError, match="contradicts"):
        Window.from_bytes(window.to_bytes())
    with pytest.raises(WindowError, match="later version"):
        Window.from_bytes(b"\x02" + Window().to_bytes()[1:])
