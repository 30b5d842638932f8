"""``ptsn init``: the folder of a new station."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from receiver.adapters.endpoints import LOOPBACK, EndpointError, Listen, parse_listen

PORT = 5000
LOCALTIME = Path("/etc/localtime")
"""A link to the rules of the machine's time zone, whose name is in its target."""

SETTINGS = """\
# Settings of a ptsn station. Everything left out has a default, shown behind the # below.
# Paths are relative to this file.

[station]
name = "{name}"
# node = "north"                   # which station an entry came from; the name, when left out
# language = "en"                  # en, ru or kk
time_zone = "{time_zone}"  # of the times people are shown, such as "Asia/Almaty"
# mode = "live"                    # or "demo", "exercise": shown everywhere; a journal stays what it was begun as
# journal = "journal.db"
# accounts = "accounts.db"
# socket = "ptsn.sock"             # up to 107 bytes with its folder
# socket_group = ""                # a group of this machine whose users may open the socket, for consoles
# unknown_accounts = "accept"      # acknowledge, journal and mark them; "silent" gives no answer
# duplicate_s = 300                # seconds in which the same message counts once
# late_s = 60                      # a signal that happened this long before it was sent is marked late
# alert_command = ["/usr/local/bin/alert"]  # run when an alarm of priority 1 is not seen for
# alert_after_s = 60                        # this many seconds
# idle_s = 900                     # a TCP connection that says nothing this long is closed
# partial_s = 30                   # how long one message may take to arrive
# max_connections = 10000          # then the host with the most of them makes room
# queue = 20000                    # entries on their way to the disk; then senders wait
# disk_low_mb = 500                # less room than this on the journal's disk is an alarm; 0 for off

# A way in. Panels reach only this machine with interface=127.0.0.1; with 0.0.0.0 (IPv4), or [::] (IPv6, and
# IPv4 too: never both), they reach the station from everywhere, so have accounts with keys, or a network of
# your own, before that.
[[adapter]]
name = "ip"
protocol = "dc09"
listen = ["{tcp}", "{udp}"]

# A receiver on a serial line, or one that waits for the station to connect. `ptsn ports` lists serial ports, and
# `ptsn ports --probe DEV` finds out what one speaks; docs/station.md has all keys of an adapter.
#   [[adapter]]
#   name = "receiver-1"
#   protocol = "surgard"             # or sia, ademco685, mx8000, d6600, d6500, osborne-hoffman; auto over TCP
#   connect = ["serial:/dev/ttyUSB0:baudrate=9600"]  # or "tcp:192.0.2.40:4001"
#   listen_only = false              # true: hear, store and never answer
#   receiver = "01"                  # receiver number of messages that name none; the same with line
#   account_offset = 0               # added to its accounts
#   control_s = 90                   # silence longer than this is an alarm; 0 for off
"""


@click.command(
    epilog="Example: ptsn init station --listen 0.0.0.0",
    help="""Make the folder DIR with the settings of a new station and an empty list of accounts.

    Nothing is overwritten. The station hears only this machine until --listen says otherwise.
    """,
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--listen",
    metavar="ADDR",
    default=LOOPBACK,
    show_default=True,
    help="Address to hear panels on: 0.0.0.0, [::], 192.0.2.7, or with a port, 0.0.0.0:5001.",
)
@click.option(
    "--time-zone",
    metavar="ZONE",
    help="Of the times people are shown, such as Asia/Almaty.  [default: this machine's, else UTC]",
)
@click.option("--port", type=click.IntRange(1, 65535), help=f"Port, TCP and UDP.  [default: {PORT}]")
def command(folder: Path, listen: str, time_zone: str | None, port: int | None) -> None:
    """Write both files, then say what to type next."""
    from receiver.accounts.account import COLUMNS

    tcp = _listen(listen, port)
    udp = Listen("udp", tcp.port, tcp.interface)
    zone, known = _zone(time_zone)
    settings, accounts = folder / "station.toml", folder / "accounts.csv"
    for file in (settings, accounts):
        if os.path.lexists(file):
            raise click.ClickException(f"{file} is there already; nothing was changed")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(settings, SETTINGS.format(name=_name(folder), time_zone=zone, tcp=tcp, udp=udp))
    _write(accounts, ",".join(COLUMNS) + "\n")
    config = shlex.quote(str(settings))
    host = {"0.0.0.0": LOOPBACK, "::": "[::1]"}.get(tcp.interface, str(tcp).partition("interface=")[2])
    click.echo(f"Times are shown in {zone}{known}; to change that, set time_zone in {settings}.")
    click.echo(f"{folder} is ready. Next:")
    click.echo(f"  ptsn serve -c {config}")
    click.echo(f"  ptsn accounts add 1234 --name 'My first site' -c {config}")
    click.echo(f"  ptsn panel send --to tcp:{host}:{tcp.port} --account 1234 --code 130")


def _listen(text: str, port: int | None) -> Listen:
    """``ADDR``, ``ADDR:PORT`` or ``[ADDR]:PORT`` with ``--port``."""
    address, own = text, ""
    if text.startswith("[") and "]:" in text:
        address, _, own = text.rpartition(":")
    elif text.count(":") == 1:
        address, _, own = text.partition(":")
    if own and port is not None and own != str(port):
        raise click.UsageError(f"--listen names port {own} and --port {port}; leave one out")
    try:
        return parse_listen(f"tcp:port={own or port or PORT}:interface={address}")
    except EndpointError as error:
        raise click.BadParameter(f"{error}", param_hint="--listen") from error


def _zone(asked: str | None) -> tuple[str, str]:
    """The time zone of the station, and where it is from, for people."""
    if asked is not None:
        if not is_zone(asked):
            raise click.BadParameter(f"{asked!r} is no time zone, such as Asia/Almaty", param_hint="--time-zone")
        return asked, ""
    found = machine_zone()
    return (found, ", as on this machine") if found else ("UTC", ", for this machine does not tell its time zone")


def machine_zone(localtime: Path = LOCALTIME) -> str:
    """The name of this machine's time zone, from TZ or else /etc/localtime; blank where neither tells one."""
    if told := os.environ.get("TZ", "").removeprefix(":"):
        named = told.rpartition("zoneinfo/")[2]
        return named if is_zone(named) else ""
    named = os.path.realpath(localtime).rpartition("zoneinfo/")[2] if localtime.is_symlink() else ""
    named = "UTC" if named in ("Etc/UTC", "Etc/UCT", "UCT") else named
    return named if is_zone(named) else ""


def is_zone(name: str) -> bool:
    """Whether it is the name of a time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _name(folder: Path) -> str:
    """A name for the station that needs no quoting in TOML."""
    name = "".join(letter for letter in folder.absolute().name if letter.isalnum() or letter in " ._-")
    return name[:32].strip() or "station"


def _write(file: Path, text: str) -> None:
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as stream:
        stream.write(text)
