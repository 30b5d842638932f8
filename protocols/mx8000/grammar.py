"""The records of the MX8000 and of Silent Knight receivers: where one begins and ends, its fields, its check byte.

A record is ``type MMDDYY " HHMMSS " receiver " reference " data V CR``; fields are parted by ``"`` (22h). Type 02 is a
system message; Silent Knight receivers write it as ``01 MMDDYY " HHMM " data V CR``. V is the only check: a sum over
everything in front of it. The layout of the data of events is not public.
"""

from __future__ import annotations

import re

from msgspec import Struct

from protocols.lines.scanning import MORE
from protocols.mx8000.findings import GARBAGE, INCOMPLETE

LONGEST = 512

SYSTEM, SILENT_KNIGHT_SYSTEM = 0x02, 0x01
SEPARATOR = b'"'
ACCOUNT_MARK, DUMP_MARK = 0x05, 0x23

# No record begins with an answer, a line end or a separator.
_TYPE = rb"[\x01-\x05\x07-\x09\x0b\x0c\x0e-\x14\x16-\x1a\x1c-\x21\x23-\x7f]"
_head = re.compile(rb'%b([0-9]{6})"([0-9]{4}(?:[0-9]{2})?)"' % _TYPE).match
_begin = re.compile(
    rb'%b(?:[0-9]{0,5}\Z|[0-9]{6}(?:\Z|"(?:[0-9]{0,6}\Z|[0-9]{4}"|[0-9]{6}")))' % _TYPE,
).search


class Fields(Struct, frozen=True):
    """The fields of a record, as spans of its bytes."""

    date: tuple[int, int]
    time: tuple[int, int]
    receiver: tuple[int, int] | None
    reference: tuple[int, int] | None
    data: tuple[tuple[int, int], ...]
    """Those behind the reference, empty ones too."""
    v: int
    """Where the check byte stands."""


def v_byte(data: bytes) -> int:
    """The check byte of what stands in front of it: after each addition bit 7 is cleared and bit 6 set."""
    total = 0
    for byte in data:
        total = ((total + byte) & 0x7F) | 0x40
    return total


def fields_of(raw: bytes) -> Fields | None:
    """The fields of ``raw``, from its type to its CR; None where that is no record."""
    head = _head(raw)
    v = len(raw) - 2
    if head is None or not raw.endswith(b"\r") or v < head.end():
        return None
    spans = []
    at = head.end()
    while at <= v:
        end = raw.find(SEPARATOR, at, v)
        end = v if end < 0 else end
        spans.append((at, end))
        at = end + 1
    known = 0 if raw[0] == SILENT_KNIGHT_SYSTEM else 2
    if known and len(spans) < known:
        known = 0
    return Fields(
        head.span(1),
        head.span(2),
        spans[0] if known else None,
        spans[1] if known else None,
        tuple(spans[known:]),
        v,
    )


class Records:
    """Implements :class:`protocols.lines.scanning.Grammar`."""

    filler = b"\0\r\n"
    longest = LONGEST

    def seek(self, buffer: bytes, at: int) -> int:
        """The next byte behind which a date and a time stand, or may come to stand."""
        found = _begin(buffer, at)
        return len(buffer) if found is None else found.start()

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of the record at ``at``, up to its CR. V is checked by whoever reads it."""
        head = _head(buffer, at)
        if head is None:
            return 0 if final else MORE
        end = buffer.find(b"\r", head.end() + 1, at + LONGEST)
        if end < 0:
            return 0 if final else MORE
        return end + 1 - at

    def guess(self, raw: bytes) -> str:
        """What a run of noise probably is."""
        return INCOMPLETE if _head(raw) else GARBAGE
