"""``ptsn demo``: a station, a district of panels and a console in one terminal. What it is made of is ``ptsn.demo``."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from ptsn.commands.fleet import Duration

if TYPE_CHECKING:
    from ptsn.demo.folder import DemoFolder
    from ptsn.demo.parts import Parts


@click.command(
    epilog="Example: ptsn demo\n\nExample: ptsn demo --lang ru --speed 120 --for 5m\n\n"
    "Example: ptsn demo --headless --for 30s",
)
@click.option("--headless", is_flag=True, help="Plain lines instead of the console, no terminal needed.")
@click.option("--for", "duration", type=Duration(), metavar="TIME", help="End after 30s, 5m, 1h.")
@click.option("--schools", type=click.IntRange(1, 2000), default=24, show_default=True)
@click.option(
    "--speed", type=click.FloatRange(0.1, 10_000), default=60.0, show_default=True, help="Of the day acted out."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same day.")
@click.option(
    "--lang", type=click.Choice(["en", "ru", "kk"]), help="Language of what is shown.  [default: the locale's]"
)
def command(headless: bool, duration: float | None, schools: int, speed: float, seed: int, lang: str | None) -> int:
    """Run a station and the panels of a fictitious district, and show what comes in.

    In a terminal it shows the operators' console, where a key raises an alarm at a school of your choice; with
    --headless, or without a terminal, plain lines. The first alarm comes within seconds.

    Everything is made in a temporary folder, on loopback, and removed at the end: when the console is closed, after
    Ctrl-C, --for, or when the terminal is closed.
    """
    from panels.district import load
    from ptsn.decoding.words import language_of
    from ptsn.demo.folder import DemoFolder, remove_abandoned
    from ptsn.demo.parts import Parts
    from ptsn.demo.terminal import is_terminal

    language = lang or language_of(os.environ)
    stop = _Stop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, stop)
    for path in remove_abandoned():
        _note("demo.removed", language, path=path)
    district = load(schools)
    folder = DemoFolder()
    parts = Parts(folder.path, district, language)
    good = False
    try:
        _show(parts, language, duration, speed, seed, stop, in_console=not headless and is_terminal())
        good = True
    except KeyboardInterrupt:
        good = True
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        _end(parts, folder, language, summary=good)
    return 0


class _Stop:
    """The handler of a signal that ends the demo. Python drops what is raised where nobody can take it (in ``__del__``,
    in a callback of the garbage collector), so it is asked for between the steps, too."""

    def __init__(self) -> None:
        self._told = False

    def __call__(self, number: int, _frame: object) -> None:
        self._told = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raises KeyboardInterrupt if the signal came."""
        if self._told:
            raise KeyboardInterrupt


def _show(
    parts: Parts,
    language: str,
    duration: float | None,
    speed: float,
    seed: int,
    stop: _Stop,
    *,
    in_console: bool,
) -> None:
    import asyncio

    from ptsn.demo.views import show_console, show_lines

    schools = len(parts.district.sites)
    _note("demo.preparing", language, schools=schools)
    parts.start_air()
    parts.prepare()
    _note("demo.starting", language)
    parts.start_station()
    stop.check()
    opened = "demo.opening" if in_console else "demo.running"
    _note(opened, language, name=parts.name, schools=schools, address=parts.address, key="Ctrl-C")
    parts.start_fleet(speed, seed)
    stop.check()
    asyncio.run((show_console if in_console else show_lines)(parts, language, duration))


def _end(parts: Parts, folder: DemoFolder, language: str, *, summary: bool) -> None:
    """End everything, say what came of it, remove the folder."""
    from ptsn.demo.outcome import outcome
    from ptsn.words import say

    try:
        parts.stop()
        said = outcome(parts.journal, language) if summary else ""
    finally:
        clean = folder.remove()
    left = say("demo.clean", language) if clean else say("demo.left", language, path=folder.path)
    # A closed terminal cannot be written to any more.
    with suppress(OSError):
        if summary:
            click.echo(f"-- {said}; {left}")
        elif not clean:
            click.echo(f"-- {left}", err=True)


def _note(id_: str, language: str, /, **values: object) -> None:
    from ptsn.tailing import note
    from ptsn.words import say

    with suppress(OSError):
        note(say(id_, language, **values))
