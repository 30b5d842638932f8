"""Running the console in a terminal, or without one for a picture: what it is told, and the calls that commands make.

::

    code = asyncio.run(run_console(ConsoleOptions(address="ptsn.sock", operator="night shift", language="ru")))
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from protocols.catalogue import LANGUAGES
from protocols.errors import UserError
from tui.clock import running_s
from tui.complaints import Complaints
from tui.link import Link, LinkError, open_link
from tui.raising import Raiser

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.app import Console

LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In the order of their weight (locale(7))."""
ASK_S = 2.0
"""How long a station is asked for its language before the console speaks English."""
SHOT_S = 30.0
"""How long a picture waits for everything that stands on it."""
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


class ConsoleError(UserError):
    """The console cannot run so."""


class ConsoleOptions(Struct, frozen=True, kw_only=True):
    """What a console is told when it starts."""

    address: str
    """Path of the station's socket, ``unix:PATH``, or ``http://HOST:PORT``."""
    operator: str = ""
    """Signs what is done here, beside the user that the socket knows; empty for the user alone."""
    language: str = ""
    """``en``, ``ru`` or ``kk``; empty for the locale's, else the station's."""
    time_zone: str = ""
    """IANA name of the times shown; empty for the station's."""
    bell: bool = True
    """Ring the terminal's bell."""
    sound: Sequence[str] = ()
    """A command, as its words, run for every sound; ``PTSN_PRIORITY``, ``PTSN_ALARM`` and others say what for."""
    theme: str = ""
    """Name of a theme of ``tui.themes``; empty for the first."""
    page: str = "alarms"
    """Id of the page shown first."""


async def run_console(
    options: ConsoleOptions, *, raiser: Raiser | None = None, until: asyncio.Event | None = None
) -> int:
    """Show the console until the operator quits or ``until`` is set. Exit code: 0, or 1 after a fault of its own.

    Raises UserError with a text for a person where the options cannot be used.
    """
    _need_terminal()
    loop = asyncio.get_running_loop()
    complaints = Complaints()
    complaints.listen(loop)
    console = await _make(options, raiser)
    for number in _SIGNALS:
        loop.add_signal_handler(number, console.exit)
    waiting = None if until is None else asyncio.ensure_future(_exit_when(until, console))
    logging.getLogger().addHandler(complaints)
    try:
        await console.run_async()
    finally:
        logging.getLogger().removeHandler(complaints)
        if waiting is not None:
            waiting.cancel()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
    failure = console.failure or complaints.fault
    # The terminal is whole again: what happened may be told.
    with suppress(OSError):
        for line in complaints.lines:
            print(_safe(line), file=sys.stderr)
        if console.failure is not None:
            print(_safe("".join(traceback.format_exception(console.failure))), file=sys.stderr)
        if failure is not None:
            # Heard, too: nobody looks at a screen that has always been quiet.
            kind = type(failure).__name__
            print(f"\aptsn: the console failed, by a fault of its own ({kind}); start it again", file=sys.stderr)
    return 1 if failure is not None or console.return_code else 0


async def take_picture(options: ConsoleOptions, file: Path, size: tuple[int, int]) -> None:
    """Write a picture of a page, as text where ``file`` ends in ``.txt``, else as SVG. ``size``: columns, rows.

    Raises UserError where the station is away or does not tell everything in time, OSError for the file.
    """
    from tui.shot import keep, screen_svg, screen_text

    Complaints().listen(asyncio.get_running_loop())
    console = await _make(options, None)
    shown: list[str] = []
    why: list[str] = []

    async def wait(pilot: Pilot[Any]) -> None:
        deadline = time.monotonic() + SHOT_S
        while not console.is_loaded and time.monotonic() < deadline and not console.is_away:
            await pilot.pause(0.05)
        if console.is_loaded:
            ticks = console.ticks
            while console.ticks < ticks + 5:
                await pilot.pause(0.05)
            shown.append(screen_text(console) if file.suffix == ".txt" else screen_svg(console))
        else:
            why.append(console.why())
        console.exit()

    await console.run_async(headless=True, size=size, auto_pilot=wait)
    if console.failure is not None:
        raise console.failure
    if not shown:
        raise ConsoleError(f"no picture of {options.address}: {why[0] if why else 'the console ended'}")
    keep(shown[0], file)


def locale_language(environment: Mapping[str, str]) -> str:
    """``ru`` or ``kk`` where the locale says so; blank where it says anything else, or nothing.

    An English or plain locale is what machines come with, and no wish.
    """
    locale = next((environment[name] for name in LOCALE_VARIABLES if environment.get(name)), "")
    language = locale.partition("_")[0].partition(".")[0].lower()
    return language if language in LANGUAGES and language != LANGUAGES[0] else ""


async def _make(options: ConsoleOptions, raiser: Raiser | None) -> Console:
    """Everything that makes a console, checked. Raises UserError."""
    from tui import themes
    from tui.app import PAGES, Console
    from tui.feed import Feed
    from tui.state.station import StationState
    from tui.whole import read_program

    if options.theme and options.theme not in themes.THEMES:
        raise ConsoleError(f"theme {options.theme!r}: there is none such; allowed: {', '.join(themes.THEMES)}")
    if options.page not in PAGES:
        raise ConsoleError(f"page {options.page!r}: there is none such; allowed: {', '.join(PAGES)}")
    if options.time_zone:
        try:
            ZoneInfo(options.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConsoleError(
                f"time zone {options.time_zone!r}: not known here; allowed: a name of the IANA time zone database, "
                "such as UTC or Asia/Almaty"
            ) from error
    read_program()
    link = open_link(options.address)
    language = options.language or locale_language(os.environ) or await _station_language(link)
    state = StationState(running_s())
    feed = Feed(link, state, operator=options.operator, language=language)
    return Console(options, state, feed, language=language, raiser=raiser, first=options.page)


async def _station_language(link: Link) -> str:
    """The language that the station's settings ask for; English while it cannot be asked."""
    with suppress(LinkError, TimeoutError):
        async with asyncio.timeout(ASK_S):
            language = (await link.get("/v1/status")).get("language")
            if language in LANGUAGES:
                return str(language)
    return LANGUAGES[0]


def _need_terminal() -> None:
    """Raises UserError where nothing can be drawn. Textual reads standard input and draws on standard error."""
    for name, stream in (("standard input", sys.__stdin__), ("standard error", sys.__stderr__)):
        if stream is None or not stream.isatty():
            raise ConsoleError(
                f"{name} is not a terminal; the console draws on standard error and reads keys from standard input. "
                "Run it in a terminal without redirections, or use --screenshot, or `ptsn tail`"
            )
    if os.environ.get("TERM", "") in ("", "dumb"):
        raise ConsoleError(
            f"TERM is {os.environ.get('TERM', '')!r}: this terminal cannot draw a screen; use another one, "
            "set TERM to what it is (such as xterm-256color), or use `ptsn tail`"
        )


def _safe(text: str) -> str:
    """Lines of a log for a terminal: a fault may quote what a panel sent."""
    from tui.widgets.cells import visible

    return "\n".join(visible(line) for line in text.splitlines())


async def _exit_when(until: asyncio.Event, console: Console) -> None:
    await until.wait()
    console.exit()
