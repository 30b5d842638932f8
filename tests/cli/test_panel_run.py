"""``ptsn panel run`` as an installer or a trainer uses it: a process of its own, a real station, a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.panels.fake import Seen, ack, receiving, rsp
from tests.support.station import PATIENCE_S, StationProcess, until

RUN = [sys.executable, "-m", "ptsn", "panel", "run"]
KEY, NEW_KEY = bytes(range(16)), bytes(range(32, 48))


def environment(folder: Path) -> dict[str, str]:
    """With a state folder of the test's own."""
    return {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "TERM": "xterm", "PYTHONUNBUFFERED": "1"}


def run(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Until it ends by itself."""
    return subprocess.run(
        [*RUN, "--account", "1234", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env=environment(folder),
    )


def script(folder: Path, text: str) -> str:
    """A file with these lines."""
    path = folder / "script.txt"
    path.write_text(text)
    return str(path)


def target(station: StationProcess) -> str:
    """The address of a station."""
    host, port = station.address()
    return f"tcp:{host}:{port}"


def unused() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def signals(station: StationProcess) -> list[dict[str, Any]]:
    """What a panel said, as the journal has it."""
    return [entry for entry in station.export() if entry["kind"] == "signal"]


EVENING = """
# The caretaker leaves, somebody comes, and the guard disarms.
arm user 2
expect acknowledged within 20s
trigger 2
restore 2
panic
fire
power off
test
repeat 2
    tamper 3
    tamper 3 ok
end
disarm user 3
expect acknowledged within 20s
"""


@pytest.mark.parametrize("profile", ["strict-2013", "ajax", "trikdis", "chinese-gsm", "dahua", "satel"])
def test_a_script_is_acted_out_and_all_of_it_is_in_the_journal(tmp_path: Path, profile: str) -> None:
    """In order, once each, with exit code 0."""
    users = {"ajax": "user 501"}
    text = EVENING.replace("user 2", users.get(profile, "user 2")).replace("user 3", users.get(profile, "user 3"))
    with StationProcess(tmp_path / "station") as station:
        done = run(tmp_path, "--to", target(station), "--profile", profile, "--script", script(tmp_path, text))
        assert done.returncode == 0, done.stdout + done.stderr
        codes = [(entry["code"], entry["qualifier"]) for entry in signals(station)]
    if profile in ("strict-2013", "trikdis"):
        assert codes == [
            *(("401", "restore"), ("401", "restore"), ("130", "new"), ("130", "restore"), ("120", "new")),
            *(("110", "new"), ("301", "new"), ("602", "new"), *[("144", "new"), ("144", "restore")] * 2),
            *(("401", "new"), ("401", "new")),
        ]
    else:
        closing, opening = ("CQ", "OQ") if profile == "chinese-gsm" else ("CL", "OP")
        assert [code for code, _ in codes] == [
            *(closing, closing, "BA", "BH", "PA", "FA", "AT", "RP", "TA", "TR", "TA", "TR", opening, opening),
        ]
    assert "not acknowledged" not in done.stdout


def test_a_script_that_fails_names_its_line_and_ends_with_1(tmp_path: Path) -> None:
    """One line on standard error, no traceback."""
    with receiving(*[lambda seen: ack(seen, "DUH")] * 9) as receiver:
        path = script(tmp_path, "# a comment\n\npanic\nexpect acknowledged\n")
        done = run(tmp_path, "--to", receiver.target, "--no-link-tests", "--script", path)
    assert done.returncode == 1
    assert f"ptsn: {path}, line 4: acknowledged was expected, but this was refused" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_a_script_ends_with_2_before_anything_is_sent(tmp_path: Path) -> None:
    """With its line."""
    with receiving() as receiver:
        done = run(tmp_path, "--to", receiver.target, "--script", script(tmp_path, "panic\nfly\n"))
    assert done.returncode == 2
    assert "line 2: there is no command 'fly'" in done.stderr
    assert receiver.seen == []


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_a_dead_main_address_does_not_keep_events_from_the_station(tmp_path: Path, key: bytes | None) -> None:
    """They come over the backup, in order and once each; and the panel says so."""
    protected = f"1234,school,{key.hex()},required\n" if key is not None else "1234,school,,\n"
    with StationProcess(tmp_path / "station", accounts=f"account,name,key,encryption\n{protected}") as station:
        arguments = ["--to", f"tcp:127.0.0.1:{unused()}", "--backup", target(station), "--attempts", "2"]
        if key is not None:
            arguments += ["--key", key.hex()]
        path = script(tmp_path, "arm\ntrigger 2\npanic\nexpect acknowledged within 30s\n")
        done = run(tmp_path, *arguments, "--script", path)
        assert done.returncode == 0, done.stdout + done.stderr
        entries = signals(station)
    assert [entry["code"] for entry in entries] == ["401", "401", "130", "120"]
    assert len({entry["sequence"] for entry in entries}) == 4
    assert "the main path does not work" in done.stdout


def test_what_happens_during_an_outage_comes_late_in_order_and_once(tmp_path: Path) -> None:
    """The station is away, and comes back; what happened meanwhile is marked late, what follows is not."""
    port = unused()
    listen = (f"tcp:{port}:interface=127.0.0.1",)
    text = "arm\ntrigger 2\npanic\nfire\nexpect buffered within 30s\nexpect acknowledged within 60s\npower off\n"
    arguments = ["--account", "1234", "--to", f"tcp:127.0.0.1:{port}", "--profile", "strict-2021", "--retry", "0.3s"]
    with subprocess.Popen(
        [*RUN, *arguments, "--script", script(tmp_path, text)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
    ) as panel:
        assert panel.stdout is not None
        for line in panel.stdout:
            if "no path works" in line:
                break
        with StationProcess(tmp_path / "station", listen=listen) as station:
            rest = panel.stdout.read()
            assert panel.wait(PATIENCE_S) == 0, rest
            entries = signals(station)
    assert [(entry["code"], entry["late"]) for entry in entries] == [
        *(("CL", True), ("CL", True), ("BA", True), ("PA", True), ("FA", True), ("AT", False)),
    ]
    assert not any(entry["repeat"] for entry in entries)


def test_commands_from_a_pipe_are_done_and_waited_for(tmp_path: Path) -> None:
    """Without a prompt; a line that cannot be done is told, the others are done, and the exit code is 1."""
    with receiving() as receiver:
        good = run(tmp_path, "--to", receiver.target, stdin="arm 1\npanic\n")
        bad = run(tmp_path, "--to", receiver.target, stdin="arm 7\npanic")
    assert (good.returncode, bad.returncode) == (0, 1), good.stdout + bad.stdout
    assert "panel>" not in good.stdout
    assert good.stdout.count("acknowledged: ") == 2
    assert "error: line 1: partition 7 cannot be armed" in bad.stdout
    assert bad.stdout.count("acknowledged: ") == 1


@pytest.mark.parametrize("state", [True, False], ids=["state", "no-state"])
def test_a_key_that_the_receiver_changed_survives_a_restart_with_a_state_file(tmp_path: Path, state: bool) -> None:
    """In a file for its owner alone; without --state it is forgotten."""
    arguments = [
        "--key",
        KEY.hex(),
        "--profile",
        "strict-2021",
        "--no-link-tests",
        "--timeout",
        "0.3",
        "--attempts",
        "1",
    ]
    if state:
        arguments += ["--state", str(tmp_path / "numbers.json")]

    def change(seen: Seen) -> bytes:
        answer = rsp(seen, fields=f"[K{NEW_KEY.hex()}]")
        receiver.key = NEW_KEY
        return answer

    with receiving(change, key=KEY) as receiver:
        first = run(tmp_path, "--to", receiver.target, *arguments, stdin="panic\nexpect acknowledged\nfire\n")
        assert first.returncode == 0, first.stdout
        seen = len(receiver.seen)
        if not state:
            receiver.key = KEY
        second = run(tmp_path, "--to", receiver.target, *arguments, stdin="panic\n")
        assert second.returncode == 0, second.stdout
    assert "the receiver changed the key" in first.stdout
    assert receiver.seen[seen].data.startswith("#1234|N")
    file = tmp_path / "numbers.json.keys"
    assert file.exists() is state
    if state:
        assert file.stat().st_mode & 0o777 == 0o600
    for done in (first, second):
        assert NEW_KEY.hex() not in (done.stdout + done.stderr).lower()


class Terminal:
    """The command at a terminal."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.screen = b""
        self.all = b""
        """Everything that was ever written."""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [*RUN, "--account", "1234", *arguments], environment(folder))

    def wait_for(self, text: bytes) -> None:
        """Until it stands on the screen, behind everything waited for before."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.screen:
            assert time.monotonic() < deadline, self.screen
            if select.select([self.fd], [], [], 0.1)[0]:
                data = os.read(self.fd, 65_536)
                self.screen += data
                self.all += data
        self.screen = self.screen.partition(text)[2]

    def type(self, text: bytes) -> None:
        """Keys."""
        os.write(self.fd, text)

    def end(self) -> int:
        """Read until it is gone; its exit code."""
        try:
            while data := os.read(self.fd, 65_536):
                self.screen += data
                self.all += data
        except OSError:
            pass
        assert termios.tcgetattr(self.fd)[3] & (termios.ECHO | termios.ICANON) == termios.ECHO | termios.ICANON
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_the_prompt_is_not_torn_by_what_comes_in_between(tmp_path: Path) -> None:
    """A half typed line is written again below, and can be finished; Ctrl-D ends."""
    with receiving() as receiver:
        terminal = Terminal(tmp_path, "--to", receiver.target, "--link-test", "0.5s", "-v")
        terminal.wait_for(b"panel> ")
        terminal.type(b"pan")
        terminal.wait_for(b"panel> pan\r\x1b[J-> ")
        terminal.wait_for(b"panel> pan")
        terminal.type(b"ic\r")
        terminal.wait_for(b"acknowledged: 120 new Panic alarm, partition 04, zone 021")
        terminal.wait_for(b"panel> ")
        terminal.type(b"nonsense\r")
        terminal.wait_for(b"error: there is no command 'nonsense'")
        terminal.type(b"\x04")
        assert terminal.end() == 0


@pytest.mark.parametrize("how", ["key", "signal"])
def test_ctrl_c_ends_the_prompt_cleanly(tmp_path: Path, how: str) -> None:
    """Also while a path is being tried; no traceback, the terminal as it was."""
    with receiving(*[lambda seen: b""] * 99) as receiver:
        terminal = Terminal(tmp_path, "--to", receiver.target)
        terminal.wait_for(b"panel> ")
        terminal.type(b"panic\r")
        terminal.wait_for(b"sending: ")
        if how == "key":
            terminal.type(b"\x03")
        else:
            os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.end() == 130
    assert b"not sent: 120 new Panic alarm" in terminal.screen
    assert b"Traceback" not in terminal.screen


@pytest.mark.parametrize("keys", [b"quit\r", b"exit\r", b"\x04"], ids=["quit", "exit", "ctrl-d"])
@pytest.mark.parametrize("answered", [True, False], ids=["answered", "silent"])
def test_whoever_leaves_the_prompt_waits_for_answers_as_long_as_an_attempt_takes(
    tmp_path: Path, keys: bytes, answered: bool
) -> None:
    """And the exit code says whether they came."""
    asked = threading.Event()

    def silent(seen: Seen) -> bytes:
        return b""

    def slow(seen: Seen) -> bytes:
        asked.wait(PATIENCE_S)
        return ack(seen)

    with receiving(slow if answered else silent, *[silent] * 9) as receiver:
        patience = "60" if answered else "1"
        terminal = Terminal(tmp_path, "--to", receiver.target, "--no-link-tests", "--timeout", patience)
        terminal.wait_for(b"panel> ")
        terminal.type(b"panic\r")
        terminal.wait_for(b"sending: ")
        terminal.wait_for(b"panel> ")  # before it is drawn the terminal itself would take Ctrl-D
        terminal.type(keys)
        terminal.wait_for(f"waiting for 1 answer, up to {patience} second".encode())
        asked.set()
        assert terminal.end() == (0 if answered else 1)
    if answered:
        assert b"acknowledged: 120 new" in terminal.screen
        assert b"error" not in terminal.screen
    else:
        assert b"error: acknowledged was expected within 1 second of the end, but nobody answered: 120 new" in (
            terminal.screen
        )
        assert b"is this the receiver's address, and does it know the account?" in terminal.screen
        assert b"no answer seen: 120 new" in terminal.screen


def test_ctrl_c_while_leaving_ends_at_once(tmp_path: Path) -> None:
    """Nobody has to wait."""
    with receiving(*[lambda seen: b""] * 9) as receiver:
        terminal = Terminal(tmp_path, "--to", receiver.target, "--no-link-tests", "--timeout", "600")
        terminal.wait_for(b"panel> ")
        terminal.type(b"panic\rquit\r")
        terminal.wait_for(b"waiting for 1 answer")
        terminal.type(b"\x03")
        assert terminal.end() == 130


def test_the_prompt_stays_whole_while_much_is_told(tmp_path: Path) -> None:
    """What is told and what readline draws never share a line, however fast both come."""
    with receiving() as receiver:
        terminal = Terminal(tmp_path, "--to", receiver.target, "--no-link-tests")
        terminal.wait_for(b"panel> ")
        for turn in range(30):
            terminal.type(b"site\rpanic\rshow\r")
            terminal.wait_for(b"main path to ")
            if turn % 3 == 0:
                terminal.type(b"repeat 20\rtest\rend\r")
        terminal.type(b"quit\r")
        assert terminal.end() == 0
    for row in shown(terminal.all):
        if row and "panel> ".endswith(row):
            continue  # keys typed ahead are echoed by the terminal itself, also over an empty prompt
        told = row.removeprefix("panel> ")
        assert "panel>" not in told, row
        assert re.match(TOLD if told == row else TYPED, told), row


TYPED = "(site|panic|show|repeat 20|test|end|quit)*$"
TOLD = (
    r"(partition \d|zone \d|user \d|main path to |sending: |acknowledged: |waiting: |warning: |waiting for "
    r"|(site|panic|show|repeat 20|test|end|quit)*$)"
)


def shown(data: bytes) -> list[str]:
    """The rows on a wide screen. Of the terminal's commands only those that the prompt uses are known."""
    rows = [""]
    column = 0
    for part in re.findall(r"\x1b\[\??\d*[a-zA-Z]|.", data.decode(), re.DOTALL):
        if part == "\n":
            rows.append("")
            column = 0
        elif part == "\r":
            column = 0
        elif part in ("\x1b[J", "\x1b[K"):
            rows[-1] = rows[-1][:column]
        elif part == "\b":
            column -= 1
        elif part.isprintable() and len(part) == 1:
            rows[-1] = rows[-1][:column].ljust(column) + part + rows[-1][column + 1 :]
            column += 1
    return rows


