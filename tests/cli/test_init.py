"""``ptsn init``."""

from __future__ import annotations

import re
import shlex
import stat
from pathlib import Path

import pytest

from ptsn import cli
from ptsn.commands.init import machine_zone
from receiver.accounts import ImportErrors, read_csv
from receiver.adapters.endpoints import Listen
from receiver.settings import load


def test_a_new_folder_holds_a_station_that_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings that load, on loopback; a list of accounts; private; and what to type next."""
    folder = tmp_path / "my station"
    assert cli.run(["init", str(folder)]) == 0
    settings = load(folder / "station.toml")
    assert settings.name == "my station"
    assert [listen for adapter in settings.adapters for listen in adapter.listen] == [
        Listen("tcp", 5000, "127.0.0.1"),
        Listen("udp", 5000, "127.0.0.1"),
    ]
    assert read_csv((folder / "accounts.csv").open("rb")) == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    commands = [shlex.split(line) for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert [command[1] for command in commands] == ["serve", "accounts", "panel"]
    assert commands[0][-1] == str(folder / "station.toml")


def test_every_default_that_the_file_shows_is_the_default(tmp_path: Path) -> None:
    """With the comments taken off the same station comes out, but for what has no default."""
    assert cli.run(["init", str(tmp_path)]) == 0
    path = tmp_path / "station.toml"
    shown = load(path)
    text = re.sub(r"^# (?=[a-z_]+ = )", "", path.read_text(), flags=re.MULTILINE)
    path.write_text(text)
    full = load(path)
    assert full.node == "north"
    assert full.alert_command
    for field in shown.__struct_fields__:
        if field not in ("node", "alert_command"):
            assert getattr(full, field) == getattr(shown, field), field


def test_the_example_of_a_serial_line_is_one(tmp_path: Path) -> None:
    """With its comments taken off it is a second adapter."""
    assert cli.run(["init", str(tmp_path)]) == 0
    path = tmp_path / "station.toml"
    path.write_text(re.sub(r"^#   ", "", path.read_text(), flags=re.MULTILINE))
    _, serial = load(path).adapters
    assert [str(one) for one in serial.connect] == ["serial:/dev/ttyUSB0:baudrate=9600:bytesize=8:parity=N:stopbits=1"]
    assert (serial.options.receiver, serial.control_s) == ("01", 90)


@pytest.mark.parametrize(
    ("arguments", "listen"),
    [
        (["--listen", "0.0.0.0"], Listen("tcp", 5000, "0.0.0.0")),
        (["--listen", "[::]"], Listen("tcp", 5000, "::")),
        (["--listen", "::1", "--port", "5001"], Listen("tcp", 5001, "::1")),
        (["--listen", "0.0.0.0:5001"], Listen("tcp", 5001, "0.0.0.0")),
        (["--listen", "[::1]:5001", "--port", "5001"], Listen("tcp", 5001, "::1")),
        (["--port", "12000"], Listen("tcp", 12000, "127.0.0.1")),
    ],
)
def test_the_address_is_taken_in_every_usual_form(tmp_path: Path, arguments: list[str], listen: Listen) -> None:
    """TCP and UDP on the same."""
    assert cli.run(["init", str(tmp_path), *arguments]) == 0
    (adapter,) = load(tmp_path / "station.toml").adapters
    assert adapter.listen == (listen, Listen("udp", listen.port, listen.interface))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--listen", "eth0"], "'eth0' is not an IP address"),
        (["--listen", "0.0.0.0:99999"], "the port is '99999'"),
        (["--listen", "0.0.0.0:1", "--port", "2"], "--listen names port 1 and --port 2"),
    ],
)
def test_a_wrong_address_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """Wrong use, exit code 2."""
    assert cli.run(["init", str(tmp_path / "new"), *arguments]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["station.toml", "accounts.csv"])
def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """One file there already, and neither is written."""
    (tmp_path / name).write_text("mine")
    assert cli.run(["init", str(tmp_path)]) == 1
    assert f"{tmp_path / name} is there already; nothing was changed" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_folder_name_of_any_letters_gives_a_valid_file(tmp_path: Path) -> None:
    """Quotes and braces in it break neither TOML nor the template."""
    folder = tmp_path / 'it\'s "{x}" \\ Школа'
    assert cli.run(["init", str(folder)]) == 0
    assert load(folder / "station.toml").name == "its x  Школа"


def test_replacing_accounts_by_the_empty_list_is_refused(tmp_path: Path) -> None:
    """The fresh accounts.csv has a header and no rows."""
    from receiver.accounts.merge import merge

    assert cli.run(["init", str(tmp_path)]) == 0
    with pytest.raises(ImportErrors, match="there are no rows"):
        merge([], read_csv((tmp_path / "accounts.csv").open("rb")), replace=True)


def test_times_are_shown_in_the_machines_zone_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """TZ before /etc/localtime; what is asked for before both; UTC is never chosen silently."""
    monkeypatch.setenv("TZ", ":Asia/Almaty")
    assert cli.run(["init", str(tmp_path / "a")]) == 0
    assert load(tmp_path / "a" / "station.toml").time_zone == "Asia/Almaty"
    assert (
        "Times are shown in Asia/Almaty, as on this machine; to change that, set time_zone" in capsys.readouterr().out
    )
    assert cli.run(["init", str(tmp_path / "b"), "--time-zone", "Asia/Oral"]) == 0
    assert load(tmp_path / "b" / "station.toml").time_zone == "Asia/Oral"
    assert "Times are shown in Asia/Oral;" in capsys.readouterr().out
    monkeypatch.setenv("TZ", "XYZ-5")
    assert cli.run(["init", str(tmp_path / "c")]) == 0
    assert load(tmp_path / "c" / "station.toml").time_zone == "UTC"
    assert "UTC, for this machine does not tell its time zone" in capsys.readouterr().out
    assert cli.run(["init", str(tmp_path / "d"), "--time-zone", "Almaty"]) == 2
    assert "'Almaty' is no time zone, such as Asia/Almaty" in capsys.readouterr().err
    assert not (tmp_path / "d").exists()


def test_the_zone_of_a_machine_is_in_the_target_of_its_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of rules alone has no name."""
    monkeypatch.delenv("TZ", raising=False)
    link, copy = tmp_path / "localtime", tmp_path / "copy"
    link.symlink_to("/usr/share/zoneinfo/Asia/Almaty")
    copy.write_bytes(b"TZif2")
    assert machine_zone(link) in ("Asia/Almaty", "Asia/Qyzylorda")
    assert machine_zone(copy) == ""
    assert machine_zone(tmp_path / "none") == ""
