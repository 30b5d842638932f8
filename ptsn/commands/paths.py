"""``ptsn paths``: the ways panels reach the station. What is heavy to import is imported where it is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ptsn.config import config_option
from ptsn.words import language_option, say

if TYPE_CHECKING:
    from ptsn.client import StationClient
    from tui.telling import Teller

RADIO = ("level", "loss")
"""Further columns, behind the supervision, where some of the paths are of radio units."""
HEAD = ("account", "state", "last-heard", "supervision", "adapter", "path", "peer")
"""The columns; their words are ``paths.account`` and so on."""
PAGE = 1000
_KEY = ("account_key", "adapter", "protocol", "path")


@click.command(
    epilog="Example: ptsn paths --lost",
    help="""Show the ways panels reach the running station, and when they were last heard.

    A path is an account, an adapter, a protocol and, where the message has one, its network path. Those of
    accounts with a supervision time are watched: ok, lost, or never heard. For radio units the mean level at which
    they are received is shown, and how many of their last tests were missed.
    """,
)
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list of objects.")
@click.option("--lost", is_flag=True, help="Only those that are lost.")
@language_option
@config_option
def command(as_json: bool, lost: bool, lang: str | None, config: Path) -> None:
    """Ask the station and print a table."""
    from ptsn.client import StationClient
    from receiver.settings import load

    settings = load(config)
    language = lang or settings.language
    with StationClient(settings.socket) as station:
        paths = fetch(station, "lost" if lost else None)
    if as_json:
        click.echo(json.dumps(paths, ensure_ascii=False, indent=2))
        return
    if not paths:
        click.echo(say("paths.none-lost" if lost else "paths.nothing", language), err=True)
        return
    from tui.telling import Teller

    teller = Teller(language, settings.time_zone)
    radio = any(path.get("hops") is not None for path in paths)
    at = HEAD.index("supervision") + 1
    head = (*HEAD[:at], *RADIO, *HEAD[at:]) if radio else HEAD
    table = [tuple(say(f"paths.{column}", language) for column in head)]
    for path in paths:
        row = _row(path, teller)
        table.append((*row[:at], _level(path, language), _loss(path), *row[at:]) if radio else row)
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def fetch(station: StationClient, state: str | None) -> list[dict[str, Any]]:
    """All paths, or those of a state, page by page, in the order of their accounts.

    Paths come and go between two pages: one that is met twice is taken as it was last.
    """
    paths: dict[tuple[str, ...], dict[str, Any]] = {}
    offset: int | None = 0
    while offset is not None:
        page = station.get("/v1/paths", state=state, offset=offset, limit=PAGE)
        paths.update({tuple(one[name] for name in _KEY): one for one in page["paths"]})
        offset = page["next"]
    return [paths[key] for key in sorted(paths)]


def _level(path: dict[str, Any], language: str) -> str:
    if path.get("level") is not None:
        shown = say("radio.dbm", language, n=f"{path['level']:.0f}")
    elif path.get("quality") is not None:
        shown = say("radio.quality", language, n=f"{100 * path['quality']:.0f}")
    else:
        return "-"
    return say("radio.low", language, level=shown) if path.get("low") else shown


def _loss(path: dict[str, Any]) -> str:
    return "-" if path.get("loss") is None else f"{100 * path['loss']:.0f} %"


def _row(path: dict[str, Any], teller: Teller) -> tuple[str, ...]:
    from ptsn.render import clean, duration

    language = teller.language
    state = path["state"] if path["supervised"] or path["state"] != "ok" else "heard"
    interval = path["interval_s"]
    every = say("paths.every", language, duration=duration(interval, language)) if interval else "-"
    adapter = "/".join(part for part in (path["adapter"], path["protocol"]) if part) or "-"
    letter, peer = clean(path["path"]) or "-", clean(path["peer"]) or "-"
    heard = teller.date_time(path["last_heard"]) if path["last_heard"] else say("paths.never", language)
    return clean(path["account"]), say(f"paths.{state}", language), heard, every, adapter, letter, peer
