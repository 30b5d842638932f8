"""One command a module; each has an attribute ``command``. What they share is here."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

CONFIG = "station.toml"
CONFIG_VARIABLE = "PTSN_CONFIG"


def config_option(function: F) -> F:
    """Add ``-c/--config``: the command gets ``config``, the path of a settings file.

    Not given, it is ``station.toml`` in the current folder, else what ``PTSN_CONFIG`` names.
    """
    return click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path),
        callback=_config,
        help=f"Settings of the station.  [default: ./{CONFIG}, else ${CONFIG_VARIABLE}]",
    )(function)


def _config(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> Path:
    if value is not None:
        return value
    if not os.path.exists(CONFIG) and os.environ.get(CONFIG_VARIABLE):
        return Path(os.environ[CONFIG_VARIABLE])
    if ctx.resilient_parsing or os.path.exists(CONFIG):
        return Path(CONFIG)
    raise click.UsageError(
        f"there is no {CONFIG} here; name one with -c or in {CONFIG_VARIABLE}, or make one with `ptsn init DIR`", ctx
    )
