"""``ptsn console``: the operator's console. What is heavy to import is imported where it is used."""

from __future__ import annotations

import asyncio
import re
import shlex
from pathlib import Path

import click

from ptsn.config import config_option

PAGES = ("alarms", "journal", "paths", "wire", "station")
THEMES = ("ptsn-dark", "ptsn-light", "ptsn-contrast")
SMALLEST, LARGEST = 20, 500
"""Columns and rows that a picture may have."""


class Size(click.ParamType[tuple[int, int]]):
    """``160x50``: columns and rows."""

    name = "size"

    def convert(
        self, value: str | tuple[int, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Two numbers, or the error that says what is allowed."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d{1,4})x(\d{1,4})", value)
        if found is None or not all(SMALLEST <= int(number) <= LARGEST for number in found.groups()):
            self.fail(f"{value!r} is not COLUMNSxROWS, each {SMALLEST} to {LARGEST}, such as 160x50", param, ctx)
        return int(found[1]), int(found[2])


PICTURES = (".svg", ".txt")
"""How the file of a picture may end."""


@click.command(
    epilog="Example: ptsn console -c station/station.toml --operator 'night shift' --lang ru",
    help="""Show the operator's console of a running station: alarms, journal, paths, the wire, the station itself.

    URL is the path of the station's socket, unix:PATH or http://HOST:PORT; without it the socket of the settings
    (-c). Keys stand at the bottom, F1 explains every page, F10 leaves. The console connects again by itself when
    the station was away. NO_COLOR turns colours off.

    Words are in the language of --lang, else of the locale where that is Russian or Kazakh, else the station's.
    """,
)
@click.argument("url", required=False)
@click.option("--operator", metavar="NAME", default="", help="Signs what you do, beside your user name; not verified.")
@click.option("--lang", type=click.Choice(["en", "ru", "kk"]), help="Language of what is shown.")
@click.option("--time-zone", metavar="NAME", default="", help="Of the times shown.  [default: the station's]")
@click.option("--sound", metavar="COMMAND", default="", help="Run this for every sound; PTSN_PRIORITY says how urgent.")
@click.option("--bell/--no-bell", default=True, help="Ring the terminal's bell.  [default: bell]")
@click.option("--theme", type=click.Choice(THEMES), help="Colours.  [default: ptsn-dark]")
@click.option("--page", type=click.Choice(PAGES), default=PAGES[0], show_default=True, help="The page shown first.")
@click.option(
    "--screenshot",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a picture of the page to FILE (SVG, or text for .txt) and end; no terminal is needed.",
)
@click.option(
    "--size", type=Size(), default="160x50", show_default=True, metavar="COLUMNSxROWS", help="Of the screenshot."
)
@config_option
def command(
    url: str | None,
    operator: str,
    lang: str | None,
    time_zone: str,
    sound: str,
    bell: bool,
    theme: str | None,
    page: str,
    screenshot: Path | None,
    size: tuple[int, int],
    config: Path,
) -> int:
    """Find the station and show the console."""
    try:
        words = tuple(shlex.split(sound))
    except ValueError as error:
        raise click.BadParameter(f"{sound!r}: {error}", param_hint="--sound") from error
    if screenshot is not None:
        _check_picture(screenshot)
    from tui.run import ConsoleOptions, run_console, take_picture

    options = ConsoleOptions(
        address=url or _socket(config),
        operator=operator.strip(),
        language=lang or "",
        time_zone=time_zone,
        bell=bell,
        sound=words,
        theme=theme or "",
        page=page,
    )
    if screenshot is None:
        return asyncio.run(run_console(options))
    asyncio.run(take_picture(options, screenshot, size))
    return 0


def _check_picture(file: Path) -> None:
    """Refuse what no picture can be written to before the station is asked. Raises BadParameter."""
    if file.suffix.lower() not in ("", *PICTURES):
        raise click.BadParameter(
            f"{file}: a picture can be {' or '.join(PICTURES)}, not {file.suffix}", param_hint="--screenshot"
        )
    if not file.parent.is_dir():
        raise click.BadParameter(f"{file}: there is no folder {file.parent}", param_hint="--screenshot")


def _socket(config: Path) -> str:
    """The socket that the settings name. Raises UserError where they cannot be read."""
    from receiver.settings import load

    return str(load(config).socket)
