"""Completion in a shell: what the Tab key offers, in a real bash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ptsn.cli import COMMANDS
from tests.support.station import ptsn

PRESS_TAB = """
eval "$(ptsn completion bash)"
COMP_WORDS=({words})
COMP_CWORD={place}
compopt() {{ echo "compopt $*"; }}      # is for the real Tab key only
$(complete -p ptsn | sed 's/.*-F \\([^ ]*\\).*/\\1/') ptsn
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def offered(line: str, cwd: Path | None = None) -> list[str]:
    """What bash is given for the last word of a line; it ends with a blank where that is empty."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    done = subprocess.run(
        ["bash", "--norc", "-c", PRESS_TAB.format(words=quoted, place=len(words) - 1)],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_commands_complete_from_the_table() -> None:
    """All of them, in its order; and those that begin so."""
    assert offered("ptsn ") == list(COMMANDS)
    assert offered("ptsn fl") == ["fleet"]
    assert "--version" in offered("ptsn --")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ptsn accounts im", ["import"]),
        ("ptsn panel ru", ["run"]),
        ("ptsn demo --he", ["--headless", "--help"]),
        ("ptsn demo --lang ", ["en", "ru", "kk"]),
        ("ptsn completion ", ["bash", "zsh", "fish"]),
        ("ptsn panel run --profile tri", ["trikdis"]),
        ("ptsn panel run --profile strict-20", ["strict-2007"]),
    ],
)
def test_subcommands_options_and_values_complete(line: str, found: list[str]) -> None:
    """Profiles by their names."""
    assert offered(line)[: len(found)] == found


@pytest.mark.parametrize("line", ["ptsn serve -c ", "ptsn decode ", "ptsn panel run --profile mi"])
def test_where_a_file_is_wanted_the_shell_completes_files(line: str) -> None:
    """Its own way of doing that."""
    assert offered(line)[:3] == ["compopt", "-o", "default"]


def test_what_is_completed_is_imported_no_further_than_needed() -> None:
    """Nobody waits long for a Tab: neither Twisted nor the protocols are loaded, and no command but the one named."""
    for words, place in (("ptsn ", 1), ("ptsn panel run --profile tr", 4), ("ptsn fleet --", 2)):
        code = (
            "import sys\n"
            "try:\n    from ptsn.cli import main; main()\n"
            "except SystemExit: pass\n"
            "heavy = {'twisted', 'receiver', 'textual', 'httpx', 'panels.panel', 'protocols.dc09'} & set(sys.modules)\n"
            "assert not heavy, heavy\n"
            "commands = {name[14:].partition('_')[0] for name in sys.modules if name.startswith('ptsn.commands.')}\n"
            "assert len(commands) <= 2, commands\n"  # a fleet takes options from those of panels
        )
        environment = {"COMP_WORDS": words, "COMP_CWORD": str(place), "_PTSN_COMPLETE": "bash_complete"}
        done = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "plain," in done.stdout


@pytest.mark.parametrize(("shell", "first"), [("zsh", "#compdef ptsn"), ("fish", "function _ptsn_completion")])
def test_the_other_shells_have_their_scripts(shell: str, first: str) -> None:
    """By click; the help says where to put them."""
    script = ptsn("completion", shell).stdout
    assert script.startswith(first)
    assert f"_PTSN_COMPLETE={shell}_complete" in script
    assert f"ptsn completion {shell}" in ptsn("completion", "--help").stdout


def test_another_shell_is_refused_with_those_there_are() -> None:
    """Wrong use."""
    done = ptsn("completion", "tcsh", check=False)
    assert done.returncode == 2
    assert "'bash', 'zsh', 'fish'" in done.stderr
