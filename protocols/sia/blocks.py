"""Blocks of DC-03: what stands on the wire between a panel and a receiver, whatever carries it.

::

    header(1)  function(1)  data(0..63)  parity(1)

The header is bit 7 (0x80) reverse channel enabled, bit 6 (0x40) acknowledgement requested, bits 5-0 number of data
bytes; the parity byte makes the exclusive or of the whole block 0xFF. ``LAYOUT`` is that definition; ``parse`` and
``build`` do the same by hand, since a station reads every block, and a test holds them equal. Source:
contact_id_and_sia.md, 2.3 and 2.4.
"""

from __future__ import annotations

from typing import Any

import construct
from msgspec import Struct

from protocols.lines.scanning import MORE

REVERSE = 0x80
"""Header bit: the reverse channel is enabled."""
ASKS = 0x40
"""Header bit: an acknowledgement is requested."""
LENGTH = 0x3F
"""Header bits: number of data bytes."""
MOST_DATA = LENGTH
LONGEST = MOST_DATA + 3
"""Bytes of the longest block."""
SHORTEST = 3
WHOLE = 0xFF
"""The exclusive or of a whole block."""

END, WAIT, ABORT = "0", "1", "2"
STAND_BY, DISCONNECT, ACKNOWLEDGE, REJECT = "6", "7", "8", "9"
OLD_ACKNOWLEDGE, OLD_REJECT = "\x08", "\x09"
"""What the RS232 modules of Galaxy say in their place before firmware 0.06."""
ACCOUNT, ORIGIN = "#", "&"
NEW, OLD, ENVIRONMENT = "N", "O", "E"
TEXT = "A"
PROGRAM, CONTROL, EXTENDED, CONFIGURATION, LOGIN = "P", "C", "X", "@", "?"
LISTEN_IN, CHANNEL, CHANNEL_FRAME, VIDEO = "L", "V", "v", "I"

ANSWERS = frozenset((STAND_BY, DISCONNECT, ACKNOWLEDGE, REJECT, OLD_ACKNOWLEDGE, OLD_REJECT))
"""Functions that answer a block."""
EVENTS = frozenset((NEW, OLD, ENVIRONMENT))
RESERVED = frozenset("345")
REMOTE = frozenset((PROGRAM, CONTROL, EXTENDED, CONFIGURATION, LOGIN))
"""Functions of programming and control from outside, and of what answers those: they tell of nothing that happened."""
UNANSWERED = ANSWERS | {CONFIGURATION, CONTROL, EXTENDED}
"""Functions that no acknowledgement answers, whatever their header asks."""
FUNCTIONS = (
    ANSWERS
    | EVENTS
    | RESERVED
    | {END, WAIT, ABORT, ACCOUNT, ORIGIN, TEXT, PROGRAM, CONTROL, EXTENDED, CONFIGURATION, LOGIN}
    | {LISTEN_IN, CHANNEL, CHANNEL_FRAME, VIDEO}
)
"""Every function of the standard, and the two of old modules."""
MOST_ACCOUNT = 16
"""An account has no more characters."""
_MOST_BARE = 4
"""Blocks that say all by their function have no data; so many are borne."""
_BARE = ANSWERS | RESERVED | {END, WAIT, ABORT}

_MOST: tuple[int, ...] = tuple(
    _MOST_BARE if chr(byte) in _BARE else MOST_ACCOUNT if chr(byte) == ACCOUNT else MOST_DATA for byte in range(256)
)
"""By function byte: the most data bytes."""
_KNOWN: tuple[bool, ...] = tuple(chr(byte) in FUNCTIONS for byte in range(256))


def parity(data: bytes) -> int:
    """The parity byte of a block's bytes before it: 0xFF exclusive or each of them."""
    return WHOLE ^ folded(data)


def folded(data: bytes) -> int:
    """The exclusive or of at most 66 bytes. Halves are laid over each other, which is quicker than one by one."""
    number = int.from_bytes(data, "big")
    if len(data) > 32:
        number ^= number >> 512
        number ^= number >> 256
    number ^= number >> 128
    number ^= number >> 64
    number ^= number >> 32
    number ^= number >> 16
    return (number ^ number >> 8) & 0xFF


