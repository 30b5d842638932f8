"""Files of Wireshark and dumpcap: blocks of many kinds (pcapng, version 1).

Section headers, interfaces with the resolution of their time stamps, enhanced and simple packets and the older
packet block, in both byte orders; blocks of other kinds are passed over. A section may begin anywhere, and changes
the byte order and the interfaces.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import construct as c
from msgspec import Struct

from protocols.capture.errors import CaptureError, OtherFormatError
from protocols.capture.packets import MAX_PACKET, Packet, moment
from protocols.capture.pieces import Note
from protocols.capture.supply import Supply

SECTION = b"\x0a\x0d\x0d\x0a"
"""Type of a section header: the same in both byte orders."""
ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
"""What stands behind the length of a section header, to byte order."""
_INTERFACE, _OLD_PACKET, _SIMPLE, _ENHANCED = 1, 2, 3, 6
_RESOLUTION, _OFFSET = 9, 14
"""Options of an interface."""
_LEAST = 12
"""Bytes of a block without content: type, length, length again."""
_MOST = MAX_PACKET + (1 << 16)
"""Bytes of a block that is read; blocks that are passed over may be of any length."""
_MOST_INTERFACES = 4096


class _Interface(Struct, frozen=True):
    link: int
    most: int
    """Bytes kept of a packet; 0 for all."""
    ticks: int
    """Parts of a second that stamps count in."""
    offset: int
    """Seconds to add to a stamp."""


class _Formats(Struct, frozen=True):
    head: Any
    long: Any
    interface: Any
    option: Any
    enhanced: Any
    old: Any
    signed: Any


@cache
def _formats(order: str) -> _Formats:
    big = order == ">"
    short, long = (c.Int16ub, c.Int32ub) if big else (c.Int16ul, c.Int32ul)
    lengths = ("captured" / long, "size" / long)
    return _Formats(
        c.Struct("type" / long, "length" / long).compile(),
        long,
        c.Struct("link" / short, c.Padding(2), "most" / long).compile(),
        c.Struct("code" / short, "length" / short).compile(),
        c.Struct("interface" / long, "high" / long, "low" / long, *lengths).compile(),
        c.Struct("interface" / short, c.Padding(2), "high" / long, "low" / long, *lengths).compile(),
        c.Int64sb if big else c.Int64sl,
    )


def packets(chunks: Iterable[bytes]) -> Iterator[Packet | Note]:
    """The packets of a file. A file that is cut off gives what it has and a note.

    Raises CaptureError where the file is no such file, and where it cannot be read any further.
    """
    return _Reader(Supply(chunks)).read()


class _Reader:
    def __init__(self, supply: Supply) -> None:
        self._supply = supply
        self._interfaces: list[_Interface] = []
        self._number = 0
        self._blocks = 0
        self._formats = _formats("<")

    def read(self) -> Iterator[Packet | Note]:
        supply = self._supply
        while head := supply.take(8):
            self._blocks += 1
            if len(head) < 8:
                yield Note("capture.cut-off", self._number + 1)
                return
            if head[:4] == SECTION:
                mark = supply.take(4)
                order = ORDERS.get(mark)
                if order is None:
                    raise self._damaged("a section begins with a byte order that is none")
                self._formats = _formats(order)
                self._interfaces = []
            elif self._blocks == 1:
                raise OtherFormatError("this is no pcapng file: it does not begin with a section header.")
            else:
                mark = b""
            parsed = self._formats.head.parse(head)
            if parsed.length < _LEAST + len(mark) or parsed.length % 4:
                raise self._damaged(f"a block says that it has {parsed.length} bytes")
            size = parsed.length - _LEAST - len(mark)
            if head[:4] == SECTION or parsed.type not in (_INTERFACE, _OLD_PACKET, _SIMPLE, _ENHANCED):
                if supply.skip(size + 4) < size + 4:
                    yield Note("capture.cut-off", self._number + 1)
                    return
                continue
            if size > _MOST:
                raise self._damaged(f"a block says that it has {parsed.length} bytes")
            content = supply.take(size + 4)
            if len(content) < size + 4:
                yield Note("capture.cut-off", self._number + 1)
                return
            if self._formats.long.parse(content[size:]) != parsed.length:
                yield Note("capture.block-lengths-differ", self._number + 1)
            try:
                packet = self._block(parsed.type, content[:size])
            except (c.ConstructError, struct.error):  # what is compiled lets the latter through
                raise self._damaged("a block is shorter than what it must hold") from None
            if packet is not None:
                yield packet

    def _block(self, kind: int, content: bytes) -> Packet | None:
        if kind == _INTERFACE:
            self._add_interface(content)
            return None
        number = self._number + 1
        if kind == _SIMPLE:
            interface = self._interface(0)
            size = self._formats.long.parse(content)
            captured = min(size, interface.most or size, len(content) - 4)
            self._number = number
            return Packet(number, None, interface.link, content[4 : 4 + captured], max(size, captured))
        form = self._formats.enhanced if kind == _ENHANCED else self._formats.old
        packet = form.parse(content)
        if packet.captured > len(content) - 20:
            raise self._damaged(f"a packet says that it has {packet.captured} bytes")
        interface = self._interface(packet.interface)
        at = moment((packet.high << 32 | packet.low) / interface.ticks + interface.offset)
        data = content[20 : 20 + packet.captured]
        self._number = number
        return Packet(number, at, interface.link, data, max(packet.size, len(data)), packet.interface)

    def _interface(self, number: int) -> _Interface:
        if number >= len(self._interfaces):
            raise self._damaged(f"a packet names interface {number}, which was not described")
        return self._interfaces[number]

    def _add_interface(self, content: bytes) -> None:
        if len(self._interfaces) >= _MOST_INTERFACES:
            raise self._damaged(f"more than {_MOST_INTERFACES} interfaces are described")
        interface = self._formats.interface.parse(content)
        ticks, offset = 1_000_000, 0
        at = 8
        while at + 4 <= len(content):
            option = self._formats.option.parse(content[at : at + 4])
            value = content[at + 4 : at + 4 + option.length]
            at += 4 + (option.length + 3) // 4 * 4
            if option.code == 0:
                break
            if option.code == _RESOLUTION and len(value) == 1:
                # The highest bit tells whether the rest is an exponent of 2 or of 10.
                ticks = 1 << (value[0] & 0x7F) if value[0] & 0x80 else 10 ** min(value[0], 30)
            elif option.code == _OFFSET and len(value) == 8:
                offset = self._formats.signed.parse(value)
        self._interfaces.append(_Interface(interface.link, interface.most, ticks, offset))

    def _damaged(self, what: str) -> CaptureError:
        return CaptureError(
            f"the pcapng file is damaged at block {self._blocks}, behind packet {self._number}: {what}. "
            "What stands before it was read."
        )
