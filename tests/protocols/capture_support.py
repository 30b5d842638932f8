"""Captures made byte by byte with ``struct``, so that they owe nothing to the code that reads them."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable

from protocols.capture import End, Flow, Format, Gap, Item, Note, Piece, detect, read

PANEL, STATION = "192.0.2.7", "198.51.100.1"
PANEL_6, STATION_6 = "2001:db8::7", "2001:db8::1"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START = 1767355200.0
"""2026-01-02 12:00:00 UTC."""


# --- layers ----------------------------------------------------------------------------------------------------------


def ip4(
    payload: bytes,
    protocol: int,
    source: str = PANEL,
    target: str = STATION,
    *,
    identity: int = 0,
    offset: int = 0,
    more: bool = False,
    options: bytes = b"",
    length: int | None = None,
) -> bytes:
    """An IPv4 packet; ``offset`` in bytes."""
    words = 5 + len(options) // 4
    size = words * 4 + len(payload) if length is None else length
    place = offset // 8 | (0x2000 if more else 0)
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    head = struct.pack(">BBHHHBBH", 0x40 | words, 0, size, identity, place, 64, protocol, 0)
    return head + addresses + options + payload


def ip6(
    payload: bytes, following: int, source: str = PANEL_6, target: str = STATION_6, *, extensions: bytes = b""
) -> bytes:
    """An IPv6 packet; ``following`` is the first header after the fixed one."""
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    return struct.pack(">IHBB", 0x60000000, len(extensions + payload), following, 64) + addresses + extensions + payload


def udp(data: bytes, source: int = 41122, target: int = 5000) -> bytes:
    """A UDP datagram."""
    return struct.pack(">HHHH", source, target, 8 + len(data), 0) + data


def tcp(
    data: bytes = b"",
    sequence: int = 0,
    flags: int = PSH | ACK,
    *,
    acknowledged: int = 0,
    source: int = 41122,
    target: int = 5000,
    options: bytes = b"",
) -> bytes:
    """A TCP segment."""
    begin = (5 + len(options) // 4) << 4
    numbers = (sequence % 2**32, acknowledged % 2**32)
    return struct.pack(">HHIIBBHHH", source, target, *numbers, begin, flags, 1000, 0, 0) + options + data


def ethernet(packet: bytes, *, tags: bytes = b"", padding: int = 0) -> bytes:
    """A frame of Ethernet; ``tags`` stand before the type."""
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2" + tags + kind + packet + bytes(padding)


# --- connections -----------------------------------------------------------------------------------------------------


class Talk:
    """A TCP connection: each call gives the IP packet of one segment."""

    def __init__(self, *, port: int = 41122, first: int = 1000, their_first: int = 2**32 - 20) -> None:
        self.port = port
        self.sent = first
        self.heard = their_first

    def open(self) -> list[bytes]:
        """The three packets that begin it."""
        packets = [
            ip4(tcp(b"", self.sent, SYN, source=self.port), 6),
            self._back(b"", self.heard, SYN | ACK, self.sent + 1),
        ]
        self.sent += 1
        self.heard += 1
        return [*packets, self._there(b"", self.sent, ACK)]

    def says(self, data: bytes) -> bytes:
        """The panel says something."""
        packet = self._there(data, self.sent)
        self.sent += len(data)
        return packet

    def hears(self, data: bytes) -> bytes:
        """The station answers."""
        packet = self._back(data, self.heard, PSH | ACK, self.sent)
        self.heard += len(data)
        return packet

    def close(self) -> list[bytes]:
        """The two packets that end it."""
        packets = [self._there(b"", self.sent, FIN | ACK), self._back(b"", self.heard, FIN | ACK, self.sent + 1)]
        self.sent += 1
        self.heard += 1
        return packets

    def reset(self) -> bytes:
        """The panel breaks it off."""
        return self._there(b"", self.sent, RST)

    def _there(self, data: bytes, sequence: int, flags: int = PSH | ACK) -> bytes:
        return ip4(tcp(data, sequence, flags, acknowledged=self.heard, source=self.port), 6)

    def _back(self, data: bytes, sequence: int, flags: int, acknowledged: int) -> bytes:
        segment = tcp(data, sequence, flags, acknowledged=acknowledged, source=5000, target=self.port)
        return ip4(segment, 6, STATION, PANEL)


# --- files -----------------------------------------------------------------------------------------------------------


def pcap(
    packets: Iterable[bytes],
    *,
    link: int = 1,
    order: str = "<",
    nano: bool = False,
    start: float = START,
    step: float = 0.25,
    snap: int | None = None,
) -> bytes:
    """A pcap file; the packets are ``step`` seconds apart. ``snap`` cuts them."""
    parts = 10**9 if nano else 10**6
    out = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap or 262144, link)
    at = start
    for packet in packets:
        kept = packet if snap is None else packet[:snap]
        out += struct.pack(order + "IIII", int(at), round(at % 1 * parts), len(kept), len(packet)) + kept
        at += step
    return out


def block(kind: int, content: bytes, order: str = "<") -> bytes:
    """A block of pcapng."""
    content += bytes(-len(content) % 4)
    size = struct.pack(order + "I", 12 + len(content))
    return struct.pack(order + "I", kind) + size + content + size


def section(order: str = "<") -> bytes:
    """A section header."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = 1, *, order: str = "<", options: bytes = b"", snap: int = 0) -> bytes:
    """The description of an interface."""
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """One option of a block."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def enhanced(packet: bytes, ticks: int, *, number: int = 0, order: str = "<", size: int | None = None) -> bytes:
    """An enhanced packet block; ``ticks`` is its time in the interface's units."""
    content = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), size or len(packet))
    return block(6, content + packet + bytes(-len(packet) % 4), order)


def pcapng(packets: Iterable[bytes], *, link: int = 1, order: str = "<", start: float = START) -> bytes:
    """A pcapng file with one interface and stamps in microseconds."""
    out = section(order) + interface(link, order=order)
    for count, packet in enumerate(packets):
        out += enhanced(packet, round((start + count / 4) * 1e6), order=order)
    return out


# --- reading ---------------------------------------------------------------------------------------------------------


def items(data: bytes, kind: Format | None = None, chunk: int = 0, ports: frozenset[int] = frozenset()) -> list[Item]:
    """Everything in a file, of the kind it is found to be, read in chunks of a size (0: at once)."""
    found = detect(data) if kind is None else kind
    assert found is not None
    chunks = [data[at : at + chunk] for at in range(0, len(data), chunk)] if chunk else [data]
    return list(read(found, chunks, ports))


def said(found: Iterable[Item]) -> dict[str, bytes]:
    """The bytes of each flow, by ``source>target``."""
    flows: dict[str, bytes] = {}
    for item in found:
        if isinstance(item, Piece):
            key = f"{item.flow.source}>{item.flow.target}"
            flows[key] = flows.get(key, b"") + item.data
    return flows


def pieces(found: Iterable[Item]) -> list[Piece]:
    """The pieces among them."""
    return [item for item in found if isinstance(item, Piece)]


def notes(found: Iterable[Item]) -> list[Note]:
    """The notes among them."""
    return [item for item in found if isinstance(item, Note)]


def gaps(found: Iterable[Item]) -> list[Gap]:
    """The gaps among them."""
    return [item for item in found if isinstance(item, Gap)]


def ends(found: Iterable[Item]) -> list[Flow]:
    """The flows that ended."""
    return [item.flow for item in found if isinstance(item, End)]
