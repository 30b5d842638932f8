"""The header of a radio datagram: 15 bytes in the clear, authenticated.

::

    offset  size  field
    0       1     version (4 bits, 1), type (4 bits)
    1       1     flags
    2       2     network id
    4       4     station id
    8       1     key id
    9       6     counter, per station, key and direction

``LAYOUT`` is that definition; :func:`read` and :func:`write` do the same by hand, since a station reads every datagram
of everybody, and a test holds them equal. Source: radio.md B.5, ``docs/radio-protocol.md``.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Any

import construct
from msgspec import Struct

VERSION = 1
SIZE = 15
"""Bytes of a header."""
MAX = 200
"""Bytes of the longest datagram."""
MOST_COUNTER = (1 << 48) - 1

LOW_BATTERY, FEC_INSIDE, MORE_QUEUED = 0x02, 0x04, 0x08
KNOWN_FLAGS = LOW_BATTERY | FEC_INSIDE | MORE_QUEUED

FROM_STATION, FROM_CENTRE = 0, 1

_FORMAT = struct.Struct(">BBHIBHI")


class DatagramError(ValueError):
    """A datagram that cannot be made. Carries no payload."""


class Type(IntEnum):
    """What a datagram is."""

    EVENT = 1
    ACK = 2
    TEST = 3
    POLL = 4
    POLL_REPLY = 5
    SYNC_REQ = 6
    SYNC_RSP = 7
    CMD = 8

    @property
    def direction(self) -> int:
        """FROM_STATION or FROM_CENTRE; part of the nonce."""
        return _DIRECTIONS[self]


_DIRECTIONS = {
    Type.EVENT: FROM_STATION,
    Type.ACK: FROM_CENTRE,
    Type.TEST: FROM_STATION,
    Type.POLL: FROM_CENTRE,
    Type.POLL_REPLY: FROM_STATION,
    Type.SYNC_REQ: FROM_STATION,
    Type.SYNC_RSP: FROM_CENTRE,
    Type.CMD: FROM_CENTRE,
}
_TYPES = {int(one): one for one in Type}


class Header(Struct, frozen=True, gc=False):
    """A header of version 1."""

    type: Type
    flags: int
    network: int
    station: int
    key_id: int
    counter: int

    @property
    def direction(self) -> int:
        """FROM_STATION or FROM_CENTRE."""
        return _DIRECTIONS[self.type]

    @property
    def reserved(self) -> int:
        """Flags that version 1 does not define, and that are set all the same."""
        return self.flags & ~KNOWN_FLAGS


LAYOUT: Any = construct.Struct(
    "first" / construct.BitStruct("version" / construct.Const(VERSION, construct.Nibble), "type" / construct.Nibble),
    "flags" / construct.Int8ub,
    "network" / construct.Int16ub,
    "station" / construct.Int32ub,
    "key_id" / construct.Int8ub,
    "counter" / construct.BytesInteger(6),
)
"""The definition of a header."""


def read(data: bytes) -> Header | None:
    """The header that ``data`` begins with; None where it is too short, of another version or of an unknown type."""
    if len(data) < SIZE:
        return None
    first, flags, network, station, key_id, high, low = _FORMAT.unpack_from(data)
    type_ = _TYPES.get(first & 0x0F)
    if first >> 4 != VERSION or type_ is None:
        return None
    return Header(type_, flags, network, station, key_id, high << 32 | low)


def write(header: Header) -> bytes:
    """The 15 bytes. Raises DatagramError for a number that does not fit its field."""
    try:
        return _FORMAT.pack(
            VERSION << 4 | header.type,
            header.flags,
            header.network,
            header.station,
            header.key_id,
            header.counter >> 32,
            header.counter & 0xFFFFFFFF,
        )
    except struct.error:
        raise DatagramError("a number in the header is too large for its field, or negative") from None
