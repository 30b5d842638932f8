"""What a simulated radio unit must keep over restarts: the counters of its key, and its queue with what is sealed.

A counter that is used twice under one key breaks the cipher. So the file of the unit says whether it was in use, and
one that was is not taken up without its counters: whoever lost them needs another key. The queue lies in a file beside
the counters, ``COUNTERS.radio-NETWORK-STATION`` (mode 0600), and is held by one process at a time.
"""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

from msgspec.structs import replace

from protocols.datagram import FROM_STATION
from protocols.errors import UserError
from protocols.radio.book import counter_name
from protocols.radio.outbox import Outbox
from protocols.radio.shelf import ShelfError
from protocols.radio.unit_file import UnitFile, UnitFileError, as_text, read_unit
from receiver.adapters.counters import FileCounters


class UnitStateError(UserError):
    """A radio unit that cannot be taken up. The text says why and what to do; it carries no key bytes."""


class FileShelf:
    """A ``protocols.radio.shelf.Shelf`` in a file. Raises UnitStateError where another process has it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # The file itself is replaced at each change, so the lock is on one that stays.
            self._lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UnitStateError(f"{path}.lock: cannot be written: {error.strerror}; say where with --state") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise UnitStateError(
                f"{path}: another program is this radio unit just now, and there can be only one; end it first"
            ) from None

    def load(self) -> bytes:
        """What was saved last; empty when nothing was. Raises OSError."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""

    def save(self, data: bytes) -> None:
        """Keep these in place of the last; on disk when this returns. Raises OSError."""
        put(self.path, data)

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)


def put(path: Path, data: bytes) -> None:
    """A file of mode 0600 in place of the one there, as a whole and on disk. Raises OSError."""
    new = f"{path}.new"
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        os.fchmod(fd, 0o600)
        file.write(data)
        file.flush()
        os.fsync(fd)
    os.replace(new, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_file(path: Path) -> UnitFile:
    """The file of a unit. Raises UnitStateError."""
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read()
    except OSError as error:
        raise UnitStateError(f"{path}: cannot be read: {error.strerror}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise UnitStateError(f"{path}: others may read the key in it; run: chmod 600 {path}")
    try:
        return read_unit(data)
    except UnitFileError as error:
        raise UnitStateError(f"{path}: {error}") from None


class KeptUnit:
    """A unit with its counters and its queue, for this process alone."""

    def __init__(self, path: Path, state: Path) -> None:
        """``path`` is the file of the unit, ``state`` that of the counters. Raises UnitStateError, OSError."""
        self.file = read_file(path)
        self.counters = FileCounters(state)
        name = counter_name(self.file.network, self.file.station, self.file.key_id, FROM_STATION)
        shelf = f"{state.name}.radio-{self.file.network:04x}-{self.file.station:08x}"
        self.shelf = FileShelf(state.with_name(shelf))
        try:
            self._begin(path, state, name)
            self.waiting = self._waiting()
            """Events that an earlier run did not get rid of."""
        except BaseException:
            self.shelf.close()
            raise

    def _begin(self, path: Path, state: Path, name: str) -> None:
        there = name in self.counters.names()
        if self.file.begun and not there:
            raise UnitStateError(
                f"{state}: has no counters of key {self.file.key_id} of the radio unit of account {self.file.account}, "
                f"which was in use ({path}); to count from 0 again would break the key. Name the file that keeps them "
                "with --state. Where it is lost, give the unit another key at the station: "
                f"ptsn radio key roll {self.file.account} --to FILE"
            )
        if not there:
            self.counters.begin([name])
        if self.file.begun:
            return
        # Only after the counters are there: a crash in between leaves a unit that was not used yet.
        self.file = replace(self.file, begun=True)
        try:
            put(path, as_text(self.file))
        except OSError as error:
            raise UnitStateError(
                f"{path}: cannot be written: {error.strerror}; it must say that the unit was in use: put it where it "
                "can be changed"
            ) from error

    def _waiting(self) -> int:
        try:
            return len(Outbox(self.shelf, self.file.account).items)
        except ShelfError as error:
            raise UnitStateError(
                f"{self.shelf.path}: {error}; move it away to go on without what waited in it"
            ) from error
