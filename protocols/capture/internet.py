"""IP packets: whose they are, what they carry, and the fragments they may come in (RFC 791, RFC 8200)."""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import construct as c
from msgspec import Struct

TCP, UDP = 6, 17
_FRAGMENT = 44
_EXTENSIONS = (0, 43, 60, 135, 139, 140)
"""Headers of IPv6 that stand before the transport's: hop-by-hop, routing, destination, mobility, HIP, Shim6."""
_AUTHENTICATION = 51
"""Counts its length in other units than the rest."""
_MOST_HEADERS = 16

PENDING = 256
"""Packets of which some fragments are kept while others are missing."""
LARGEST = 65_535
"""Bytes of an IP packet."""


class Datagram(Struct, frozen=True, gc=False):
    """What an IP packet carries, or a fragment of it."""

    source: str
    target: str
    protocol: int
    data: bytes
    size: int
    """Bytes that ``data`` had on the wire; more than it where the capture cut the packet."""
    identity: int = 0
    """What fragments of one packet have in common."""
    offset: int = 0
    """Where a fragment belongs."""
    more: bool = False
    """More fragments follow."""

    @property
    def fragment(self) -> bool:
        """Whether it is but a part."""
        return self.more or self.offset > 0


@cache
def _formats() -> tuple[Any, Any, Any]:
    version_4 = c.Struct(
        "head" / c.Int8ub,
        c.Padding(1),
        "length" / c.Int16ub,
        "identity" / c.Int16ub,
        "place" / c.Int16ub,
        c.Padding(1),
        "protocol" / c.Int8ub,
        c.Padding(2),
        "source" / c.Bytes(4),
        "target" / c.Bytes(4),
    )
    version_6 = c.Struct(
        c.Padding(4),
        "length" / c.Int16ub,
        "next" / c.Int8ub,
        c.Padding(1),
        "source" / c.Bytes(16),
        "target" / c.Bytes(16),
    )
    fragment = c.Struct("next" / c.Int8ub, c.Padding(1), "place" / c.Int16ub, "identity" / c.Int32ub)
    return version_4.compile(), version_6.compile(), fragment.compile()


def read(packet: bytes) -> Datagram | None:
    """The datagram in an IP packet; None where the bytes are none, or too few to tell. Never raises."""
    version = packet[0] >> 4 if packet else 0
    if version == 4:
        return _version_4(packet)
    return _version_6(packet) if version == 6 else None


def _version_4(packet: bytes) -> Datagram | None:
    if len(packet) < 20:
        return None
    header = _formats()[0].parse(packet)
    begin = (header.head & 0xF) * 4
    # A length of zero is what the machine that sent it hands to its network card for cutting up.
    length = header.length or len(packet)
    if begin < 20 or length < begin:
        return None
    return Datagram(
        str(IPv4Address(header.source)),
        str(IPv4Address(header.target)),
        header.protocol,
        packet[begin:length],
        length - begin,
        header.identity,
        (header.place & 0x1FFF) * 8,
        bool(header.place & 0x2000),
    )


def _version_6(packet: bytes) -> Datagram | None:
    if len(packet) < 40:
        return None
    header = _formats()[1].parse(packet)
    end = 40 + header.length if header.length else len(packet)
    source, target = f"{IPv6Address(header.source)}", f"{IPv6Address(header.target)}"
    kind, at = header.next, 40
    identity = offset = 0
    more = False
    for _ in range(_MOST_HEADERS):
        if kind in _EXTENSIONS or kind == _AUTHENTICATION:
            if at + 2 > len(packet):
                return None
            units = packet[at + 1]
            kind, at = packet[at], at + ((units + 2) * 4 if kind == _AUTHENTICATION else (units + 1) * 8)
        elif kind == _FRAGMENT:
            if at + 8 > len(packet):
                return None
            fragment = _formats()[2].parse(packet[at : at + 8])
            identity, offset, more = fragment.identity, fragment.place & 0xFFF8, bool(fragment.place & 1)
            kind, at = fragment.next, at + 8
            if offset:
                break  # what follows is the middle of something
        else:
            break
    if at > end:
        return None
    return Datagram(source, target, kind, packet[at:end], end - at, identity, offset, more)


class _Parts:
    """The fragments of one packet that have come."""

    __slots__ = ("_end", "_held", "_kept", "_parts", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self._parts: dict[int, bytes] = {}
        self._kept = 0
        self._held = bytearray()
        """For each byte of the packet whether it came."""
        self._end: int | None = None

    def add(self, part: Datagram) -> None:
        """Take a fragment; what is held already is passed over."""
        known = self._parts.get(part.offset, b"")
        grows = len(part.data) - len(known)
        # Fragments that overlap as these do are none: without a limit they would fill the memory.
        if part.offset + len(part.data) > LARGEST or self._kept + grows > 2 * LARGEST:
            return
        if grows > 0:
            self._parts[part.offset] = part.data
            self._kept += grows
            stop = part.offset + len(part.data)
            self._held.extend(bytes(max(0, stop - len(self._held))))
            self._held[part.offset : stop] = b"\1" * len(part.data)
        if not part.more and len(part.data) == part.size:
            self._end = part.offset + part.size

    def whole(self) -> bytes | None:
        """The packet once nothing is missing; of what overlaps, the fragment that begins first counts."""
        if self._end is None or len(self._held) < self._end or self._held.find(0, 0, self._end) >= 0:
            return None
        # Only here, once a packet: fragments are many, and each may come again and again.
        data = bytearray()
        for offset in sorted(self._parts):
            data += self._parts[offset][max(0, len(data) - offset) :]
            if len(data) >= self._end:
                break
        return bytes(data[: self._end])


class Fragments:
    """Puts fragments together. Keeps those of at most :data:`PENDING` packets, the newest."""

    def __init__(self) -> None:
        self._pending: OrderedDict[tuple[str, str, int, int], _Parts] = OrderedDict()

    def add(self, part: Datagram, number: int) -> tuple[Datagram | None, int]:
        """Take a fragment, of the packet of that number in the capture.

        Gives the datagram where it is whole now, and the number of the packet whose fragments were given up for it,
        else 0.
        """
        key = (part.source, part.target, part.protocol, part.identity)
        parts = self._pending.get(key)
        given_up = 0
        if parts is None:
            parts = self._pending[key] = _Parts(number)
            if len(self._pending) > PENDING:
                given_up = self._pending.popitem(last=False)[1].number
        parts.add(part)
        data = parts.whole()
        if data is None:
            return None, given_up
        del self._pending[key]
        return Datagram(part.source, part.target, part.protocol, data, len(data)), given_up

    def rest(self) -> list[int]:
        """Numbers of the packets that began what never became whole."""
        numbers = [parts.number for parts in self._pending.values()]
        self._pending.clear()
        return numbers
