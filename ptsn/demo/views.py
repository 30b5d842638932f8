"""What a demo shows while it runs: the operators' console, or plain lines. Either ends when it is told to.

Both raise :class:`ptsn.demo.parts.DemoError` when the station or the fleet ends by itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
import traceback
from collections.abc import Coroutine
from typing import Any, TypeVar

from protocols.errors import UserError
from ptsn.commands.tail import colors
from ptsn.demo.parts import TAIL, DemoError, Parts
from ptsn.demo.raising import FleetRaiser
from ptsn.demo.terminal import restored
from ptsn.tailing import Tail

T = TypeVar("T")
CLOSING_S = 5.0
"""How long a console may take to close before it is cancelled: a terminal that is gone may hold it up."""
LOOK_S = 0.2
"""How often the parts are looked at."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


async def show_lines(parts: Parts, language: str, duration: float | None) -> None:
    """Signals and alarms as ``ptsn tail`` shows them, from the journal's first entry on."""
    from ptsn.render import Renderer

    tail = Tail(Renderer(language, parts.district.time_zone, color=colors()), since=0)
    await _until_over(parts, duration, tail.run(parts.socket, wire=False), asyncio.Event(), closes=False)


async def show_console(parts: Parts, language: str, duration: float | None) -> None:
    """The operators' console, with a key that raises an alarm at a chosen school."""
    from tui.run import ConsoleOptions, run_console

    until = asyncio.Event()
    fleet = parts.fleet
    assert fleet is not None
    assert fleet.stdin is not None
    assert fleet.stdout is not None
    raiser = FleetRaiser(parts.district, language, fleet.stdin, fleet.stdout)
    options = ConsoleOptions(address=str(parts.socket), language=language, time_zone=parts.district.time_zone)

    async def console() -> int:
        try:
            return await run_console(options, raiser=raiser, until=until)
        except UserError:
            raise
        except Exception as error:
            fault = "".join(traceback.format_exception(error))[-TAIL:].strip()
            raise DemoError(f"the console failed:\n{fault}") from error
        finally:
            # While it ran it obeyed these itself; from here on everything ends anyway, and nothing may cut that short.
            for number in ENDING:
                signal.signal(number, signal.SIG_IGN)

    with restored():
        try:
            code = await _until_over(parts, duration, console(), until, closes=True)
        finally:
            await raiser.close()
    if code:
        raise DemoError("the console ended by a fault of its own; what it was stands above")


async def _until_over(
    parts: Parts, duration: float | None, view: Coroutine[Any, Any, T], until: asyncio.Event, *, closes: bool
) -> T | None:
    """Run a view until it ends, the time is over, ``until`` is set, one of the parts ends, or whoever started us."""
    viewing = asyncio.ensure_future(view)
    watching = asyncio.ensure_future(_watch(parts, duration, until))
    try:
        await asyncio.wait([viewing, watching], return_when=asyncio.FIRST_COMPLETED)
        until.set()
        if watching.done():
            # A console closes by itself then; plain lines have nothing to close.
            await asyncio.wait([viewing], timeout=CLOSING_S if closes else 0)
            watching.result()
        parts.check()  # a view that ended may have done so because of them
        if viewing.done():
            return viewing.result()
        if closes:
            raise DemoError(f"the console did not close within {CLOSING_S:.0f} s")
        return None
    finally:
        for each in (viewing, watching):
            each.cancel()
        await asyncio.gather(viewing, watching, return_exceptions=True)


async def _watch(parts: Parts, duration: float | None, until: asyncio.Event) -> None:
    end = None if duration is None else time.monotonic() + duration
    parent = os.getppid()
    while not until.is_set() and (end is None or time.monotonic() < end):
        parts.check()
        if os.getppid() != parent:
            return  # whoever started us is gone, and with it whoever looks
        await asyncio.sleep(LOOK_S if end is None else max(0.0, min(LOOK_S, end - time.monotonic())))
