"""Bytes that come in chunks of any size, taken in the sizes a file format is made of."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

LINE = 1 << 20
"""Bytes of a line of text that are kept together; what is longer is handed out in such pieces."""


class Supply:
    """Chunks behind one another. Holds what was not yet taken: at most a chunk more than was asked for."""

    __slots__ = ("_at", "_buffer", "_chunks", "taken")

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._buffer = b""
        self._at = 0
        self.taken = 0
        """Bytes taken so far."""

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes; fewer only where no more come."""
        have = len(self._buffer) - self._at
        if have < size:
            parts = [self._buffer[self._at :]]
            while have < size and (chunk := next(self._chunks, None)) is not None:
                parts.append(chunk)
                have += len(chunk)
            self._buffer = b"".join(parts)
            self._at = 0
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        self.taken += len(data)
        return data

    def skip(self, size: int) -> int:
        """Pass over bytes without holding them. Gives how many there were."""
        left = size
        while left > 0 and (data := self.take(min(left, 1 << 16))):
            left -= len(data)
        return size - left


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines of a text in UTF-8, or in UTF-16 with its mark, with their line end; as UTF-8, without a mark.

    Bytes that are no UTF-8 stay as they are. A line longer than :data:`LINE` comes in pieces. Never raises.
    """
    left = b""
    for chunk in _utf8(chunks):
        parts = (left + chunk).split(b"\n")
        left = parts.pop()
        for part in parts:
            yield from _within(part + b"\n")
        while len(left) > LINE:
            yield left[:LINE]
            left = left[LINE:]
    if left:
        yield left


def _within(line: bytes) -> Iterator[bytes]:
    for start in range(0, len(line), LINE):
        yield line[start : start + LINE]


def _utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    source = iter(chunks)
    head = b""
    for chunk in source:
        head += chunk
        if len(head) >= len(codecs.BOM_UTF8):
            break
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        yield decoder.decode(head).encode("utf-8", "replace")
        for chunk in source:
            yield decoder.decode(chunk).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")
        return
    yield head.removeprefix(codecs.BOM_UTF8)
    yield from source
