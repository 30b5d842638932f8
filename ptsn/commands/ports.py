"""``ptsn ports``: serial ports, and what is connected to one. What is heavy is imported where it is used."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from ptsn.commands.fleet import Duration

if TYPE_CHECKING:
    from protocols.wire import LineSettings
    from ptsn.probing.listening import Found

FOR_S = 120.0
NOTHING = 3


@click.command(
    epilog="Example: ptsn ports --probe /dev/ttyUSB0 --for 5m",
    help="""List the serial ports of this machine: what each is, and whether it can be used.

    With --probe, listen on one until it is known what it speaks and how it is set, and print the lines for
    station.toml. Nothing is ever written to the port: an existing system beside it is not disturbed. Something must
    be said on the line meanwhile, so let it be long enough for a heartbeat (often 30 s), or raise an event.

    Exit codes: 0 done, 1 the port cannot be used, 3 nothing was recognised.
    """,
)
@click.option("--probe", metavar="DEV", help="Find out what this port speaks: /dev/ttyUSB0, or serial:/dev/ttyUSB0.")
@click.option("--for", "for_s", type=Duration(), default=FOR_S, metavar="TIME", help="How long: 30s, 2m (the default).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(probe: str | None, for_s: float, as_json: bool) -> int:
    """List, or listen."""
    return _list(as_json) if probe is None else _probe(_device(probe), for_s, as_json)


def _device(given: str) -> str:
    """The device's path, also where it is written as in station.toml; how the line is set is what is found out."""
    from receiver.adapters.endpoints import SERIAL, EndpointError, SerialDevice, parse_connect

    if not given.strip().lower().startswith(f"{SERIAL}:"):
        return given
    try:
        endpoint = parse_connect(given)
    except EndpointError as error:
        raise click.BadParameter(str(error), param_hint="--probe") from error
    assert isinstance(endpoint, SerialDevice)
    return endpoint.device


def _list(as_json: bool) -> int:
    from ptsn.probing.listing import ports

    found = ports()
    if as_json:
        click.echo(json.dumps([port.as_dict() for port in found], ensure_ascii=False, indent=2))
        return 0
    if not found:
        click.echo(
            "No serial port is here. Is the converter plugged in? `dmesg | tail` says what the system sees of it.",
            err=True,
        )
        return 0
    from tui.shown import clean

    width = max(len(port.device) for port in found)
    for port in found:
        click.echo(f"{clean(port.device):{width}}  {clean(port.state)}")
        for line in (port.description, port.trouble, port.lasting and f"under a name that stays: {port.lasting}"):
            if line:
                click.echo(f"{'':{width}}  {clean(line)}")
    return 0


def _probe(device: str, for_s: float, as_json: bool) -> int:
    from protocols.wires import WIRES
    from ptsn.probing.listening import listen
    from ptsn.probing.settings import named
    from receiver.adapters.serial import PortError

    last: list[object] = []
    terminal = sys.stderr.isatty()

    def progress(line: LineSettings, left: float) -> None:
        if terminal:
            click.echo(f"\rlistening at {named(line)}, {left:4.0f} s left ", err=True, nl=False)
        elif last[-1:] != [line]:
            click.echo(f"listening at {named(line)}", err=True)
        last.append(line)
        del last[:-1]

    try:
        found = listen(device, tuple(WIRES.values()), for_s, progress)
    except PortError as error:
        raise click.ClickException(f"{device}: {error}") from error
    finally:
        if terminal and last:
            click.echo("", err=True)
    return _tell(device, found, for_s, as_json)


def _tell(device: str, found: Found, for_s: float, as_json: bool) -> int:
    from ptsn.probing.telling import as_dict, lines

    if as_json:
        click.echo(json.dumps(as_dict(device, found), ensure_ascii=False, indent=2))
    else:
        for line in lines(device, found, for_s):
            click.echo(line)
    return 0 if found.fits else NOTHING
