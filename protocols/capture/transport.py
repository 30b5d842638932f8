"""TCP segments and UDP datagrams: ports, and for TCP what puts its bytes in order (RFC 9293, RFC 768)."""

from __future__ import annotations

from functools import cache
from typing import Any

import construct as c
from msgspec import Struct

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


class Segment(Struct, frozen=True, gc=False):
    """A TCP segment, or a UDP datagram with nothing but ports and data."""

    source_port: int
    target_port: int
    data: bytes
    size: int
    """Bytes that ``data`` had on the wire."""
    sequence: int = 0
    acknowledged: int = 0
    flags: int = 0


@cache
def _formats() -> tuple[Any, Any]:
    tcp = c.Struct(
        "source" / c.Int16ub,
        "target" / c.Int16ub,
        "sequence" / c.Int32ub,
        "acknowledged" / c.Int32ub,
        "begin" / c.Int8ub,
        "flags" / c.Int8ub,
    )
    udp = c.Struct("source" / c.Int16ub, "target" / c.Int16ub, "length" / c.Int16ub)
    return tcp.compile(), udp.compile()


def read_tcp(data: bytes, size: int) -> Segment | None:
    """A segment out of a datagram that had ``size`` bytes on the wire; None where too little of it is there."""
    if len(data) < 14:
        return None
    header = _formats()[0].parse(data)
    begin = (header.begin >> 4) * 4
    if begin < 20 or begin > size:
        return None
    return Segment(
        header.source,
        header.target,
        data[begin:],
        size - begin,
        header.sequence,
        header.acknowledged,
        header.flags,
    )


def read_udp(data: bytes, size: int) -> Segment | None:
    """A UDP datagram; None where too little of it is there."""
    if len(data) < 8:
        return None
    header = _formats()[1].parse(data)
    # Zero is what the machine that sent it hands to its network card for cutting up.
    length = header.length or size
    if length < 8:
        return None
    return Segment(header.source, header.target, data[8:length], max(0, min(length, size) - 8))
