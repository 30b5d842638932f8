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
_COMMENT = re.compile(rb"\s*(?:#|//).*", re.DOTALL)
_TYPES = rb"(?<!\w)(?:(?:static|const|unsigned|signed|char|int|short|long|byte|u?int8_t|u?int32_t|size_t)\s++){1,6}"
"""Bounded, and not begun by blanks: searched for, it would look over the rest of a line again from each place in it."""
_DECLARED = re.compile(rb"%b\w++\s*+\[[^\]]{0,64}\]\s*+=(?=\s*+(?:\{|$))" % _TYPES)
"""The beginning of an array in C, as ``xxd -i`` writes it."""
_LENGTH = re.compile(rb"\s*+%b\w++\s*+=\s*+\d++\s*+;\s*+" % _TYPES)
"""How long it is."""
_DIGITS = re.compile(rb"[0-9A-Fa-f]*")
_FLOW = Flow()


def spoken(line: bytes) -> bytes:
    """A line without what says nothing of the bytes: a comment, the name and the length of an array."""
    if _COMMENT.fullmatch(line) or _LENGTH.fullmatch(line):
        return b""
    return _DECLARED.sub(b"", line, count=1)


def read(chunks: Iterable[bytes]) -> Iterator[Item]:
    """The bytes, as one stream. Lines that begin with ``#`` or ``//`` are comments; of an array in C the name and the
    length are passed over.

    Raises OtherFormatError for anything else, with its line, and for half a byte at the end.
    """
    left = b""
    number = 0
    for number, line in enumerate(lines(chunks), 1):
        bare = BETWEEN.sub(b"", spoken(line))
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
