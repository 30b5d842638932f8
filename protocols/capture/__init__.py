"""Files of captured bytes, of whatever kind, into streams and datagrams. Of the wires only texts are told by.

==============  ==========================================================================
``detection``   what kind of file it is
``pieces``      what comes out: pieces of flows, gaps, ends, notes
``pcap``        packets of tcpdump's files; ``pcapng`` those of Wireshark's
``network``     packets into streams and datagrams: ``links``, ``internet``, ``transport``, ``streams``
``digits``      hex digits; ``hexdump`` dumps with offsets
``logs``        messages between other text: ``notation``, ``shape``
``strangers``   messages of other protocols than DC-09 in a text
``export``      what ptsn itself wrote down
==============  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from protocols.capture.detection import HEAD, Format, detect, packed
from protocols.capture.errors import CaptureError, OtherFormatError
from protocols.capture.pieces import End, Flow, Gap, Item, Note, Piece, Side


def read(kind: Format, chunks: Iterable[bytes], ports: frozenset[int] = frozenset()) -> Iterator[Item]:
    """What a file of that kind holds, as its bytes come in ``chunks`` of any size.

    ``ports``: of packets, only those from or to one of them. Raises CaptureError, while it is read, where the file
    cannot be read or not any further; what came before stays good.
    """
    from protocols.capture import digits, export, hexdump, logs, network, pcap, pcapng

    readers: dict[Format, Callable[[Iterable[bytes]], Iterator[Item]]] = {
        Format.RAW: _raw,
        Format.HEX: digits.read,
        Format.HEXDUMP: lambda chunks: hexdump.read(chunks, ports),
        Format.LOG: logs.read,
        Format.PCAP: lambda chunks: network.read(pcap.packets(chunks), ports),
        Format.PCAPNG: lambda chunks: network.read(pcapng.packets(chunks), ports),
        Format.EXPORT: export.read,
    }
    return readers[kind](chunks)


def _raw(chunks: Iterable[bytes]) -> Iterator[Item]:
    flow = Flow()
    for chunk in chunks:
        if chunk:
            yield Piece(flow, chunk)
    yield End(flow)


__all__ = [
    "HEAD",
    "CaptureError",
    "End",
    "Flow",
    "Format",
    "Gap",
    "Item",
    "Note",
    "OtherFormatError",
    "Piece",
    "Side",
    "detect",
    "packed",
    "read",
]
