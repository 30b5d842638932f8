"""One writer at a time: the lock beside the journal.

``ptsn serve`` holds it for its whole life, and a command that changes the accounts without a station
holds it for a moment. The kernel gives it back when the process ends, however it ends; the file stays.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from protocols.errors import UserError


class LockedError(UserError, RuntimeError):
    """Another process holds the lock."""


class StationLock:
    """Hold an exclusive ``flock`` on ``path``, without waiting for it.

    Raises :class:`LockedError` when another process (or another lock of this one) has it, OSError when
    the file cannot be made. Reusable, not reentrant.
    """

    def __init__(self, path: Path, what: str = "a station") -> None:
        self.path = path
        self.what = what
        """Who holds it, in the words of the error that others get."""
        self._fd = -1

    def acquire(self) -> None:
        """Take the lock now, or raise."""
        if self._fd >= 0:
            raise RuntimeError("the lock is held already")
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(fd)
            os.close(fd)
            raise LockedError(f"{self.path}: in use by {holder}; stop it first") from None
        except OSError:
            os.close(fd)
            raise
        # The lock is what counts: a full disk, where the note in it cannot be written, stops nobody.
        with suppress(OSError):
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()} {self.what}\n".encode(), 0)
        self._fd = fd

    def whole(self) -> bool:
        """Whether the file held is still the one at the path."""
        try:
            found = os.stat(self.path)
        except OSError:
            return False
        held = os.fstat(self._fd)
        return (found.st_dev, found.st_ino) == (held.st_dev, held.st_ino)

    def restore(self) -> bool:
        """Make and lock the file anew after somebody removed it. False when another process has one there."""
        with suppress(OSError):
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(fd)
                return False
            os.close(self._fd)
            self._fd = fd
            return True
        return False

    def release(self) -> None:
        """Give the lock back. Nothing happens when it is not held."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> StationLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _holder(fd: int) -> str:
    pid, _, what = os.pread(fd, 200, 0).decode("utf-8", "replace").strip().partition(" ")
    if not pid.isdecimal():
        return "another process"
    return f"{what or 'a process'} (process {pid})"
