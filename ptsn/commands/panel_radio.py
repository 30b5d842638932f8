"""What ``ptsn panel`` is given for a radio unit: its file, its modem and its channel."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from panels.brand import Profile
    from panels.habits import Habits
    from protocols.radio.options import RadioOptions
    from protocols.radio.unit_file import UnitFile

RADIO = "radio"


@dataclass(frozen=True)
class Unit:
    """The options, as they were typed; None for what was not."""

    unit: Path | None
    modem: str | None
    bit_rate: float | None
    tx_delay: float | None
    tx_tail: float | None
    turnaround: float | None
    persistence: int | None
    slot: float | None
    duty: float | None
    centre: str | None
    via: str | None
    tnc_port: int | None
    fec: int | None
    level: bool | None
    copies: int | None

    @property
    def others(self) -> list[str]:
        """Options beside the file that were typed."""
        named = [field.name for field in fields(self) if field.name != "unit" and getattr(self, field.name) is not None]
        return [f"--{name.replace('_', '-')}" for name in named]


OPTIONS = (
    click.option(
        "--unit",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Be the radio unit of this file, which `ptsn radio key new ACCOUNT --to FILE` makes; --to or --listen is "
        "then its modem: a KISS TNC, `ptsn radio air`, or with --listen the station itself.",
    ),
    click.option(
        "--modem", type=click.Choice(["kiss", "transparent"]), help="Radio: what the modem speaks.  [default: kiss]"
    ),
    click.option("--bit-rate", type=float, metavar="BIT/S", help="Radio: on the air.  [default: 1200]"),
    click.option("--tx-delay", type=float, metavar="MS", help="Radio: from key-up to the data.  [default: 300]"),
    click.option("--tx-tail", type=float, metavar="MS", help="Radio: from the data to key-down.  [default: 20]"),
    click.option("--turnaround", type=float, metavar="MS", help="Radio: deaf after sending.  [default: 100]"),
    click.option("--persistence", type=int, metavar="P", help="Radio: KISS P, 0 to 255.  [default: 63]"),
    click.option("--slot", type=float, metavar="MS", help="Radio: KISS slot time.  [default: 100]"),
    click.option(
        "--duty", type=float, metavar="PERCENT", help="Radio: on the air at most, of an hour.  [default: 100]"
    ),
    click.option("--centre", metavar="CALL", help="Radio: address of the centre on AX.25.  [default: PCN]"),
    click.option("--via", metavar="CALL,...", help="Radio: digipeaters on the way to the centre."),
    click.option("--tnc-port", type=int, metavar="N", help="Radio: port of a KISS TNC with several.  [default: 0]"),
    click.option(
        "--fec", type=int, metavar="N", help="Radio: Reed-Solomon bytes on a transparent modem.  [default: 0]"
    ),
    click.option("--level", is_flag=True, default=None, help="Radio: a transparent modem puts a byte of level behind."),
    click.option(
        "--copies",
        type=click.IntRange(1, 20),
        metavar="N",
        help="Radio: how often a one-way unit says everything.  [default: the profile's, 3]",
    ),
)


def take(values: dict[str, Any]) -> Unit:
    """The options out of all that a command was given."""
    return Unit(**{field.name: values.pop(field.name) for field in fields(Unit)})


def read_unit(its: Unit, account: str | None, protocol: str | None) -> UnitFile | None:
    """What the file of the unit says; None without one. Raises UserError, click.UsageError."""
    if its.unit is None:
        if its.others or protocol == RADIO:
            why = f"{its.others[0]} is of radio units, and " if its.others else ""
            raise click.UsageError(
                f"{why}--unit is missing: the file of the radio unit, which ptsn radio key new ACCOUNT --to FILE makes"
            )
        return None
    from panels.unit_state import read_file

    if protocol not in (None, RADIO):
        raise click.UsageError(f"a radio unit does not speak {protocol}; leave out --protocol")
    file = read_file(its.unit)
    if account is not None and account.upper() != file.account:
        raise click.BadParameter(
            f"{account}: the unit of {its.unit} is of account {file.account}; leave it out", param_hint="--account"
        )
    return file


def options_of(its: Unit) -> RadioOptions:
    """The channel. Raises click.BadParameter."""
    import msgspec

    from receiver.radio.settings import RadioTable, read_table

    given = {
        "modem": its.modem,
        "bit_rate": its.bit_rate,
        "tx_delay_ms": its.tx_delay,
        "tx_tail_ms": its.tx_tail,
        "turnaround_ms": its.turnaround,
        "persistence": its.persistence,
        "slot_ms": its.slot,
        "duty_percent": its.duty,
        "call": its.centre,
        "port": its.tnc_port,
        "fec": its.fec,
        "level": "trailing-byte" if its.level else None,
    }
    names = {key: f"--{name}" for key, name in _NAMES.items()}

    def wrong(key: str, found: object, allowed: str) -> Exception:
        return click.BadParameter(f"found {found!r}; allowed: {allowed}", param_hint=names[key])

    values = {key: value for key, value in given.items() if value is not None}
    try:
        table = msgspec.convert({"keys": "-", **values}, RadioTable)
    except msgspec.ValidationError as error:
        what, _, key = str(error).partition(" - at `$.")
        raise click.BadParameter(what, param_hint=names.get(key.rstrip("`"), "--unit")) from None
    return read_table(table, Path("-"), wrong).options


_NAMES = {
    "modem": "modem",
    "bit_rate": "bit-rate",
    "tx_delay_ms": "tx-delay",
    "tx_tail_ms": "tx-tail",
    "turnaround_ms": "turnaround",
    "persistence": "persistence",
    "slot_ms": "slot",
    "duty_percent": "duty",
    "call": "centre",
    "port": "tnc-port",
    "fec": "fec",
    "level": "level",
}
"""Keys of ``[adapter.radio]`` and the options that are the same."""


def _path(text: str | None) -> tuple[Any, ...]:
    from protocols.ax25 import Address, Ax25Error

    try:
        found = tuple(Address.parse(each.strip()) for each in text.split(",")) if text else ()
    except Ax25Error as error:
        raise click.BadParameter(str(error), param_hint="--via") from error
    if len(found) > 8:
        raise click.BadParameter(f"{len(found)} digipeaters; at most 8 are allowed", param_hint="--via")
    return found


def equipped(given: Unit, profile: Profile, habits: Habits, test_s: float | None) -> Habits:
    """The habits with the unit, whose queue is not kept yet. Raises UserError, click.BadParameter.

    ``test_s`` is the interval of tests: None for that of the file, 0 for no tests.
    """
    from msgspec.structs import replace

    from panels.habits import Outfit
    from panels.unit_state import read_file
    from protocols.radio.shelf import MemoryShelf

    assert given.unit is not None
    file, form = read_file(given.unit), profile.radio
    if file.ways is not form.ways:
        raise click.BadParameter(
            f"a unit of profile {profile.name} is {form.ways}, and that of {given.unit} is enrolled as {file.ways}; "
            "give another profile, or leave it out",
            param_hint="--profile",
        )
    unit = replace(
        file.unit(),
        test_s=file.test_s if test_s is None else test_s,
        copies=given.copies or form.copies,
        ascii_form=form.ascii_form,
        path=_path(given.via),
        # What is kept is never given up.
        attempts=0 if habits.hold else habits.attempts,
    )
    channel = replace(options_of(given), network=file.network)
    return replace(habits, radio=Outfit(unit=unit, options=channel, shelf=MemoryShelf()), link_test_s=None)


def kept(given: Unit, habits: Habits, state: Path | None) -> Habits:
    """The habits with a queue that is kept over restarts, beside the counters. Raises UserError, OSError."""
    from msgspec.structs import replace

    from panels.running import state_file
    from panels.unit_state import KeptUnit

    assert given.unit is not None
    assert habits.radio is not None
    its = KeptUnit(given.unit, state_file(state))
    if its.waiting:
        click.echo(f"note: events of an earlier run are still to be sent, and go along: {its.waiting}", err=True)
    return replace(habits, radio=replace(habits.radio, shelf=its.shelf))