LAYOUT: Any = construct.Struct(
    "said"
    / construct.RawCopy(
        construct.Struct(
            "header"
            / construct.BitStruct(
                "reverse" / construct.Flag, "asks" / construct.Flag, "size" / construct.BitsInteger(6)
            ),
            "function" / construct.Bytes(1),
            "data" / construct.Bytes(construct.this.header.size),
        )
    ),
    "parity" / construct.Checksum(construct.Byte, parity, construct.this.said.data),
)
"""The definition of a block."""


class BlockError(ValueError):
    """Bytes that are no block, or a block that cannot be. Carries no peer bytes."""


class Block(Struct, frozen=True, gc=False):
    """One block."""

    function: str
    """One character (latin-1)."""
    data: bytes = b""
    asks: bool = True
    """Requests an acknowledgement."""
    reverse: bool = False
    """The reverse channel is enabled."""

    @property
    def known(self) -> bool:
        """Whether the standard, or an old Galaxy, has its function."""
        return self.function in FUNCTIONS

    @property
    def wants_answer(self) -> bool:
        """Whether an acknowledgement or a reject is due to it."""
        return self.asks and self.function not in UNANSWERED


def parse(raw: bytes) -> Block:
    """One whole block, nothing behind it. Raises BlockError."""
    if len(raw) < SHORTEST:
        raise BlockError("a block has at least 3 bytes")
    header = raw[0]
    if len(raw) != (header & LENGTH) + 3:
        raise BlockError(f"the header announces {header & LENGTH} data bytes, {len(raw) - 3} are there")
    if folded(raw) != WHOLE:
        raise BlockError(f"the parity byte is {raw[-1]:02X}, the bytes before it make {parity(raw[:-1]):02X}")
    return Block(chr(raw[1]), raw[2:-1], bool(header & ASKS), bool(header & REVERSE))


def build(block: Block) -> bytes:
    """The bytes of a block. Raises BlockError for more than 63 data bytes."""
    size = len(block.data)
    if size > MOST_DATA:
        raise BlockError(f"a block holds at most {MOST_DATA} data bytes, here are {size}")
    head = bytes((size | (ASKS if block.asks else 0) | (REVERSE if block.reverse else 0), ord(block.function)))
    said = head + block.data
    return said + bytes((parity(said),))


class BlockGrammar:
    """Where a block begins and ends in a stream, for a ``Scanner``: whole, of good parity, of a plausible length.

    A function that nobody knows is taken, too, where the data are printable ASCII: then a single byte of the block has
    its highest bit set, which no other text has.
    """

    filler = b"\0\r\n"
    longest = LONGEST

    def seek(self, buffer: bytes, at: int) -> int:
        """The first offset from ``at`` on where a block may begin."""
        last = len(buffer) - 1
        while at < last:
            function = buffer[at + 1]
            if (_KNOWN[function] or 0x21 <= function <= 0x7E) and buffer[at] & LENGTH <= _MOST[function]:
                return at
            at += 1
        return at

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of the block that begins at ``at``; 0 where none does, MORE where that needs more bytes."""
        size = (buffer[at] & LENGTH) + 3
        end = at + size
        have = len(buffer)
        if have > at + 1:
            function = buffer[at + 1]
            if size - 3 > _MOST[function]:
                return 0
            if not _KNOWN[function] and not _printable(buffer[at + 1 : min(end - 1, have)]):
                return 0
        if have < end:
            return 0 if final else MORE
        return size if folded(buffer[at:end]) == WHOLE else 0

    def guess(self, raw: bytes) -> str:
        """What a run of noise probably is."""
        return "sia.parity" if asking(raw) else "garbage"


def asking(raw: bytes) -> bool:
    """Whether noise begins with what looks like a damaged block that asks for an acknowledgement.

    Its function is known, it is there to its end or nearly so, and it has a byte that no text has (the parity byte of a
    block of ASCII).
    """
    if len(raw) < SHORTEST or not raw[0] & ASKS or not _KNOWN[raw[1]] or chr(raw[1]) in UNANSWERED or raw.isascii():
        return False
    size = raw[0] & LENGTH
    return size <= _MOST[raw[1]] and len(raw) > size


def _printable(data: bytes) -> bool:
    return data.isascii() and min(data) > 0x1F and 0x7F not in data
