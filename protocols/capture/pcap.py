"""Files of ``tcpdump -w``: a header, then packets with their own (the pcap format, version 2.4).

Both byte orders, and time stamps in microseconds or nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import construct as c

from protocols.capture.errors import CaptureError, OtherFormatError
from protocols.capture.packets import MAX_PACKET, Packet, moment
from protocols.capture.pieces import Note
from protocols.capture.supply import Supply

MAGICS = {
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
}
"""First four bytes to byte order, and the parts of a second that stamps count in."""
_HEADER = 24
_RECORD = 16
_LINK = 0xFFFF
"""The other bits of the link field tell of a checksum behind each packet, which the packets' own lengths cut off."""


@cache
def _formats(order: str) -> tuple[Any, Any]:
    """File header and packet header of a byte order."""
    short, long = (c.Int16ub, c.Int32ub) if order == ">" else (c.Int16ul, c.Int32ul)
    header = c.Struct(
        "magic" / c.Bytes(4),
        "major" / short,
        "minor" / short,
        "zone" / long,
        "accuracy" / long,
        "most" / long,
        "link" / long,
    )
    record = c.Struct("seconds" / long, "parts" / long, "captured" / long, "size" / long)
    return header.compile(), record.compile()


def packets(chunks: Iterable[bytes]) -> Iterator[Packet | Note]:
    """The packets of a file. A file that is cut off gives what it has and a note.

    Raises CaptureError where the file is no such file, and where it cannot be read any further.
    """
    supply = Supply(chunks)
    start = supply.take(_HEADER)
    known = MAGICS.get(start[:4])
    if known is None:
        raise OtherFormatError("this is no pcap file: its first four bytes are none of the known marks.")
    if len(start) < _HEADER:
        raise CaptureError(f"the pcap file ends within its header, after {len(start)} bytes; capture it again.")
    order, parts = known
    header_format, record_format = _formats(order)
    header = header_format.parse(start)
    if header.major != 2:
        raise CaptureError(f"the pcap file has version {header.major}.{header.minor}; version 2 can be read.")
    link = header.link & _LINK
    number = 0
    while head := supply.take(_RECORD):
        number += 1
        if len(head) < _RECORD:
            yield Note("capture.cut-off", number)
            return
        record = record_format.parse(head)
        if record.captured > MAX_PACKET:
            raise CaptureError(
                f"packet {number} says that it has {record.captured} bytes, which none has: the file is damaged "
                f"at byte {supply.taken - _RECORD}. The packets before it were read."
            )
        data = supply.take(record.captured)
        at = moment(record.seconds + record.parts / parts)
        if data or not record.captured:
            yield Packet(number, at, link, data, max(record.size, len(data)))
        if len(data) < record.captured:
            yield Note("capture.cut-off", number)
            return
