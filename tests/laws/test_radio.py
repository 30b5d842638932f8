"""A radio channel and a real station: what is acknowledged is on disk, and no recording is ever taken for new."""

from __future__ import annotations

import random
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ptsn.client import StationClient
from tests.support.radio import Modem, SerialModem, Unit, acknowledged, station_on
from tests.support.station import StationProcess, ptsn, until

KILLS = 6
REPEAT_S = 0.3


class Air:
    """A modem, the units behind it, and everything that was ever on the air towards the station."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.acknowledged: dict[str, list[int]] = {}
        """By account; each as often as it came."""
        self.recorded: list[bytes] = []
        self.modem = Modem(self._hear)

    def _hear(self, data: bytes) -> None:
        for unit in self.units:
            self.acknowledged.setdefault(unit.account, []).extend(acknowledged(unit.hear(data)))

    def send(self, frame: bytes) -> bool:
        """One frame, recorded."""
        self.recorded.append(frame)
        return self.modem.send(frame)

    def counters(self, unit: Unit) -> list[int]:
        """What was acknowledged to a unit."""
        return list(self.acknowledged.get(unit.account, ()))

    def deliver(self, unit: Unit, frame: bytes) -> None:
        """Say something, again and again, until it is acknowledged."""
        number = unit.counter - 1
        again = 0.0

        def done() -> bool:
            nonlocal again
            if time.monotonic() >= again:
                again = time.monotonic() + REPEAT_S
                self.send(frame)
            return number in self.counters(unit)

        until(done, f"the acknowledgement of {number}")


@contextmanager
def air() -> Iterator[Air]:
    made = Air()
    try:
        yield made
    finally:
        made.modem.close()


def ask(station: StationProcess, url: str, **values: Any) -> Any:
    """The station's API."""
    with StationClient(station.folder / "ptsn.sock") as client:
        return client.get(url, **values)


def signals(station: StationProcess) -> list[tuple[str, str, str]]:
    """Account, code and zone of every signal in the journal."""
    return [(one["account"], one["code"], one["number"]) for one in station.export() if one["kind"] == "signal"]


def entries(station: StationProcess) -> list[dict[str, Any]]:
    """The whole journal."""
    return station.export("--kind", "all")


def named(station: StationProcess) -> set[str]:
    """Codes of security entries."""
    return {one["code"] for one in entries(station) if one["kind"] == "security"}


class Sender(threading.Thread):
    """A unit that reports one zone after the other, and repeats each byte for byte until it is acknowledged."""

    def __init__(self, its: Air, unit: Unit) -> None:
        super().__init__(daemon=True)
        self.air, self.unit = its, unit
        self.stopping = threading.Event()
        self.sent: dict[int, int] = {}
        """Counter to zone."""
        self.delivered: list[int] = []

    def run(self) -> None:
        zone = 0
        while not self.stopping.is_set():
            zone += 1
            frame = self.unit.event(zone)
            number = self.unit.counter - 1
            self.sent[number] = zone
            while number not in self.air.counters(self.unit) and not self.stopping.is_set():
                self.air.send(frame)
                end = time.monotonic() + REPEAT_S
                while time.monotonic() < end and number not in self.air.counters(self.unit):
                    time.sleep(0.002)
            if number in self.air.counters(self.unit):
                self.delivered.append(number)


@pytest.mark.timeout(300)
def test_kill_9_loses_nothing_and_replays_of_everything_are_refused(tmp_path: Path) -> None:
    """Whatever was acknowledged is in the journal once, and after a restart no recording is believed."""
    chance = random.Random(606)
    with air() as its:
        station = station_on(tmp_path, its.modem.connect, accounts="account\n1234\n77\n")
        its.units = [Unit(tmp_path, "1234"), Unit(tmp_path, "77")]
        station.start()
        senders = [Sender(its, unit) for unit in its.units]
        for sender in senders:
            sender.start()
        for _ in range(KILLS):
            before = [len(sender.delivered) for sender in senders]
            until(
                lambda before=before: all(len(s.delivered) > n + 2 for s, n in zip(senders, before, strict=True)),  # type: ignore[misc]
                "every unit to be acknowledged again",
            )
            time.sleep(chance.random() * 0.1)
            station.kill()
            station.start()
        for sender in senders:
            sender.stopping.set()
        for sender in senders:
            sender.join(30)
        stored = signals(station)
        assert len(stored) == len(set(stored)), "stored twice"
        for sender in senders:
            for number in its.counters(sender.unit):
                assert (sender.unit.account, "130", f"{sender.sent[number]:03d}") in stored, "acknowledged and lost"
        # Everything that was ever on the air, again, after one more end of it all.
        station.kill()
        station.start()
        until(lambda: its.modem.connected, "the station at its modem")
        count = {unit.account: len(its.counters(unit)) for unit in its.units}
        recorded = list(dict.fromkeys(its.recorded))
        for frame in recorded:
            its.modem.send(frame)
        for _ in range(10):
            its.modem.send(recorded[-1])
        for unit in its.units:
            # Its own next event is taken in spite of them, and shows that they were all read.
            its.deliver(unit, unit.event(999))
        again = [one for one in signals(station) if one[2] != "999"]
        missing = {
            (unit.account, "130", f"{sender.sent[max(sender.sent)]:03d}")
            for unit, sender in zip(its.units, senders, strict=True)
        }
        # What was on its way when all ended may come through at last; nothing else is new.
        assert set(stored) <= set(again) <= set(stored) | missing
        assert len(again) == len(set(again))
        for unit in its.units:
            assert len(its.counters(unit)) - count[unit.account] <= 64 + 4 + 2, "recordings are acknowledged"
        if max(unit.counter for unit in its.units) > 66:
            assert "security.radio-replayed" in named(station)
        assert station.stop() == 0
        station.verify()


