"""`ptsn panel` and `ptsn fleet` in line protocols against a real station: calling, called, over a serial line."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocols.wires import BY_NAME, WIRES
from ptsn.cli import main
from ptsn.commands.panel_given import PROTOCOLS
from tests.support.ports import Port
from tests.support.station import StationProcess, ptsn, until

SCRIPT = """
panic
expect acknowledged within 30s
quirk terminator=crlf deaf=1
fire
expect acknowledged within 30s
quirk off
raw S Nri1/BA2
expect acknowledged within 30s
"""


class Site:
    """A station with a port, a call of its own, and a serial line, and the other end of each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = int(taken.getsockname()[1])
        here, self.there = folder / "here", folder / "there"
        ends = [f"pty,raw,echo=0,link={end}" for end in (here, self.there)]
        self.cable = subprocess.Popen(["socat", *ends])
        until(lambda: here.exists() and self.there.exists(), "the serial line")
        folder.joinpath("station.toml").write_text(
            '[station]\nname = "Test"\nnode = "test"\n'
            '[[adapter]]\nname = "ip"\nprotocol = "surgard"\nlisten = ["tcp:0:interface=127.0.0.1"]\n'
            f'[[adapter]]\nname = "out"\nprotocol = "surgard"\nconnect = ["tcp:127.0.0.1:{self.port}"]\n'
            f'[[adapter]]\nname = "wire"\nprotocol = "surgard"\nconnect = ["serial:{here}:baudrate=9600"]\n'
            '[[adapter]]\nname = "galaxy"\nprotocol = "sia"\nlisten = ["tcp:0:interface=127.0.0.1"]\n'
        )
        self.station = StationProcess(folder).start()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command, with a state folder of the test's own."""
        return subprocess.run(
            [sys.executable, "-m", "ptsn", *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "XDG_STATE_HOME": str(self.folder / "state")},
        )

    def ip(self, number: int = 0) -> str:
        """Where the station listens."""
        return "tcp:{}:{}".format(*self.station.address("tcp", number))

    def events(self, adapter: str) -> list[dict[str, Any]]:
        """What came over it so far."""
        return [entry for entry in self.station.export() if entry["adapter"] == adapter and entry["kind"] == "signal"]

    def close(self) -> None:
        """Stop both."""
        self.station.stop()
        self.cable.terminate()
        self.cable.wait()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests of this file."""
    it = Site(tmp_path_factory.mktemp("site"))
    yield it
    it.close()


@pytest.mark.parametrize("way", ["ip", "out", "wire"])
def test_a_signal_reaches_the_station_whichever_way(site: Site, way: str) -> None:
    """Calling it, called by it, and over a serial line."""
    where = {
        "ip": ("--to", site.ip()),
        "out": ("--listen", f"tcp:{site.port}"),
        "wire": ("--to", f"serial:{site.there}:baudrate=9600"),
    }[way]
    words = ("--protocol", "surgard", "--account", "1234", "--code", "130", "--partition", "01", "--number", "015")
    done = site.run("panel", "send", *where, *words, "--receiver", "02", "--line", "3", "-v")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"-> 5023 181234E13001015\x14" in done.stdout
    assert "acknowledged: 1234 130 new\n" in done.stdout  # no number: the protocol has none
    last = site.events(way)[-1]
    assert (last["account"], last["code"], last["number"], last["receiver"]) == ("1234", "130", "015", "02")


def test_a_script_departs_from_the_protocol_and_returns(site: Site) -> None:
    """The station finds it, and nothing is lost; what is as urgent as a fire is there twice by its lost answer."""
    script = site.folder / "faults.txt"
    script.write_text(SCRIPT)
    done = site.run(
        *("panel", "run", "--to", f"serial:{site.there}:baudrate=9600", "--profile", "surgard-mlr2"),
        *("--account", "4321", "--no-link-tests", "--script", str(script)),
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    mine = [entry for entry in site.events("wire") if entry["account"] == "4321"]
    assert [entry["code"] for entry in mine] == ["120", "110", "110", "BA"]
    assert [entry["repeat"] for entry in mine] == [False, False, True, False]
    assert ["surgard.terminator.line-end" in str(entry["findings"]) for entry in mine] == [False, True, True, False]


def test_commands_from_a_pipe_wait_for_the_receiver_to_call(tmp_path: Path) -> None:
    """They would be over before anybody came; nothing fails for that."""
    command = ("panel", "run", "--listen", "tcp:0", "--profile", "surgard-mlr2000", "--account", "1234")
    with subprocess.Popen(
        [sys.executable, "-m", "ptsn", *command, "--timeout", "0.2", "--no-link-tests", "-v"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
    ) as panel:
        assert panel.stdin is not None
        assert panel.stdout is not None
        panel.stdin.write("link\n")
        panel.stdin.close()
        told = [panel.stdout.readline(), panel.stdout.readline()]
        assert any(line.startswith("waiting to be called on tcp:0") for line in told), told
        port = re.findall(r"called on 127\.0\.0\.1:(\d+)", "".join(told))[0]
        with socket.create_connection(("127.0.0.1", int(port)), timeout=60) as receiver:
            assert receiver.recv(100).endswith(b"\x14")
            receiver.sendall(b"\x06")
            rest = panel.stdout.read()
        assert panel.wait(60) == 0, rest
    assert "no path works" not in rest


def test_a_port_that_is_taken_says_what_to_do() -> None:
    """Who has it is found out with one command."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        words = ("panel", "run", "--account", "1234", "--profile", "surgard-mlr2000")
        done = ptsn(*words, "--listen", f"tcp:{taken.getsockname()[1]}", check=False)
    assert done.returncode == 1
    assert "give another port" in done.stderr


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (("--profile", "ajax-translator", "--listen", "tcp:0"), "calls the station itself: use --to"),
        (("--profile", "surgard-mlr2000", "--to", "tcp:127.0.0.1:1"), "is called by the station: use --listen"),
        (("--profile", "ajax-translator", "--to", "serial:/dev/null"), "reports over tcp"),
    ],
)
def test_a_panel_of_another_role_is_named_with_the_right_option(
    words: tuple[str, ...], note: str, tmp_path: Path
) -> None:
    """It goes on all the same."""
    state = ("--state", str(tmp_path / "n.json"))
    done = ptsn(
        *("panel", "send", "--account", "1234", "--link-test", "--timeout", "0.1", "--attempts", "1"),
        *(*state, *words),
        check=False,
    )
    assert f"note: a panel of profile {words[1]} {note}\n" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--protocol", "dc09"), "--quirk stamp_zone=ZONE"),
        (("--protocol", "ademco685"), "messages of ademco685 say no time"),
        (("--protocol", "sia", "--time-zone", "Asia/Nowhere"), "'Asia/Nowhere' is not known here"),
    ],
)
def test_a_clock_zone_that_cannot_be_is_refused(words: tuple[str, ...], said: str) -> None:
    """With what to do instead."""
    to = ("panel", "send", "--to", "tcp:127.0.0.1:1", "--account", "1234", "--code", "130")
    done = ptsn(*to, "--time-zone", "Asia/Almaty", *words, check=False)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_galaxy_tells_names_of_places(site: Site) -> None:
    """In a text of its own that the station adds to the event."""
    words = ("--profile", "galaxy", "--account", "012345", "--no-link-tests")
    script = site.folder / "galaxy.txt"
    script.write_text("trigger 21\nexpect acknowledged within 30s\n")
    done = site.run("panel", "run", "--to", site.ip(1), *words, "--script", str(script))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    entries = [entry for entry in site.station.export() if entry["adapter"] == "galaxy" and entry["account"]]
    assert {(entry["account"], entry["code"], entry["number"]) for entry in entries} == {("012345", "PA", "1021")}
    assert any("Panic button, guard post" in entry["text"] for entry in entries)


