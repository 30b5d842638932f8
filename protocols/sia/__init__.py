"""SIA blocks (DC-03) over TCP and serial lines, both ends: Galaxy, Texecom and whoever else sends them.

The way of a block: ``blocks`` cuts the stream (``galaxy`` adds what a Galaxy says beside blocks), ``session`` keeps
whose blocks they are, ``reading`` makes arrivals of them (events are ``protocols.sia_text``), ``conversation`` says
what belongs together and holds texts back until their event is decided, ``answers`` what is answered in which order.
``receiving`` is the end around them (``first`` knows sessions that are encrypted, ``damage`` what noise may have been).
``recognising`` tells whether a stream is of this protocol. ``texecom`` is another wrapper around the same blocks, and
``choosing`` waits for the first bytes to tell which of the two it is.

The way out of a panel: ``composing`` says a signal in blocks by the panel's ``quirks``, ``sending`` and
``texecom_sending`` speak, ``speaking`` chooses between them. ``explaining`` says of a message what each byte is.

``control`` and ``control_panel`` are the two ends of level 4, in which a client commands a Galaxy; nothing else uses
them.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.ends import Limits, Lookup, ReceivingEnd, Source
from protocols.lines.options import SourceOptions
from protocols.sia import texecom
from protocols.sia.choosing import ChoosingEnd, recognise
from protocols.sia.explaining import explain
from protocols.sia.findings import FINDINGS, GUESSES, PARTS
from protocols.sia.quirks import QUIRKS
from protocols.sia.reading import PROTOCOL
from protocols.sia.receiving import SIAReceivingEnd
from protocols.sia.speaking import make_sending
from protocols.wire import LineSettings, Wire

EDGES = MappingProxyType(
    {
        "galaxy": "blocks, heartbeats and polls; answered as SIA-Server does, 40 38 87",
        "galaxy-old": "the same for RS232 modules before firmware 0.06, which take 08 and 09 as answers",
        "plain": "nothing but blocks; answered without bit 6, 00 38 C7",
        "texecom": "blocks and Contact ID in lines, as Texecom panels send over IP",
    }
)


def make_receiving(
    source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
) -> ReceivingEnd:
    """The station's end, as the source's edge says; without one, blocks of a Galaxy or lines of Texecom."""
    if options.edge == texecom.EDGE:
        return texecom.make_receiving(source, lookup, options=options, limits=limits, first=first)
    if not options.edge and source.transport == "tcp":
        return ChoosingEnd(source, lookup, options=options, limits=limits, first=first)
    return SIAReceivingEnd(source, lookup, first=first, options=options, limits=limits)


WIRE = Wire(
    name=PROTOCOL,
    title="SIA (DC-03)",
    transports=frozenset(("tcp", "serial")),
    receiving=make_receiving,
    sending=make_sending,
    recognise=recognise,
    explain=explain,
    findings=FINDINGS,
    parts=PARTS,
    quirks=QUIRKS,
    serial=(LineSettings(9600), LineSettings(57600), LineSettings(19200), LineSettings(38400), LineSettings(300)),
    edges=EDGES,
)

__all__ = ["EDGES", "FINDINGS", "GUESSES", "PARTS", "PROTOCOL", "WIRE", "SIAReceivingEnd", "explain", "recognise"]
