"""The station's end of a Sur-Gard line, and how a stream is told to be one."""

from __future__ import annotations

from protocols.ends import Limits, Lookup, Source
from protocols.lines.options import SourceOptions
from protocols.lines.placing import Finder
from protocols.lines.receiving import LineReceivingEnd
from protocols.surgard.grammar import LONGEST, Lines, parse
from protocols.surgard.reading import Reader
from protocols.wire import Likeness

_FILLER = b"\0\r\n"
_LINES = Lines()


def receiving_end(
    source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
) -> LineReceivingEnd:
    """One for a connection or a serial line."""
    reader = Reader(Finder(source, lookup, options), options)
    return LineReceivingEnd(source, reader, first=first, options=options, limits=limits)


def recognise(data: bytes, final: bool) -> Likeness:
    """SURE where the stream begins with a whole line of a format that has a grammar; its terminator has to be there.

    Lines of unknown content are passed over: they alone prove nothing. Never raises.
    """
    at = 0
    while True:
        at += len(data[at:]) - len(data[at:].lstrip(_FILLER))
        if at == len(data):
            break
        if _LINES.seek(data, at) != at:
            return Likeness.NO
        size = _LINES.match(data, at, final)
        if size <= 0:
            if size == 0 or len(data) - at > LONGEST:
                return Likeness.NO
            break
        line = data[at : at + size]
        if parse(line.rstrip(b"\x14\r\n\0")) is not None:
            return Likeness.SURE
        at += size
    return Likeness.NO if final else Likeness.MORE
