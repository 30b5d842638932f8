"""Osborne-Hoffman (OH 2000, NetReceiver): how panels of Aritech, UTC and Carrier poll and report, as far as is public.

``grammar`` knows polls and events, ``reading`` makes arrivals of them and answers of verdicts (and says what is proven
of that), ``sending`` is the panel, ``explaining`` says what each byte is.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.lines.making import Receiving
from protocols.osborne_hoffman import grammar, sending
from protocols.osborne_hoffman.explaining import explain
from protocols.osborne_hoffman.findings import FINDINGS, PARTS
from protocols.osborne_hoffman.grammar import Event, Poll
from protocols.osborne_hoffman.reading import EDGES, PROTOCOL, Reader
from protocols.wire import Likeness, Wire, likeness

__all__ = ["FINDINGS", "PARTS", "PROTOCOL", "WIRE", "explain"]


def recognise(data: bytes, final: bool) -> Likeness:
    """SURE with a whole poll, or with an event whose length is as this protocol counts it. Never raises."""

    def is_certain(raw: bytes) -> bool:
        message = grammar.parse(raw)
        if isinstance(message, Poll):
            return bool(message.cr or message.id or final)
        return isinstance(message, Event) and bool(message.cr) and message.length == message.counted

    return likeness(data.lstrip(grammar.FILLER), 0, final, grammar.match, is_certain)


WIRE = Wire(
    name=PROTOCOL,
    title="Osborne-Hoffman",
    transports=frozenset(("tcp", "serial")),
    receiving=Receiving(lambda finder, options: Reader(finder, options.edge)),
    sending=sending.sending,
    recognise=recognise,
    explain=explain,
    findings=FINDINGS,
    parts=PARTS,
    quirks=MappingProxyType(sending.QUIRKS),
    edges=MappingProxyType(EDGES),
)
