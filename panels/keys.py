"""Keys that a receiver changed, kept over restarts of the panel.

A file beside the one with the sequence numbers (mode 0600), because it holds secrets. What it says counts only for the
key that was exchanged: with another one on the command line the panel begins anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from protocols.errors import UserError


class KeyFileError(UserError, OSError):
    """The file of keys cannot be used."""


class _Exchanged(Struct, frozen=True):
    given: str
    """Which key was exchanged: its digest."""
    key: str
    """The one in force, in hex."""


class KeyFile:
    """The keys of any number of panels, by the name of their counter."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def beside(cls, state: Path) -> KeyFile:
        """That of a file of sequence numbers."""
        return cls(state.with_name(f"{state.name}.keys"))

    def in_force(self, name: str, given: bytes) -> bytes:
        """The key to use: the given one, or what a receiver put in its place. Raises OSError."""
        found = self._read().get(name)
        return given if found is None or found.given != _digest(given) else bytes.fromhex(found.key)

    def exchange(self, name: str, given: bytes, key: bytes) -> None:
        """Remember that ``key`` took the place of the given one. Raises OSError."""
        keys = self._read()
        keys[name] = _Exchanged(_digest(given), key.hex())
        new = f"{self.path}.new"
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(msgspec.json.encode(keys, order="sorted") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)

    def _read(self) -> dict[str, _Exchanged]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        try:
            keys = msgspec.json.decode(data, type=dict[str, _Exchanged])
            for exchanged in keys.values():
                bytes.fromhex(exchanged.key)
        except ValueError as error:
            raise KeyFileError(
                f"{self.path}: not a file of keys ({error}); move it away to begin with the key of the command line"
            ) from error
        return keys


class KeptKey:
    """The key of one panel, over its restarts. ``given`` is that of the command line."""

    def __init__(self, file: KeyFile, name: str, given: bytes) -> None:
        """Raises OSError when the file cannot be read."""
        self._file = file
        self._name = name
        self._given = given
        self.key = file.in_force(name, given)
        """The key to use."""

    @property
    def exchanged(self) -> str:
        """A note for people, when the key is not the given one; else empty."""
        if self.key == self._given:
            return ""
        return f"the key is the one that a receiver gave ({self._file.path}), in place of that of --key"

    def keep(self, say: Callable[[str], None], key: bytes) -> None:
        """A receiver gave a key; ``say`` is told when it cannot be written."""
        try:
            self._file.exchange(self._name, self._given, key)
        except OSError as error:
            say(f"the new key could not be written to {self._file.path}: {error.strerror or error}")


def _digest(key: bytes) -> str:
    return hashlib.sha256(b"ptsn panel key " + key).hexdigest()
