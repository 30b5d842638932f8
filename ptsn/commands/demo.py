"""``ptsn demo``: a station and a district of panels in a temporary folder, live."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ptsn import children
from ptsn.commands.fleet import Duration
from ptsn.commands.tail import Tail, colors, note

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command(epilog="Example: ptsn demo --lang ru --speed 120 --for 5m")
@click.option("--headless", is_flag=True, help="Plain lines, no terminal needed.")
@click.option("--for", "duration", type=Duration(), metavar="TIME", help="End after 30s, 5m, 1h.")
@click.option("--schools", type=click.IntRange(1, 2000), default=24, show_default=True)
@click.option(
    "--speed", type=click.FloatRange(0.1, 10_000), default=60.0, show_default=True, help="Of the day acted out."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same day.")
@click.option("--lang", type=click.Choice(["en", "ru", "kk"]), default="en", show_default=True)
def command(headless: bool, duration: float | None, schools: int, speed: float, seed: int, lang: str) -> int:
    """Run a station and the panels of a fictitious district, and show what comes in.

    Everything is made in a temporary folder, on loopback, and removed at the end: after Ctrl-C, --for, or when
    the terminal is closed. The first alarm comes within seconds.
    """
    demo = Demo(schools, speed, seed, lang, color=colors() and not headless)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    failed = False
    try:
        demo.start()
        asyncio.run(demo.show(duration))
    except KeyboardInterrupt:
        pass
    except DemoError as error:
        failed = True
        click.echo(f"ptsn: {error}", err=True)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demo.stop()
    if not failed:
        # A closed terminal cannot be written to any more.
        with suppress(OSError):
            click.echo(demo.summary())
    return 1 if failed else 0


def _interrupt(number: int, _frame: object) -> None:
    raise KeyboardInterrupt


class DemoError(Exception):
    """The demo cannot go on; a text for a person."""


class CountingTail(Tail):
    """Shows the streams, and counts what it showed."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.signals = 0
        self.alarms = 0
        self._opened: set[object] = set()

    def _say(self, name: str, data: Mapping[str, object], line: str | None = None) -> None:
        if name == "entry" and data.get("kind") == "signal":
            self.signals += 1
        if name == "alarm" and data.get("rings") == 1 and not data.get("closed") and data["id"] not in self._opened:
            self._opened.add(data["id"])
            self.alarms += 1
        super()._say(name, data, line)


class Demo:
    """A temporary station, its panels, and a view of both."""

    def __init__(self, schools: int, speed: float, seed: int, language: str, *, color: bool) -> None:
        from ptsn.render import Renderer

        self._schools = schools
        self._speed = speed
        self._seed = seed
        self._language = language
        self._folder = Path(tempfile.mkdtemp(prefix="ptsn-demo-"))
        self._station: subprocess.Popen[str] | None = None
        self._fleet: subprocess.Popen[str] | None = None
        self._stopped = False
        self._whole = ""
        from panels.district import load

        self._district = load(schools)
        self._tail = CountingTail(Renderer(language, self._district.time_zone, color=color), since=0)

    # Start and stop

    def start(self) -> None:
        """Make the folder, start the station, then the panels."""
        from io import BytesIO

        from panels.district import accounts_csv
        from receiver.accounts import AccountBook, read_csv

        config = self._folder / "station.toml"
        name = getattr(self._district.name, self._language)
        config.write_text(
            "[station]\n"
            f"name = {json.dumps('DEMO - ' + name, ensure_ascii=False)}\n"
            'node = "demo"\n'
            f'language = "{self._language}"\n'
            f'time_zone = "{self._district.time_zone}"\n'
            "[[adapter]]\n"
            'name = "ip"\n'
            'listen = ["tcp:0:interface=127.0.0.1"]\n',
            encoding="utf-8",
        )
        book = AccountBook(self._folder / "accounts.db")
        book.import_rows(read_csv(BytesIO(accounts_csv(self._district).encode())))
        book.close()
        with (self._folder / "station.log").open("w") as log:
            self._station = children.start(["serve", "-c", str(config)], stdout=subprocess.PIPE, stderr=log)
        address = self._wait_ready()
        note(f"station {name}: {self._schools} schools report to {address}; Ctrl-C ends the demo")
        with (self._folder / "fleet.log").open("w") as log:
            self._fleet = children.start(
                [
                    "fleet",
                    "--to",
                    address,
                    "--schools",
                    str(self._schools),
                    "--speed",
                    str(self._speed),
                    "--seed",
                    str(self._seed),
                    "--state",
                    str(self._folder / "counters.json"),
                ],
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def _wait_ready(self) -> str:
        assert self._station is not None
        assert self._station.stdout is not None
        # The station ends its output when it dies, so this never waits for ever.
        line = self._station.stdout.readline()
        if not line.startswith("ready "):
            raise DemoError("the station did not start:\n" + self._log("station.log"))
        return line.split()[1]

    def _log(self, name: str) -> str:
        with suppress(OSError):
            return (self._folder / name).read_text(errors="replace")[-2000:]
        return ""

    def stop(self) -> None:
        """End everything and remove the folder."""
        if self._stopped:
            return
        self._stopped = True
        children.stop(self._fleet)
        children.stop(self._station)
        if self._station is not None and self._station.stdout is not None:
            self._station.stdout.close()
            self._whole = self._verified()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _verified(self) -> str:
        from protocols.errors import UserError
        from receiver.journal.verify import verify

        try:
            report = verify(self._folder / "journal.db")
        except UserError as error:
            return f"the journal could not be verified: {error}"
        state = "is whole" if report.good else f"is DAMAGED: {report.faults[0]}"
        return f"the journal of {report.entries} entries {state}"

    def summary(self) -> str:
        """What happened, in one line."""
        tail = self._tail
        return f"-- {tail.signals} signals and {tail.alarms} alarms shown; {self._whole}; nothing is left behind"

    # The view

    async def show(self, duration: float | None) -> None:
        """Follow the station until the time is over or a part of the demo fails."""
        view = asyncio.ensure_future(self._tail.run(self._folder / "ptsn.sock", wire=False))
        watch = asyncio.ensure_future(self._watch(duration))
        try:
            await asyncio.wait([view, watch], return_when=asyncio.FIRST_COMPLETED)
            for each in (watch, view):
                if each.done():
                    each.result()
        finally:
            for each in (view, watch):
                each.cancel()
            await asyncio.gather(view, watch, return_exceptions=True)

    async def _watch(self, duration: float | None) -> None:
        end = None if duration is None else time.monotonic() + duration
        parent = os.getppid()
        while end is None or time.monotonic() < end:
            for child, what in ((self._station, "station"), (self._fleet, "fleet")):
                if child is not None and child.poll() is not None:
                    raise DemoError(f"the {what} ended by itself:\n" + self._log(f"{what}.log"))
            if os.getppid() != parent:
                return  # whoever started us is gone, and with it whoever looks
            await asyncio.sleep(0.2 if end is None else max(0.0, min(0.2, end - time.monotonic())))
