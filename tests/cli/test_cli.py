"""The frame of the command line: help, errors and exit codes."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from protocols.errors import UserError
from ptsn import cli

ROOT = Path(__file__).parents[2]


def ptsn(*arguments: str, code: str = "from ptsn.cli import main; main()") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_is_quick_because_it_imports_nothing_heavy() -> None:
    """Neither Twisted nor Textual nor a database: each command imports what it needs when it runs."""
    code = (
        "import sys, ptsn.cli; code = ptsn.cli.run(['--help']); "
        "heavy = {'twisted', 'textual', 'sqlite_utils', 'sqlite3', 'klein', 'httpx', 'construct', 'cryptography'}; "
        "print('heavy:', sorted(heavy & set(sys.modules)), [name for name in sys.modules if 'ptsn.commands' in name])"
    )
    done = ptsn(code=code)
    assert done.stdout.splitlines()[-1] == "heavy: [] []"
    for name, text in cli.COMMANDS.items():
        assert f"  {name} " in done.stdout
        assert text.split()[0] in done.stdout


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    """Its own, and that of each of its subcommands."""
    command = importlib.import_module(f"ptsn.commands.{name}").command
    commands = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    for each in commands:
        result = CliRunner().invoke(each, ["--help"])
        assert result.exit_code == 0
        assert "Example" in result.output
        assert "ptsn " in result.output


def test_the_version_is_shown() -> None:
    """Also where nothing is installed."""
    done = ptsn("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ptsn")


def test_python_dash_m_runs_it_too() -> None:
    """``python -m ptsn``."""
    command = [sys.executable, "-m", "ptsn", "--help"]
    assert "Usage: ptsn" in subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nonsense"], "ptsn: No such command 'nonsense'. (see ptsn --help)\n"),
        (["--nonsense"], "ptsn: No such option"),
        (["init"], "ptsn: Missing argument 'DIR'. (see ptsn init --help)\n"),
        (["init", "x", "--port", "0"], "ptsn: Invalid value for '--port'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """With the help that says how."""
    assert cli.run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(says)
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["accounts"]])
def test_a_group_without_a_command_shows_its_help(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """And counts as wrong use."""
    assert cli.run(arguments) == 2
    assert capsys.readouterr().err.startswith("Usage: ptsn")


def _raise(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UserError("all is not well"), 1, "ptsn: all is not well\n"),
        (click.ClickException("no"), 1, "ptsn: no\n"),
        (FileNotFoundError(2, "No such file or directory", "x.csv"), 1, "ptsn: x.csv: No such file or directory\n"),
        (PermissionError(13, "Permission denied"), 1, "ptsn: Permission denied\n"),
    ],
)
def test_errors_for_people_are_one_line_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, says: str
) -> None:
    """Exit code 1."""
    monkeypatch.setattr(cli.cli, "get_command", lambda ctx, name: click.Command(name, callback=_raise(error)))
    assert cli.run(["status"]) == code
    assert capsys.readouterr() == ("", says)


def test_faults_of_the_program_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ValueError of nobody's making keeps its traceback."""
    command = click.Command("status", callback=_raise(ValueError("oops")))
    monkeypatch.setattr(cli.cli, "get_command", lambda ctx, name: command)
    with pytest.raises(ValueError, match="oops"):
        cli.run(["status"])


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (1, 1), (True, 0), ("text", 0)])
def test_a_command_may_return_its_exit_code(monkeypatch: pytest.MonkeyPatch, result: object, code: int) -> None:
    """Anything but a number is 0."""
    command = click.Command("status", callback=lambda: result)
    monkeypatch.setattr(cli.cli, "get_command", lambda ctx, name: command)
    assert cli.run(["status"]) == code


def test_ctrl_c_ends_quietly_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback."""
    monkeypatch.setattr(
        cli.cli, "get_command", lambda ctx, name: click.Command(name, callback=_raise(KeyboardInterrupt()))
    )
    assert cli.run(["status"]) == 130
    assert capsys.readouterr().err.strip() == ""


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    """``ptsn ... | head -1``."""
    code = (
        "import click, ptsn.cli as cli\n"
        "def flood():\n"
        "    while True: click.echo('x' * 1000)\n"
        "cli.cli.get_command = lambda ctx, name: click.Command(name, callback=flood)\n"
        "cli.main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "status"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 1
