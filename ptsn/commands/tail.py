"""``ptsn tail``: what happens, as it happens. What is heavy to import is imported where it is used."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ptsn.config import config_option
from ptsn.tailing import Tail
from ptsn.words import language_option


@click.command(
    epilog="Example: ptsn tail --account 1234 --record night.jsonl",
    help="""Follow signals and alarms of the running station as they come, until Ctrl-C.

    It connects again by itself when the station was away, and fetches from the journal what it missed. Notes
    about that go to standard error. With --wire it shows the bytes on the wire instead, each message's
    verdict, and why something got no answer. NO_COLOR turns colours off.
    """,
)
@click.option("--wire", is_flag=True, help="The bytes in and out, with the verdict and why.")
@click.option("--account", metavar="A", default="", help="Only this account (as the account column shows it).")
@click.option("--since", metavar="ID", type=click.IntRange(0), help="Begin after this entry of the journal.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with `event` and its data.")
@click.option(
    "--record",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also append every line to FILE, as JSON lines.",
)
@language_option
@config_option
def command(
    wire: bool, account: str, since: int | None, as_json: bool, record: Path | None, lang: str | None, config: Path
) -> None:
    """Read the settings, open the files, follow."""
    from ptsn.render import Renderer
    from receiver.settings import load

    if wire and since is not None:
        raise click.UsageError("--since belongs to the journal; the wire view is not kept (see --record)")
    settings = load(config)
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    renderer = Renderer(lang or settings.language, settings.time_zone, color=colors(), today=today)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a mark must not end the view
    with ExitStack() as stack:
        file = stack.enter_context(record.open("a", encoding="utf-8")) if record else None
        tail = Tail(renderer, account=account, since=since, as_json=as_json, file=file)
        asyncio.run(tail.run(settings.socket, wire))


def colors() -> bool:
    """Whether standard output wants colours (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
