r"""Bytes written as hex digits: ``0A 43``, ``0a43``, ``0A:43``, ``0x0A, 0x43``, ``\x0a\x43``, ``{0x0A, 0x43};``."""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterable, Iterator

from protocols.capture.errors import OtherFormatError
from protocols.capture.pieces import Flow, Item, Piece
from protocols.capture.supply import lines

BETWEEN = re.compile(rb"[\s:,;\-{}()\[\]\"']+|0[xX](?=[0-9A-Fa-f])|\\x|b(?=['\"])")
"""What stands between digits without meaning anything."""
COMMENT = re.compile(rb"\s*(?:#|//)")
_DIGITS = re.compile(rb"[0-9A-Fa-f]*")
_FLOW = Flow()


def read(chunks: Iterable[bytes]) -> Iterator[Item]:
    """The bytes, as one stream. Lines that begin with ``#`` or ``//`` are comments.

    Raises OtherFormatError for anything else, with its line, and for half a byte at the end.
    """
    left = b""
    number = 0
    for number, line in enumerate(lines(chunks), 1):
        if COMMENT.match(line):
            continue
        bare = BETWEEN.sub(b"", line)
        digits = left + bare
        good = _DIGITS.match(bare)
        assert good is not None
        if good.end() < len(bare):
            odd = bare[good.end() : good.end() + 1].decode("latin-1")
            raise OtherFormatError(f"line {number} is not hex digits: {odd!r} is none.")
        even = len(digits) & ~1
        left = digits[even:]
        if even:
            yield Piece(_FLOW, unhexlify(digits[:even]), None, number)
    if left:
        raise OtherFormatError(f"line {number} ends with an odd number of hex digits: the last byte is cut in half.")
