"""Bosch and Radionics receivers (Conettix D6600, D6100), both modes of theirs, and both ends of each.

SIA mode (``WIRE``): ``grammar`` knows where a message begins and what its CRC may cover, ``reading`` makes an arrival
of it and an answer of a verdict, ``sending`` is the receiver. D6500 mode (``D6500``): the same in ``records``,
``record_reading`` and ``record_sending``. What they carry is read by ``contents``; ``explaining`` says what each byte
is.

Records of D6500 mode look like lines of Sur-Gard, which were made after them: of the types 1, 9, F, N, S and V no byte
tells one from the other, and only what Sur-Gard cannot be is recognised.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.d6600 import grammar, record_reading, record_sending, records, sending
from protocols.d6600.explaining import explain, explain_record
from protocols.d6600.findings import D6500_FINDINGS, D6500_PARTS, FINDINGS, PARTS
from protocols.d6600.reading import PROTOCOL, Reader
from protocols.ends import Limits, Lookup, Source
from protocols.lines.options import SourceOptions
from protocols.lines.placing import Finder
from protocols.lines.receiving import LineReceivingEnd
from protocols.lines.scanning import MORE
from protocols.model import Finding
from protocols.wire import Likeness, LineSettings, Wire

__all__ = ["D6500", "FINDINGS", "PARTS", "PROTOCOL", "WIRE", "explain", "explain_record"]

_SETTINGS = (LineSettings(9600), LineSettings(19200), LineSettings(1200), LineSettings(9600, 7, "E"))
"""Usual settings; the manual's defaults are not public for certain."""


def receiving(
    source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
) -> LineReceivingEnd:
    """The station's end of SIA mode."""
    reader = Reader(Finder(source, lookup, options))
    return LineReceivingEnd(source, reader, first=first, options=options, limits=limits)


def receiving_records(
    source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
) -> LineReceivingEnd:
    """The station's end of D6500 mode."""
    reader = record_reading.Reader(Finder(source, lookup, options), options.overrides)
    return LineReceivingEnd(source, reader, first=first, options=options, limits=limits)


def recognise(data: bytes, final: bool) -> Likeness:
    """SURE with a whole message whose CRC fits. Never raises."""
    begin = data.lstrip(grammar.FILLER)
    begin = data[max(0, len(data) - len(begin) - 1) :] if begin else b""
    if begin[:1] in grammar.FILLER and not begin.startswith(b"\n"):
        begin = begin[1:]
    if not begin:
        return Likeness.NO if final else Likeness.MORE
    size = grammar.match(begin, 0, final)
    if size == MORE:
        return Likeness.MORE
    message = grammar.parse(begin[:size]) if size else None
    return Likeness.SURE if message is not None and message.covering else Likeness.NO


def recognise_records(data: bytes, final: bool) -> Likeness:
    """SURE with a whole record that no line of Sur-Gard can be: Contact ID, ITI, a rejected command. Never raises."""
    begin = data.lstrip(records.FILLER)
    if not begin:
        return Likeness.NO if final else Likeness.MORE
    size = records.match(begin, 0, final)
    if size == MORE:
        return Likeness.MORE if records.may_begin(begin) else Likeness.NO
    record = records.parse(begin[:size]) if size else None
    if record is None or record.command or not record.trailer:
        return Likeness.NO
    found: list[Finding] = []
    if record.type == b"3":
        return Likeness.SURE
    if record.type in (b"a", b"I", b"f") and record_reading.taken_apart(record, found)[1]:
        return Likeness.SURE
    return Likeness.NO


WIRE = Wire(
    name=PROTOCOL,
    title="Bosch Conettix D6600 (SIA)",
    transports=frozenset(("tcp", "serial")),
    receiving=receiving,
    sending=sending.sending,
    recognise=recognise,
    explain=explain,
    findings=FINDINGS,
    parts=PARTS,
    quirks=MappingProxyType(sending.QUIRKS),
    serial=_SETTINGS,
)

D6500 = Wire(
    name=record_reading.PROTOCOL,
    title="Radionics D6500",
    transports=frozenset(("tcp", "serial")),
    receiving=receiving_records,
    sending=record_sending.sending,
    recognise=recognise_records,
    explain=explain_record,
    findings=D6500_FINDINGS,
    parts=D6500_PARTS,
    quirks=MappingProxyType(record_sending.QUIRKS),
    serial=_SETTINGS,
)
