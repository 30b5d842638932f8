"""The station's end of a Sur-Gard line, and how a stream is told to be one."""

from __future__ import annotations

from protocols.lines.making import Receiving
from protocols.surgard.grammar import LONGEST, Lines, parse
from protocols.surgard.reading import Reader
from protocols.wire import Likeness

_FILLER = b"\0\r\n"
_LINES = Lines()


receiving_end = Receiving(Reader)


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
