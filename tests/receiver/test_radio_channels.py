"""The radio channels of a station: jammed or clear, files of keys that change, how they stand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from protocols.channel import ax25
from protocols.channel.jamming import Why
from protocols.model import Moment
from protocols.radio.book import Outstation, Units, Ways
from protocols.radio.channel import RadioChannel
from protocols.radio.options import RadioOptions
from receiver.adapters.counters import MemoryCounters
from receiver.chronicle import Chronicle
from receiver.desk import Desk
from receiver.intake.windows import Windows
from receiver.journal.entry import Body, Entry, EntryKind
from receiver.journal.writer import Journal
from receiver.radio.channels import Channels
from receiver.radio.enrolment import removed, rolled
from receiver.radio.jammed import Watch
from receiver.radio.keyfile import KeyFile, change
from receiver.removed import tell_removed
from receiver.settings import AdapterSettings, load
from tests.protocols.radio_support import KEY
from tests.receiver.test_radio_book import AT, NETWORK, add

TEST_S = 90.0


class Told:
    """A chronicle, and a journal's marks."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.marks: dict[str, str] = {}

    def event(self, code: str, **values: Any) -> None:
        self.events.append((code, values))

    def mark(self, name: str, value: str) -> None:
        self.marks[name] = value

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.events]

    def desk(self) -> Desk:
        """A desk that has seen all of it."""
        desk = Desk()
        for number, (code, values) in enumerate(self.events, start=1):
            body = Body(kind=EntryKind.STATION, node="n", received_at="2026-11-23T00:00:00.000Z", code=code, **values)
            desk.take(Entry(number, number, body, b"", number))
        return desk


def at(mono: float) -> Moment:
    return Moment(1_700_000_000.0 + mono, mono)


def outstation(number: int, ways: Ways = Ways.TWO, test_s: float = TEST_S) -> Outstation:
    return Outstation(station=number, account=str(number), ways=ways, keys=(KEY,), speaks=1, test_s=test_s)


class Air:
    """A channel whose units are heard when the test says so, and its watch, looked at once a second."""

    def __init__(self, units: Iterable[Outstation]) -> None:
        self.units = list(units)
        options = RadioOptions(network=NETWORK, profile=ax25(1200))
        self.channel = RadioChannel(options, Units(self.units), MemoryCounters(), Random(1))
        self.watch = Watch(self.channel)
        self.now = 0.0
        self.up = True
        self.changes: list[tuple[float, bool]] = []

    def run(self, seconds: float, heard: Iterable[int] = ()) -> None:
        """So many seconds; the units named test once an interval, each in its own second."""
        named = set(heard)
        for _ in range(int(seconds)):
            self.now += 1
            for unit in self.units:
                if unit.station in named and (self.now + unit.station) % (unit.test_s or TEST_S) == 0:
                    self.channel.polls.heard(unit, self.now)
            if self.watch.look(self.now, self.up):
                self.changes.append((self.now, self.watch.jammed))


EVERYBODY = range(1, 11)


@pytest.mark.parametrize("ways", Ways)
def test_jamming_is_told_within_two_intervals_and_its_end(ways: Ways) -> None:
    """Of units that cannot hear, too."""
    air = Air(outstation(number, ways) for number in EVERYBODY)
    air.run(1000, EVERYBODY)
    assert air.changes == []
    air.run(2 * TEST_S)
    ((told_at, jammed),) = air.changes
    assert jammed
    assert told_at - 1000 <= 2 * TEST_S
    assert air.watch.why is Why.SILENCE
    air.run(1000)
    air.run(300, EVERYBODY)
    assert [jammed for _, jammed in air.changes] == [True, False]
    air.run(5000, EVERYBODY)
    assert len(air.changes) == 2


def test_a_unit_that_falls_silent_is_no_jamming() -> None:
    """It is a lost path."""
    air = Air(outstation(number) for number in EVERYBODY)
    air.run(1000, EVERYBODY)
    air.run(3000, range(1, 8))
    assert air.changes == []


