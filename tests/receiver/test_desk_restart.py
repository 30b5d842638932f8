"""A desk that begins at a checkpoint ends with exactly the alarms of one that read everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.desk import CLOSED, SEEN, Checkpoint, Desk, Settled, decode_checkpoint, encode_checkpoint
from receiver.journal.entry import Body, Entry, EntryKind, rfc3339


def pairs(_scheme: str, alarm: str, restore: str, _other: str) -> bool:
    """Every restore ends its own code."""
    return alarm == restore


def entry(number_: int, kind: EntryKind = EntryKind.SIGNAL, **fields: Any) -> Entry:
    """An entry without bytes: the desk does not look at them."""
    return Entry(number_, number_, Body(kind=kind, node="n", received_at=rfc3339(float(number_)), **fields), b"")


def alarm(number: int, account: str) -> Entry:
    """An urgent signal."""
    return entry(number, account_key=account, priority=2, qualifier="new", code="130")


def action(number: int, code: str, about: int, account: str) -> Entry:
    """What an operator did."""
    return entry(number, EntryKind.ACTION, code=code, alarm=about, account_key=account)


def test_a_signal_that_joined_an_alarm_since_closed_opens_none_after_a_restart() -> None:
    """Signal 25 joined alarm 10, which entry 30 closed; the replay starts at 20."""
    history = [
        alarm(10, "A"),
        alarm(20, "B"),
        alarm(25, "A"),
        action(28, SEEN, 10, "A"),
        action(30, CLOSED, 10, "A"),
        alarm(40, "C"),
    ]
    desk = Desk(pairs=pairs)
    for one in history:
        desk.take(one)
    checkpoint = desk.checkpoint()
    assert checkpoint == Checkpoint(20, (Settled(10, 30, "A"),), 40)
    again = Desk(checkpoint, pairs=pairs)
    for one in history[1:]:
        again.take(one)
    assert [one.id for one in again.open()] == [20, 40]
    assert again.open() == desk.open()


def test_a_new_alarm_after_the_close_is_kept() -> None:
    """What came after the closing entry is new work, even where a stale close is repeated over it."""
    history = [
        alarm(10, "A"),
        alarm(20, "B"),
        action(25, SEEN, 10, "A"),
        action(30, CLOSED, 10, "A"),
        alarm(31, "A"),
        action(32, SEEN, 10, "A"),
        action(33, CLOSED, 10, "A"),
    ]
    desk = Desk(pairs=pairs)
    for one in history:
        desk.take(one)
    again = Desk(desk.checkpoint(), pairs=pairs)
    for one in history[1:]:
        again.take(one)
    assert [(one.id, one.ringing) for one in again.open()] == [(20, True), (31, True)]


def renamed(number: int, *names: str) -> Entry:
    """Accounts were entered: ``"?1 A"``."""
    return entry(number, EntryKind.STATION, code="accounts.changed", details={"renamed": list(names)})


def test_a_checkpoint_names_an_account_as_it_was_called_at_its_start() -> None:
    """Alarm 10 was of ?1, is of A since entry 22, and closed by 30: signals 21 and 25 belong to it."""
    history = [
        alarm(10, "?1"),
        alarm(20, "B"),
        alarm(21, "?1"),
        renamed(22, "?1 A"),
        alarm(25, "A"),
        action(28, SEEN, 10, "A"),
        action(30, CLOSED, 10, "A"),
    ]
    desk = Desk(pairs=pairs)
    for one in history:
        desk.take(one)
    assert desk.checkpoint() == Checkpoint(20, (Settled(10, 30, "?1", True),), 30)
    again = Desk(desk.checkpoint(), pairs=pairs)
    for one in history[1:]:
        again.take(one)
    assert [one.id for one in again.open()] == [20]
    assert again.checkpoint() == desk.checkpoint()


def test_a_checkpoint_after_the_new_name_has_the_new_name() -> None:
    """The entry that gave it is before the start, and not read again."""
    history = [
        alarm(10, "?1"),
        renamed(12, "?1 A"),
        alarm(20, "B"),
        alarm(25, "A"),
        action(28, SEEN, 10, "A"),
        action(30, CLOSED, 10, "A"),
    ]
    desk = Desk(pairs=pairs)
    for one in history:
        desk.take(one)
    assert desk.checkpoint() == Checkpoint(20, (Settled(10, 30, "A"),), 30)


def test_with_nothing_open_a_restart_reads_nothing() -> None:
    """The floor is the entry to come."""
    desk = Desk(pairs=pairs)
    assert desk.floor == 1
    desk.take(alarm(10, "A"))
    assert desk.floor == 10
    desk.take(action(11, SEEN, 10, "A"))
    desk.take(action(12, CLOSED, 10, "A"))
    assert desk.floor == 13
    assert desk.checkpoint() == Checkpoint(13, (), 12)


def test_a_checkpoint_of_another_journal_is_noticed() -> None:
    """A journal restored from an older copy is read from its beginning."""
    assert Checkpoint(20, (), 40).fits(40)
    assert not Checkpoint(20, (), 40).fits(39)


def test_closed_alarms_are_not_remembered_for_ever() -> None:
    """One old alarm stays open while thousands come and go."""
    desk = Desk(pairs=pairs)
    desk.take(alarm(1, "old"))
    for number in range(2, 30_002, 3):
        desk.take(alarm(number, "A"))
        desk.take(action(number + 1, SEEN, number, "A"))
        desk.take(action(number + 2, CLOSED, number, "A"))
    assert len(desk._closures) <= 64
    assert desk.checkpoint().settled == ()


ACCOUNTS = ("A", "B", "C", "?1", "?2", "?3")

signals = st.fixed_dictionaries(
    {
        "account_key": st.sampled_from(ACCOUNTS),
        "priority": st.sampled_from((1, 2, 2, 4)),
        "qualifier": st.sampled_from(("new", "new", "status", "restore")),
        "code": st.sampled_from(("110", "130")),
        "number": st.sampled_from(("1", "2")),
        "category": st.sampled_from(("alarm", "test")),
    }
)
steps = st.one_of(
    st.tuples(st.just(EntryKind.SIGNAL), signals),
    st.tuples(st.just(EntryKind.UNREAD), st.fixed_dictionaries({"account_key": st.sampled_from(ACCOUNTS)})),
    st.tuples(
        st.just(EntryKind.STATION),
        st.fixed_dictionaries(
            {
                "account_key": st.sampled_from(ACCOUNTS[:3]),
                "code": st.sampled_from(("path.lost", "path.restored")),
                "priority": st.just(2),
            }
        ),
    ),
    st.tuples(st.just("amend"), st.tuples(signals, st.integers(0, 12), st.sampled_from("xyz"))),
    # Actions name an open alarm by its place in the list, or any entry at all: stale and mistaken ones too.
    st.tuples(st.sampled_from((SEEN, CLOSED)), st.integers(0, 5)),
    st.tuples(st.sampled_from((SEEN, CLOSED)), st.integers(-60, -1)),
    st.tuples(st.just("see and close"), st.integers(0, 5)),
    # Accounts are entered while their alarms are open: also such as have an alarm already, in chains and in vain.
    st.tuples(
        st.just("rename"),
        st.lists(st.tuples(st.sampled_from(ACCOUNTS[2:]), st.sampled_from(ACCOUNTS[:4])).map(" ".join), max_size=3),
    ),
)


def play(story: list[tuple[Any, Any]], desk: Desk) -> Iterator[Entry]:
    """Write a story's entries and let the desk take them, one at a time."""
    number = 0
    for what, fields in story:
        if isinstance(what, EntryKind):
            written = [entry(number + 1, what, **fields)]
        elif what == "amend":
            about, back, text = fields
            amends = max(0, number - back)
            written = [entry(number + 1, EntryKind.AMENDMENT, **about, amends=amends, text=text)]
        elif what == "rename":
            written = [renamed(number + 1, *fields)]
        else:
            alarms = desk.open()
            about = -fields if fields < 0 else alarms[fields % len(alarms)].id if alarms else 0
            codes = (SEEN, CLOSED) if what == "see and close" else (what,)
            written = [action(number + place, code, about, "A") for place, code in enumerate(codes, 1)]
        for one in written:
            number = one.id
            desk.take(one)
            yield one


@settings(max_examples=200, deadline=None)
@given(st.lists(steps, min_size=20, max_size=80), st.integers(0, 100))
def test_from_any_checkpoint_the_same_alarms_result(story: list[tuple[Any, Any]], second: int) -> None:
    """Over any history, from a checkpoint made at any time, also one made by a desk that began at one."""
    full = Desk(pairs=pairs, unknown_max=2)
    history: list[Entry] = []
    checkpoints = [full.checkpoint()]
    for one in play(story, full):
        history.append(one)
        checkpoints.append(decode_checkpoint(encode_checkpoint(full.checkpoint())))
        assert checkpoints[-1].start == full.floor
    for checkpoint in checkpoints:
        again = Desk(checkpoint, pairs=pairs, unknown_max=2)
        midway = again.checkpoint()
        for one in history[checkpoint.start - 1 :]:
            again.take(one)
            if one.id <= max(second, checkpoint.last):
                midway = again.checkpoint()
        assert again.open() == full.open()
        assert again.checkpoint() == full.checkpoint()
        third = Desk(midway, pairs=pairs, unknown_max=2)
        for one in history[midway.start - 1 :]:
            third.take(one)
        assert third.open() == full.open()
