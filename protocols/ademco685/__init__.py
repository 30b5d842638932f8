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
from protocols.lines.making import Receiving
from protocols.lines.options import Speaker
from protocols.wire import Likeness, LineSettings, Wire, likeness

__all__ = ["EDGES", "FINDINGS", "GUESSES", "PARTS", "WIRE", "explain", "recognise"]

_LINES = Lines()


def make_sending(speaker: Speaker) -> SendingEnd:
    """The receiver's, or a relay's, end. Raises QuirksError and UnsendableError."""
    return SendingEnd(Speech(speaker), max_queue=speaker.max_queue)


def recognise(data: bytes, final: bool) -> Likeness:
    """Whether a stream begins with a line that can be read, from its LF to its terminator. Never raises."""
    begin = data.lstrip(b"\0\r\n")
    at = len(data) - len(begin) - 1
    if begin and (at < 0 or data[at] != 0x0A):
        return Likeness.NO
    return likeness(data, at if begin else len(data), final, _begun, _is_certain)


def _begun(data: bytes, at: int, final: bool) -> int:
    """A line without its terminator is none here, also where no more will come."""
    return _LINES.match(data, at, False)


def _is_certain(line: bytes) -> bool:
    match = fields(line)
    ended = match is not None and (match["end"] is not None or match["caps_end"] is not None)
    return match is not None and ended and len(match["head"]) == 2


WIRE = Wire(
    name=PROTOCOL,
    title="Ademco 685",
    transports=frozenset(("tcp", "serial")),
    receiving=Receiving(lambda _, options: Reader(options.edge), {QUERY: b"S"}),
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
