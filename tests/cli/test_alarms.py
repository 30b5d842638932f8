"""``ptsn alarms``."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import frames
from tests.support.station import StationProcess, ptsn, talk


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    with StationProcess(tmp_path_factory.mktemp("alarms"), accounts="account,name_kk\n1234,12-мектеп\n") as running:
        yield running


def test_an_alarm_is_listed_seen_and_closed(station: StationProcess) -> None:
    """In this order, and each action is in the journal with operator and note."""
    with station.connect() as panel:
        talk(panel, frames.cid(code="110", sequence=1))
    listed = ptsn("alarms", "list", "--lang", "kk", "-c", station.config).stdout
    assert "12-мектеп" in listed
    assert "Өрт" in listed
    number = str(json.loads(ptsn("alarms", "list", "--json", "-c", station.config).stdout)[0]["id"])

    early = ptsn("alarms", "close", number, "-c", station.config, check=False)
    assert early.returncode == 1
    assert "not seen yet" in early.stderr

    done = ptsn("alarms", "seen", number, "--operator", "Asel", "-c", station.config)
    assert done.stdout == f"alarm {number} seen by Asel ({pwd.getpwuid(os.geteuid()).pw_name}@socket)\n"
    ptsn("alarms", "close", number, "--note", "checked on site", "-c", station.config)
    assert "no alarm is open" in ptsn("alarms", "list", "-c", station.config).stderr

    actions = [entry for entry in station.export("--kind", "all") if entry["kind"] == "action"]
    assert [entry["code"] for entry in actions] == ["alarm.seen", "alarm.closed"]

    again = ptsn("alarms", "seen", number, "-c", station.config, check=False)
    assert again.returncode == 1
    assert "already closed" in again.stderr


def test_an_account_entered_while_its_alarm_is_open_keeps_that_alarm(station: StationProcess) -> None:
    """The restore, which comes under the account's own name, reaches it; a restart finds the same."""

    def alarms() -> list[tuple[str, str, str]]:
        listed = json.loads(ptsn("alarms", "list", "--json", "-c", station.config).stdout)
        return [(alarm["account"], alarm["account_key"], alarm["restored"]) for alarm in listed]

    with station.connect() as panel:
        talk(panel, frames.cid("4711", "110", sequence=10))
        assert alarms() == [("4711", "?L0#4711", "no")]
        ptsn("accounts", "add", "4711", "--name", "School 47", "-c", station.config)
        talk(panel, frames.cid("4711", "110", 3, sequence=11))
    assert alarms() == [("4711", "4711", "all")]
    assert station.stop() == 0
    station.start()
    assert alarms() == [("4711", "4711", "all")]
    number = str(json.loads(ptsn("alarms", "list", "--json", "-c", station.config).stdout)[0]["id"])
    ptsn("alarms", "seen", number, "-c", station.config)
    ptsn("alarms", "close", number, "-c", station.config)


def test_several_alarms_are_seen_at_once(station: StationProcess) -> None:
    """One action each."""
    with station.connect() as panel:
        talk(panel, frames.cid("2001", "110", sequence=2))
        talk(panel, frames.cid("2002", "110", sequence=3))
    numbers = [str(alarm["id"]) for alarm in json.loads(ptsn("alarms", "list", "--json", "-c", station.config).stdout)]
    assert len(ptsn("alarms", "seen", *numbers, "-c", station.config).stdout.splitlines()) == 2
    assert len(ptsn("alarms", "close", *numbers, "-c", station.config).stdout.splitlines()) == 2


def test_without_a_station_it_says_so(tmp_path: Path) -> None:
    """Exit 1, and what to do."""
    done = ptsn("alarms", "list", "-c", StationProcess(tmp_path).config, check=False)
    assert done.returncode == 1
    assert "ptsn serve" in done.stderr


def test_the_list_hides_nothing_that_joined_an_alarm(station: StationProcess) -> None:
    """The newest of what is unseen comes first; a restored panic alarm and the fire stand below, a line each."""
    with station.connect() as panel:
        talk(panel, frames.cid("8001", "120", number="003", sequence=1))
        talk(panel, frames.cid("8001", "110", number="007", sequence=2))
        talk(panel, frames.cid("8001", "110", number="007", sequence=3))
        talk(panel, frames.cid("8001", "120", 3, number="003", sequence=4))
    lines = ptsn("alarms", "list", "-c", station.config).stdout.splitlines()
    (at,) = [number for number, line in enumerate(lines) if "8001" in line]
    assert "Fire alarm ×2  zone 007, partition 01" in lines[at]
    assert "Panic alarm" in lines[at + 1]
    assert "zone 003" in lines[at + 1]
    assert "restored" in lines[at + 1]
    assert "Fire alarm" in lines[at + 2]
    assert "zone 007, partition 01  x2" in lines[at + 2]
