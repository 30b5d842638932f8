"""Numbers that never repeat over runs: sequence numbers of dialled messages, counters of radio frames.

A block of numbers is written to disk before the first of it is used, so that a crash may waste numbers
but never hands one out twice. See :class:`protocols.ends.CounterStore`.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from protocols.errors import UserError


class CounterError(UserError, OSError):
    """The file of counters cannot be used. The text says why and what to do."""


class MemoryCounters:
    """Counters that live as long as the object: for tests and simulations."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def take(self, name: str, count: int = 1) -> int:
        """The first of ``count`` consecutive numbers of ``name``, rising from 0."""
        _check(count)
        first = self._next.get(name, 0)
        self._next[name] = first + count
        return first


class FileCounters:
    """Counters in a file (mode 0600) that any number of threads and processes may share.

    ``block`` numbers at a time are reserved with one write, fsync and atomic replacement; what is left of
    a block when the process ends is never used. A lock file stands beside it (``.lock`` appended).
    """

    def __init__(self, path: Path, block: int = 1) -> None:
        _check(block)
        self.path = path
        self.block = block
        self._reserved: dict[str, tuple[int, int]] = {}
        """Name to the next number and the end of the block, in this process."""
        self._pid = os.getpid()
        self._mutex = threading.Lock()

    def take(self, name: str, count: int = 1) -> int:
        """The first of ``count`` consecutive numbers of ``name``, rising from 0.

        Raises OSError when the reservation cannot be written, :class:`CounterError` (an OSError too) when
        the file holds something else.
        """
        _check(count)
        with self._mutex:
            if self._pid != os.getpid():  # a forked child must not use its parent's block as well
                self._reserved, self._pid = {}, os.getpid()
            first, end = self._reserved.get(name, (0, 0))
            if end - first < count:
                first, end = self._reserve(name, max(count, self.block))
            self._reserved[name] = (first + count, end)
            return first

    def begin(self, names: Iterable[str]) -> None:
        """Have counters of these names, at 0 where they are new, with one write. Raises as :meth:`take` does."""
        with self._mutex, self._locked():
            numbers = self._read()
            fresh = {name: 0 for name in names if name not in numbers}
            if fresh:
                self._write(numbers | fresh)

    def names(self) -> frozenset[str]:
        """All counters that the file has. Raises CounterError, OSError."""
        return frozenset(self._read())

    def _reserve(self, name: str, count: int) -> tuple[int, int]:
        with self._locked():
            numbers = self._read()
            if self._reserved and not numbers:
                # Beginning again would hand out what others of this file have used.
                raise CounterError(f"{self.path}: is gone or empty while it is in use; put it back")
            first = max(numbers.get(name, 0), self._reserved.get(name, (0, 0))[1])
            numbers[name] = first + count
            self._write(numbers)
        return first, first + count

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # The counters' own file is replaced at each write, so the lock is on a file that stays.
        fd = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    def _read(self) -> dict[str, int]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        try:
            numbers = msgspec.json.decode(data, type=dict[str, int])
            if any(number < 0 for number in numbers.values()):
                raise msgspec.ValidationError("a number is below 0")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CounterError(
                f"{self.path}: not a file of counters ({error}); restore it from a copy, or move it away to "
                "begin from 0, knowing that a receiver may take the first numbers for repeats"
            ) from error
        return numbers

    def _write(self, numbers: dict[str, int]) -> None:
        new = f"{self.path}.new"
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(msgspec.json.encode(numbers, order="sorted") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _check(count: int) -> None:
    if count < 1:
        raise ValueError(f"{count} numbers asked for; at least 1 is allowed")