def test_a_wait_at_the_prompt_says_until_when(tmp_path: Path) -> None:
    """With the time of day in front of each line, if wanted."""
    with receiving() as receiver:
        terminal = Terminal(tmp_path, "--to", receiver.target, "--no-link-tests", "--times")
        terminal.wait_for(b"panel> ")
        terminal.type(b"wait 2s\rdrift 20\r")
        terminal.wait_for(b" waiting until ")
        terminal.wait_for(b"what is typed meanwhile is done after it")
        terminal.wait_for(b" the panel's clock gains 20 seconds a day")
        terminal.type(b"\x04")
        assert terminal.end() == 0
    assert re.search(rb"[\nJ]\d\d:\d\d:\d\d\.\d{3} the panel's clock gains", terminal.all)


def test_what_follows_a_quit_in_a_pipe_is_told(tmp_path: Path) -> None:
    """Not dropped in silence."""
    with receiving() as receiver:
        done = run(tmp_path, "--to", receiver.target, "--no-link-tests", stdin="panic\nquit\nfire\n")
    assert done.returncode == 1
    assert "error: line 3: this would never be done" in done.stdout
    assert len(receiver.seen) == 1


def test_ctrl_c_ends_a_script_with_130(tmp_path: Path) -> None:
    """It was not done to its end."""
    with receiving() as receiver:
        path = script(tmp_path, "panic\nexpect acknowledged\nwait 1h\n")
        with subprocess.Popen(
            [*RUN, "--account", "1234", "--to", receiver.target, "--script", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(tmp_path),
        ) as panel:
            until(lambda: any(seen.token == "ADM-CID" for seen in receiver.seen), "the panic")
            panel.send_signal(signal.SIGINT)
            _, err = panel.communicate(timeout=PATIENCE_S)
    assert panel.returncode == 130
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--profile", "acme"], "there is no profile 'acme'"),
        (["--profile", "nowhere.toml"], "nowhere.toml"),
        (["--profile", "eldes", "--account", "12345"], "--account"),
        (["--backup", "nowhere"], "--backup"),
        (["--script", "nowhere.txt"], "--script"),
        (["--clock", "fast"], "--clock"),
        (["--drift", "1x"], "--drift"),
        (["--link-test", "0"], "--link-test"),
        (["--pieces", "0"], "--pieces"),
    ],
)
def test_wrong_use_ends_with_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    """And names the option."""
    done = run(tmp_path, "--to", "tcp:127.0.0.1:9", *arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_profiles_are_listed_with_their_sources_and_shown_in_full() -> None:
    """And a file of one's own is checked."""

    def profiles(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "ptsn", "panel", "profiles", *arguments],
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    listed = profiles()
    assert "trikdis " in listed
    assert "crc = 'binary'" in listed
    assert "from: pysiaalarm issue 52" in listed
    shown = profiles("hikvision-ax")
    assert "quirk link_test_data: '#0000|0000 00 000' (clear)" in shown
    assert "edition: DC-09-2013\n    from: unproven" in shown


def test_send_speaks_like_a_brand(tmp_path: Path) -> None:
    """In its scheme, with its address and its quirks."""
    with StationProcess(tmp_path / "station") as station:
        arguments = ["--to", target(station), "--account", "8312", "--code", "BA", "--number", "3"]
        done = subprocess.run(
            [sys.executable, "-m", "ptsn", "panel", "send", *arguments, "--profile", "prosec", "--partition", "1"],
            capture_output=True,
            text=True,
            check=False,
            env=environment(tmp_path),
        )
        assert done.returncode == 0, done.stderr
        (entry,) = signals(station)
    assert (entry["code"], entry["number"], entry["partition"], entry["prefix"]) == ("BA", "3", "1", "000")
    assert set(entry["findings"]) == {"dc09.data.no-hash", "dc09.header.leading-zeros"}
    assert json.dumps(entry)


def test_a_script_of_repeats_without_any_waiting_can_be_interrupted(tmp_path: Path) -> None:
    """Its loops leave the reactor its turns."""
    with receiving() as receiver:
        path = script(tmp_path, "show\n" + "repeat 1000000\n" * 3 + "site\n" + "end\n" * 3)
        with subprocess.Popen(
            [*RUN, "--account", "1234", "--to", receiver.target, "--script", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(tmp_path),
        ) as panel:
            assert panel.stdout is not None
            panel.stdout.readline()
            panel.send_signal(signal.SIGINT)
            for _ in panel.stdout:
                pass
            assert panel.wait(PATIENCE_S) == 130
