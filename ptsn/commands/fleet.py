"""``ptsn fleet``: be all the panels of the sample district."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import click

from ptsn.commands.panel_given import PROTOCOLS

EVENTFUL = tuple(name for name in PROTOCOLS if name not in ("mx8000", "osborne-hoffman", "radio"))
"""Of two others the layout of panels' events is not public; a radio unit needs a key of its own."""
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


class Duration(click.ParamType[float]):
    """``30s``, ``5m``, ``1h`` or a plain number of seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([smh]?)", str(value))
        if match is None or float(match[1]) <= 0:
            self.fail(f"{value!r} is not a duration; write it like 30s, 5m or 1h", param, ctx)
        return float(match[1]) * _UNITS[match[2]]


@click.command(
    epilog="Example: ptsn fleet --schools 24 --accounts-csv accounts.csv --zones-csv zones.csv\n\n"
    "Example: ptsn fleet --to tcp:127.0.0.1:5000 --schools 24 --speed 60 --for 5m\n\n"
    "Example: ptsn fleet --to serial:/dev/ttyUSB0:baudrate=9600 --protocol surgard --for 5m\n\n"
    "Example: echo alarm 7003 panic | ptsn fleet --to tcp:127.0.0.1:5000 --commands",
)
@click.option(
    "--to",
    "target",
    metavar="ADDR",
    help="Receiver: tcp:HOST:PORT, udp:HOST:PORT or serial:DEVICE. Without it only --accounts-csv and --zones-csv are "
    "written.",
)
@click.option("--listen", metavar="ADDR", help="Instead of --to: wait on tcp:PORT until the receiver calls.")
@click.option(
    "--protocol",
    type=click.Choice(EVENTFUL),
    default=EVENTFUL[0],
    show_default=True,
    help="Speak this one. With a receiver's protocol, over a serial port and with --listen all share one line.",
)
@click.option(
    "--quirk",
    "quirks",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="Depart from the protocol; `ptsn panel send --list-quirks --protocol NAME` lists what there is.",
)
@click.option(
    "--schools", type=click.IntRange(1, 90_000), help="How many schools.  [default: the 24 of the sample district]"
)
@click.option(
    "--speed",
    type=click.FloatRange(0, 1e6, min_open=True),
    default=1.0,
    show_default=True,
    help="How many times faster than time the day runs.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same day.")
@click.option("--attempts", type=click.IntRange(1), default=3, show_default=True, help="Tries for each message.")
@click.option("--for", "duration", type=Duration(), metavar="TIME", help="Stop after 30s, 5m, 1h.")
@click.option(
    "--accounts-csv",
    type=click.Path(path_type=Path, dir_okay=False),
    help="First write the accounts, with the keys of this fleet, for ptsn accounts import.",
)
@click.option(
    "--zones-csv",
    type=click.Path(path_type=Path, dir_okay=False),
    help="First write the names of the schools' zones, for ptsn zones import.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File where the sequence numbers go on from run to run.  [default: ~/.local/state/ptsn/counters.json]",
)
@click.option(
    "--unit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The school of this account reports by radio: the file that `ptsn radio key new ACCOUNT --to FILE` makes.",
)
@click.option("--air", metavar="ADDR", help="The KISS modem of that unit, at 1200 bit/s, such as tcp:127.0.0.1:8001.")
@click.option(
    "--commands",
    is_flag=True,
    help="Take commands from standard input, one a line; `help` lists them. Its end does not end the fleet.",
)
def command(
    target: str | None,
    listen: str | None,
    protocol: str,
    quirks: tuple[str, ...],
    schools: int | None,
    speed: float,
    seed: int,
    attempts: int,
    duration: float | None,
    accounts_csv: Path | None,
    zones_csv: Path | None,
    state: Path | None,
    unit: Path | None,
    air: str | None,
    commands: bool,
) -> int:
    """Be many panels at once: the schools of a fictitious district, acting out an ordinary day.

    They open and close, test themselves, have troubles, and now and then an alarm, the first within seconds. Two are
    on bad lines and fall silent now and then.

    With --commands an incident is raised at a chosen school (`alarm 7003 panic`); the answers, on standard output,
    end with a line `ok ...` or `error: ...`.

    Progress goes to standard error. Ctrl-C, SIGTERM or the end of --for stop it. Exit code 1 when nothing was
    acknowledged, else 0.
    """
    from panels.district import accounts_csv as accounts_of
    from panels.district import load
    from panels.district import zones_csv as zones_of
    from panels.fleet import Fleet
    from panels.fleet_control import Control, read_lines
    from panels.running import allow_many_sockets, run, state_file
    from ptsn.commands.panel_options import advice
    from ptsn.fleet_ways import no_keys, units_of, way_of
    from receiver.adapters.called import ListenError
    from receiver.adapters.counters import FileCounters

    if (
        target is None
        and listen is None
        and ((accounts_csv is None and zones_csv is None) or commands or duration is not None)
    ):
        raise click.UsageError(
            "--to is missing: the receiver, such as tcp:127.0.0.1:5000. Without it --accounts-csv and --zones-csv "
            "are written, and nothing is sent"
        )
    way = way_of(target, listen, protocol, quirks)
    where = way.target
    district = no_keys(load(schools), way)
    # Both are looked at before either is written: what is refused leaves nothing behind.
    for path, option in ((accounts_csv, "--accounts-csv"), (zones_csv, "--zones-csv")):
        if path is not None and os.path.lexists(path):
            raise _there_already(path, option)
    if accounts_csv is not None:
        # It holds keys: nobody but its owner may read it.
        _write_new(accounts_csv, accounts_of(district), "--accounts-csv", 0o600)
    if zones_csv is not None:
        _write_new(zones_csv, zones_of(district), "--zones-csv", 0o666)
    if where is None:
        return 0
    counters = FileCounters(state_file(state))
    radio = units_of(unit, air, district, counters.path)
    allow_many_sockets()

    async def main(reactor: Any) -> int:
        from twisted.internet.defer import Deferred

        fleet = Fleet(
            district,
            where,
            counters,
            reactor,
            seed=seed,
            speed=speed,
            attempts=attempts,
            ack_timeout_s=way.habits.ack_timeout_s,
            habits=way.habits,
            who=way.who,
            radio=radio,
            progress=lambda text: _say(f"fleet: {text}"),
        )
        control = Control(fleet, reactor, _answer, seed=seed)
        over: Deferred[None] = Deferred()

        def end() -> Deferred[None]:
            control.stop()
            if not over.called:
                over.callback(None)
            return fleet.stop()

        # SIGINT and SIGTERM: the reactor waits for this before it stops.
        reactor.addSystemEventTrigger("before", "shutdown", end)
        try:
            fleet.start()
        except ListenError:
            await fleet.stop(0.0)
            raise
        if commands and sys.stdin is not None:
            read_lines(sys.stdin.fileno(), reactor, control.take)
        if duration is not None:
            reactor.callLater(duration, end)
        await over
        await fleet.stop()
        done = fleet.statistics
        if done.sent and not done.acknowledged and not done.link_tests - done.link_tests_failed:
            trouble = fleet.last_trouble or "no answer came"
            _say(f"ptsn: nothing was acknowledged: {trouble}")
            # A fleet may be stopped before the time for an answer is over: to whoever looks for the cause it is one.
            if hint := advice("no answer" if "before an answer" in trouble else trouble, protocol, where):
                _say(hint)
            return 1
        return 0

    return run(main)


def _answer(text: str) -> None:
    try:
        click.echo(text)
    except OSError:
        # Whoever gave the commands is gone; the fleet goes on, and nothing complains at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str) -> None:
    click.echo(text, err=True)


def _write_new(path: Path, text: str, option: str, mode: int) -> None:
    """A file that was not there before."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError as error:
        raise _there_already(path, option) from error
    with os.fdopen(fd, "w", encoding="utf-8") as stream:
        stream.write(text)


def _there_already(path: Path, option: str) -> click.BadParameter:
    return click.BadParameter(f"{path} is there already; name another file, or remove it", param_hint=option)
