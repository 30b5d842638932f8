"""The real console in a real terminal, on a real station, with a panel that reports to it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.station import PTSN, StationProcess, ptsn
from tests.tui.tmux import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

ACCOUNTS = "account,name,name_ru\n1234,Sample School No. 12,Образцовая школа № 12\n"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[StationProcess]:
    """A station that knows a school."""
    with StationProcess(tmp_path / "station", accounts=ACCOUNTS) as running:
        yield running


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """An empty terminal."""
    with Terminal(tmp_path) as opened:
        yield opened


def command(station: StationProcess, *arguments: str) -> str:
    """The command line of a console; the shell says its exit code when it ends."""
    return shlex.join([*PTSN, "console", "-c", str(station.config), *arguments]) + "; echo ended: $?"


def send(station: StationProcess, *arguments: str) -> None:
    """Be the panel."""
    host, port = station.address()
    state = station.folder / "panel.json"
    ptsn("panel", "send", "--to", f"tcp:{host}:{port}", "--account", "1234", "--state", state, *arguments)


def test_an_alarm_appears_is_seen_is_closed_and_is_in_the_journal(station: StationProcess, terminal: Terminal) -> None:
    """From the panel's mouth to the operator's signature."""
    terminal.run(command(station, "--operator", "night shift"))
    terminal.wait_for("No unseen alarm")
    send(station, "--code", "110", "--partition", "01", "--number", "015")
    screen = terminal.wait_for("DANGER #")
    strip = next(line for line in screen.splitlines() if "DANGER #" in line)
    assert "Sample School No. 12" in strip
    assert "Fire alarm" in strip
    terminal.press("Space")
    terminal.wait_for("No unseen alarm")
    terminal.wait_for("◊ seen #")
    terminal.press("F8")
    terminal.wait_for("Close this alarm")
    terminal.press("Down")
    terminal.type("no fire, проверено")
    terminal.press("Enter")
    terminal.wait_for(": closed")
    done = {one["code"]: one for one in station.export("--kind", "all") if one["kind"] == "action" and one.get("alarm")}
    assert done["alarm.seen"]["operator"].startswith("night shift (")
    assert done["alarm.seen"]["unverified"] is True
    assert done["alarm.closed"]["operator"].startswith("night shift (")
    assert done["alarm.closed"]["note"].endswith("no fire, проверено")
    terminal.press("F10")
    terminal.wait_for("ended: 0")


def test_a_station_that_dies_and_comes_back(station: StationProcess, terminal: Terminal) -> None:
    """NO CONNECTION while it is away; then the console finds it again by itself, with what came meanwhile."""
    terminal.run(command(station, "--lang", "ru", "--page", "journal"))
    terminal.wait_for("все приняты")
    station.kill()
    assert "--:--:--" in terminal.wait_for("НЕТ СВЯЗИ")
    station.start()
    send(station, "--code", "120", "--partition", "01", "--number", "001")
    terminal.wait_for("УГРОЗА #")
    terminal.wait_gone("НЕТ СВЯЗИ")
    terminal.press("F10")
    screen = terminal.wait_for("Выйти из консоли?")
    assert "Непринятых тревог: 1" in screen
    terminal.press("Enter")
    terminal.wait_gone("Выйти из консоли?")
    terminal.press("F10")
    terminal.wait_for("Выйти из консоли?")
    terminal.press("Right", "Enter")
    terminal.wait_for("ended: 0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_the_terminal_is_whole(
    station: StationProcess, terminal: Terminal, number: signal.Signals
) -> None:
    """What is typed afterwards is seen, in the screen that was there before."""
    terminal.run(command(station))
    terminal.wait_for("No unseen alarm")
    os.kill(child(terminal), number)
    assert "No unseen alarm" not in terminal.wait_for("ended: 0")
    terminal.run("echo typed$((40 + 2))")
    screen = terminal.wait_for("typed42")
    assert "echo typed$((40 + 2))" in screen, "the terminal does not echo"


def test_ctrl_c_says_how_to_leave(station: StationProcess, terminal: Terminal) -> None:
    """Twice, it leaves."""
    terminal.run(command(station))
    terminal.wait_for("No unseen alarm")
    terminal.press("C-c")
    terminal.wait_for("Press F10 to leave")
    terminal.press("C-c")
    terminal.wait_for("ended: 0")


def child(terminal: Terminal) -> int:
    """The process that runs in the terminal's shell."""
    shell = terminal.tmux("list-panes", "-F", "#{pane_pid}").strip()
    found = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
    assert len(found) == 1, found
    assert re.search(rb"ptsn\0console", Path(f"/proc/{found[0]}/cmdline").read_bytes())
    return int(found[0])