def test_nothing_is_acknowledged_while_the_disk_is_full(tmp_path: Path) -> None:
    """Neither events nor tests, whose counters must be on disk; what the units repeat afterwards is new, once."""
    with air() as its:
        station = station_on(tmp_path, its.modem.connect)
        unit = Unit(tmp_path, "1234")
        its.units = [unit]
        with station:
            until(lambda: its.modem.connected, "the station at its modem")
            its.deliver(unit, unit.event(1))
            assert station.process is not None
            limits = resource.prlimit(station.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(station.process.pid, resource.RLIMIT_FSIZE, (4096, limits[1]))
            event, test = unit.event(2), unit.test()
            its.send(event)
            its.send(test)
            until(lambda: ask(station, "/v1/status")["counters"]["not_stored"] >= 2, "both to be given up")
            assert ask(station, "/v1/status")["disk"] is not None
            assert its.counters(unit) == [0]
            resource.prlimit(station.process.pid, resource.RLIMIT_FSIZE, limits)
            until(lambda: ask(station, "/v1/status")["disk"] is None, "the station to recover")
            for frame, number in ((event, 1), (test, 2)):
                its.send(frame)
                until(lambda number=number: number in its.counters(unit), f"the acknowledgement of {number}")  # type: ignore[misc]
        assert signals(station) == [("1234", "130", "001"), ("1234", "130", "002")]
        station.verify()


def test_recordings_of_tests_do_not_keep_a_dead_unit_alive(tmp_path: Path) -> None:
    """Not even over a kill: the counter of a test is on disk before it counts."""
    with air() as its:
        station = station_on(tmp_path, its.modem.connect, accounts="account,supervision_s\n1234,90\n")
        unit = Unit(tmp_path, "1234")
        its.units = [unit]
        with station:
            until(lambda: its.modem.connected, "the station at its modem")
            its.deliver(unit, unit.test(level=95))
            (path,) = ask(station, "/v1/paths")["paths"]
            heard = path["last_heard"]
            assert (path["state"], path["heard_level"], path["supply"], path["hops"]) == ("ok", -95.0, 12.3, 0)
            station.kill()
            station.start()
            until(lambda: its.modem.connected, "the station at its modem")
            its.modem.send(its.recorded[0])
            until(lambda: ask(station, "/v1/status")["counters"]["duplicates"], "the recording to be read")
            (path,) = ask(station, "/v1/paths")["paths"]
            # A killed station may not remember when it heard a path; the recording must not tell it.
            assert path["last_heard"] in (None, heard)
        assert [one["kind"] for one in entries(station) if one["kind"] != "station"] == []


def test_a_copy_is_acknowledged_four_times_and_forgeries_never(tmp_path: Path) -> None:
    """Every kind of refused frame is named; the station says nothing to any of them."""
    with air() as its:
        station = station_on(tmp_path, its.modem.connect)
        unit = Unit(tmp_path, "1234")
        its.units = [unit]
        with station:
            until(lambda: its.modem.connected, "the station at its modem")
            frame = unit.event(15)
            for number in range(8):
                its.send(frame)
                if number < 5:
                    until(lambda number=number: len(its.counters(unit)) == number + 1, "the acknowledgement")  # type: ignore[misc]
            last = unit.event(16)
            at = len(last) - 4
            its.modem.send(last[:at] + bytes((last[at] ^ 0x01 or 2,)) + last[at + 1 :])
            unit.counter -= 2
            its.modem.send(unit.event(17))
            unit.counter = 3
            its.deliver(unit, unit.event(18))
            assert its.counters(unit) == [0] * 5 + [3]
        assert signals(station) == [("1234", "130", "015"), ("1234", "130", "018")]
        assert named(station) >= {"security.radio-replayed", "security.radio-forged", "security.radio-counter-reused"}


def test_a_replaced_journal_locks_the_units_until_they_have_new_keys(tmp_path: Path) -> None:
    """With a line in the log and an alarm; recordings get nowhere, and a rolled key is taken up at once."""
    with air() as its:
        station = station_on(tmp_path, its.modem.connect)
        unit = Unit(tmp_path, "1234")
        its.units = [unit]
        with station:
            until(lambda: its.modem.connected, "the station at its modem")
            its.deliver(unit, unit.event(15))
        for file in tmp_path.glob("journal*"):
            file.unlink()
        its.acknowledged.clear()
        with station:
            until(lambda: its.modem.connected, "the station at its modem")
            (alarm,) = until(lambda: ask(station, "/v1/alarms")["alarms"], "an alarm")
            assert (alarm["account"], alarm["code"]) == ("1234", "radio.locked")
            assert "ptsn radio key roll 1234" in station.log.read_text()
            its.modem.send(its.recorded[0] + unit.event(16))
            until(lambda: "security.radio-unknown" in named(station), "the recording to be named")
            ptsn("radio", "key", "roll", "1234", "-c", station.config)
            old = unit.key
            unit.use_newest_key()
            assert unit.key != old
            its.deliver(unit, unit.event(17))
            assert its.counters(unit) == [0]
        assert signals(station) == [("1234", "130", "017")]


def test_a_key_that_is_rolled_while_the_station_runs_takes_effect(tmp_path: Path) -> None:
    """Both keys count until the new one is used; then the old one is retired, also for what it sealed before."""
    with air() as its:
        station = station_on(tmp_path, its.modem.connect)
        unit = Unit(tmp_path, "1234")
        its.units = [unit]
        with station:
            until(lambda: its.modem.connected, "the station at its modem")
            its.deliver(unit, unit.event(1))
            ptsn("radio", "key", "roll", "1234", "-c", station.config)
            until(lambda: "was changed and is in force" in station.log.read_text(), "the new key")
            its.deliver(unit, unit.event(2))
            late = unit.event(3)
            its.acknowledged.clear()
            unit.use_newest_key()
            its.deliver(unit, unit.event(4))
            its.modem.send(late)
            until(lambda: "security.radio-unknown" in named(station), "the retired key to be named")
            states = ptsn("radio", "key", "list", "-c", station.config).stdout
            assert "retired" in states
        assert [zone for _, _, zone in signals(station)] == ["001", "002", "004"]


def test_a_transparent_modem_on_a_serial_port_with_error_correction(tmp_path: Path) -> None:
    """Frames with wrong bytes are repaired, stored and acknowledged; level and quality are shown."""
    modem = SerialModem()
    try:
        more = 'modem = "transparent"\nfec = 16\nlevel = "trailing-byte"\nlow_dbm = -100\n'
        station = station_on(tmp_path, modem.connect, more, accounts="account,supervision_s,missed\n1234,90,3/5\n")
        unit = Unit(tmp_path, "1234", fec=16)
        with station:
            said: list[int] = []

            def heard(number: int) -> bool:
                said.extend(acknowledged(unit.hear(modem.read())))
                return number in said

            for number in range(6):
                frame = bytearray(unit.event(number + 1))
                for at in range(6, 6 + number):
                    frame[at] ^= 0x11
                    if frame[at] in (0xC0, 0xDB):
                        frame[at] ^= 0x03
                modem.send(bytes(frame) + bytes((105,)))
                until(lambda number=number: heard(number), f"the acknowledgement of {number}")  # type: ignore[misc]
            (path,) = ask(station, "/v1/paths")["paths"]
            assert (path["level"], path["low"], path["loss"]) == (-105.0, True, 0.0)
            assert 0 < path["quality"] < 1
            (channel,) = ask(station, "/v1/status")["radio"]
            assert channel["counts"]["accepted"] == 6
            assert channel["counts"]["repaired"] >= 10
            assert channel["counts"]["acks"] == 6
            assert channel["own"] > 0
            (alarm,) = ask(station, "/v1/alarms")["alarms"]
            assert "radio.level.low" in [one["code"] for one in alarm["conditions"]]
            table = ptsn("paths", "-c", station.config).stdout
            assert "LEVEL" in table
            assert "-105 dBm LOW" in table
            assert "0 %" in table
            assert "authentic 6" in ptsn("status", "-c", station.config).stdout
            (first,) = [one for one in station.export() if one["number"] == "001"]
            explained = ask(station, f"/v1/entries/{first['id']}/explanation")
            ids = [part["id"] for layer in explained["layers"] for part in layer["parts"]]
            assert "radio.counter" in ids
            assert ids[-1] == "radio.contact-id"
        assert [zone for _, _, zone in signals(station)] == [f"{zone:03d}" for zone in range(1, 7)]
        with station:
            low = [one for one in entries(station) if one["code"] == "radio.level.low"]
            modem.send(unit.event(7) + bytes((105,)))
            until(lambda: heard(6), "the acknowledgement")
            assert [one for one in entries(station) if one["code"] == "radio.level.low"] == low
    finally:
        modem.close()
