"""How a fleet reports: what its options say of protocol, receiver and faults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from panels.district import District
from panels.fleet import shares_a_line
from panels.habits import DC09, RADIO, Habits, Identity, Outfit
from panels.profiles import PLAIN, load
from panels.speaking import with_quirks
from protocols.lines.sending import QuirksError, UnsendableError
from ptsn.commands import panel_options as options

if TYPE_CHECKING:
    from panels.brand import Profile
    from panels.path import Way

AIR_BIT_RATE = 1200.0
"""Of the radio channel."""
ACK_TIMEOUT_S = 10.0
"""With DC-09."""


class FleetWay(Struct, frozen=True):
    """How all its panels report."""

    target: Way | None
    """None where nothing is sent."""
    who: Identity | None
    """Receiver and line in protocols that have them."""
    habits: Habits


def way_of(target: str | None, listen: str | None, protocol: str, quirks: Sequence[str]) -> FleetWay:
    """What the options say. Raises click.BadParameter and click.UsageError."""
    profile = load(PLAIN[protocol])
    if profile.coding.only is not None:
        raise click.BadParameter(f"the layout of events in {protocol} is not public", param_hint="--protocol")
    if target is not None and listen is not None:
        raise click.UsageError("--to and --listen exclude each other")
    where: Way | None = None
    if target is not None:
        where = options.read_way(target, "--to", profile)
    elif listen is not None:
        where = options.read_listen(listen)
        if protocol == DC09:
            raise click.BadParameter("panels with DC-09 call by themselves; give --to", param_hint="--listen")
    habits = Habits(
        protocol=protocol,
        departures=profile.departures,
        ack_timeout_s=ACK_TIMEOUT_S if protocol == DC09 else profile.timings.ack_timeout_s,
    )
    who = _who(profile)
    try:
        habits = with_quirks(who, habits, options.quirks_of(quirks))
    except (QuirksError, UnsendableError) as error:
        raise click.BadParameter(str(error), param_hint="--quirk") from error
    return FleetWay(where, None if protocol == DC09 else who, habits)


def _who(profile: Profile) -> Identity:
    account = "7001"
    return Identity(account=account, receiver=profile.receiver_of(account), line=profile.account.line)


def no_keys(district: District, way: FleetWay) -> District:
    """The district as its protocol can say it."""
    if way.habits.protocol == DC09:
        return district
    return district.in_the_clear(shares_a_line(way.habits.protocol, way.target))


def units_of(unit: Path | None, air: str | None, district: District, state: Path) -> dict[str, tuple[Outfit, Way]]:
    """The radio unit of a school and its modem, by account; empty without one.

    Raises click.BadParameter, click.UsageError, UserError, OSError.
    """
    from panels.unit_state import KeptUnit, read_file
    from protocols.channel import ax25
    from protocols.radio.options import RadioOptions

    if unit is None and air is None:
        return {}
    if unit is None or air is None:
        raise click.UsageError("--unit, the file of a radio unit, and --air, its modem, go together")
    modem = options.read_way(air, "--air", load(PLAIN[RADIO]))
    account = read_file(unit).account
    if all(site.account != account for site in district.sites):
        raise click.BadParameter(f"{unit} is of account {account}, and no school has it", param_hint="--unit")
    kept = KeptUnit(unit, state)
    channel = RadioOptions(network=kept.file.network, profile=ax25(AIR_BIT_RATE))
    return {account: (Outfit(unit=kept.file.unit(), options=channel, shelf=kept.shelf), modem)}
