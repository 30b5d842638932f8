"""``ptsn alarms``: the operators' work, from the command line. What is heavy to import is imported where used."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from ptsn.config import config_option
from ptsn.words import language_option, say

if TYPE_CHECKING:
    from receiver.settings import Settings

operator_option = click.option(
    "--operator", metavar="NAME", help="Who does it; the user name that the station sees is noted beside it."
)


@click.group(
    help="List the open alarms of the running station, show one in full, mark them as seen, close them.",
    epilog="Example: ptsn alarms list",
)
def command() -> None:
    """The group of the commands below."""


@command.command(
    "list",
    epilog="Example: ptsn alarms list --lang ru",
    help="List the open alarms: those that ring first, then by priority, then the oldest first.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list of objects.")
@language_option
@config_option
def list_(as_json: bool, lang: str | None, config: Path) -> None:
    """Ask the station."""
    from ptsn.client import StationClient
    from ptsn.commands.tail import colors
    from ptsn.render import Renderer, account_names
    from ptsn.zone_names import fetch
    from receiver.settings import load

    settings = load(config)
    language = lang or settings.language
    with StationClient(settings.socket) as station:
        alarms = station.get("/v1/alarms")["alarms"]
        names = {} if as_json or not alarms else account_names(station.get("/v1/accounts")["accounts"], language)
        zones = {} if as_json else fetch(station, alarms, language)
    if as_json:
        click.echo(json.dumps(alarms, ensure_ascii=False, indent=2))
        return
    if not alarms:
        click.echo(say("alarms.none", language), err=True)
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    renderer = Renderer(language, settings.time_zone, names, colors(), today, zones)
    for alarm in alarms:
        click.echo(renderer.alarm(alarm))
        for line in renderer.conditions(alarm):
            click.echo(line)


@command.command(
    "show",
    epilog="Example: ptsn alarms show 120 --lang kk",
    help="""Show one alarm in full: what, where, when, who saw it, its newest entries; also one that is closed.

    Times are the station's; what the panel says of when it happened is shown in its own time zone, too, where the
    account has one.
    """,
)
@click.argument("alarm_id", metavar="ID", type=click.IntRange(1))
@click.option("--json", "as_json", is_flag=True, help="As JSON: the alarm and its newest entries.")
@language_option
@config_option
def show(alarm_id: int, as_json: bool, lang: str | None, config: Path) -> None:
    """Ask the station."""
    from ptsn.alarm_page import lines
    from ptsn.client import StationClient
    from ptsn.commands.tail import colors
    from ptsn.render import Renderer, account_names
    from ptsn.zone_names import fetch
    from receiver.settings import load

    settings = load(config)
    language = lang or settings.language
    with StationClient(settings.socket) as station:
        answer = station.get(f"/v1/alarms/{alarm_id}")
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
            return
        alarm, entries = answer["alarm"], answer["entries"]
        accounts = station.get("/v1/accounts")["accounts"]
        zones = fetch(station, [alarm, *entries], language)
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    names = account_names(accounts, language)
    renderer = Renderer(language, settings.time_zone, names, colors(), today, zones)
    account = next((row for row in accounts if row["account_key"] == alarm["account_key"]), None)
    for line in lines(alarm, entries, account, renderer, settings.time_zone):
        click.echo(line)


@command.command(
    "seen",
    epilog="Example: ptsn alarms seen 120",
    help="Mark alarms as seen: they ring no more. ID is the number behind # in `ptsn alarms list`.",
)
@click.argument("ids", metavar="ID...", type=click.IntRange(1), nargs=-1, required=True)
@operator_option
@language_option
@config_option
def seen(ids: tuple[int, ...], operator: str | None, lang: str | None, config: Path) -> None:
    """One action an alarm."""
    from receiver.settings import load

    settings = load(config)
    for alarm, answer in _act(settings, ids, "seen", {"operator": operator} if operator else {}):
        by = answer["alarm"].get("seen_by") or operator
        click.echo(say("alarms.seen", lang or settings.language, id=alarm, operator=by))


@command.command(
    "close",
    epilog='Example: ptsn alarms close 120 --note "false alarm, cleaning staff"',
    help="Close alarms, so that they leave the list. They must be seen first.",
)
@click.argument("ids", metavar="ID...", type=click.IntRange(1), nargs=-1, required=True)
@click.option("--note", metavar="TEXT", default="", help="What was found, what was done.")
@operator_option
@language_option
@config_option
def close(ids: tuple[int, ...], note: str, operator: str | None, lang: str | None, config: Path) -> None:
    """One action an alarm."""
    from receiver.settings import load

    settings = load(config)
    content = {"note": note} | ({"operator": operator} if operator else {})
    for alarm, _ in _act(settings, ids, "close", content):
        click.echo(say("alarms.closed", lang or settings.language, id=alarm))


def _act(settings: Settings, ids: tuple[int, ...], what: str, content: dict[str, str]) -> Any:
    from ptsn.client import StationClient

    with StationClient(settings.socket) as station:
        for alarm in ids:
            yield alarm, station.post(f"/v1/alarms/{alarm}/{what}", content)
