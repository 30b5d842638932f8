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
from protocols.lines.making import Receiving
from protocols.model import Finding
from protocols.wire import Likeness, LineSettings, Wire, likeness

__all__ = ["D6500", "FINDINGS", "PARTS", "PROTOCOL", "WIRE", "explain", "explain_record"]

_SETTINGS = (LineSettings(9600), LineSettings(19200), LineSettings(1200), LineSettings(9600, 7, "E"))
"""Usual settings; the manual's defaults are not public for certain."""


def recognise(data: bytes, final: bool) -> Likeness:
    """SURE with a whole message whose CRC fits. Never raises."""
    begin = data.lstrip(grammar.FILLER)
    begin = data[max(0, len(data) - len(begin) - 1) :] if begin else b""
    if begin[:1] in grammar.FILLER and not begin.startswith(b"\n"):
        begin = begin[1:]
    return likeness(begin, 0, final, grammar.match, _is_certain)


def _is_certain(raw: bytes) -> bool:
    message = grammar.parse(raw)
    return message is not None and bool(message.covering)


def recognise_records(data: bytes, final: bool) -> Likeness:
    """SURE with a whole record that no line of Sur-Gard can be: Contact ID, ITI, a rejected command. Never raises."""
    begin = data.lstrip(records.FILLER)
    found = likeness(begin, 0, final, records.match, _is_certain_record)
    return found if found is not Likeness.MORE or not begin or records.may_begin(begin) else Likeness.NO


def _is_certain_record(raw: bytes) -> bool:
    record = records.parse(raw)
    if record is None or record.command or not record.trailer:
        return False
    found: list[Finding] = []
    return record.type == b"3" or (
        record.type in (b"a", b"I", b"f") and record_reading.taken_apart(record, found)[1] != ()
    )


WIRE = Wire(
    name=PROTOCOL,
    title="Bosch Conettix D6600 (SIA)",
    transports=frozenset(("tcp", "serial")),
    receiving=Receiving(lambda finder, _: Reader(finder)),
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
    receiving=Receiving(lambda finder, options: record_reading.Reader(finder, options.overrides)),
    sending=record_sending.sending,
    recognise=recognise_records,
    explain=explain_record,
    findings=D6500_FINDINGS,
    parts=D6500_PARTS,
    quirks=MappingProxyType(record_sending.QUIRKS),
    serial=_SETTINGS,
)
