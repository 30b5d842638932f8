"""``ptsn radio key``: enrol radio units and change their keys. What is heavy is imported where it is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ptsn.commands.fleet import Duration
from ptsn.radio_units import Place, about, give

if TYPE_CHECKING:
    from receiver.radio.keyfile import KeyFile

SUITES = ("aes-ccm-8", "chacha20-poly1305")
NETWORK_MAX = 0xFFFF
STATION_MAX = 0xFFFFFFFF


class Number(click.ParamType[int]):
    """A number, decimal or as ``0x0A01``."""

    name = "number"

    def __init__(self, most: int) -> None:
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number."""
        try:
            number = int(str(value), 0)
        except ValueError:
            number = -1
        if not 0 <= number <= self._most:
            self.fail(f"{value!r} is not a number from 0 to {self._most}; write it like 2561 or 0xA01", param, ctx)
        return number


_keys = click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file of keys; without it that of the station's radio adapter.",
)
_config = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The station's settings; also from PTSN_CONFIG; station.toml where it is there.",
)
_suite = click.option("--suite", type=click.Choice(SUITES), help="Cipher.  [default: aes-ccm-8; of roll: as before]")
_bits = click.option(
    "--bits",
    type=click.Choice(["128", "256"]),
    help="Size of the key.  [default: 128 for aes-ccm-8, else 256; of roll: as before]",
)
_to = click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what the unit needs to a new file (mode 0600) that a simulated unit reads, instead of showing it.",
)


@click.group(
    "key",
    epilog="Example: ptsn radio key new 1234 -c station.toml",
    help="""Enrol radio units, and change their keys.

    Each unit has a key of its own. It is shown once, when it is made, and typed into the unit by wire; the station
    keeps it in a file that nobody else may read. A running station takes changes up by itself.
    """,
)
def key() -> None:
    """The group of the commands below."""


@key.command(
    epilog="Example: ptsn radio key new 1234 --test 180 -c station.toml\n\n"
    "Example: ptsn radio key new 1234 --keys radio-keys.json --network 0x0A01 --one-way --to unit-1234.json",
    help="Enrol the radio unit of ACCOUNT: give it a number and its first key, and show once what to type into it.",
)
@click.argument("account")
@_keys
@_config
@click.option("--station", type=Number(STATION_MAX), help="Number of the unit.  [default: the next that none ever had]")
@click.option("--one-way", is_flag=True, help="It only sends, and is never answered.")
@click.option("--test", "test_s", type=Duration(), metavar="TIME", help="It sends a test so often: 180, 3m, 1h.")
@_suite
@_bits
@click.option("--network", type=Number(NETWORK_MAX), help="Of a new file, 0 to 65535.  [default: random]")
@_to
def new(
    account: str,
    keys: Path | None,
    config: Path | None,
    station: int | None,
    one_way: bool,
    test_s: float | None,
    suite: str | None,
    bits: str | None,
    network: int | None,
    to: Path | None,
) -> None:
    """Add a unit with one key."""
    from protocols.datagram import Suite
    from protocols.radio.book import Ways
    from receiver.radio.enrolment import enrolled, free_station
    from receiver.radio.keyfile import KeyFile, UnitRecord

    place = Place(keys, config)
    cipher = Suite(suite or SUITES[0])
    account = account.upper()

    def add(file: KeyFile | None) -> KeyFile:
        file = file or KeyFile(network=_random_network() if network is None else network)
        if network is not None and network != file.network:
            raise click.ClickException(
                f"{place.path}: is of network {file.network} ({file.network:04X}), not {network}; leave --network out, "
                "or name another file"
            )
        unit = UnitRecord(
            station=free_station(file) if station is None else station,
            account=account,
            ways=Ways.ONE if one_way else Ways.TWO,
            test_s=test_s or 0.0,
        )
        return enrolled(file, unit, cipher, int(bits) if bits else cipher.sizes[0] * 8, _now(), place.known)

    give(place, account, add, to)
    _unknown_account(place, account)


