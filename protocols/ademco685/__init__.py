"""Ademco 685 lines, both ends: what the receiver 685 hands to a computer, and MX8000, 7810iR and emulators do alike.

The way of a line: ``grammar`` cuts the stream and names the fields, ``reading`` makes an arrival of them (``findings``
names departures), ``explaining`` says of a line what each byte is.
``sending`` is the other end: signals into lines, with ``quirks``, and the 685's ways when nobody answers.
"""

from protocols.ademco685.explaining import explain
from protocols.ademco685.findings import FINDINGS, GUESSES, PARTS
from protocols.ademco685.grammar import Lines, fields
from protocols.ademco685.quirks import SENTENCES
from protocols.ademco685.reading import EDGES, PROTOCOL, QUERY, Reader
from protocols.ademco685.sending import SendingEnd, Speech
from protocols.ends import Limits, Lookup, Source
from protocols.lines.asking import AskingEnd
from protocols.lines.options import SourceOptions, Speaker
from protocols.lines.receiving import LineReceivingEnd
from protocols.lines.scanning import MORE
from protocols.wire import Likeness, LineSettings, Wire

__all__ = [
    "EDGES",
    "FINDINGS",
    "GUESSES",
    "PARTS",
    "PROTOCOL",
    "WIRE",
    "explain",
    "make_receiving",
    "make_sending",
    "recognise",
]

_LINES = Lines()


def make_receiving(
    source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
) -> LineReceivingEnd:
    """The station's end. Lines have no clock and no text, so that nothing need be known of an account beforehand."""
    reader = Reader(options.edge)
    if options.edge == QUERY:
        return AskingEnd(source, reader, b"S", first=first, options=options, limits=limits)
    return LineReceivingEnd(source, reader, first=first, options=options, limits=limits)


def make_sending(speaker: Speaker) -> SendingEnd:
    """The receiver's, or a relay's, end. Raises QuirksError and UnsendableError."""
    return SendingEnd(Speech(speaker), max_queue=speaker.max_queue)


def recognise(data: bytes, final: bool) -> Likeness:
    """Whether a stream begins with a line that can be read, from its LF to its terminator. Never raises."""
    begin = data.lstrip(b"\0\r\n")
    at = len(data) - len(begin) - 1
    if not begin:
        return Likeness.NO if final else Likeness.MORE
    if at < 0 or data[at] != 0x0A:
        return Likeness.NO
    size = _LINES.match(data, at, False)
    if size == MORE:
        return Likeness.NO if final else Likeness.MORE
    match = fields(data[at : at + size]) if size else None
    if match is None or len(match["head"]) != 2 or (match["end"] is None and match["caps_end"] is None):
        return Likeness.NO
    return Likeness.SURE


WIRE = Wire(
    name=PROTOCOL,
    title="Ademco 685",
    transports=frozenset(("tcp", "serial")),
    receiving=make_receiving,
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
