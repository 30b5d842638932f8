"""``ptsn``: finds the command and runs it; turns errors into one line and an exit code.

Commands are imported when they are used, so that ``ptsn --help`` is quick. A command is a module of
``ptsn.commands`` with an attribute ``command`` (a :class:`click.Command`), and a line in ``COMMANDS``. It
may return its exit code; None is 0.

Exit codes: 0 done, 1 failed, 2 wrong use, 130 ended by Ctrl-C.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from protocols.errors import UserError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "init": "Make the folder of a new station.",
    "serve": "Run the station.",
    "status": "Show how the running station is doing.",
    "accounts": "Import, list, export, add and remove accounts.",
    "zones": "Import, list, export and remove names of zones.",
    "paths": "Show the ways panels reach the station, and when they were last heard.",
    "panel": "Be a panel: send signals to a receiver.",
    "fleet": "Be many panels at once.",
    "check": "Check a real panel against the standard, and print a report.",
    "decode": "Explain messages from a file.",
    "radio": "Plan a radio channel; enrol radio units.",
    "ports": "List serial ports; find out how one is set and what it speaks.",
    "journal": "Export, search and verify the journal.",
    "alarms": "List alarms, mark them seen, close them.",
    "console": "Show the operator's console of a running station.",
    "tail": "Follow signals, or the bytes on the wire, as they come.",
    "demo": "Run a station and a district of panels in a temporary folder.",
    "completion": "Print the script by which a shell completes ptsn.",
}
"""Name (and module) of each command, with the line that ``ptsn --help`` shows."""

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"ptsn.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Completion of a word of the command line; of the commands from the table alone."""
        if incomplete and not incomplete[:1].isalnum():
            return super().shell_complete(ctx, incomplete)
        from click.shell_completion import CompletionItem

        return [CompletionItem(name, help=line) for name, line in COMMANDS.items() if name.startswith(incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"ptsn {version('ptsn')}")
    except PackageNotFoundError:
        click.echo("ptsn, run from a source folder")
    ctx.exit()


@click.command(
    cls=LazyGroup,
    epilog="Example: ptsn init station, then ptsn serve -c station/station.toml",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """A central monitoring station for alarm panels, and a simulator of the panels."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (that of the process by default) and give its exit code.

    Errors that a person can put right become one line on standard error; faults of the program go through.
    """
    try:
        result = cli.main(args=None if arguments is None else list(arguments), prog_name="ptsn", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return WRONG_USE
    except click.UsageError as error:
        _complain(error.format_message() + _hint(error))
        return WRONG_USE
    except click.ClickException as error:
        _complain(error.format_message())
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except UserError as error:
        _complain(str(error))
        return FAILED
    except BrokenPipeError:
        _silence()
        return FAILED
    except OSError as error:
        if error.strerror is None:
            raise
        _complain(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
        return FAILED
    return result if type(result) is int else 0


def main() -> None:
    """Entry point of the ``ptsn`` command."""
    # What is imported stays as long as the process: to look for garbage in it again and again takes a tenth of a start.
    gc.set_threshold(20_000, 50, 100)
    sys.exit(run())


def _hint(error: click.UsageError) -> str:
    return f" (see {error.ctx.command_path} --help)" if error.ctx else ""


def _complain(text: str) -> None:
    click.echo(f"ptsn: {text}", err=True)


def _silence() -> None:
    """Nobody reads our output any more; keep the interpreter from complaining when it flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