@key.command(
    epilog="Example: ptsn radio key roll 1234 -c station.toml",
    help="""Give the unit of ACCOUNT another key, and show once what to type into it.

    Until the unit uses it both keys are accepted; then the earlier one is retired. A unit that is locked, because it
    or the station lost what it must remember, is heard again from then on.
    """,
)
@click.argument("account")
@_keys
@_config
@_suite
@_bits
@click.option("--replace", "instead", is_flag=True, help="In place of a successor that was never used.")
@_to
def roll(
    account: str,
    keys: Path | None,
    config: Path | None,
    suite: str | None,
    bits: str | None,
    instead: bool,
    to: Path | None,
) -> None:
    """Add a key to a unit."""
    from protocols.datagram import Suite
    from receiver.radio.enrolment import rolled

    place = Place(keys, config)
    account = account.upper()
    cipher = Suite(suite) if suite else None
    size = int(bits) if bits else None

    def add(file: KeyFile | None) -> KeyFile:
        return rolled(_there(place, file), account, cipher, size, _now(), place.known, instead)

    give(place, account, add, to)


@key.command(
    epilog="Example: ptsn radio key remove 1234 -c station.toml",
    help="Remove the radio unit of ACCOUNT with all its keys: it is not heard any more. Its account stays.",
)
@click.argument("account")
@_keys
@_config
def remove(account: str, keys: Path | None, config: Path | None) -> None:
    """Take a unit away."""
    from receiver.radio.enrolment import removed
    from receiver.radio.keyfile import change

    place = Place(keys, config)
    change(place.path, lambda file: removed(_there(place, file), account.upper()))
    click.echo(f"removed the radio unit of account {account.upper()}")


@key.command(
    "list",
    epilog="Example: ptsn radio key list -c station.toml --json",
    help="""List the radio units and how their keys stand; the keys themselves are never shown.

    in use: the newest that was used. next: given out, not used yet. retired: an earlier one. locked: not to be used
    with this station's journal; ptsn radio key roll gives the unit another one.
    """,
)
@_keys
@_config
@click.option("--json", "as_json", is_flag=True, help="As JSON: the network, and a list of units.")
def list_(keys: Path | None, config: Path | None, as_json: bool) -> None:
    """Print what is there."""
    from receiver.radio.keyfile import load

    place = Place(keys, config)
    file = load(place.path)
    units = [about(file, unit, place.known) for unit in file.units]
    if place.known is None:
        click.echo("ptsn: note: how keys stand is in the station's journal: name the station with -c", err=True)
    if as_json:
        click.echo(json.dumps({"network": file.network, "units": units}, ensure_ascii=False, indent=2))
        return
    click.echo(f"network {file.network} ({file.network:04X})")
    table = [("ACCOUNT", "STATION", "ADDRESS", "WAYS", "TEST", "KEYS")]
    for row in units:
        test = f"{row['test_s']:g} s" if row["test_s"] else "-"
        shown = ", ".join(f"{one['id']} {one['state'] or '?'}" for one in row["keys"]) or "-"
        table.append((row["account"], str(row["station"]), row["call"], row["ways"], test, shown))
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _there(place: Place, file: KeyFile | None) -> KeyFile:
    if file is None:
        raise click.ClickException(f"{place.path}: there is no such file; ptsn radio key new makes it")
    return file


def _unknown_account(place: Place, account: str) -> None:
    """Say so where nobody has entered the account."""
    from receiver.accounts import AccountStore

    if place.settings is None:
        return
    store = AccountStore(place.settings.accounts, read_only=True)
    try:
        there = any(one.account == account for one in store.all())
    finally:
        store.close()
    if not there:
        click.echo(
            f"ptsn: note: nobody has entered account {account} yet: ptsn accounts add {account} --supervision 180 "
            "--missed 3/5",
            err=True,
        )


def _random_network() -> int:
    import secrets

    return 1 + secrets.randbelow(NETWORK_MAX)


def _now() -> str:
    import time

    from receiver.journal.entry import rfc3339

    return rfc3339(time.time())
