"""``ptsn radio``: what belongs to reporting by radio."""

from __future__ import annotations

import click

from ptsn.commands.radio_air import air
from ptsn.commands.radio_key import key
from ptsn.commands.radio_plan import plan


@click.group(epilog="Example: ptsn radio plan --bit-rate 1200 --objects 100 --interval 180s")
def command() -> None:
    """Radio: plan a channel, enrol units and change their keys, simulate a channel."""


command.add_command(plan)
command.add_command(key)
command.add_command(air)
