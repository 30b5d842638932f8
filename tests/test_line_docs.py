"""Pages of ``docs/connect`` on receivers, software and panels that do not speak DC-09: their settings load, their bytes
are read and answered as they say, and their commands run between a real station and a real sender."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from protocols.model import Arrival, ArrivalKind
from receiver.settings import load
from tests.interop.document import Line
from tests.support.station import StationProcess, until
from tests.test_connect_docs import DC09, PANELS, blocks, code, commands, table, tables
from tests.test_protocol_docs import hear

RADIO = [page for page in PANELS if 'protocol = "radio"' in page.read_text(encoding="utf-8")]
"""Pages of radio modems: ``tests/interop/test_radio_*.py`` run what they say."""
PAGES = [page for page in PANELS if page not in (*DC09, *RADIO)]
WIRING = "Wiring"
AT = ("At the panel", "At the receiver")
REST = ["What to expect", "Known quirks", "When it does not work"]
SERIAL = re.compile(r"serial:/dev/\w+")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def settings(page: Path) -> list[str]:
    """The lines for ``station.toml`` that a page has."""
    return blocks(page, "toml")


def speaks(page: Path) -> tuple[str, str]:
    """Protocol and edge of the first of them."""
    adapter = tomllib.loads(settings(page)[0])["adapter"][0]
    return adapter["protocol"], adapter.get("edge", "")


def literal(text: str) -> bytes:
    """Bytes as they stand on a page."""
    return Line(True, text.replace("\\|", "|")).exact


@every_page
def test_a_page_has_its_sections(page: Path) -> None:
    """In the same order everywhere; wiring where there is a cable to make."""
    found = re.findall(r"^## (.*)$", page.read_text(encoding="utf-8"), re.M)
    assert found[0] == WIRING or "serial:" not in "".join(code(settings(page)[-1]))
    rest = found[found[0] == WIRING :]
    assert rest[0] == "At the station"
    assert rest[1] in AT
    assert rest[2:] == REST
    assert {each.section for each in tables(page)} == set(found) - {"At the station"}


@every_page
def test_the_settings_of_a_page_load(page: Path, tmp_path: Path) -> None:
    """Each block by itself; no device is opened."""
    assert settings(page)
    for number, text in enumerate(settings(page)):
        file = tmp_path / f"{number}.toml"
        file.write_text(text)
        assert load(file).adapters


@every_page
def test_the_bytes_of_a_page_are_answered_as_it_says(page: Path) -> None:
    """The whole block is one connection: account blocks hold for what follows."""
    (block,) = blocks(page)
    lines = [(line[:3], literal(line[3:])) for line in block.splitlines()]
    assert [mark for mark, _ in lines] == ["-> ", "<- "] * (len(lines) // 2)
    said = b"".join(data for mark, data in lines if mark == "-> ")
    items, answers = hear(speaks(page)[0], said, speaks(page)[1])
    assert all(isinstance(item, Arrival) for item in items)
    assert answers == b"".join(data for mark, data in lines if mark == "<- ")


@every_page
def test_a_quirk_of_a_page_shows_in_its_example(page: Path) -> None:
    """And is read all the same."""
    for quirk, id_, example, _ in table(page, "Known quirks").rows:
        ids = [word for word in code(id_) if "." in word]
        assert ids or id_.startswith("none"), quirk
        for text in code(example):
            items, _ = hear(speaks(page)[0], literal(text), speaks(page)[1])
            arrivals = [item for item in items if isinstance(item, Arrival)]
            assert len(arrivals) == len(items), (quirk, items)
            assert any(item.kind is ArrivalKind.EVENT for item in arrivals), quirk
            assert set(ids) <= {finding.id for item in arrivals for finding in item.findings}, quirk
        assert code(example) or not ids, quirk


class Bench:
    """A station with the settings of a page on ports and lines of this machine."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.folder = folder
        self.ports: dict[str, str] = {}
        self.cable: subprocess.Popen[bytes] | None = None
        text = settings(page)[0]
        text = re.sub(r"tcp:\d+:interface=[\d.]+", lambda found: f"tcp:{self.port(found[0])}:interface=127.0.0.1", text)
        text = re.sub(r"tcp:192\.0\.2\.\d+:\d+", lambda found: f"tcp:127.0.0.1:{self.port(found[0])}", text)
        if SERIAL.search(re.sub(r"#.*", "", text)):
            ends = [folder / "here", folder / "there"]
            self.cable = subprocess.Popen(["socat", *(f"pty,raw,echo=0,link={end}" for end in ends)])
            until(lambda: all(end.exists() for end in ends), "the serial line")
            text = SERIAL.sub(f"serial:{ends[0]}", text)
        (folder / "station.toml").write_text(f'[station]\nname = "Test"\nnode = "test"\n{text}')
        self.station = StationProcess(folder)

    def port(self, endpoint: str) -> str:
        """A free port that stands for one of the page's."""
        number = re.findall(r"\d{4,5}", endpoint)[0]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return self.ports.setdefault(number, str(probe.getsockname()[1]))

    def run(self, command: str) -> None:
        """A command of the page, here."""
        command = command.replace("-c station/station.toml", f"-c {self.station.config}")
        command = re.sub(r"(?<=127\.0\.0\.1:)\d+|(?<=--listen tcp:)\d+", lambda found: self.ports[found[0]], command)
        command = SERIAL.sub(f"serial:{self.folder / 'there'}", command)
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(command)],
            env={**os.environ, "XDG_STATE_HOME": str(self.folder / "state")},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)

    def close(self) -> None:
        """Stop everything."""
        assert self.station.stop() == 0
        if self.cable is not None:
            self.cable.terminate()
            self.cable.wait()


@pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")
@every_page
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    """An account is entered; an alarm of it, sent by somebody of that brand, is in the journal."""
    bench = Bench(page, tmp_path)
    lines = [line for line in commands(page) if line.startswith(("ptsn accounts add", "ptsn panel send"))]
    account = re.findall(r"accounts add (\w+)", lines[0])[0]
    bench.station.start()
    try:
        for line in lines:
            bench.run(line)
        signals = [entry for entry in bench.station.export() if entry["kind"] == "signal"]
        assert {(entry["account"], entry["protocol"]) for entry in signals} == {(account, speaks(page)[0])}
        # A zone of the station that the sender does not have would make every alarm hours old.
        assert not [entry for entry in signals if entry["late"]]
    finally:
        bench.close()
