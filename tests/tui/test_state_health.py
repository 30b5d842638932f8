"""Whether the station is there, and how old is what is shown."""

from __future__ import annotations

from datetime import UTC, datetime

from tui.state.health import Connection, Health
from tui.state.station import Changed, StationState


def up(at: float = 100.0) -> Health:
    """Both streams have said hello."""
    health = Health(at)
    health.up("journal", at)
    health.up("alarms", at)
    return health


def test_it_is_up_when_both_streams_are() -> None:
    """One alone is not enough: the alarms on the screen would be old ones."""
    health = Health(100.0)
    assert health.state is Connection.CONNECTING
    health.up("journal", 101.0)
    assert health.state is Connection.CONNECTING
    health.up("alarms", 102.0)
    assert health.state is Connection.UP
    health.down("alarms", "tail.closed", {})
    assert (health.state, health.why) == (Connection.DOWN, "tail.closed")
    health.contact(103.0, "journal")
    assert health.state is Connection.DOWN
    health.up("alarms", 104.0)
    assert (health.state, health.why) == (Connection.UP, "")


def test_the_older_contact_counts() -> None:
    """A stream that hangs is not hidden by one that lives."""
    health = up(100.0)
    health.contact(108.0, "journal")
    assert health.age_s(110.0) == 10.0
    health.contact(109.0, "wire")
    assert health.age_s(110.0) == 10.0


def test_long_silence_is_no_connection_whatever_the_sockets_say() -> None:
    """A quiet night has its heartbeats."""
    health = up(100.0)
    assert not health.check(116.0)
    assert health.check(116.1)
    assert (health.state, health.why) == (Connection.DOWN, "tail.silent")
    assert not health.check(117.0)
    health.contact(117.0, "journal")
    assert health.state is Connection.DOWN
    health.contact(117.0, "alarms")
    assert health.state is Connection.UP


def test_a_break_of_the_wire_is_no_alarm() -> None:
    """Only the journal's and the alarms' streams count."""
    health = up()
    health.down("wire", "tail.closed", {})
    assert health.state is Connection.UP


def test_the_station_clock_runs_on() -> None:
    """Between heartbeats by the monotonic clock; nonsense does not stop it."""
    health = up()
    assert health.station_now(100.0) is None
    health.told_time("2026-11-22T14:43:06.500Z", 100.0)
    health.told_time("soon", 101.0)
    assert health.station_now(103.0) == datetime(2026, 11, 22, 14, 43, 9, 500_000, tzinfo=UTC)


def test_it_is_behind_when_something_is_missing_for_a_while() -> None:
    """What is under way for a moment is no lag."""
    health = up()
    health.told_last(50, 50, 0, 100.0)
    assert (health.behind, health.is_behind(200.0)) == (0, False)
    health.told_last(70, 50, 5, 101.0)
    assert (health.behind, health.is_behind(102.0), health.is_behind(105.0)) == (25, False, True)
    assert health.behind_s(105.0) == 4.0
    health.told_last(70, 70, 0, 106.0)
    assert (health.behind, health.behind_s(106.0)) == (0, 0.0)


def test_changes_are_told_once_and_collected() -> None:
    """Whoever shows them is called with the first only."""
    state, calls = StationState(), []
    state.on_change = lambda: calls.append(1)
    state.mark(Changed.ALARMS)
    state.mark(Changed.JOURNAL)
    assert calls == [1]
    assert state.take_changed() == Changed.ALARMS | Changed.JOURNAL
    assert state.take_changed() == Changed(0)
    state.mark(Changed.WIRE)
    assert calls == [1, 1]
