"""Where a frame stands in bytes, right or damaged: for explaining them, not for receiving.

A right frame is what :mod:`protocols.dc09.framing` finds. Of a damaged one the first head is taken, and for its body
what stands between that and the next CR or LF.
"""

from __future__ import annotations

import re

from msgspec import Struct

from protocols.dc09.framing import Frame, Framer, crc
from protocols.dc09.grammar import ASCII_HEAD, BINARY_HEAD, CR, FILLER, LF, NEXT_HEAD
from protocols.secrets import STAR, places

_without_lf = re.compile(rb"([0-9A-Fa-f]{4})(0[0-9A-Fa-f]{3})\"").match
"""The head of a frame whose LF was lost, as by copying it out of a log."""


class Shape(Struct, frozen=True):
    """One frame. Offsets count bytes."""

    start: int
    """The LF, or the CRC where there is none."""
    begin: int
    """The body."""
    end: int
    """Behind the body."""
    stop: int
    """Behind the CR; equal to ``end`` where there is none."""
    crc: int
    """As given."""
    computed: int | None
    """None where it cannot be told: the frame is cut off, or a key in it is masked."""
    length: int
    """As given."""
    counted: int
    binary: bool = False
    """The CRC is two raw bytes."""
    counts_cr: bool = False
    """CRC and length count the closing CR."""
    cut: bool = False
    """The bytes end before the frame does."""
    masked: bool = False
    """A key in the body is overwritten, so that its CRC is no longer that of the bytes."""

    @property
    def head(self) -> int:
        """Where the CRC begins."""
        return self.begin - (6 if self.binary else 8)

    @property
    def right(self) -> bool:
        """Length and CRC are those of the bytes, as far as can be told."""
        return not self.cut and self.length == self.counted and self.computed in (None, self.crc)


def find(data: bytes) -> Shape | None:
    """The first right frame, else the first that is damaged; None when there is no head of one."""
    framer = Framer()
    framer.feed(data)
    while (item := framer.next(final=True)) is not None:
        if isinstance(item, Frame):
            return _right(data, item)
    found = NEXT_HEAD.search(data)
    if found is not None:
        head = ASCII_HEAD.match(data, found.start()) or BINARY_HEAD.match(data, found.start())
    else:
        head = _without_lf(data, len(data) - len(data.lstrip(FILLER)))
    return None if head is None else _damaged(data, head)


def _right(data: bytes, frame: Frame) -> Shape:
    start = data.find(frame.raw)
    begin = start + frame.offset
    end = begin + len(frame.body)
    counted = len(frame.body) + frame.counts_cr
    sum_ = crc(data[begin : begin + counted])
    return Shape(
        start, begin, end, end + 1, sum_, sum_, counted, counted, binary=frame.binary, counts_cr=frame.counts_cr
    )


def _damaged(data: bytes, head: re.Match[bytes]) -> Shape:
    given, digits = head.groups()
    binary = len(given) == 2
    sum_ = int.from_bytes(given, "big") if binary else int(given, 16)
    length = int(digits, 16)
    begin = head.end() - 1
    end = _end(data, begin, begin + length, sum_)
    stop = end + 1 if data[end : end + 1] == bytes([CR]) else end
    body = data[begin:end]
    cut = stop == end == len(data) and len(body) < length
    masked = _masked(body) and not cut
    counts_cr = masked and stop > end and len(body) + 1 == length
    return Shape(
        head.start(),
        begin,
        end,
        stop,
        sum_,
        None if cut or masked else crc(body),
        length,
        len(body) + counts_cr,
        binary=binary,
        counts_cr=counts_cr,
        cut=cut,
        masked=masked,
    )


def _masked(body: bytes) -> bool:
    """Whether the value of a key in it is overwritten, as :mod:`protocols.secrets` does."""
    text = body.decode("latin-1")
    return any(text.startswith(STAR, start) for start, _ in places(text))


def _end(data: bytes, begin: int, due: int, sum_: int) -> int:
    """Behind the body: where the CRC fits though no CR follows, else at the next CR or LF."""
    ends = [at for at in (data.find(bytes([mark]), begin) for mark in (CR, LF)) if at >= 0]
    end = min(ends, default=len(data))
    return due if due < end and crc(data[begin:due]) == sum_ else end
