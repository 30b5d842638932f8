"""``ptsn zones``, and the names it gives wherever a zone is shown."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ptsn import cli
from receiver.lock import StationLock
from receiver.settings import load
from tests.support import frames
from tests.support.station import PTSN, StationProcess, ptsn, talk, until

ACCOUNTS = (
    "account,prefix,name,name_kk,address,time_zone\n1234,,School 12,12-мектеп,1 Sample St,Asia/Almaty\n77,5,,,,\n"
)
ZONES = "account;prefix;number;name;name_kk\n1234;;015;Gym, back door;Спортзал\n77;5;1;Hall;\n"

Shell = Callable[..., tuple[str, str]]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationProcess]:
    with StationProcess(tmp_path_factory.mktemp("zones"), accounts=ACCOUNTS) as running:
        yield running


@pytest.fixture
def alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs ``ptsn zones`` over a station that does not run; its output and errors."""
    config = StationProcess(tmp_path, accounts=ACCOUNTS).config

    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        assert cli.run(["zones", *arguments, "-c", str(config)]) == code
        shown = capsys.readouterr()
        return shown.out, shown.err

    return run


def test_names_are_imported_listed_exported_and_removed(alone: Shell, tmp_path: Path) -> None:
    """Without a station, in its database."""
    file = tmp_path / "zones.csv"
    file.write_text(ZONES, encoding="utf-8-sig")
    assert alone("import", str(file))[0] == "added 2, changed 0, removed 0\n"
    assert alone("list", "1234")[0].splitlines()[1].split() == ["1234", "015", "Gym,", "back", "door", "Спортзал"]
    assert [row["account_key"] for row in json.loads(alone("list", "--json")[0])] == ["1234", "L5#77"]
    exported = tmp_path / "again.csv"
    assert alone("export", "-o", str(exported)) == ("", "")
    assert alone("import", str(exported), "--replace")[0] == "added 0, changed 0, removed 0\n"
    assert alone("remove", "1234", "15")[0] == "removed 1234 15\n"
    assert alone("remove", "1234", "15", code=1)[1] == "ptsn: 1234 has no name for zone 15\n"
    assert alone("remove", "L5#77", "--all")[0] == "removed 1 of L5#77\n"
    assert alone("list")[1] == "no names of zones yet; import some with `ptsn zones import FILE.csv`\n"


