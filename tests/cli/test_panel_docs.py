"""docs/panels.md is true: its files are right, its commands run, its tables name what there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from panels import profiles
from panels.actions import ACTIONS, FLOW
from panels.script import parse
from tests.cli.test_radio_air import channel
from tests.support.station import PATIENCE_S, StationProcess, ptsn
from tests.test_docs import console_lines

PAGE = Path(__file__).parents[2] / "docs" / "panels.md"
FILES = dict(re.findall(r"`([\w.]+)`:\n\n```(?:toml|text)\n(.*?)```", PAGE.read_text(), re.DOTALL))


def test_the_files_of_the_page_can_be_read() -> None:
    """Profiles and scripts."""
    assert sorted(FILES) == ["evening.txt", "faults.txt", "mine.toml", "outage.txt", "radio.txt", "receiver.toml"]
    for name, text in FILES.items():
        if name.endswith(".toml"):
            profiles.read(text, "mine", name)
        else:
            assert parse(text)


def test_the_page_names_every_command_of_the_prompt() -> None:
    """And none that is not there."""
    table = PAGE.read_text().partition("| command |")[2].partition("\n\n")[0]
    cells = [re.split(r"(?<!\\)\|", row)[1] for row in table.splitlines() if "`" in row]
    named = {name for cell in cells for name in re.findall(r"`(\w+)[^`]*`", cell)}
    assert named == {*ACTIONS, *FLOW} - {"wait", "expect", "repeat"}


def test_the_commands_of_the_page_run(tmp_path: Path) -> None:
    """From the first to the last; only the ports are other ones."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    lines = console_lines(PAGE)
    assert len(lines) > 5
    folder = tmp_path / "station"
    folder.mkdir()
    port = '"tcp:0:interface=127.0.0.1"'
    (folder / "station.toml").write_text(
        '[station]\nname = "Test"\nnode = "test"\n'
        f'[[adapter]]\nname = "ip"\nprotocol = "dc09"\nlisten = [{port}, {port}]\n'
        f'[[adapter]]\nname = "receiver"\nprotocol = "surgard"\nlisten = [{port}]\n'
    )
    keys = tmp_path / "radio-keys.json"
    ptsn("radio", "key", "new", "9999", "--keys", keys, "--network", "0x0A01", "--to", tmp_path / "unit-9999.json")
    with ExitStack() as stack:
        _, (air,) = stack.enter_context(channel("--listen", "tcp:0"))
        with (folder / "station.toml").open("a") as settings:
            settings.write(
                f'[[adapter]]\nname = "air"\nprotocol = "radio"\nconnect = ["tcp:127.0.0.1:{air}"]\n'
                f'[adapter.radio]\nkeys = "{keys}"\n'
            )
        station = stack.enter_context(StationProcess(folder))
        for line in lines:
            command = line.replace("127.0.0.1:8001", f"127.0.0.1:{air}")
            for number, port in enumerate(("5000", "5001", "5002")):
                command = command.replace(f"127.0.0.1:{port}", f"127.0.0.1:{station.address('tcp', number)[1]}")
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE_S,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        entries = station.export()
    late = [(entry["code"], entry["late"]) for entry in entries if entry["account"] == "1234"]
    assert [entry["code"] for entry in entries if entry["protocol"] == "radio"] == ["130", "120", "110"]
    assert ("AT", True) in late
    assert ("PA", False) in late
