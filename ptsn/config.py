"""The option by which every command finds its station."""

from __future__ import annotations

from pathlib import Path

import click

config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default="station.toml",
    envvar="PTSN_CONFIG",
    show_default=True,
    metavar="FILE",
    help="The station's settings; also from PTSN_CONFIG.",
)
"""``-c/--config``, handed to the command as ``config: Path``."""
