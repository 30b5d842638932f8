"""``ptsn journal search``: a question to the running station, and its answer on the terminal."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from msgspec import Struct

from protocols.catalogue.seek import words
from ptsn.client import StationClient
from ptsn.commands.tail import colors
from ptsn.render import Renderer, account_names, clean
from ptsn.words import say
from ptsn.zone_names import fetch
from receiver.settings import Settings
from tui.state.when import WrongMoment, moment

WORDS_MAX = 400
"""Characters that the station takes."""
_KINDS = ("codes", "categories", "accounts", "zones", "numbers")


class Asked(Struct, frozen=True):
    """The words and options of the command line."""

    words: str
    account: str | None
    category: str | None
    adapter: str | None
    from_: str | None
    to: str | None
    everything: bool
    limit: int


def run(settings: Settings, asked: Asked, language: str, *, as_json: bool) -> None:
    """Ask, and print. Raises StationError, and click.UsageError for a time that is none."""
    if len(asked.words) > WORDS_MAX:
        raise click.UsageError(say("search.too-long", language, count=len(asked.words), most=WORDS_MAX))
    if asked.words.strip() and not words(asked.words):
        raise click.UsageError(say("search.no-words", language, typed=clean(asked.words.strip())))
    now = datetime.now(ZoneInfo(settings.time_zone))
    since = _stamp(asked.from_, "--from", now, language)
    until = _stamp(asked.to, "--to", now, language)
    with StationClient(settings.socket) as station:
        answer = station.get(
            "/v1/search",
            q=asked.words or None,
            account=asked.account,
            category=asked.category,
            adapter=asked.adapter,
            **{"from": since, "to": until},
            hidden=int(asked.everything),
            limit=asked.limit,
        )
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
            return
        entries = answer["entries"]
        names = account_names(station.get("/v1/accounts")["accounts"], language) if entries else {}
        zones = fetch(station, entries, language)
    renderer = Renderer(language, settings.time_zone, names, colors(), now.date(), zones)
    for entry in reversed(entries):
        click.echo(renderer.entry(entry))
    if not entries:
        click.echo(say("search.none", language), err=True)
    for word in answer["understood"]:
        if not entries and not any(word[kind] for kind in _KINDS):
            click.echo(say("search.unknown", language, word=clean(word["word"])), err=True)
    if answer["next"] is not None:
        click.echo(say("search.more", language), err=True)
    if answer["hidden"]:
        id_ = "search.hidden-more" if answer["hidden_more"] else "search.hidden"
        click.echo(say(id_, language, count=answer["hidden"]), err=True)
    if answer["behind"]:
        click.echo(say("search.behind", language, count=answer["behind"]), err=True)


def _stamp(text: str | None, option: str, now: datetime, language: str) -> str | None:
    if text is None:
        return None
    try:
        return moment(text, now).isoformat().replace("+00:00", "Z")
    except WrongMoment as error:
        raise click.UsageError(say("search.wrong-time", language, option=option, typed=clean(text))) from error
