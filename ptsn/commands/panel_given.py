"""What every command of ``ptsn panel`` is given: who the panel is, whom it speaks to, and in which way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ptsn.commands import panel_radio

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

STRICT = "strict-2013"
"""The profile of panels that were given neither a profile nor a protocol."""
KEY_HELP = (
    "Encrypt with this key (DC-09): HEX digits, text:KEY, or @FILE with either in it. "
    "A key on the command line is visible to every user of this machine (ps); @FILE is not."
)

PROTOCOLS = ("dc09", "sia", "surgard", "ademco685", "mx8000", "d6600", "d6500", "osborne-hoffman", "radio")
"""Those of ``protocols.wires``: importing it takes longer than anybody waits for a Tab."""

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Given:
    """The shared options, as they were typed."""

    target: str | None
    listen: str | None
    account: str
    profile: str | None
    protocol: str | None
    quirks: tuple[str, ...]
    key: str | None
    prefix: str | None
    receiver: str | None
    line: str | None
    encoding: str | None
    time_zone: str | None
    attempts: int | None
    timeout: float | None
    pieces: int | None
    state: Path | None
    verbose: bool
    radio: panel_radio.Unit
    """Of a radio unit."""


def _complete_profile(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of profiles; of files of one's own where none begins like that."""
    from importlib import resources

    from click.shell_completion import CompletionItem

    # Not panels.profiles.names: importing that takes longer than anybody waits for a Tab.
    files = (file.name for file in resources.files("panels").joinpath("profiles").iterdir())
    names = sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


_SHARED = (
    click.option(
        "--to",
        "target",
        metavar="ADDR",
        help="Receiver: tcp:HOST:PORT, udp:HOST:PORT or serial:DEVICE, such as serial:/dev/ttyUSB0:baudrate=9600.",
    ),
    click.option(
        "--listen",
        metavar="ADDR",
        help="Instead of --to: wait on tcp:PORT until the receiver calls, as hardware receivers do.",
    ),
    click.option("--account", help="Account number, with DC-09 3 to 16 hex digits.  [required]"),
    click.option(
        "--profile",
        metavar="NAME|FILE",
        shell_complete=_complete_profile,
        help=f"Be a panel of this brand; `ptsn panel profiles` lists them.  [default: {STRICT}, or that of --protocol]",
    ),
    click.option(
        "--protocol",
        type=click.Choice(PROTOCOLS),
        help="Speak this protocol.  [default: the profile's, dc09]",
    ),
    click.option(
        "--quirk",
        "quirks",
        multiple=True,
        metavar="NAME[=VALUE]",
        help="Depart from the protocol, such as crc=binary; more than once for more of them.",
    ),
    click.option("--list-quirks", is_flag=True, help="List what --quirk takes with the protocol, and end."),
    click.option("--key", metavar="HEX|text:KEY|@FILE", help=KEY_HELP),
    click.option(
        "--prefix", help="Account prefix (L) of DC-09, 1 to 6 hex digits.  [default: the profile's, mostly 0]"
    ),
    click.option(
        "--receiver",
        help="Receiver number: R of DC-09, 1 to 6 hex digits; with other protocols as they have it.  "
        "[default: the profile's]",
    ),
    click.option("--line", help="Line of the receiver, not with DC-09.  [default: the profile's, mostly 1]"),
    click.option("--encoding", metavar="CODEC", help="Of texts, such as cp866; DC-09 has a quirk for it."),
    click.option(
        "--time-zone",
        metavar="ZONE",
        help="Zone of the panel's clock, such as Asia/Almaty, where its messages say a time without a zone; "
        "stamps of DC-09 are UTC.  [default: UTC]",
    ),
    click.option(
        "--attempts", type=click.IntRange(1, 100), help="Tries for each message.  [default: the profile's, mostly 3]"
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0, 600, min_open=True),
        help="Seconds to wait for an answer, and for a connection.  [default: the profile's, 10]",
    ),
    click.option(
        "--pieces", type=click.IntRange(1, 100), help="Write each frame in so many pieces (not UDP).  [default: 1]"
    ),
    click.option(
        "--state",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File where the sequence numbers go on from run to run; with it a key that a receiver gives goes on too, "
        "in FILE.keys.  [default: ~/.local/state/ptsn/counters.json]",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Print what is sent and what comes back."),
)


def shared(command: F) -> F:
    """The options of every command that is a panel; it gets them as its first argument."""

    @wraps(command)
    def told(list_quirks: bool, **values: Any) -> Any:
        radio = panel_radio.take(values)
        names = [field.name for field in fields(Given) if field.name != "radio"]
        its = Given(**{name: values.pop(name) for name in names}, radio=radio)
        if list_quirks:
            return _list_quirks(its)
        file = panel_radio.read_unit(radio, its.account, its.protocol)
        if file is not None:
            # By a profile of its own, a radio unit is what the station was told.
            usual = its.profile or f"radio-{file.ways.value}"
            its = replace(its, account=file.account, protocol=panel_radio.RADIO, profile=usual)
        if its.account is None:
            raise click.UsageError("Missing option '--account'.")
        return command(its, **values)

    made: Any = told
    for option in reversed((*_SHARED, *panel_radio.OPTIONS)):
        made = option(made)
    return made  # type: ignore[no-any-return]


def _list_quirks(given: Given) -> int:
    from panels.faults import SENTENCES
    from panels.speaking import sentences
    from ptsn.commands.panel_options import read_profile

    known = sentences(read_profile(given.profile, given.protocol).protocol)
    width = max(map(len, known))
    for name, sentence in known.items():
        mark = "any protocol: " if name in SENTENCES else ""
        click.echo(f"{name:{width}}  {mark}{sentence}")
    return 0
