"""Whether a session of SIA blocks is ended in order: by the block "end of data" (SIA DC-03, function ``0``)."""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

LONGEST = 66
"""Bytes of a block at most: header, function, 63 bytes of data, parity."""
_LENGTH = 0x3F

_function = re.compile(rb"[NO0]").finditer


class EndOfData:
    """Looks for that block, and for blocks of events, in what one connection brings."""

    __slots__ = ("_tail", "seen")

    def __init__(self) -> None:
        self._tail = b""
        self.seen = False
        """No event came after the last of them. What else comes after it, polls and heartbeats, needs no end."""

    def take(self, data: bytes) -> None:
        """Bytes came, in any pieces."""
        data = self._tail + data
        for found in _function(data):
            at = found.start()
            if at and _whole(data, at - 1):
                self.seen = found[0] == b"0"
        self._tail = data[-LONGEST:]


def _whole(data: bytes, start: int) -> bool:
    """A block begins there, and its parity fits; "end of data" has none of its own."""
    length = data[start] & _LENGTH
    if (data[start + 1] == 0x30) != (length == 0):
        return False
    block = data[start : start + length + 3]
    return len(block) == length + 3 and reduce(xor, block) == 0xFF
