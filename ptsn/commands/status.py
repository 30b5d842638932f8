"""``ptsn status``: how the running station is doing. Importing it is quick; what is heavy is imported where used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from ptsn.config import config_option
from ptsn.words import language_option, mode_shown, say

TROUBLE = 3
PATIENCE_S = 5.0
NOT_RUNNING = 4
LABELS = (
    "trouble",
    "adapter",
    "radio",
    "panels",
    "journal",
    "room",
    "clock",
    "rates",
    "so-far",
    "paths",
    "alarms",
    "consoles",
    "version",
)
"""What stands in front of the lines; their words are ``status.trouble`` and so on."""


@click.command(
    epilog="Example: ptsn status -c station.toml || echo 'look at the station'",
    help="""Show how the running station is doing.

    Exit codes: 0 it runs, 3 it runs and is in trouble (the disk fails, is slow or nearly full, an address
    cannot be listened on or connected to, or a radio channel is jammed or its file of keys cannot be read),
    4 it does not run.
    """,
)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, with `running`.")
@language_option
@config_option
def command(as_json: bool, lang: str | None, config: Path) -> int:
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
        for line in lines(status, lang or settings.language, settings.time_zone):
            click.echo(line)
    return TROUBLE if in_trouble(status) else 0


def in_trouble(status: Mapping[str, Any]) -> bool:
    """Whether somebody should look at the station now."""
    return bool(
        status["disk"]
        or status.get("disk_low")
        or status["stalled"]
        or any(one["jammed"] or one["trouble"] for one in status.get("radio", ()))
        or any(not one["open"] and not being_opened(one) for one in status["endpoints"])
    )


def being_opened(endpoint: Mapping[str, Any]) -> bool:
    """Whether the station connects to it at this moment, and nothing is wrong with that yet."""
    return bool(endpoint.get("connects") and not endpoint["open"] and not endpoint["trouble"])


def lines(status: Mapping[str, Any], language: str = "en", time_zone: str = "UTC") -> Iterator[str]:
    """The answer of ``/v1/status`` for a person, with times in the station's zone."""
    from ptsn.render import duration

    running = say("status.running", language, duration=duration(status["uptime_s"], language))
    yield f"{status['name'] or status['node']}: {running}{mode_shown(status['mode'], language)}"
    width = max(len(say(f"status.{label}", language)) for label in LABELS) + 3
    for label, said in _labelled(status, language, time_zone):
        yield say(f"status.{label}", language).ljust(width) + said


def _labelled(status: Mapping[str, Any], language: str, time_zone: str) -> Iterator[tuple[str, str]]:
    """What is said, each with the label in front of it."""
    from ptsn.render import Renderer
    from tui.shown import clean, size
    from tui.telling import Teller
    from tui.telling.radio import told_of
    from tui.telling.reasons import reason

    teller = Teller(language, time_zone)
    if disk := status["disk"]:
        yield "trouble", say("status.disk", language, since=teller.date_time(disk["since"]), error=clean(disk["error"]))
    if status["stalled"]:
        yield "trouble", say("status.stalled", language)
    if status.get("disk_low"):
        yield "trouble", say("status.low", language, free=size(status["disk_free_bytes"], language))
    for one in status["endpoints"]:
        words = "status.open" if one["open"] else "status.opening" if being_opened(one) else "status.not-open"
        state = say(words, language, error=reason(one["trouble"], language))
        if one.get("connects") and one.get("since"):
            state += ", " + say("status.since", language, at=teller.date_time(one["since"]))
        yield "adapter", f"{one['adapter']} ({one['protocol']}) {clean(one['address'])}  {state}"
    for one in status.get("radio", ()):
        yield "radio", f"{one['adapter']}  {clean('; '.join(told_of(one, teller)))}"
    if status["connections"] is not None:
        yield "panels", say("status.connected", language, count=status["connections"])
    yield (
        "journal",
        say("status.entries", language, file=status["journal"], id=status["last_id"], queued=status["queued"]),
    )
    if status.get("journal_bytes") is not None:
        sizes = {name: size(status[f"{name}_bytes"], language) for name in ("journal", "disk_free", "disk_total")}
        yield "room", say("status.sizes", language, **sizes)
    if (clock := status.get("clock")) and clock["jumps"]:
        by = Renderer(language).jump(clock["last_jump_s"])
        yield (
            "clock",
            say("status.jumps", language, count=clock["jumps"], at=teller.date_time(clock["last_jump_at"]), by=by),
        )
    elif clock:
        yield "clock", say("status.no-jumps", language)
    if rates := status["rates"]:
        yield "rates", ", ".join(_counted("rate", name, f"{value:g}", language) for name, value in rates.items())
    if (counters := status["counters"]) and any(counters.values()):
        counted = (_counted("counter", name, f"{value}", language) for name, value in counters.items() if value)
        yield "so-far", ", ".join(counted)
    if paths := status["paths"]:
        yield "paths", ", ".join(_counted("path-count", name, f"{value}", language) for name, value in paths.items())
    alarms = status["alarms"]
    yield "alarms", say("status.alarm-counts", language, open=alarms["open"], ringing=alarms["ringing"])
    if (consoles := status.get("consoles")) is not None:
        yield "consoles", say("status.connected", language, count=consoles)
    yield (
        "version",
        say(
            "status.process",
            language,
            version=status["version"],
            pid=status["pid"],
            at=teller.date_time(status["started_at"]),
        ),
    )


def _counted(kind: str, name: str, value: str, language: str) -> str:
    """A number with its words, or with its own name where the catalogue has none yet."""
    id_ = f"{kind}.{name}"
    said = say(id_, language, n=value)
    return f"{value} {name.replace('_', ' ')}" if said == id_ else said
