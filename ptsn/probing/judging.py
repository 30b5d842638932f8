"""What bytes from a serial line are: messages of which protocol, under which setting. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from protocols.ends import Limits, Source
from protocols.lines.options import SourceOptions
from protocols.model import Arrival, ArrivalKind, Dialect, Moment
from protocols.wire import Likeness, LineSettings, Wire

STARTS = 64
"""Places in a capture at which a message may begin that are looked at."""
LEAST, COVERED = 8, 0.8
"""So many bytes, and so much of a capture, must be messages where no message has a check of its own."""
READABLE = 0.85
"""Share of readable bytes from which on something is text."""
LATER_S = 60.0
_MOST = Limits(undecided=10_000)
_WHOLE = frozenset((ArrivalKind.EVENT, ArrivalKind.LINK_TEST, ArrivalKind.OPAQUE, ArrivalKind.AMENDMENT))
_ENDINGS = b"\r\n\x14\x03\x04\x06"


class Fit(Struct, frozen=True):
    """A protocol and a setting under which bytes are messages."""

    wire: Wire
    line: LineSettings
    sure: bool
    """A message stands there with everything that the protocol has to check it by."""
    messages: int
    covered: float
    """Share of the bytes that are messages, 0 to 1."""
    sample: bytes
    """The first message."""


def fits(data: bytes, line: LineSettings, wires: Iterable[Wire]) -> list[Fit]:
    """Every protocol that bytes heard under a setting are messages of, the likeliest first. Never raises."""
    if not data:
        return []
    serial = [wire for wire in wires if "serial" in wire.transports]
    found = [
        fit for seen, under in views(data, line) for wire in serial if (fit := _fit(seen, under, wire)) is not None
    ]
    return sorted(found, key=lambda fit: (fit.sure, round(fit.covered, 1), fit.messages), reverse=True)


def views(data: bytes, line: LineSettings) -> Iterator[tuple[bytes, LineSettings]]:
    """The bytes as they came, and without their eighth bit where that is a parity bit."""
    yield data, line
    if line.bytesize != 8 or line.parity != "N" or len(data) < LEAST or not any(byte & 0x80 for byte in data):
        return
    for parity, rest in (("E", 0), ("O", 1)):
        right = sum(byte.bit_count() % 2 == rest for byte in data)
        if right >= 0.95 * len(data):
            yield bytes(byte & 0x7F for byte in data), replace(line, bytesize=7, parity=parity)


def readable(data: bytes) -> float:
    """Share of the bytes that stand in texts and around them, 0 to 1."""
    if not data:
        return 0.0
    return sum(32 <= byte < 127 or byte in b"\r\n\t\x02\x03\x14\x05\x06\x15" for byte in data) / len(data)


def _fit(data: bytes, line: LineSettings, wire: Wire) -> Fit | None:
    whole = _messages(data, wire)
    length = sum(map(len, whole))
    covered = length / len(data)
    sure = [start for start in _starts(data) if wire.recognise(data[start:], False) is Likeness.SURE]
    if not sure and (covered < COVERED or length < LEAST):
        return None
    # A sender that gets no answer may say only the beginning of what makes a message.
    sample = whole[0] if whole else data[sure[0] :]
    return Fit(wire, line, bool(sure), max(1, len(whole)), covered, sample)


def _messages(data: bytes, wire: Wire) -> list[bytes]:
    """Whole messages, as the station's own end reads them."""
    end = wire.receiving(
        Source("probe", wire.name, "", "", "serial"),
        lambda *_: Dialect(),
        options=SourceOptions(listen_only=True),
        limits=_MOST,
        first=0,
    )
    items = list(end.receive(data, Moment(0.0, 0.0)))
    while end.held and end.undecided < _MOST.undecided:
        items += end.receive(b"", Moment(0.0, 0.0))
    items += end.expire(Moment(LATER_S, LATER_S))
    return [item.raw for item in items if isinstance(item, Arrival) and item.kind in _WHOLE]


def _starts(data: bytes) -> Iterator[int]:
    """Where messages may begin: at the first byte, and behind whatever ends one."""
    yield 0
    left = STARTS
    for index, byte in enumerate(data[:-1]):
        if byte in _ENDINGS and left:
            left -= 1
            yield index + 1
