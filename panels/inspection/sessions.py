"""Whether a session of SIA blocks is ended in order: by the block "end of data" (SIA DC-03, function ``0``)."""

from __future__ import annotations

END = frozenset(bytes((header, 0x30, 0xFF ^ header ^ 0x30)) for header in (0x00, 0x40, 0x80, 0xC0))
"""The block with each header that it may have: no data, an answer asked for or not, a reverse channel or not."""
_LONGEST = 3


class EndOfData:
    """Looks for that block at the end of what one connection brings."""

    __slots__ = ("_tail",)

    def __init__(self) -> None:
        self._tail = b""

    def take(self, data: bytes) -> None:
        """Bytes came."""
        self._tail = (self._tail + data[-_LONGEST:])[-_LONGEST:]

    @property
    def seen(self) -> bool:
        """The last that came was that block."""
        return self._tail in END
