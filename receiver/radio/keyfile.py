"""The file of a radio network's units and their keys: JSON, mode 0600, changed under a lock and replaced at once.

A key belongs to one journal: that one knows which of its counters were taken. With another journal (the old one was
lost, or another station took the file) every recording under the key would pass for new, so such a key is locked until
the unit is enrolled anew. Key bytes stand in this file and nowhere else of the station.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from protocols.datagram import RadioKey, RadioKeyError, Suite
from protocols.errors import UserError
from protocols.radio.book import Ways

VERSION = 1
LOST = "lost"
"""In place of a key's journal: what the station must know of the key was lost."""
WAIT_S = 5.0
"""So long is waited for whoever changes the file."""
_Byte = Annotated[int, Meta(ge=0, le=255)]
_Network = Annotated[int, Meta(ge=0, le=0xFFFF)]
_Station = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
_AccountNumber = Annotated[str, Meta(pattern=r"\A[0-9A-Z]{1,16}\Z")]
_SECRET = re.compile(r"[0-9A-Fa-f]{16,}")


class KeyFileError(UserError):
    """The file of keys cannot be used. The text says why and what to do; it carries no key bytes."""


class BusyError(KeyFileError):
    """Somebody else is changing the file."""


class KeyRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key."""

    id: _Byte
    suite: Suite
    key: str
    """Hexadecimal."""
    made_at: str
    """RFC 3339, UTC."""
    journal: str = ""
    """The journal that knows its counters; empty until a station has read it."""

    def __repr__(self) -> str:
        return f"<KeyRecord {self.id} {self.suite.value}>"

    def radio_key(self) -> RadioKey:
        """The key to seal and open with. Raises RadioKeyError."""
        try:
            material = bytes.fromhex(self.key)
        except ValueError:
            raise RadioKeyError("its digits are not hexadecimal") from None
        return RadioKey(self.id, self.suite, material)


class UnitRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One unit."""

    station: _Station
    account: _AccountNumber
    ways: Ways = Ways.TWO
    test_s: Annotated[float, Meta(ge=0)] = 0.0
    last_id: _Byte = 0
    """The highest key id it ever had: none comes back, the journal knows each for ever."""
    keys: tuple[KeyRecord, ...] = ()
    """The oldest first."""


class Removed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit that is there no more."""

    station: _Station
    last_id: _Byte


class KeyFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One network."""

    version: int = VERSION
    network: _Network
    units: tuple[UnitRecord, ...] = ()
    """By number."""
    removed: tuple[Removed, ...] = ()

    def unit(self, account: str) -> UnitRecord | None:
        """The unit of an account."""
        return next((unit for unit in self.units if unit.account == account), None)

    def with_unit(self, changed: UnitRecord) -> KeyFile:
        """The unit of that number put in, or in place of the one there."""
        others = [unit for unit in self.units if unit.station != changed.station]
        return replace(
            self,
            units=tuple(sorted((*others, changed), key=lambda unit: unit.station)),
            removed=tuple(one for one in self.removed if one.station != changed.station),
        )

    def without(self, gone: UnitRecord) -> KeyFile:
        """Without that unit; its key ids stay used."""
        return replace(
            self,
            units=tuple(unit for unit in self.units if unit.station != gone.station),
            removed=(*self.removed, Removed(station=gone.station, last_id=last_id(gone))),
        )


def last_id(unit: UnitRecord) -> int:
    """The highest key id that the unit ever had."""
    return max(unit.last_id, *(key.id for key in unit.keys), 0)


def load(path: Path) -> KeyFile:
    """Read and check the file. Raises KeyFileError."""
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read()
    except FileNotFoundError:
        raise KeyFileError(f"{path}: there is no such file; ptsn radio key new makes it") from None
    except OSError as error:
        hint = f"; run: chown USER {path}, with the user that the station runs as" if error.errno == 13 else ""
        raise KeyFileError(f"{path}: cannot be read: {error.strerror}{hint}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise KeyFileError(f"{path}: others may read the keys in it; run: chmod 600 {path}")
    return _parse(path, data)


class _Version(Struct):
    version: int


def _parse(path: Path, data: bytes) -> KeyFile:
    try:
        version = msgspec.json.decode(data, type=_Version).version
        if version != VERSION:
            raise KeyFileError(f"{path}: is of version {version}, and this program reads version {VERSION}; update it")
        file = msgspec.json.decode(data, type=KeyFile)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        # A key that was put into the wrong place must not come out in a log.
        why = _SECRET.sub("...", str(error))
        raise KeyFileError(f"{path}: not a file of radio keys ({why}); restore it from a copy") from None
    _check(path, file)
    return file


def _check(path: Path, file: KeyFile) -> None:
    """Two units of one number or account, keys of one id, one key in two places: each would break what keys protect."""
    names: set[object] = set()
    material: set[str] = set()
    for unit in file.units:
        if unit.station in names or unit.account in names:
            raise KeyFileError(f"{path}: station {unit.station} or account {unit.account} is there twice; remove one")
        names |= {unit.station, unit.account}
        ids: set[int] = set()
        for key in unit.keys:
            where = f"{path}: account {unit.account}, key {key.id}"
            try:
                digits = key.radio_key().material.hex()
            except RadioKeyError as error:
                raise KeyFileError(f"{where}: {error}; restore the file from a copy") from None
            if key.id in ids:
                raise KeyFileError(f"{where}: the id stands there twice; remove one of them")
            if digits in material:
                raise KeyFileError(f"{where}: is the same as another one there; give this unit a new key")
            ids.add(key.id)
            material.add(digits)


def change(path: Path, how: Callable[[KeyFile | None], KeyFile], wait_s: float = WAIT_S) -> KeyFile:
    """Change the file, which may not be there yet, and return what it holds now.

    Others wait meanwhile, and it waits for others; a crash leaves the old file or the new one. Raises KeyFileError,
    BusyError when somebody else holds it for longer than ``wait_s`` seconds.
    """
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise KeyFileError(f"{path}: the folder {path.parent} does not exist; create it")
    try:
        with _locked(path, wait_s):
            before = load(path) if path.exists() else None
            after = how(before)
            if after != before:
                _check(path, after)
                _write(path, after)
            return after
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written: {error.strerror or error}") from error


@contextmanager
def _locked(path: Path, wait_s: float) -> Iterator[None]:
    # The file itself is replaced at each change, and a lock file of root's would shut the station out: so the folder.
    fd = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        until = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise BusyError(f"{path}: another program is changing it; try again") from None
                time.sleep(0.01)
        yield
    finally:
        os.close(fd)


def _write(path: Path, file: KeyFile) -> None:
    new = f"{path}.new"
    with suppress(FileNotFoundError):
        os.unlink(new)  # of a crash; whoever else made it might read what is written
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as out:
        with suppress(FileNotFoundError):
            there = os.stat(path)
            if (there.st_uid, there.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(fd, there.st_uid, there.st_gid)  # root's change must not take the file from the station
        out.write(msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    os.replace(new, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
