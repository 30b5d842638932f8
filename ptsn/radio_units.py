"""Radio units at the command line: where their keys are, what is shown of them, how a key is handed out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from protocols.radio.unit import Unit
    from receiver.radio.enrolment import Known
    from receiver.radio.keyfile import KeyFile, UnitRecord
    from receiver.settings import Settings

GROUP = 4
"""Digits of a key that are written together."""


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


def about(file: KeyFile, unit: UnitRecord, known: Known | None) -> dict[str, Any]:
    """A unit for people, without key bytes; states are None where the journal is not known."""
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


def give(place: Place, account: str, how: Callable[[KeyFile | None], KeyFile], to: Path | None) -> None:
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
