"""``ptsn radio key``: enrol radio units and change their keys. What is heavy is imported where it is used."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ptsn.commands.fleet import Duration

if TYPE_CHECKING:
    from protocols.radio.unit import Unit
    from receiver.radio.enrolment import Known
    from receiver.radio.keyfile import KeyFile, UnitRecord
    from receiver.settings import Settings

SUITES = ("aes-ccm-8", "chacha20-poly1305")
NETWORK_MAX = 0xFFFF
STATION_MAX = 0xFFFFFFFF
GROUP = 4
"""Digits of a key that are written together."""


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


class Place:
    """The file of keys that a command is about, and the journal that knows which of them were used."""

    def __init__(self, keys: Path | None, config: Path | None) -> None:
        """``config`` may be left out where the file is named. Raises UserError."""
        from receiver.radio.places import key_files, known
        from receiver.settings import load

        default = Path(os.environ.get("PTSN_CONFIG") or "station.toml")
        self.settings: Settings | None = None
        if config is not None or keys is None or default.exists():
            self.settings = load(config or default)
        self.known: Known | None = None if self.settings is None else known(self.settings)
        self.path = keys or self._only(key_files(self.settings) if self.settings else ())

    def _only(self, found: tuple[Path, ...]) -> Path:
        if len(found) == 1:
            return found[0]
        assert self.settings is not None
        what = (
            "several adapters name a file of radio keys: " + ", ".join(map(str, found))
            if found
            else 'no adapter names a file of radio keys (keys = "radio-keys.json" below [adapter.radio])'
        )
        raise click.ClickException(f"{what}; say which with --keys FILE")


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
@click.option("--network", type=Number(NETWORK_MAX), help="Of a new file; as the adapter has it.  [default: random]")
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

    _give(place, account, add, to)
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

    _give(place, account, add, to)


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
    units = [_row(file, unit, place.known) for unit in file.units]
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


def _row(file: KeyFile, unit: UnitRecord, known: Known | None) -> dict[str, Any]:
    states = [None] * len(unit.keys) if known is None else known.states(file.network, unit)
    return {
        "account": unit.account,
        "station": unit.station,
        "call": str(_unit(unit).address) if unit.keys else "",
        "ways": unit.ways.value,
        "test_s": unit.test_s,
        "keys": [
            {"id": one.id, "suite": one.suite.value, "bits": len(one.key) * 4, "made_at": one.made_at, "state": state}
            for one, state in zip(unit.keys, states, strict=True)
        ],
    }


def _unit(record: UnitRecord) -> Unit:
    """With its newest key."""
    from protocols.radio.unit import Unit

    return Unit(
        station=record.station,
        account=record.account,
        key=record.keys[-1].radio_key(),
        ways=record.ways,
        test_s=record.test_s,
    )


def _there(place: Place, file: KeyFile | None) -> KeyFile:
    if file is None:
        raise click.ClickException(f"{place.path}: there is no such file; ptsn radio key new makes it")
    return file


def _give(place: Place, account: str, how: Callable[[KeyFile | None], KeyFile], to: Path | None) -> None:
    """Change the file, and hand out the newest key of the account."""
    from protocols.radio.unit_file import write_unit
    from receiver.radio.enrolment import find
    from receiver.radio.keyfile import change

    with _private(to) as write:
        file = change(place.path, how)
        made = _unit(find(file, account))
        if write is not None:
            write(write_unit(file.network, made))
    if to is None:
        _show(file, made)
        return
    click.echo(f"{to}: key {made.key.key_id} of the radio unit of account {account}; whoever reads it can speak for it")


def _show(file: KeyFile, unit: Unit) -> None:
    digits = unit.key.material.hex().upper()
    rows = {
        "network": f"{file.network} ({file.network:04X})",
        "station": f"{unit.station} ({unit.station:08X})",
        "key id": str(unit.key.key_id),
        "suite": unit.key.suite.value,
        "key": " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP)),
        "AX.25 address": str(unit.address),
    }
    click.echo(f"To be typed into the radio unit of account {unit.account}; the key is not shown again:\n")
    for name, value in rows.items():
        click.echo(f"  {name:<15}{value}")


@contextmanager
def _private(to: Path | None) -> Iterator[Callable[[bytes], None] | None]:
    """A new file of mode 0600, made before anything is changed; taken away where nothing came into it."""
    if to is None:
        yield None
        return
    try:
        fd = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{to}: is there already; remove it, or name another file") from None
    except OSError as error:
        raise click.ClickException(f"{to}: cannot be written: {error.strerror}") from error
    done = False

    def write(data: bytes) -> None:
        nonlocal done
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        done = True

    try:
        with os.fdopen(fd, "wb") as file:
            yield write
    except OSError as error:
        raise click.ClickException(
            f"{to}: cannot be written: {error.strerror}; make another key with ptsn radio key roll ACCOUNT --replace"
        ) from error
    finally:
        if not done:
            with suppress(OSError):
                os.unlink(to)


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