def test_removing_an_account_says_what_went_with_it(
    alone: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, as other notes."""
    file = tmp_path / "zones.csv"
    file.write_text(ZONES)
    alone("import", str(file))
    assert cli.run(["accounts", "remove", "1234", "-c", str(tmp_path / "station.toml")]) == 0
    assert capsys.readouterr().err == "ptsn: note: 1234 is removed, and with it the names of its zones: 1\n"
    assert len(json.loads(alone("list", "--json")[0])) == 1


def test_a_bad_row_is_named_and_none_is_taken(alone: Shell, tmp_path: Path) -> None:
    """File, line, column, found and allowed; what only the database can judge, too."""
    file = tmp_path / "zones.csv"
    file.write_text("account,number,name\n1234,5,Gym\n1234,a b,Hall\n")
    assert alone("import", str(file), code=1)[1].splitlines() == [
        f"ptsn: {file}: nothing was imported; to be put right:",
        "line 3: number: found 'a b'; 1 to 8 letters and digits (a-z, 0-9) are allowed",
    ]
    file.write_text("account,number,name\n1234,5,Gym\n9,1,Hall\n")
    lines = alone("import", str(file), code=1)[1].splitlines()
    assert lines[0] == f"ptsn: {file}: nothing was imported; to be put right:"
    assert lines[1].startswith("line 3: account: there is no account 9; allowed: accounts that are entered")
    assert json.loads(alone("list", "--json")[0]) == []


def test_an_account_that_was_taken_for_another_is_noted(alone: Shell, tmp_path: Path) -> None:
    """On standard error, as other notes."""
    file = tmp_path / "zones.csv"
    file.write_text("account,number,name\n77,1,Hall\n")
    out, err = alone("import", str(file))
    assert out == "added 1, changed 0, removed 0\n"
    assert err == "ptsn: note: 77 was taken for L5#77, the only account of that number: 1 row\n"


def test_wrong_use_says_what_to_do(alone: Shell) -> None:
    """Nothing is removed by accident."""
    assert "give --all" in alone("remove", "1234", code=2)[1]
    assert "'1-2' is not an account" in alone("remove", "1-2", "5", code=2)[1]
    assert alone("list", "9", code=1)[1] == "ptsn: there is no account '9'\n"


def test_a_station_that_does_not_answer_keeps_others_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is held, the socket is not there: looking goes on, changing does not."""
    monkeypatch.setattr("ptsn.book.START_S", 0.1)
    config = StationProcess(tmp_path, accounts=ACCOUNTS).config
    with StationLock(load(config).lock):
        assert cli.run(["zones", "remove", "1234", "5", "-c", str(config)]) == 1
        assert "in use by a station" in capsys.readouterr().err
        assert cli.run(["zones", "list", "--json", "-c", str(config)]) == 0
    assert capsys.readouterr().out == "[]\n"


def test_a_zones_name_stands_beside_its_number(station: StationProcess, tmp_path: Path) -> None:
    """In the tail, the list of alarms, one alarm in full and the export; also names given while all that runs."""
    with (tmp_path / "tail").open("wb") as out:
        tail = subprocess.Popen([*PTSN, "tail", "--since", "0", "-c", str(station.config)], stdout=out)
    shown = tmp_path / "tail"
    with station.connect() as panel:
        talk(panel, frames.cid(code="130", number="015", sequence=1))
        until(lambda: "zone 015" in shown.read_text(), "the signal in the tail")
        assert "Gym" not in shown.read_text()
        file = tmp_path / "zones.csv"
        file.write_text(ZONES)
        assert ptsn("zones", "import", file, "-c", station.config).stdout == "added 2, changed 0, removed 0\n"
        until(lambda: "Names of zones changed" in shown.read_text(), "the change in the tail")
        talk(panel, frames.cid(code="131", number="015", sequence=2))
        until(lambda: "Gym, back door (zone 015)" in shown.read_text(), "the name in the tail")
    tail.terminate()
    tail.wait()

    (told,) = [row for row in station.export("--kind", "all") if row["code"] == "zones.changed"]
    assert (told["details"]["added"], told["details"]["accounts"]) == (["2"], ["1234", "L5#77"])
    assert "Спортзал (шлейф 015)" in ptsn("alarms", "list", "--lang", "kk", "-c", station.config).stdout

    table = ptsn("journal", "export", "--format", "csv", "--lang", "kk", "-c", station.config).stdout
    row = list(csv.DictReader(io.StringIO(table)))[-1]
    assert (row["site"], row["zone_name"]) == ("12-мектеп", "Спортзал")
    assert row["event"]
    assert "site" not in station.export()[-1]


def test_one_alarm_is_shown_in_full_also_when_it_is_closed(station: StationProcess, tmp_path: Path) -> None:
    """What, where, when by whose clock, who saw it, its newest entries; a name nobody checked is said to be that."""
    file = tmp_path / "zones.csv"
    file.write_text(ZONES)
    ptsn("zones", "import", file, "-c", station.config)
    with station.connect() as panel:
        talk(panel, frames.cid(code="110", number="015", sequence=20))
    (alarm,) = json.loads(ptsn("alarms", "list", "--json", "-c", station.config).stdout)
    number = str(alarm["id"])
    page = ptsn("alarms", "show", number, "-c", station.config).stdout
    assert "School 12, 1 Sample St" in page
    assert "Gym, back door (zone 015)" in page
    assert "nobody yet" in page
    assert "Fire alarm" in page.partition("newest entries:")[2]
    ptsn("alarms", "seen", number, "--operator", "Shift 2", "-c", station.config)
    ptsn("alarms", "close", number, "--note", "checked on site", "-c", station.config)
    closed = ptsn("alarms", "show", number, "--lang", "ru", "-c", station.config).stdout
    assert "Тревога закрыта" in closed
    assert "checked on site" in closed
    assert "Shift 2" in closed
    assert "имя не проверено" in closed
    told = json.loads(ptsn("alarms", "show", number, "--json", "-c", station.config).stdout)
    assert told["alarm"]["seen_unverified"] is True
    missing = ptsn("alarms", "show", "4711", "-c", station.config, check=False)
    assert (missing.returncode, missing.stderr) == (1, "ptsn: there is no alarm 4711\n")
