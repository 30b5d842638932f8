"""``ptsn fleet`` as a process of its own against a receiver on a real socket."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from panels.fleet_commands import USAGE
from tests.panels.fake import PATIENCE_S, receiving
from tests.support.station import StationProcess, ptsn

FLEET = [sys.executable, "-m", "ptsn", "fleet"]


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)


def environment(tmp_path: Path) -> dict[str, str]:
    """With a state folder of the test's own."""
    return {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Until it ends by itself."""
    return subprocess.run(
        [*FLEET, *arguments], capture_output=True, text=True, timeout=60, check=False, env=environment(tmp_path)
    )


def test_a_fleet_for_some_seconds_ends_by_itself(tmp_path: Path) -> None:
    """Exit code 0, the numbers on standard error, nothing on standard output."""
    with receiving() as receiver:
        done = run(tmp_path, *("--to", receiver.target, "--schools", "2", "--speed", "5000", "--for", "1s"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "fleet: 2 panels" in done.stderr
    assert {seen.address for seen in receiver.seen} == {"L0#7001", "L0#7002"}


def test_two_fleets_one_after_the_other_repeat_no_number(tmp_path: Path) -> None:
    """Else a station would take the second one's messages for repeats of the first's."""
    with receiving() as receiver:
        for _ in range(2):
            run(tmp_path, *("--to", receiver.target, "--schools", "1", "--speed", "20000", "--for", "1s"))
    numbers = [seen.sequence for seen in receiver.seen if seen.token != "NULL"]
    assert len(numbers) > 2
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_fleet_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    """The connections close, the last numbers are told, no traceback."""
    with receiving() as receiver:
        arguments = ["--to", receiver.target, "--schools", "2", "--speed", "5000"]
        running = subprocess.Popen(
            [*FLEET, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(tmp_path)
        )
        wait_for(lambda: len(receiver.seen) > 2)
        running.send_signal(how)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 0, err
    assert "fleet: 2 panels" in err
    assert "Traceback" not in err
    assert out == ""


def test_the_accounts_list_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    """It holds the keys of the fleet."""
    path = tmp_path / "accounts.csv"
    with receiving() as receiver:
        arguments = ["--to", receiver.target, "--schools", "30", "--speed", "0.001", "--for", "0.3s"]
        run(tmp_path, *arguments, "--accounts-csv", str(path))
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 30
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_zones_list_has_the_zones_of_every_school(tmp_path: Path) -> None:
    """With their names in three languages, as the station imports them beside the accounts."""
    accounts, zones = tmp_path / "accounts.csv", tmp_path / "zones.csv"
    with receiving() as receiver:
        arguments = ["--to", receiver.target, "--schools", "3", "--speed", "0.001", "--for", "0.3s"]
        run(tmp_path, *arguments, "--accounts-csv", str(accounts), "--zones-csv", str(zones))
    config = StationProcess(tmp_path / "station").config
    ptsn("accounts", "import", accounts, "-c", config)
    imported = ptsn("zones", "import", zones, "-c", config)
    rows = json.loads(ptsn("zones", "list", "--json", "-c", config).stdout)
    assert imported.stdout == f"added {len(rows)}, changed 0, removed 0\n"
    assert imported.stderr == ""
    assert {row["account_key"] for row in rows} == {"L0#7001", "L0#7002", "L0#7003"}
    assert all(row["name"] and row["name_ru"] and row["name_kk"] for row in rows)
    assert "Panic button, guard post" in {row["name"] for row in rows}


@pytest.mark.parametrize("option", ["--accounts-csv", "--zones-csv"])
def test_a_list_that_is_there_already_is_not_overwritten(tmp_path: Path, option: str) -> None:
    """And the other one is not begun; the fleet does not start."""
    there = tmp_path / "there.csv"
    there.write_text("mine")
    other = {"--accounts-csv": "--zones-csv", "--zones-csv": "--accounts-csv"}[option]
    with receiving() as receiver:
        arguments = ["--to", receiver.target, "--for", "1s", option, str(there), other, str(tmp_path / "new.csv")]
        done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert option in done.stderr
    assert f"{there} is there already; name another file, or remove it" in " ".join(done.stderr.split())
    assert there.read_text() == "mine"
    assert not (tmp_path / "new.csv").exists()
    assert receiver.seen == []


def test_a_fleet_that_nobody_heard_ends_with_1(tmp_path: Path) -> None:
    """And says why."""
    with receiving() as receiver:
        target = receiver.target
    done = run(tmp_path, *("--to", target, "--schools", "1", "--for", "3s"))
    assert done.returncode == 1
    assert "nothing was acknowledged" in done.stderr
    assert "Traceback" not in done.stderr


def test_commands_raise_alarms_and_their_end_does_not_end_the_fleet(tmp_path: Path) -> None:
    """Answers on standard output, one after the other; then --for ends it."""
    lines = "incidents\nalarm 7001 panic\n\nalarm 7001 flood\nrestore 7001 panic\nlist"
    with receiving() as receiver:
        done = subprocess.run(
            [*FLEET, "--to", receiver.target, "--schools", "2", "--speed", "0.001", "--for", "1s", "--commands"],
            input=lines,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment(tmp_path),
        )
        contents = [seen.content.decode().partition("]")[0] for seen in receiver.seen if seen.token != "NULL"]
    assert done.returncode == 0, done.stderr
    assert contents == ["#7001|1120 03 021", "#7001|3120 03 021"]
    ends = [line for line in done.stdout.splitlines() if not line.startswith("  ")]
    assert [line.split()[0] for line in ends] == ["ok", "ok", "error:", "ok", "ok"]
    assert "'flood' is no incident; allowed: panic, fire" in ends[2]
    assert "  7002 Sample Gymnasium No. 2" in done.stdout


def test_the_documentation_names_every_command() -> None:
    """And none that is not there."""
    page = (Path(__file__).parents[2] / "docs" / "panels.md").read_text()
    table = page.partition("| command of a fleet |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall(r"`(\w+)", row.partition(" | ")[0])}
    assert named == set(USAGE)


def test_a_fleet_goes_on_when_whoever_commands_it_is_gone(tmp_path: Path) -> None:
    """Nobody reads the answers any more, and nothing is commanded any more."""
    with receiving() as receiver:
        arguments = ["--to", receiver.target, "--schools", "2", "--speed", "5000", "--commands"]
        running = subprocess.Popen(
            [*FLEET, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(tmp_path / "err").open("w"),
            text=True,
            env=environment(tmp_path),
        )
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write("list\n")
        running.stdin.flush()
        running.stdout.readline()
        running.stdout.close()
        running.stdin.write("list\n" * 50)
        running.stdin.close()
        seen = len(receiver.seen)
        wait_for(lambda: len(receiver.seen) > seen + 2)
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0, (tmp_path / "err").read_text()
    assert "Traceback" not in (tmp_path / "err").read_text()


@pytest.mark.parametrize(
    "arguments",
    [["--for", "soon"], ["--for", "0s"], ["--speed", "0"], ["--schools", "0"], ["--to", "nowhere"]],
)
def test_wrong_use_ends_with_2(tmp_path: Path, arguments: list[str]) -> None:
    """Before anything is sent."""
    done = run(tmp_path, "--to", "tcp:127.0.0.1:9", *arguments)
    assert done.returncode == 2, done.stderr
    assert arguments[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_receiver_the_tables_are_written_and_nothing_is_sent(tmp_path: Path) -> None:
    """So that the accounts are there before the first contact. Without a table to write the receiver is missing."""
    file = tmp_path / "schools.csv"
    done = run(tmp_path, "--schools", "3", "--accounts-csv", str(file))
    assert done.returncode == 0, done.stderr
    assert len(file.read_text(encoding="utf-8").splitlines()) == 4
    for arguments in ([], ["--accounts-csv", str(tmp_path / "x.csv"), "--for", "1s"]):
        done = run(tmp_path, *arguments)
        assert done.returncode == 2
        assert "--to is missing" in done.stderr
    assert not (tmp_path / "x.csv").exists()


def test_a_fleet_offers_the_protocols_it_can_speak_and_hints_like_a_panel() -> None:
    """None is offered and then refused; where nobody answered, what to look at is said."""
    help_ = ptsn("fleet", "--help").stdout
    assert "mx8000" not in help_
    assert "osborne" not in help_
    assert ptsn("fleet", "--to", "tcp:127.0.0.1:9", "--protocol", "mx8000", check=False).returncode == 2
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        to = f"tcp:127.0.0.1:{deaf.getsockname()[1]}"
        words = ("--protocol", "surgard", "--schools", "6", "--speed", "3000", "--for", "2s")
        done = ptsn("fleet", "--to", to, *words, check=False)
    assert done.returncode == 1
    assert "Does the other side speak surgard?" in done.stderr
