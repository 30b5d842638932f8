"""Records of the Honeywell MX8000 and of Silent Knight receivers, both ends, as far as they are public.

The way of a record: ``grammar`` cuts the stream, finds the fields and counts the check byte, ``reading`` makes an
arrival of them (``system`` says what the receiver's own events mean, ``findings`` names departures), ``explaining``
says of a record what each byte is. ``sending`` is the other end, with ``quirks``. What is proven and what is not stands
in ``docs/lines/mx8000.md``.
"""

from protocols.lines.making import Receiving
from protocols.lines.options import Speaker
from protocols.mx8000.explaining import explain
from protocols.mx8000.findings import FINDINGS, GUESSES, PARTS
from protocols.mx8000.grammar import Records, fields_of, v_byte
from protocols.mx8000.quirks import SENTENCES
from protocols.mx8000.reading import EDGES, PROTOCOL, QUERY, UNCHECKED_QUERY, Reader
from protocols.mx8000.sending import LINK_TEST_REQUEST, SendingEnd, Speech
from protocols.wire import Likeness, LineSettings, Wire, likeness

__all__ = ["EDGES", "FINDINGS", "GUESSES", "PARTS", "WIRE", "explain", "recognise"]

_RECORDS = Records()


def make_sending(speaker: Speaker) -> SendingEnd:
    """The receiver's, or a relay's, end. Raises QuirksError and UnsendableError."""
    return SendingEnd(Speech(speaker), max_queue=speaker.max_queue)


def recognise(data: bytes, final: bool) -> Likeness:
    """Whether a stream begins with a whole record whose check byte fits. Never raises."""
    at = len(data) - len(data.lstrip(Records.filler))
    if _RECORDS.seek(data, at) != at:
        return Likeness.NO
    return likeness(data, at, final, _RECORDS.match, _is_certain)


def _is_certain(record: bytes) -> bool:
    fields = fields_of(record)
    return fields is not None and record[fields.v] == v_byte(record[: fields.v])


WIRE = Wire(
    name=PROTOCOL,
    title="MX8000 / Silent Knight",
    transports=frozenset(("tcp", "serial")),
    receiving=Receiving(
        lambda finder, options: Reader(finder, options.edge),
        {QUERY: LINK_TEST_REQUEST, UNCHECKED_QUERY: LINK_TEST_REQUEST},
    ),
    sending=make_sending,
    recognise=recognise,
    explain=explain,
    findings=FINDINGS,
    parts=PARTS,
    quirks=SENTENCES,
    serial=(LineSettings(1200), LineSettings(9600), LineSettings(1200, 7, "E"), LineSettings(9600, 7, "E")),
    edges=EDGES,
)
"""The protocol, for whoever needs not know one from another."""
