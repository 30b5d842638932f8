"""``ptsn panel``: be one panel."""

from __future__ import annotations

import click

from ptsn.commands.panel_options import read_key
from ptsn.commands.panel_profiles import profiles
from ptsn.commands.panel_run import run
from ptsn.commands.panel_send import send


@click.group(epilog="Example: ptsn panel send --to tcp:127.0.0.1:5000 --account 1234 --code 130")
def command() -> None:
    """Be a panel: send signals to a receiver, and see what it answers."""


command.add_command(send)
command.add_command(run)
command.add_command(profiles)

__all__ = ["command", "read_key"]