def test_a_channel_that_is_dead_from_the_start_is_told() -> None:
    """One interval more: nobody knows when they were heard last."""
    air = Air(outstation(number) for number in EVERYBODY)
    air.run(3 * TEST_S)
    ((told_at, jammed),) = air.changes
    assert jammed
    assert told_at > TEST_S


def test_a_modem_that_is_away_is_no_jamming() -> None:
    """Nor is the silence of the units when it is back: each has an interval to be heard."""
    air = Air(outstation(number) for number in EVERYBODY)
    air.run(1000, EVERYBODY)
    air.up = False
    air.run(5000)
    assert air.changes == []
    air.up = True
    air.run(5000, EVERYBODY)
    assert air.changes == []
    air.up = False
    air.run(5000)
    air.up = True
    air.run(3 * TEST_S)
    assert [jammed for _, jammed in air.changes] == [True]


def test_units_that_send_no_tests_tell_nothing() -> None:
    air = Air(outstation(number, test_s=0.0) for number in EVERYBODY)
    air.run(5000)
    assert (air.changes, air.watch.units) == ([], 0)


def test_what_an_earlier_run_told_ends_when_units_are_heard() -> None:
    """Not before: silence after a start says nothing yet."""
    air = Air(outstation(number) for number in EVERYBODY)
    air.watch.restore()
    air.run(TEST_S)
    assert air.changes == []
    air.run(TEST_S, EVERYBODY)
    assert [jammed for _, jammed in air.changes] == [False]


def test_what_an_earlier_run_told_is_not_told_again_while_it_lasts() -> None:
    air = Air(outstation(number) for number in EVERYBODY)
    air.watch.restore()
    air.run(10 * TEST_S)
    assert air.changes == []
    assert air.watch.jammed
    air.run(3 * TEST_S, EVERYBODY)
    assert [jammed for _, jammed in air.changes] == [False]


# With a file of keys and settings


