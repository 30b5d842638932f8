"""The replay window: which counters of one (station, key, direction) have been taken, and what they carried.

Pure: a window is asked, and the one that follows it is stored with the signal it let through, in one transaction.
The last 64 counters are told apart; what lies below is old, whatever it is.
"""

from __future__ import annotations

import struct
from enum import Enum

from msgspec import Struct

from protocols.datagram.cipher import MARK
from protocols.datagram.header import MOST_COUNTER

WIDTH = 64
_MASK = (1 << WIDTH) - 1
_NO_MARKS = bytes(MARK * WIDTH)
_FORM = 1
_DURABLE = struct.Struct(f">BqQ{MARK * WIDTH}s")
DURABLE_SIZE = _DURABLE.size


class WindowError(ValueError):
    """Bytes that are no stored window. The station it belongs to must not be heard until it has a new key."""


class Standing(Enum):
    """What a counter is to a window."""

    NEW = "new"
    SEEN = "seen"
    """Taken before with the same mark: a copy, to be acknowledged once more."""
    DIFFERENT = "different"
    """Taken before with another mark: its sender has lost its counter, or uses one twice."""
    OLD = "old"
    """Below the window: nothing can be said but that it is late, or a replay."""


class Window(Struct, frozen=True, gc=False):
    """The last 64 counters up to ``highest``."""

    highest: int = -1
    """-1 when nothing came yet."""
    bitmap: int = 0
    """Bit n is set where ``highest - n`` was taken."""
    marks: bytes = _NO_MARKS
    """Four bytes for each bit, in the same order; zeros where it is not set."""

    def ask(self, counter: int, mark: bytes) -> Standing:
        """What that datagram is; changes nothing."""
        behind = self.highest - counter
        if behind < 0:
            return Standing.NEW
        if behind >= WIDTH:
            return Standing.OLD
        if not self.bitmap >> behind & 1:
            return Standing.NEW
        at = behind * MARK
        return Standing.SEEN if self.marks[at : at + MARK] == mark[:MARK] else Standing.DIFFERENT

    def taken(self, counter: int, mark: bytes) -> Window:
        """The window once that datagram is stored. One that is not NEW leaves it as it is.

        Raises ValueError for a mark of another size or a counter that no datagram can have.
        """
        if len(mark) != MARK or not 0 <= counter <= MOST_COUNTER:
            raise ValueError("a mark has four bytes, a counter 48 bits")
        if self.ask(counter, mark) is not Standing.NEW:
            return self
        behind = self.highest - counter
        if behind >= 0:
            at = behind * MARK
            marks = self.marks[:at] + mark + self.marks[at + MARK :]
            return Window(self.highest, self.bitmap | 1 << behind, marks)
        step = min(-behind, WIDTH)
        bitmap = (self.bitmap << step | 1) & _MASK
        marks = (mark + bytes(MARK * (step - 1)) + self.marks)[: MARK * WIDTH]
        return Window(counter, bitmap, marks)

    def to_bytes(self) -> bytes:
        """The durable form: form number, highest, bitmap, marks."""
        return _DURABLE.pack(_FORM, self.highest, self.bitmap, self.marks)

    @classmethod
    def from_bytes(cls, data: bytes) -> Window:
        """Out of the durable form. Raises WindowError for anything else."""
        if len(data) != DURABLE_SIZE or data[0] != _FORM:
            raise WindowError("not a replay window, or one of a later version")
        _, highest, bitmap, marks = _DURABLE.unpack(data)
        lowest_bit_missing = not bitmap & 1 if highest >= 0 else bool(bitmap)
        if not -1 <= highest <= MOST_COUNTER or lowest_bit_missing or bitmap >> min(WIDTH, highest + 1):
            raise WindowError("a replay window that contradicts itself")
        return cls(highest, bitmap, marks)
