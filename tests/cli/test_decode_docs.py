"""``docs/decode.md`` is true: its commands print what it shows, and its tables name what there is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from protocols.capture import Format
from protocols.sia.blocks import Block, build
from ptsn.commands.decode import FORMATS, command
from tests.protocols.capture_support import Talk, ethernet, pcap
from tests.protocols.dc09_support import KEY, VECTORS

PAGE = (Path(__file__).parents[2] / "docs" / "decode.md").read_text(encoding="utf-8")
EVENT, ACK = VECTORS["S03"].frame, VECTORS["C23"].frame


def examples() -> list[tuple[str, list[str]]]:
    """Each command of the page, with the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that the page speaks of."""
    talk = Talk()
    packets = [*talk.open(), talk.says(EVENT[:30]), talk.says(EVENT[30:]), talk.hears(ACK), *talk.close()]
    (tmp_path / "capture.pcap").write_bytes(pcap([ethernet(packet) for packet in packets]))
    (tmp_path / "encrypted.bin").write_bytes(VECTORS["C05"].frame)
    (tmp_path / "panel.key").write_text(KEY.hex())
    (tmp_path / "other.key").write_text("ff" * 16)
    lines = [f"12:00:00 RX {EVENT.decode().strip()}", "12:00:00 stored", f"12:00:00 TX {ACK!r}"]
    blocks = [("#", b"012345"), ("N", b"ri1/BA1011"), ("A", b"+INBROTT        Hall"), ("0", b"")]
    (tmp_path / "blocks.hex").write_text(b"".join(build(Block(*block)) for block in blocks).hex(" "))
    (tmp_path / "receiver.log").write_text("\n".join(lines) + "\n")
    return tmp_path


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Whether the lines are the same, where ``...`` stands for any lines."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(agrees(shown[1:], printed[skipped:]) for skipped in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and agrees(shown[1:], printed[1:])


@pytest.mark.parametrize(("line", "shown"), examples(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_commands_of_the_page_print_what_it_shows(line: str, shown: list[str], folder: Path) -> None:
    """In a folder with its files, and a terminal of a hundred places."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    printed = done.stdout.splitlines()
    assert agrees(shown, printed), done.stdout + done.stderr
    assert done.returncode in (0, 1, 3)


def test_the_page_names_every_format_and_every_field() -> None:
    """And none that is not there."""
    formats = set(re.findall(r"^\| `(\w+)`(?:, `(\w+)`)? \| ", PAGE.split("## One message")[0], re.MULTILINE))
    assert {one for pair in formats for one in pair if one} == {one.value for one in Format}
    assert set(FORMATS) == {"auto", *(one.value for one in Format)}
    table = PAGE.split("## For programs")[1].split("Notes about")[0]
    named = {
        name
        for row in re.findall(r"^\| (`.*?`) \| (?:all|noise|messages) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    result = CliRunner().invoke(command, ["--json", "-"], input=EVENT + b"junk")
    assert {name for line in result.stdout.split("\n")[:-1] for name in json.loads(line)} == named


def test_the_exit_codes_of_the_page_are_those_of_the_help() -> None:
    """Word for word where it counts."""
    help_ = CliRunner().invoke(command, ["--help"]).stdout
    for code in ("0", "1", "2", "3"):
        [meaning] = re.findall(rf"^\| {code} \| (.*) \|$", PAGE, re.MULTILINE)
        words = meaning.split(";")[0].split(",")[0]
        assert re.search(rf"^ +{code}  {re.escape(words)}", help_, re.MULTILINE), meaning
