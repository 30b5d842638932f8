"""Osborne-Hoffman (OH 2000, NetReceiver): how panels of Aritech, UTC and Carrier poll and report, as far as is public.

``grammar`` knows polls and events, ``reading`` makes arrivals of them and answers of verdicts (and says what is proven
of that), ``sending`` is the panel, ``explaining`` says what each byte is.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.ends import Limits, Lookup, Source
from protocols.lines.options import SourceOptions
from protocols.lines.placing import Finder
from protocols.lines.receiving import LineReceivingEnd
from protocols.lines.scanning import MORE
from protocols.osborne_hoffman import grammar, sending
from protocols.osborne_hoffman.explaining import explain
from protocols.osborne_hoffman.findings import FINDINGS, PARTS
from protocols.osborne_hoffman.grammar import Event, Poll
from protocols.osborne_hoffman.reading import EDGES, PROTOCOL, Reader
from protocols.wire import Likeness, Wire

__all__ = ["FINDINGS", "PARTS", "PROTOCOL", "WIRE", "explain"]


def receiving(
    source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
) -> LineReceivingEnd:
    """The station's end."""
    reader = Reader(Finder(source, lookup, options), options.edge)
    return LineReceivingEnd(source, reader, first=first, options=options, limits=limits)


def recognise(data: bytes, final: bool) -> Likeness:
    """SURE with a whole poll, or with an event whose length is as this protocol counts it. Never raises."""
    begin = data.lstrip(grammar.FILLER)
    if not begin:
        return Likeness.NO if final else Likeness.MORE
    size = grammar.match(begin, 0, final)
    if size == MORE:
        return Likeness.MORE
    message = grammar.parse(begin[:size]) if size else None
    if isinstance(message, Poll):
        return Likeness.SURE if message.cr or message.id or final else Likeness.NO
    if isinstance(message, Event) and message.cr and message.length == message.counted:
        return Likeness.SURE
    return Likeness.NO


WIRE = Wire(
    name=PROTOCOL,
    title="Osborne-Hoffman",
    transports=frozenset(("tcp", "serial")),
    receiving=receiving,
    sending=sending.sending,
    recognise=recognise,
    explain=explain,
    findings=FINDINGS,
    parts=PARTS,
    quirks=MappingProxyType(sending.QUIRKS),
    edges=MappingProxyType(EDGES),
)
