"""What is carried to a unit when it is enrolled: ``ptsn radio key new --to`` makes the file, simulated units read it.

JSON, one object: ``version`` 1, ``network``, ``station``, ``account``, ``ways``, ``test_s``, ``key_id``, ``suite``,
``key`` (hexadecimal), ``call``, its address on AX.25, and ``begun``, true once a unit has used it. It holds the key:
whoever reads it can speak for the unit.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from protocols.ax25 import Address, Ax25Error
from protocols.datagram import RadioKey, RadioKeyError, Suite
from protocols.errors import UserError
from protocols.radio.book import Ways
from protocols.radio.unit import Unit

VERSION = 1


class UnitFileError(UserError):
    """Not such a file; the text carries no key bytes."""


class UnitFile(Struct, frozen=True, kw_only=True):
    """One unit and its key."""

    version: int = VERSION
    network: int
    station: int
    account: str
    ways: Ways
    test_s: float
    key_id: int
    suite: Suite
    key: str
    call: str
    begun: bool = False
    """It was in use: whoever has it must have the counters of its key as well."""

    def __repr__(self) -> str:
        return f"<UnitFile {self.network:04x}/{self.station:08x}/{self.key_id}>"

    def unit(self) -> Unit:
        """As an end takes it. Raises UnitFileError."""
        try:
            key = RadioKey(self.key_id, self.suite, bytes.fromhex(self.key))
            call = Address.parse(self.call)
        except RadioKeyError as error:
            raise UnitFileError(str(error)) from None
        except Ax25Error as error:
            raise UnitFileError(f"call: {error}") from None
        except ValueError:
            raise UnitFileError("key: its digits are not hexadecimal") from None
        return Unit(station=self.station, account=self.account, key=key, ways=self.ways, test_s=self.test_s, call=call)


def write_unit(network: int, unit: Unit) -> bytes:
    """The file of a unit."""
    file = UnitFile(
        network=network,
        station=unit.station,
        account=unit.account,
        ways=unit.ways,
        test_s=unit.test_s,
        key_id=unit.key.key_id,
        suite=unit.key.suite,
        key=unit.key.material.hex(),
        call=str(unit.address),
    )
    return as_text(file)


def as_text(file: UnitFile) -> bytes:
    """What stands on disk."""
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def read_unit(data: bytes) -> UnitFile:
    """What stands in the file of a unit. Raises UnitFileError."""
    try:
        file = msgspec.json.decode(data, type=UnitFile)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise UnitFileError("not the file of a radio unit; ptsn radio key new ACCOUNT --to FILE makes one") from None
    if file.version != VERSION:
        raise UnitFileError(f"is of version {file.version}, and this program reads version {VERSION}; update it")
    file.unit()
    return file
