"""A demo, an exercise and a live station never get mixed up; a full disk and a clock that jumps are noticed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from twisted.logger import Logger

from protocols.model import Moment
from receiver.desk import Checkpoint, encode_checkpoint
from receiver.journal.entry import Body, EntryKind, rfc3339
from receiver.journal.reader import JournalReader
from receiver.journal.schema import JournalError
from receiver.journal.store import Group, JournalStore
from receiver.startup import DESK, check_mode, read_back
from tests.support import frames
from tests.support import station as support
from tests.support.station import StationProcess, ptsn, talk, until

OLD_JOURNAL = Path(__file__).parents[1] / "receiver" / "databases" / "journal-1.sqlite"

OTHER_CLOCK = """
import pathlib, sys
import receiver.clocks, receiver.station
from protocols.model import Moment
real, steps = receiver.station.this_moment, pathlib.Path(sys.argv.pop(1))
def stepped():
    now = real()
    return Moment(now.wall + float(steps.read_text() or 0), now.mono)
receiver.clocks.this_moment = receiver.station.this_moment = stepped
from ptsn.cli import main
main()
"""
"""A station whose wall clock is set by writing into a file; all else of it is as it is."""


def status(station: StationProcess) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ptsn("status", "--json", "-c", station.config, check=False).stdout)
    return found


def refused(station: StationProcess) -> str:
    """Start it; it must not run. What it logs."""
    station.start(wait=False)
    assert station.process is not None
    assert station.process.wait(60) == 1
    station._close()
    return station.log.read_text()


def change(station: StationProcess, old: str, new: str) -> None:
    """Another setting."""
    station.config.write_text(station.config.read_text().replace(old, new))


def test_an_exercise_says_so_everywhere(tmp_path: Path) -> None:
    """In status, tail, the first entry of each run, and to the alert command."""
    said = tmp_path / "said"
    command = json.dumps(["/bin/sh", "-c", f"echo $PTSN_MODE > '{said}'"])
    more = f'mode = "exercise"\nalert_after_s = 0\nalert_command = {command}'
    with StationProcess(tmp_path / "s", more) as station:
        assert status(station)["mode"] == "exercise"
        assert ", EXERCISE" in ptsn("status", "-c", station.config, check=False).stdout
        assert ", УЧЕНИЕ" in ptsn("status", "--lang", "ru", "-c", station.config, check=False).stdout
        with station.connect() as panel:
            talk(panel, frames.cid(code="120"))
        until(lambda: said.exists() and said.read_text() == "exercise\n", "the alert")
        (first, *_) = station.export("--kind", "all")
        assert (first["code"], first["details"]["mode"]) == ("station.started", ["exercise"])


@pytest.mark.parametrize(("begun", "now"), [("demo", "live"), ("exercise", "demo"), ("live", "demo")])
def test_a_journal_stays_what_it_was_begun_as(tmp_path: Path, begun: str, now: str) -> None:
    """With another mode the station does not start, says why and what to do, and writes nothing."""
    station = StationProcess(tmp_path, f'mode = "{begun}"')
    with station:
        pass
    before = station.export("--kind", "all")
    change(station, f'mode = "{begun}"', f'mode = "{now}"')
    log = refused(station)
    assert f"is the journal of a station with mode = '{begun}', and station.mode is '{now}'" in log
    assert "set station.journal to another file" in log
    assert station.export("--kind", "all") == before
    change(station, f'mode = "{now}"', f'mode = "{begun}"')
    with station:
        pass


def test_a_journal_of_an_earlier_release_is_live(tmp_path: Path) -> None:
    """It says nothing of a mode."""
    station = StationProcess(tmp_path, 'mode = "demo"')
    shutil.copy(OLD_JOURNAL, tmp_path / "journal.db")
    assert "mode = 'live', and station.mode is 'demo'" in refused(station)
    change(station, 'mode = "demo"', "")
    with station:
        assert status(station)["mode"] == "live"


def test_a_journal_that_names_no_start_is_live(tmp_path: Path) -> None:
    """Whatever wrote it; an empty one is not begun yet."""
    path = tmp_path / "journal.db"
    store = JournalStore(path)
    with JournalReader(path) as reader:
        check_mode(reader, "demo")
        body = Body(kind=EntryKind.SIGNAL, node="n", received_at=rfc3339(1.8e9))
        store.commit([Group((body,), int(1.8e15))])
        check_mode(reader, "live")
        with pytest.raises(JournalError, match="mode = 'live'"):
            check_mode(reader, "demo")
    store.close()


def test_how_a_journal_was_begun_is_read_from_its_beginning_alone(tmp_path: Path) -> None:
    """However long it is: a start must not wait until all of it is read."""
    path = tmp_path / "journal.db"
    store = JournalStore(path)
    begun = Body(
        kind=EntryKind.STATION, node="n", received_at=rfc3339(1.8e9), code="station.started", details={"mode": ["demo"]}
    )
    signal = Body(kind=EntryKind.SIGNAL, node="n", received_at=rfc3339(1.8e9))
    store.commit([Group((body,), int(1.8e15)) for body in (begun, *[signal] * 20_000)])
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with JournalReader(path) as reader:
        reader._db.conn.set_progress_handler(count, 100)
        check_mode(reader, "demo")
    store.close()
    assert steps < 100


def test_a_disk_that_fills_up_is_an_alarm_until_it_recovers(tmp_path: Path) -> None:
    """Also over a restart, which does not tell it again."""
    station = StationProcess(tmp_path, "disk_low_mb = 100000000")
    with station:
        (alarm,) = json.loads(ptsn("alarms", "list", "--json", "-c", station.config).stdout)
        assert (alarm["code"], alarm["priority"], alarm["ringing"]) == ("disk.low", 2, True)
        shown = ptsn("status", "-c", station.config, check=False)
        assert shown.returncode == 3
        assert "little room on the journal's disk" in shown.stdout
        found = status(station)
        assert found["disk_low"]
        assert 0 < found["disk_free_bytes"] <= found["disk_total_bytes"]
        assert found["journal_bytes"] > 0
        assert "Мало места на диске" in ptsn("alarms", "list", "--lang", "ru", "-c", station.config).stdout
        ptsn("alarms", "seen", str(alarm["id"]), "-c", station.config)
    with station:
        assert [one["ringing"] for one in _alarms(station)] == [False]
    change(station, "disk_low_mb = 100000000", "disk_low_mb = 0")
    with station:
        assert [one["restored"] for one in _alarms(station)] == ["all"]
        assert ptsn("status", "-c", station.config).returncode == 0
    codes = [row["code"] for row in station.export("--kind", "all") if row["code"].startswith("disk.")]
    assert codes == ["disk.low", "disk.recovered"]


def _alarms(station: StationProcess) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ptsn("alarms", "list", "--json", "-c", station.config).stdout)
    return found


def test_an_alarm_is_not_lost_to_a_clock_that_is_behind_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The panel's counter begins anew with the power: the same number over the same event is stored, as a repeat."""
    steps = tmp_path / "steps"
    steps.write_text("0")
    monkeypatch.setattr(support, "PTSN", [sys.executable, "-c", OTHER_CLOCK, str(steps)])
    station = StationProcess(tmp_path / "s")
    alarm = frames.cid(code="120")
    for behind in (0, -3600):
        steps.write_text(str(behind))
        with station, station.connect() as connection:
            assert b'"ACK"' in talk(connection, alarm)
    monkeypatch.undo()
    rows = station.export("--kind", "all")
    stored = [row for row in rows if row["kind"] == "signal"]
    assert [row["repeat"] for row in stored] == [False, True]
    told = [row for row in rows if row["code"] == "clock.behind"]
    assert told[0]["priority"] == 2
    assert float(told[0]["details"]["behind_s"][0]) == pytest.approx(3600, abs=60)
    assert "behind the newest entry of the journal" in station.log.read_text()


