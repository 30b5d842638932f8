"""``docs/check.md`` is true: its commands run as they stand, and what it names exists."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

from panels.inspection import Grade, conduct
from tests.support.station import PATIENCE_S, until
from tests.test_docs import console_lines

PAGE = Path(__file__).parents[2] / "docs/check.md"


def test_the_commands_of_the_page_run(tmp_path: Path) -> None:
    """On a free port, for a few seconds each; the panel of the page reports to the check before it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    (tmp_path / "panel.key").write_text("text:sixteen letters!\n")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    waiting: subprocess.Popen[str] | None = None
    ran = 0
    for line in console_lines(PAGE):
        # Loopback, so that no test opens a port to the network.
        command = re.sub(r"(?:0\.0\.0\.0|127\.0\.0\.1):5000", f"127.0.0.1:{port}", line)
        words = shlex.split(re.sub(r"--for \w+", "--for 2s", command))
        if words[1] == "panel":
            assert waiting is not None
            done = subprocess.run(
                words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
            )
            assert done.returncode == 0, done.stderr
            assert waiting.wait(PATIENCE_S) == 0
            assert (tmp_path / "report.json").exists()
        else:
            before_a_panel = "--json" in words
            if before_a_panel:
                words += [f"tcp:127.0.0.1:{port}"]
                words[words.index("2s")] = "6s"
            out = tmp_path / f"out{ran}"
            with out.open("w") as file:
                waiting = subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=file, text=True)
            until(lambda out=out: port in out.read_text(), f"{words} to listen")  # type: ignore[misc]
            if not before_a_panel:
                assert waiting.wait(PATIENCE_S) == 1, out.read_text()
        ran += 1
    assert ran == 4
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_the_page_names_what_exists() -> None:
    """Options, verdicts, findings."""
    from ptsn.commands.check import command

    page = PAGE.read_text()
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    assert {each for each in options if f"`{each}`" not in page and f"{each} " not in page} == set()
    assert set(re.findall(r"`(--[a-z]+)`", page)) <= options
    assert set(re.findall(r"`(conduct\.[a-z-]+)`", page)) <= set(conduct.SEVERITIES)
    assert re.findall(r"^\| (conforms|works|not-judged|fails) \|", page, re.MULTILINE) == [
        grade.value for grade in Grade
    ]