def test_a_fleet_reports_over_one_serial_line(site: Site) -> None:
    """All schools over one line, as a receiver hands them on."""
    done = site.run(
        *("fleet", "--to", f"serial:{site.there}:baudrate=9600", "--protocol", "surgard", "--schools", "6"),
        *("--speed", "3000", "--for", "2s"),
    )
    assert done.returncode == 0, done.stderr
    counted = re.search(r"(\d+) sent, (\d+) acknowledged, 0 refused, 0 given up", done.stderr.splitlines()[-1])
    assert counted is not None, done.stderr
    assert int(counted[2]) > 0
    assert {entry["account"] for entry in site.events("wire")} > {"1234", "4321"}


def test_the_quirks_of_a_protocol_are_listed() -> None:
    """Those of every protocol that can be named, without an account or an address."""
    assert set(PROTOCOLS) == set(BY_NAME)
    done = subprocess.run(
        [sys.executable, "-m", "ptsn", "panel", "send", "--protocol", "sia", "--list-quirks"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    listed = [line.split()[0] for line in done.stdout.splitlines()]
    assert listed[: len(WIRES["sia"].quirks)] == list(WIRES["sia"].quirks)
    assert listed[-4:] == ["pieces", "baud", "deaf", "spoil"]


TO = ("--to", "tcp:127.0.0.1:9")
ACCOUNT = ("--account", "1234", "--code", "130")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (ACCOUNT, "Missing option '--to', a receiver to call; or '--listen', a port that the receiver calls."),
        (TO, "Missing option '--account'."),
        ((*TO, "--listen", "tcp:5000", *ACCOUNT), "--to and --listen exclude each other"),
        (("--to", "serial:/dev/ttyUSB0", *ACCOUNT), "dc09 does not go over serial; it goes over tcp and udp"),
        (("--to", "udp:127.0.0.1:9", *ACCOUNT, "--protocol", "sia"), "sia does not go over udp; it goes over serial"),
        (("--listen", "udp:5000", *ACCOUNT), "only TCP can be called"),
        ((*TO, *ACCOUNT, "--protocol", "sia", "--profile", "ajax"), "a panel of profile ajax speaks dc09"),
        (
            (*TO, *ACCOUNT, "--protocol", "surgard", "--key", "00" * 16),
            "only DC-09 has it, and this panel speaks",
        ),
        ((*TO, *ACCOUNT, "--line", "1"), "DC-09 has none"),
        ((*TO, *ACCOUNT, "--protocol", "surgard", "--line", "12"), "line number '12' does not fit"),
        ((*TO, *ACCOUNT, "--protocol", "surgard", "--quirk", "crc=1"), "quirk 'crc' is not known with surgard; there"),
        ((*TO, *ACCOUNT, "--protocol", "surgard", "--quirk", "copies=9"), "copies 9: give 1 to 6"),
    ],
)
def test_wrong_use_is_explained(
    words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On one line, with exit code 2."""
    monkeypatch.setattr(sys, "argv", ["ptsn", "panel", "send", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in printed
    assert len(printed.splitlines()) == 1


def failed(tmp_path: Path, *words: str) -> str:
    """What is said of a signal that nobody acknowledged."""
    options = ("--account", "1234", "--code", "130", "--timeout", "0.2", "--attempts", "1")
    state = ("--state", str(tmp_path / "state"))
    done = ptsn("panel", "send", *words, *options, *state, check=False)
    assert done.returncode == 1
    return done.stderr


def test_a_silent_line_is_told_with_what_to_look_at(tmp_path: Path) -> None:
    """Cable, speed, protocol, a station that only listens, the role; never a key, which only DC-09 has."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        to = f"tcp:127.0.0.1:{silent.getsockname()[1]}"
        over_tcp = failed(tmp_path, "--to", to, "--protocol", "surgard")
        of_dc09 = failed(tmp_path, "--to", to)
        refused = f"tcp:127.0.0.1:{silent.getsockname()[1]}"
    with Port(tmp_path / "tty") as port:
        over_wire = failed(tmp_path, "--to", f"serial:{port.path}:baudrate=1200", "--protocol", "ademco685")
    for said in ("speak surgard", "else --listen", "listen_only", "ptsn tail --wire"):
        assert said in over_tcp
    for said in ("cable", "1200 8N1", "speaks ademco685", "listen_only", "ptsn tail --wire"):
        assert said in over_wire
    assert "wrong key" in of_dc09
    for said in ("key", "encryption"):
        assert said not in over_tcp + over_wire
    assert "right role? Else --listen" in failed(tmp_path, "--to", refused, "--protocol", "surgard")
    assert "role" not in failed(tmp_path, "--to", refused)
    assert "right role? Else --to" in failed(tmp_path, "--listen", "tcp:0", "--protocol", "surgard")


def test_a_text_that_the_code_page_lacks_is_refused_and_the_way_out_is_named(site: Site) -> None:
    """Nothing is sent in place of it; with the encoding named the text is what the station reads."""
    words = ("panel", "send", "--profile", "galaxy", "--to", site.ip(1), "--account", "7788", "--code", "BA")
    refused = site.run(*words, "--text", "Спортзал")
    assert refused.returncode == 1
    assert "--encoding cp866" in refused.stderr
    assert "acknowledged:" not in refused.stdout
    assert site.run(*words, "--text", "Спортзал", "--encoding", "cp866").returncode == 0
    mine = [entry for entry in site.station.export() if entry["account"] == "7788"]
    assert [entry["kind"] for entry in mine] == ["signal", "amendment"]
