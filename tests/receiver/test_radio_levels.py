"""How well units are received: a low level is told once, before the path is lost, and over restarts."""

from __future__ import annotations

import json
from typing import Any, cast

import msgspec
import pytest

from protocols.ends import Source
from protocols.model import Air, Arrival, ArrivalKind
from receiver.chronicle import Chronicle
from receiver.desk import Desk
from receiver.journal.entry import Body, Entry, EntryKind
from receiver.radio.bounds import Bounds
from receiver.radio.levels import LEAST, Levels
from receiver.supervision import PathRow, PathState

SOURCE = Source("air", "radio", "serial:/dev/ttyUSB0", "/dev/ttyUSB0", "serial")
BOUNDS = Bounds(low_dbm=-100.0, hysteresis_db=3.0)


class Told:
    """A chronicle."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def event(self, code: str, **values: Any) -> None:
        self.events.append((code, values))

    @property
    def codes(self) -> list[str]:
        return [code.removeprefix("radio.level.") for code, _ in self.events]


def made(told: Told, bounds: Bounds = BOUNDS, saved: list[str] | None = None) -> Levels:
    """Levels of one adapter; what it wants kept goes to ``saved``."""
    kept = [] if saved is None else saved
    levels = Levels({"air": bounds}, cast(Chronicle, told), lambda: kept.append(levels.saved()))
    return levels


def hear(levels: Levels, level: float | None = None, times: int = 1, account: str = "1234", **air: Any) -> None:
    """Frames of a unit."""
    for _ in range(times):
        arrival = Arrival(
            raw=b"", protocol="radio", kind=ArrivalKind.LINK_TEST, account=account, air=Air(level=level, **air)
        )
        levels.heard(arrival, None, SOURCE)


def row(account_key: str = "?L0#1234", adapter: str = "air", protocol: str = "radio") -> PathRow:
    return PathRow(account_key, "1234", adapter, protocol, "", "", PathState.OK, False, None, None, None)


def key_of(levels: Levels) -> str:
    """The name of the account nobody entered."""
    ((key, *_),) = [one["key"] for one in json.loads(levels.saved())]
    return str(key)


def test_a_level_that_falls_is_told_once_and_its_end_when_it_is_clearly_well() -> None:
    """A mean, so that one weak frame is no news; a level that swings about the bound rings once."""
    told = Told()
    levels = made(told)
    hear(levels, -90, 10)
    hear(levels, -110)
    assert told.codes == []
    hear(levels, -110, 10)
    assert told.codes == ["low"]
    hear(levels, -98, 50)
    hear(levels, -101, 50)
    hear(levels, -99, 50)
    assert told.codes == ["low"]
    hear(levels, -90, 20)
    assert told.codes == ["low", "restored"]
    (_, low), (_, restored) = told.events
    assert (low["priority"], restored["priority"]) == (2, 0)
    assert (low["account"], low["adapter"], low["protocol"], low["path"]) == ("1234", "air", "radio", "")
    assert low["account_key"] == restored["account_key"] != ""
    assert float(low["details"]["level_dbm"][0]) < -100
    assert low["details"]["low_dbm"] == ["-100"]


def test_a_unit_far_away_is_told_of_after_some_frames_and_not_after_the_first() -> None:
    """One frame may have been hit."""
    told = Told()
    levels = made(told)
    hear(levels, -110, LEAST - 1)
    assert told.codes == []
    hear(levels, -110)
    assert told.codes == ["low"]


def test_without_a_level_the_quality_counts() -> None:
    """The share of what the error correction could repair and did not have to; by default half of it."""
    told = Told()
    levels = made(told, Bounds())
    hear(levels, None, 10, corrected=0, correctable=8)
    hear(levels, None, 10, corrected=6, correctable=8)
    assert told.codes == ["low"]
    assert told.events[0][1]["details"] == {"quality_percent": ["49.6"], "low_quality_percent": ["50"]}
    hear(levels, None, 3, corrected=3, correctable=8)
    assert told.codes == ["low"]
    hear(levels, None, 20, corrected=1, correctable=8)
    assert told.codes == ["low", "restored"]
    shown = levels.shown(row(key_of(levels)))
    assert shown.level is None
    assert shown.quality == pytest.approx(0.875, abs=0.01)


def test_what_is_low_stays_so_until_level_and_quality_are_well() -> None:
    """A strong signal that comes with many errors is disturbed."""
    told = Told()
    levels = made(told)
    hear(levels, -80, 10, corrected=7, correctable=8)
    assert told.codes == ["low"]
    hear(levels, -110, 30, corrected=0, correctable=8)
    hear(levels, -80, 2, corrected=0, correctable=8)
    assert told.codes == ["low"]
    hear(levels, -80, 30, corrected=0, correctable=8)
    assert told.codes == ["low", "restored"]


@pytest.mark.parametrize("bounds", [Bounds(low_quality=0.0), Bounds(low_dbm=-120.0, low_quality=0.0)])
def test_bounds_that_are_off_tell_nothing(bounds: Bounds) -> None:
    told = Told()
    hear(made(told, bounds), -110, 50, corrected=8, correctable=8)
    assert told.codes == []


def test_the_highest_bound_can_be_left_again() -> None:
    """With 95 percent every repaired byte is told, and its end."""
    told = Told()
    levels = made(told, Bounds(low_quality=0.95))
    hear(levels, None, 5, corrected=1, correctable=8)
    hear(levels, None, 20, corrected=0, correctable=8)
    assert told.codes == ["low", "restored"]


def test_units_have_means_of_their_own() -> None:
    told = Told()
    levels = made(told)
    hear(levels, -110, 10, account="77")
    hear(levels, -80, 10, account="78")
    assert [(code, values["account"]) for code, values in told.events] == [("radio.level.low", "77")]


def test_other_wires_have_no_level() -> None:
    """And their rows are as they were."""
    levels = made(Told())
    levels.heard(Arrival(raw=b"", protocol="dc09", kind=ArrivalKind.EVENT, account="1234"), None, SOURCE)
    assert levels.saved() == "[]"
    assert levels.shown(row(protocol="dc09")) == row(protocol="dc09")


def test_a_row_shows_what_the_unit_says_of_itself() -> None:
    """Until it says something else: events do not."""
    levels = made(Told())
    hear(levels, -90, hops=2, heard_level=-101.0, volts=12.3)
    hear(levels, -80, hops=1, low_battery=True)
    shown = levels.shown(row(key_of(levels)))
    assert (shown.level, shown.hops, shown.heard_level, shown.supply) == (-85.0, 1, -101.0, 12.3)
    assert (shown.low_battery, shown.low, shown.quality) == (True, False, None)


def desk_with(told: Told) -> Desk:
    """A desk that has seen everything that was told."""
    desk = Desk()
    for number, (code, values) in enumerate(told.events, start=1):
        body = Body(kind=EntryKind.STATION, node="n", received_at="2026-11-23T00:00:00.000Z", code=code, **values)
        desk.take(Entry(number, number, body, b"", number))
    return desk


def test_an_alarm_of_the_account_lasts_until_the_level_is_well() -> None:
    """The end is written into it."""
    told = Told()
    levels = made(told)
    hear(levels, -110, 10)
    (alarm,) = desk_with(told).open()
    assert (alarm.account, alarm.ringing) == ("1234", True)
    assert alarm.conditions[0].restored_at is None
    hear(levels, -80, 30)
    (alarm,) = desk_with(told).open()
    assert alarm.conditions[0].restored_at is not None


@pytest.mark.parametrize("kept", ["mark", "alarm", "both", "older mark"])
def test_a_restart_tells_nothing_twice(kept: str) -> None:
    """From the mark, or from the open alarm where the power failed before the mark was on disk."""
    told, saved = Told(), [""]
    levels = made(told, saved=saved)
    hear(levels, -110)
    before = levels.saved()
    hear(levels, -110, 10)
    assert told.codes == ["low"]
    again = made(told)
    mark = {"alarm": "", "older mark": before}.get(kept, saved[-1])
    again.restore(mark, desk_with(told).open() if kept != "mark" else ())
    hear(again, -110, 30)
    assert told.codes == ["low"]
    hear(again, -80, 30)
    assert told.codes == ["low", "restored"]


def test_means_survive_a_restart() -> None:
    """So that one frame after it says nothing."""
    levels = made(Told())
    hear(levels, -80, 20)
    again = made(Told())
    again.restore(levels.saved(), ())
    hear(again, -120)
    assert again.shown(row(key_of(again))).level == -88.0


@pytest.mark.parametrize("saved", ["x", "{}", '[{"key": 5}]', '[{"key": ["a","b","c","d"], "level": {"value": "x"}}]'])
def test_a_mark_that_cannot_be_read_is_said_so(saved: str) -> None:
    with pytest.raises(msgspec.MsgspecError):
        made(Told()).restore(saved, ())
