"""One side of a simulated radio channel: an end of the real protocol between its disk and its modem.

Its power can fail at any moment, also in the middle of a write to its disk: what is on disk stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from panels.radio.air import Air
from panels.radio.modem import Modem
from protocols.model import Moment

EPOCH = 1_790_000_000.0
"""What the wall clocks say when a simulation begins."""
STEP_S = 0.001
"""Time-outs are not asked for sooner than this again."""
BLOCK = 64


class PowerFailure(Exception):
    """The side is dead from here on."""


class Disk:
    """What a side keeps. Each write happens as a whole or not at all; ``peril`` may end the side before or after it."""

    def __init__(self, random: Random, peril: float = 0.0) -> None:
        self._random = random
        self.peril = peril
        self.cells: dict[str, bytes] = {}
        self.bounds: dict[str, int] = {}

    def strike(self) -> None:
        """A moment at which the power may fail."""
        if self.peril and self._random.random() < self.peril:
            raise PowerFailure

    def write(self, cell: str, data: bytes) -> None:
        """Keep these bytes under that name."""
        self.strike()
        self.cells[cell] = data
        self.strike()


class Shelf:
    """Where a unit keeps its queue (:class:`protocols.radio.shelf.Shelf`)."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def load(self) -> bytes:
        """What was saved last."""
        return self._disk.cells.get("shelf", b"")

    def save(self, data: bytes) -> None:
        """Keep these."""
        self._disk.write("shelf", data)


class Counters:
    """Numbers in blocks, reserved on disk before use (:class:`protocols.ends.CounterStore`). One for each start."""

    def __init__(self, disk: Disk, block: int = BLOCK) -> None:
        self._disk = disk
        self._block = block
        self._next: dict[str, int] = {}

    def take(self, name: str, count: int = 1) -> int:
        """The first of ``count`` consecutive numbers of ``name``, rising from 0."""
        disk = self._disk
        first = self._next.get(name)
        if first is None:
            first = disk.bounds.get(name, 0)
        if first + count > disk.bounds.get(name, 0):
            disk.strike()
            disk.bounds[name] = first + max(count, self._block)
            disk.strike()
        self._next[name] = first + count
        return first


class Side:
    """Runs one end. ``make`` starts it from what is on the disk, ``take`` is given what the end read."""

    def __init__(self, air: Air, disk: Disk, off_s: float) -> None:
        self.air = air
        self.disk = disk
        self.end: Any = None
        """A receiving or a sending end; None while there is no power."""
        self.modem: Modem
        self.starts = 0
        self._off_s = off_s
        self._timer: int | None = None

    @property
    def now(self) -> Moment:
        """The time, by this side's clocks."""
        return Moment(EPOCH + self.air.now, self.air.now)

    def make(self) -> Any:
        """The end, from what is on the disk; overridden."""
        raise NotImplementedError

    def take(self, items: Sequence[Any]) -> None:
        """What the end read; overridden."""
        raise NotImplementedError

    def on_air(self, data: bytes) -> None:
        """Bytes go to the modem; overridden where they are counted."""

    def start(self) -> None:
        """Power."""
        if self.end is not None:
            return
        self.starts += 1

        def begin() -> None:
            self.end = self.make()

        self.guard(begin)

    def kill(self) -> None:
        """Power fails, for a while."""
        self.end = None
        if self._timer is not None:
            self.air.cancel(self._timer)
            self._timer = None
        self.modem.cut()
        self.air.at(self.air.now + self._off_s, self.start)

    def guard(self, call: Callable[..., Any], *arguments: Any) -> bool:
        """Do something that the power may fail in, then send what is to be sent. False where it failed."""
        try:
            call(*arguments)
            if self.end is not None:
                self._pump()
        except PowerFailure:
            self.kill()
            return False
        return True

    def hear(self, data: bytes) -> None:
        """Bytes of the modem."""
        if self.end is not None:
            self.guard(self._hear, data)

    def _hear(self, data: bytes) -> None:
        self.disk.strike()
        self.take(self.end.receive(data, self.now))

    def _expire(self) -> None:
        self._timer = None
        if self.end is not None:
            self.guard(lambda: self.take(self.end.expire(self.now)))

    def _pump(self) -> None:
        data = self.end.data_to_send()
        if data:
            self.disk.strike()
            self.on_air(data)
            self.modem.write(data)
        due = self.end.next_timeout()
        if self._timer is not None:
            self.air.cancel(self._timer)
            self._timer = None
        if due is not None:
            self._timer = self.air.at(max(due, self.air.now + STEP_S), self._expire)
