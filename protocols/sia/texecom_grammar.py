"""Lines of Texecom: where one begins and ends, and the names of what they hold.

Blocks may hold CR and LF, so a line of them ends where a block could begin and CR LF stands.
"""

from __future__ import annotations

import re

from protocols.lines.scanning import MORE, READY
from protocols.sia import blocks
from protocols.sia.blocks import Block, BlockError

POLL, CONTACT_ID, SIA = "POLL", "2", "3"
"""What lines call themselves (``Arrival.token``)."""
FLAGS = ("line", "mains", "battery", "armed", "engineer")
"""Bits of a poll's flags byte from the lowest: faults of line, mains and battery, armed, an engineer at work."""
LONGEST = 1024
"""Bytes of the longest line; a group of blocks holds 500 data bytes."""

_end = re.compile(rb"\r\n|\n|\r").match
poll = re.compile(rb"POLL([0-9A-Fa-f]{1,8})#([\x00-\x1f])(\x00{0,3})", re.DOTALL).match
_poll_begun = re.compile(rb"(?:P(?:O(?:L(?:L(?:[0-9A-Fa-f]{1,8}(?:#(?:[\x00-\x1f]\x00{0,3})?)?)?)?)?)?)\Z").match
contact = re.compile(rb"2([0-9A-Fa-f]{16})").match
_contact_like = re.compile(rb"2([0-9A-Za-z]{1,40})").match
_start = re.compile(rb"[P23]").search


class TexecomGrammar:
    """Where a line begins and how long it is."""

    filler = b"\r\n+"
    longest = LONGEST

    def seek(self, buffer: bytes, at: int) -> int:
        """The first offset from ``at`` on where a line may begin."""
        found = _start(buffer, at)
        return len(buffer) if found is None else found.start()

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of the line with its end; 0 where none begins, MORE where that needs more bytes."""
        first = buffer[at]
        if first == 0x50:
            found = poll(buffer, at)
            if found is None:
                return MORE if not final and _poll_begun(buffer, at) is not None else 0
            return _ended(buffer, at, found.end(), final)
        if first == 0x32:
            found = _contact_like(buffer, at)
            if found is None:
                return MORE if not final and at + 1 == len(buffer) else 0
            return _ended(buffer, at, found.end(), final)
        return self._of_blocks(buffer, at, final)

    def guess(self, raw: bytes) -> str:
        """What a run of noise probably is."""
        return "garbage"

    def _of_blocks(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of a line of blocks. A block that does not fit makes the line end at the next CR LF."""
        place = at + 1
        have = len(buffer)
        if place + 1 >= have:
            return 0 if final else MORE
        if buffer[place : place + 1] < b"\x40" or chr(buffer[place + 1]) not in blocks.FUNCTIONS:
            return 0  # a lone figure begins no line
        while place < have:
            if buffer[place] in b"\r\n" and place > at + 1:
                return _ended(buffer, at, place, final)
            end = place + (buffer[place] & blocks.LENGTH) + 3
            if end > have:
                break
            if not _fits(buffer[place:end]):
                found = buffer.find(b"\r\n", place, at + LONGEST)
                if found >= 0:
                    return found + 2 - at
                break
            place = end
        whole = place == have and place > at + 1
        if not final:
            return READY if whole else MORE
        return have - at if whole else 0


def _ended(buffer: bytes, at: int, end: int, final: bool) -> int:
    """Size of what ends at ``end`` with its line end."""
    found = _end(buffer, end)
    if found is None:
        if end < len(buffer):
            return 0
        return end - at if final else READY
    if found[0] == b"\r" and found.end() == len(buffer) and not final:
        return READY
    return found.end() - at


def _fits(raw: bytes) -> bool:
    try:
        blocks.parse(raw)
    except BlockError:
        return False
    return True


def split(body: bytes) -> tuple[list[Block], bool]:
    """The blocks of a line up to the first that does not fit, and whether all did."""
    found: list[Block] = []
    at = 0
    while at < len(body):
        end = at + (body[at] & blocks.LENGTH) + 3
        try:
            found.append(blocks.parse(body[at:end]))
        except BlockError:
            return found, False
        at = end
    return found, bool(found)
