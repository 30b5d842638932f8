"""Where the messages of a protocol stand in the bytes of a line, and where the words of the log go on.

What stands between messages, and behind the last, is the log's where it is text. Where it holds other bytes it is kept
with them: it may be a damaged message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from protocols.auto import Decoder
from protocols.lines.options import SourceOptions
from protocols.lines.scanning import Scanner
from protocols.model import Noise
from protocols.sia import texecom
from protocols.sia.blocks import BlockError, parse
from protocols.sia.galaxy import GalaxyGrammar
from protocols.wire import Likeness

Span = tuple[int, int]
"""First byte, and the one behind the last."""

_UNSEEN = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no text has. Line ends and NUL are filler behind a message."""
_ENDED = re.compile(rb"[\0\r\n]")
"""Line ends and NUL inside a line: they belong to a message."""
_ANSWERS = (b"\x06", b"\x15")
_OPTIONS = SourceOptions(listen_only=True)
_BLOCKS = GalaxyGrammar()


def spans(wire: str, data: bytes, *, cr: bool = False) -> Iterator[tuple[int, int, bool]]:
    """What is of the protocol in ``data``, which begin with a message of it, and whether it is a message: else it is no
    text. With ``cr`` a CR at the end is that of the line."""
    at = 0
    last = len(data) - (cr and data.endswith(b"\r"))
    for start, end in list(_messages(wire, data)):
        if at and is_text(data[start:end]) and not _ENDED.search(data, start, min(end, last)):
            continue  # words of the log that happen to fit
        yield from _between(data, at, start)
        yield start, end, True
        at = end
    yield from _between(data, at, len(data))


def is_text(data: bytes) -> bool:
    """Whether bytes have a visible character each, in UTF-8."""
    return _UNSEEN.search(data.decode("utf-8", "surrogateescape")) is None


def block(data: bytes) -> bool:
    """Whether a good block of SIA stands at the beginning."""
    size = _BLOCKS.match(data, 0, True) if data else 0
    try:
        return size > 0 and parse(data[:size]).known and not is_text(data[:size])
    except BlockError:
        return False


def _messages(wire: str, data: bytes) -> Iterator[Span]:
    if wire == "sia" and texecom.recognise(data, True) is not Likeness.SURE:
        yield from _blocks(data)
        return
    decoder = Decoder(wire, wall=0.0, options=_OPTIONS)
    at = 0
    for item in (*decoder.feed(data), *decoder.close()):
        start = -1 if isinstance(item, Noise) else data.find(item.raw, at)
        if start >= 0:
            at = start + len(item.raw)
            yield start, at


def _blocks(data: bytes) -> Iterator[Span]:
    """Each by itself: a message of a session does not have all of them."""
    scanner = Scanner(_BLOCKS)
    scanner.feed(data)
    at = 0
    while (found := scanner.next(final=True)) is not None:
        if isinstance(found, Noise):
            at += found.size
            continue
        at += len(found.filler)
        yield at, at + len(found.raw)
        at += len(found.raw)


def _between(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """What is not the log's between two messages: as far as there are other bytes than text. Of words in front of a
    lone answer nothing, of others all, since they may be the beginning of what was damaged."""
    text = data[start:end].decode("utf-8", "surrogateescape")
    unseen = [found.start() for found in _UNSEEN.finditer(text)]
    if not unseen:
        return
    first, behind = (start + len(text[:at].encode("utf-8", "surrogateescape")) for at in (unseen[0], unseen[-1] + 1))
    if data[first:behind] not in _ANSWERS:
        first = start
    yield first, behind, False
