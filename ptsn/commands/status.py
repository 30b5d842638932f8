"""``ptsn status``: how the running station is doing. Importing it is quick; what is heavy is imported where used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from ptsn.config import config_option

TROUBLE = 3
PATIENCE_S = 5.0
NOT_RUNNING = 4


@click.command(
    epilog="Example: ptsn status -c station.toml || echo 'look at the station'",
    help="""Show how the running station is doing.

    Exit codes: 0 it runs, 3 it runs and is in trouble (the disk fails or is slow, or an address cannot be
    listened on), 4 it does not run.
    """,
)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, with `running`.")
@config_option
def command(as_json: bool, config: Path) -> int:
    """Ask the station."""
    from ptsn.client import NotRunning, StationClient, StationError
    from receiver.settings import load

    settings = load(config)
    try:
        with StationClient(settings.socket, timeout=PATIENCE_S) as station:
            status = station.get("/v1/status")
    except NotRunning as error:
        if as_json:
            click.echo(json.dumps({"running": False, "error": str(error)}, ensure_ascii=False))
        else:
            click.echo(f"ptsn: {error}", err=True)
        return NOT_RUNNING
    except StationError as error:
        # It is there and does not answer: frozen, or worse.
        if as_json:
            click.echo(json.dumps({"running": True, "error": str(error)}, ensure_ascii=False))
        else:
            click.echo(f"ptsn: {error}", err=True)
        return TROUBLE
    if as_json:
        click.echo(json.dumps({"running": True, **status}, ensure_ascii=False))
    else:
        for line in lines(status):
            click.echo(line)
    return TROUBLE if in_trouble(status) else 0


def in_trouble(status: Mapping[str, Any]) -> bool:
    """Whether somebody should look at the station now."""
    return bool(status["disk"] or status["stalled"] or any(not one["open"] for one in status["endpoints"]))


def lines(status: Mapping[str, Any]) -> Iterator[str]:
    """The answer of ``/v1/status`` for a person."""
    from ptsn.render import clean, duration

    mode = "" if status["mode"] == "live" else f", {status['mode'].upper()}"
    yield f"{status['name'] or status['node']}: running for {duration(status['uptime_s'])}{mode}"
    if disk := status["disk"]:
        yield f"TROUBLE   nothing can be stored since {disk['since']}: {clean(disk['error'])}; nothing is acknowledged"
    if status["stalled"]:
        yield "TROUBLE   the disk is slow: a commit has been running for long"
    for one in status["endpoints"]:
        state = "open" if one["open"] else f"TROUBLE: {clean(one['trouble'])}"
        yield f"adapter   {one['adapter']} ({one['protocol']}) {one['address']}  {state}"
    if status["connections"] is not None:
        yield f"panels    {status['connections']} connected"
    yield f"journal   {status['journal']}, last entry {status['last_id']}, {status['queued']} waiting"
    if rates := status["rates"]:
        yield "rates     " + ", ".join(f"{value:g} {name.replace('_', ' ')}" for name, value in rates.items())
    if counters := status["counters"]:
        yield "so far    " + ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in counters.items() if value)
    if paths := status["paths"]:
        yield "paths     " + ", ".join(f"{value} {name}" for name, value in paths.items())
    alarms = status["alarms"]
    yield f"alarms    {alarms['open']} open, {alarms['ringing']} ringing"
    yield f"readers   {status['readers']} connected"
    yield f"version   {status['version']}, process {status['pid']}, started {status['started_at']}"
