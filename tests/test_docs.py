"""The documentation is true: its commands run, its links lead somewhere, its example settings load."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from receiver.settings import load
from tests.support.station import StationProcess, until

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def console_lines(page: Path) -> list[str]:
    """Commands after a ``$`` in console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL)
    return [line[2:].partition("  #")[0].strip() for block in blocks for line in block.splitlines() if line[:2] == "$ "]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there."""
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_settings_in_the_documentation_load(tmp_path: Path) -> None:
    """All keys exist, and are all there are."""
    (example,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/station.md").read_text(), re.DOTALL)
    (tmp_path / "station.toml").write_text(example)
    assert load(tmp_path / "station.toml").name == "North"
    from receiver.settings import _Station

    keys = set(re.findall(r"^(\w+) = ", example.partition("[[adapter]]")[0], re.MULTILINE))
    assert keys == set(_Station.__struct_fields__)


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_the_commands_of_the_readme_run(name: str, tmp_path: Path) -> None:
    """From the first to the last, as a newcomer types them; only the port is another one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    lines = [line for line in console_lines(ROOT / name) if "ptsn " in line and not line.startswith("make")]
    assert len(lines) > 5
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    station: StationProcess | None = None
    try:
        for line in lines:
            command = line.replace("127.0.0.1:5000", f"127.0.0.1:{port}")
            if command.startswith("ptsn init"):
                command += f" --port {port}"
            if command.startswith("ptsn serve"):
                station = StationProcess(tmp_path / "station").start()
                continue
            if command.startswith("ptsn tail"):
                tail = subprocess.Popen(
                    [*shlex.split(command), "--since", "0"],
                    cwd=tmp_path,
                    env=environment,
                    stdout=(tmp_path / "tail").open("wb"),
                )
                until(lambda: "1234" in (tmp_path / "tail").read_text(), "the signal to be shown")
                tail.terminate()
                tail.wait()
                continue
            if command.startswith("ptsn console"):
                command += " --screenshot console.txt"
            if command.startswith("ptsn check"):
                command = command.replace("tcp:0.0.0.0:5000", "tcp:127.0.0.1:0").replace("--for 10m", "--for 1s")
                # Nothing reports to it: the verdict says so, with exit code 1, and is written all the same.
                done = subprocess.run(shlex.split(command), cwd=tmp_path, env=environment, check=False)
                assert done.returncode == 1
                assert (tmp_path / "report.html").exists()
                continue
            words = ["bash", "-o", "pipefail", "-c", command] if {">", "|"} & set(command) else shlex.split(command)
            done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    finally:
        if station is not None:
            assert station.stop() == 0


def test_every_command_is_in_the_readme() -> None:
    """And the README names no command that is not there."""
    from ptsn.cli import COMMANDS

    table = re.findall(r"^\| `ptsn (\w+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert table == list(COMMANDS) or sorted(table) == sorted(COMMANDS)


def test_the_project_names_no_machine_and_no_registry() -> None:
    """Nothing of where it was made, and no package host, is in any file."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    words = ("/wor" + "k/", "pytho" + "nhosted", "pypi" + ".org", "/hom" + "e/")
    for name in listed:
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        assert not [word for word in words if word in text], name