def test_a_clock_of_long_ago_does_not_make_a_start_read_everything(tmp_path: Path) -> None:
    """All of the journal lies ahead of 1970; only what is young beside its newest entry is handed out."""
    path = tmp_path / "journal.db"
    store = JournalStore(path)
    body = Body(kind=EntryKind.SIGNAL, node="n", received_at=rfc3339(1.8e9))
    store.commit([Group((body,), int((1.8e9 + 100 * number) * 1e6)) for number in range(50)])
    desk = Checkpoint(51, (), 50)
    handed: list[int] = []
    with JournalReader(path) as reader:
        back = read_back(
            *(reader, {DESK: encode_checkpoint(desk).decode()}, 300.0, Moment(0.0, 5.0)),
            *(lambda entry: handed.append(entry.id), Logger()),
        )
    store.close()
    assert handed == [47, 48, 49, 50]
    assert back.behind_s == pytest.approx(1.8e9 + 4900)


def test_a_clock_that_jumps_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry of priority 3 says by how much, in the reader's language; status counts it."""
    steps = tmp_path / "steps"
    steps.write_text("0")
    monkeypatch.setattr(support, "PTSN", [sys.executable, "-c", OTHER_CLOCK, str(steps)])
    station = StationProcess(tmp_path / "s").start()
    monkeypatch.undo()
    try:
        assert status(station)["clock"] == {"jumps": 0, "last_jump_at": None, "last_jump_s": None}
        assert "no jump since the start" in ptsn("status", "-c", station.config).stdout
        steps.write_text("-5400")
        until(lambda: status(station)["clock"]["jumps"] == 1, "the jump")
        assert status(station)["clock"]["last_jump_s"] == pytest.approx(-5400, abs=0.5)
        assert "-1 ч 30 мин" in ptsn("status", "--lang", "ru", "-c", station.config).stdout
        (jump,) = until(lambda: [row for row in station.export("--kind", "all") if row["code"] == "clock.jumped"], "it")
        assert (jump["priority"], jump["text"]) == (3, "")
        assert float(jump["details"]["jump_s"][0]) == pytest.approx(-5400, abs=0.5)
        assert _alarms(station) == []
    finally:
        assert station.stop() == 0
