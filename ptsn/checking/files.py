"""The files that a report is written to: looked at before the check begins, written as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from protocols.errors import UserError


class FileError(UserError):
    """A file cannot be written: a text for a person."""


class Target:
    """One file. A link stays a link; a pipe or a device is written to as it is."""

    def __init__(self, path: Path) -> None:
        """Raises FileError where it is certain that it cannot be written. Nothing is made yet."""
        self.path = path
        # Where it really is, now: the working folder of a process can change.
        self._real = Path(os.path.realpath(path))
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            mode = None
        except (OSError, ValueError) as error:
            raise FileError(f"{path} cannot be written: {error}") from error
        if mode is not None and stat.S_ISDIR(mode):
            raise FileError(f"{path} is a folder")
        self.special = mode is not None and not stat.S_ISREG(mode)
        """No file: it may wait for whoever reads it."""
        folder = self._real.parent
        if mode is None and not folder.is_dir():
            raise FileError(f"there is no folder {folder}")
        self._in_folder = os.access(folder, os.W_OK | os.X_OK)
        if not (self._in_folder if mode is None else os.access(path, os.W_OK)):
            raise FileError(f"{path} cannot be written")

    def same(self, other: Target) -> bool:
        """Whether both are one file."""
        if self._real == other._real:
            return not self.special
        try:
            return not self.special and self._real.samefile(other._real)
        except OSError:
            return False

    def write(self, data: bytes) -> None:
        """Write all of it. Raises OSError."""
        if self.special:
            with self.path.open("wb", buffering=0) as file:
                rest = memoryview(data)
                while rest:
                    rest = rest[file.write(rest) or 0 :]
        elif self._in_folder:
            self._replace(data)
        else:
            # The file may be written and its folder not: there is no other way than in place.
            self._real.write_bytes(data)

    def _replace(self, data: bytes) -> None:
        new = self._real.with_name(f".ptsn-{os.getpid()}.new")
        try:
            new.write_bytes(data)
            if self._real.exists():
                shutil.copymode(self._real, new)
            new.replace(self._real)
        except OSError:
            new.unlink(missing_ok=True)
            raise