class Place:
    """A folder with a station's settings and units, and its channels."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.keys = folder / "radio-keys.json"
        add(self.keys, "1234", test_s=90)
        add(self.keys, "77", test_s=90)
        config = folder / "station.toml"
        config.write_text(
            '[[adapter]]\nname = "air"\nprotocol = "radio"\nconnect = ["tcp:127.0.0.1:1"]\n[adapter.radio]\n'
            f'keys = "radio-keys.json"\n{more}\n'
        )
        self.adapters: tuple[AdapterSettings, ...] = load(config).adapters
        self.counters = folder / "radio-counters.json"
        self.windows = Windows()

    def channels(self, told: Told, journal: str = "aaaa") -> Channels:
        return Channels(
            self.adapters,
            journal=journal,
            counters=self.counters,
            windows=self.windows,
            chronicle=cast(Chronicle, told),
            marks=cast(Journal, told),
            is_up=lambda name: True,
        )

    def change(self, how: Any) -> None:
        def checked(file: KeyFile | None) -> KeyFile:
            assert file is not None
            return cast(KeyFile, how(file))

        change(self.keys, checked)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_replaced_journal_locks_the_units_and_tells_of_each(place: Place) -> None:
    """An alarm of each account, with what to do."""
    told = Told()
    place.channels(told).begin()
    assert told.codes == []
    channels = place.channels(told, journal="bbbb")
    channels.begin()
    assert told.codes == ["radio.locked"] * 2
    assert {values["account"] for _, values in told.events} == {"1234", "77"}
    assert all("ptsn radio key roll" in values["text"] and values["priority"] == 2 for _, values in told.events)
    assert [alarm.account for alarm in told.desk().open()] == ["1234", "77"]
    assert channels.status(at(1))[0].units == 0


def test_a_changed_file_of_keys_is_in_force_within_a_second(place: Place) -> None:
    told = Told()
    channels = place.channels(told)
    place.change(lambda file: rolled(file, "1234", None, None, AT, None, False))
    channels.look(at(1))
    unit = channels.channels["air"].book.find(1)
    assert unit is not None
    assert [key.key_id for key in unit.keys] == [1, 2]
    place.change(lambda file: removed(file, "1234"))
    channels.look(at(2))
    assert channels.channels["air"].book.find(1) is None
    assert told.codes == []


def test_a_file_of_keys_that_cannot_be_read_is_told_once_and_its_end(place: Place) -> None:
    """What it said before stays in force; the alarm is of the adapter."""
    told = Told()
    channels = place.channels(told)
    before = place.keys.read_bytes()
    place.keys.write_text("{")
    for second in range(5):
        channels.look(at(second))
    assert told.codes == ["radio.keys-lost"]
    assert channels.status(at(5))[0].trouble == told.events[0][1]["text"] != ""
    assert channels.channels["air"].book.find(1) is not None
    place.keys.write_bytes(before)
    channels.look(at(6))
    assert told.codes == ["radio.keys-lost", "radio.keys-restored"]
    (alarm,) = told.desk().open()
    assert alarm.conditions[0].restored_at is not None


def test_troubles_of_an_earlier_run_end_in_this_one(place: Place) -> None:
    """The file of keys was put right, or the jammer went, while no station ran."""
    told = Told()
    channels = place.channels(told)
    place.keys.rename(place.keys.with_suffix(".away"))
    channels.look(at(1))
    place.keys.with_suffix(".away").rename(place.keys)
    again = place.channels(told)
    again.restore("", told.desk().open())
    again.look(at(2))
    assert told.codes == ["radio.keys-lost", "radio.keys-restored"]


def test_a_jammed_channel_is_an_alarm_of_its_adapter_until_it_is_clear(place: Place) -> None:
    """With how it shows; told over a restart, too."""
    for account in ("78", "79", "80"):
        add(place.keys, account, test_s=90)
    told = Told()
    channels = place.channels(told)
    for second in range(400):
        channels.look(at(second))
    ((code, values),) = told.events
    assert (code, values["adapter"], values["priority"]) == ("radio.jammed", "air", 2)
    assert values["details"] == {"jammed": ["silence"], "units": ["5"]}
    status = channels.status(at(400))[0]
    assert (status.jammed, status.why) == (True, "silence")
    again = place.channels(told)
    again.restore("", told.desk().open())
    for second in range(1000, 1010):
        again.look(at(second))
    assert len(told.events) == 1
    channel = again.channels["air"]
    for unit in channel.book.all():
        channel.polls.heard(unit, 1010.0)
    again.look(at(1011))
    assert told.codes == ["radio.jammed", "radio.clear"]
    assert told.desk().open()[0].conditions[0].restored_at is not None


def test_levels_are_kept_where_there_is_a_channel(place: Place, tmp_path: Path) -> None:
    told = Told()
    place.channels(told).keep()
    assert told.marks == {"radio": "[]"}


@pytest.mark.parametrize(("percent", "expected"), [(100, None), (10, 0.0)])
def test_a_channel_tells_how_it_stands(tmp_path: Path, percent: int, expected: float | None) -> None:
    """Load, counts, and what of its airtime budget was used: none is no limit."""
    channels = Place(tmp_path, f"duty_percent = {percent}\nduty_window_s = 600").channels(Told())
    (status,) = channels.status(at(10))
    assert (status.adapter, status.network, status.units) == ("air", NETWORK, 2)
    assert (status.airtime_s, status.budget_s, status.window_s) == (expected, 6.0 * percent, 600.0)
    assert (status.busy, status.own, status.jammed, status.why) == (0.0, 0.0, False, "")
    assert status.counts["frames"] == 0
    channel = channels.channels["air"]
    channel.access.heard(20.0, 2.0)
    assert channels.status(at(20))[0].busy > 0


def test_an_adapter_that_the_settings_have_no_more_is_jammed_no_more(place: Place) -> None:
    """Nothing else could ever tell the end."""
    told = Told()
    told.event("radio.jammed", priority=2, adapter="air", protocol="radio")
    chronicle = cast(Chronicle, told)
    tell_removed(place.adapters, told.desk().open(), chronicle)
    assert told.codes == ["radio.jammed"]
    tell_removed((), told.desk().open(), chronicle)
    assert told.codes == ["radio.jammed", "radio.clear"]
    assert told.desk().open()[0].conditions[0].restored_at is not None
