"""``ptsn serve``: run the station."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ptsn.config import config_option


@click.command(
    epilog="Example: ptsn serve -c station/station.toml",
)
@config_option
def command(config: Path) -> int:
    """Run the station until SIGTERM or Ctrl-C.

    Prints one line beginning with "ready" on standard output when every listening endpoint is open; the log
    goes to standard error.
    """
    from receiver.settings import load

    settings = load(config)
    from receiver.service import run

    def ready(addresses: list[str]) -> None:
        sys.stdout.write(" ".join(["ready", *addresses]) + "\n")
        sys.stdout.flush()

    return run(settings, ready)
