"""The open alarms in the operator's order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tui.state.alarms import AlarmBoard, order_of
from tui.state.model import Alarm, Entry


def alarm(number: int, priority: int = 1, ringing: bool = True, minute: int | None = None, rang: int = 0) -> Alarm:
    """One alarm, opened in its own minute."""
    opened = f"2026-11-22T{(minute if minute is not None else number) // 60:02d}:{number % 60:02d}:00.000Z"
    return Alarm(
        id=number, priority=priority, ringing=ringing, opened_at=opened, rang=rang or number, account=str(number)
    )


def ids(board: AlarmBoard) -> list[int]:
    """The rows from top to bottom."""
    return [board.at(index).id for index in range(len(board))]


def test_unseen_come_first_then_the_urgent_then_the_oldest() -> None:
    """In this order of weight."""
    board = AlarmBoard()
    board.snapshot([alarm(1, 1, ringing=False), alarm(2, 2), alarm(3, 1), alarm(4, 1), alarm(5, 2, ringing=False)])
    assert ids(board) == [3, 4, 2, 1, 5]


def test_the_strip_shows_the_unseen_alarm_of_priority_1_that_rang_last() -> None:
    """Also when an old alarm rings again; never one that somebody has seen, never priority 2."""
    board = AlarmBoard()
    assert board.urgent() is None
    board.snapshot([alarm(1), alarm(2), alarm(3, 2), alarm(4, 1, ringing=False)])
    assert board.urgent() == alarm(2)
    board.take(alarm(1, rang=9))
    assert (found := board.urgent()) is not None
    assert found.id == 1
    board.take(alarm(1, ringing=False))
    board.closed(2)
    assert board.urgent() is None
    assert (board.unseen(), board.unseen(1), board.unseen(2)) == (1, 0, 1)


def test_the_held_alarm_keeps_its_place_and_goes_to_its_own_when_it_is_let_go() -> None:
    """Seen under the cursor, it does not jump away."""
    board = AlarmBoard()
    board.snapshot([alarm(1), alarm(2), alarm(3)])
    board.hold(2)
    board.take(alarm(2, ringing=False))
    assert ids(board) == [1, 2, 3]
    assert (board.unseen(), board.index(2)) == (2, 1)
    board.hold(3)
    assert ids(board) == [1, 3, 2]


def test_the_held_alarm_stays_as_a_stone_when_it_is_closed() -> None:
    """With who closed it, once the journal has told; it counts no more, and goes when it is let go."""
    board = AlarmBoard()
    board.snapshot([alarm(1), alarm(2), alarm(3)])
    board.hold(2)
    before = board.version(2)
    board.closed(2)
    action = Entry(id=9, kind="action", code="alarm.closed", alarm=2, operator="night shift", note="checked")
    board.closed_by(action)
    assert ids(board) == [1, 2, 3]
    assert board.is_closed(2)
    assert board.closing(2) == action
    assert board.version(2) > before
    assert (board.unseen(), board.open()) == (2, 2)
    board.hold(None)
    assert ids(board) == [1, 3]
    assert (board.get(2), board.index(2), board.version(2)) == (None, None, 0)


def test_a_stone_stands_above_no_unseen_alarm_that_came_after_it() -> None:
    """It goes behind all that is unseen; what was there before stays where it was."""
    board = AlarmBoard()
    board.snapshot([alarm(1), alarm(2), alarm(3, ringing=False)])
    board.hold(1)
    board.take(alarm(1, ringing=False))
    board.closed(1)
    assert ids(board) == [1, 2, 3]
    board.take(alarm(9, 2))
    assert ids(board) == [2, 9, 1, 3]
    assert board.index(1) == 2
    board.take(alarm(8, 2))
    assert ids(board) == [2, 8, 9, 1, 3]
    board.hold(None)
    assert ids(board) == [2, 8, 9, 3]


def test_who_closed_it_may_be_told_before_the_alarm_is() -> None:
    """Two streams have no common order."""
    board = AlarmBoard()
    board.take(alarm(2))
    board.hold(2)
    action = Entry(id=9, kind="action", code="alarm.closed", alarm=2)
    board.closed_by(action)
    assert board.closing(2) is None
    board.closed(2)
    assert board.closing(2) == action


def test_a_snapshot_takes_off_what_it_does_not_have() -> None:
    """But for the one that is held: that becomes a stone."""
    board = AlarmBoard()
    board.snapshot([alarm(1), alarm(2), alarm(3)])
    board.hold(3)
    board.snapshot([alarm(2)], 70)
    assert ids(board) == [2, 3]
    assert board.is_closed(3)
    assert board.last_id == 70
    board.take(alarm(3))
    assert not board.is_closed(3)


def test_what_did_not_change_has_the_same_version() -> None:
    """A snapshot after a break redraws only what is new."""
    board = AlarmBoard()
    board.snapshot([alarm(1), alarm(2)])
    before = board.version(1), board.version(2)
    board.snapshot([alarm(1), replace(alarm(2), signals=7)])
    assert board.version(1) == before[0]
    assert board.version(2) > before[1]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(1, 12), st.integers(1, 2), st.booleans(), st.integers(0, 3)),
        st.tuples(st.just("close"), st.integers(1, 12)),
        st.tuples(st.just("hold"), st.none() | st.integers(1, 12)),
        st.tuples(st.just("snapshot"), st.sets(st.integers(1, 12))),
    ),
    max_size=60,
)


@given(STEPS)
def test_whatever_happens_the_order_is_right_and_the_held_one_stands_still(steps: list[tuple[object, ...]]) -> None:
    """Against a plain model: sorted, but for the held alarm; ``index`` and ``at`` agree."""
    board, model, held = AlarmBoard(), dict[int, Alarm](), None
    stone = False
    for step in steps:
        kind, *values = step
        if kind == "take":
            number, priority, ringing, minute = values
            one = alarm(number, priority, ringing, minute)  # type: ignore[arg-type]
            board.take(one)
            model[one.id] = one
            stone = stone and one.id != held
        elif kind == "close":
            number = values[0]
            board.closed(number)  # type: ignore[arg-type]
            if number == held and number in model:
                stone = True
            else:
                model.pop(number, None)  # type: ignore[call-overload]
        elif kind == "hold":
            number = values[0]
            if number != held and stone:
                model.pop(held, None)  # type: ignore[call-overload]
                stone = False
            board.hold(number)  # type: ignore[arg-type]
            held = number if number in model else None
        else:
            wanted = [alarm(number) for number in sorted(values[0])]  # type: ignore[call-overload]
            stone = held in model and held not in values[0] if held is not None else False  # type: ignore[operator]
            kept = {held: model[held]} if stone else {}
            board.snapshot(wanted)
            model = {one.id: one for one in wanted} | kept
        assert board.held == held
        rows = ids(board)
        others = [one for one in sorted(model.values(), key=order_of) if one.id != held]
        assert [number for number in rows if number != held] == [one.id for one in others]
        assert set(rows) == set(model)
        assert [board.index(number) for number in rows] == list(range(len(rows)))
        open_ones = [one for one in model.values() if not (stone and one.id == held)]
        assert board.unseen() == sum(one.ringing for one in open_ones)
        ringing = [one for one in open_ones if one.ringing and one.priority == 1]
        assert board.urgent() == max(ringing, key=lambda one: (one.rang, one.id), default=None)


@given(st.lists(st.tuples(st.integers(1, 2), st.booleans()), min_size=1, max_size=8))
def test_while_nothing_else_changes_the_held_row_is_where_it_was(changes: list[tuple[int, bool]]) -> None:
    """Seen, more urgent, ringing again, closed: the same line."""
    board = AlarmBoard()
    board.snapshot([alarm(number) for number in range(1, 8)])
    board.hold(4)
    for priority, ringing in changes:
        board.take(alarm(4, priority, ringing))
        assert board.index(4) == 3
    board.closed(4)
    assert board.index(4) == 3
