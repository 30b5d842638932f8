"""Messages of other protocols than DC-09 in a text: raw, in hex digits, in a notation, or without their terminators.

A piece of text is taken for a message only where exactly one protocol is sure of it. The blocks of a SIA session stand
in lines of their own, and only the first of them, the account, is certain by itself: behind one, every good block of
the log belongs to that session.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterator

from msgspec import Struct

from protocols.capture import notation
from protocols.sia.blocks import BlockError, parse
from protocols.wire import Likeness
from protocols.wires import WIRES

_WIRES = tuple(wire for wire in WIRES.values() if wire.name != "dc09")
_HEAD = 4096
_LEAST = 6
"""Bytes of the shortest message that is certain by itself: less is a time."""
_TRIED = 24
"""Places of a line at which a message may begin that are looked at."""
_RUN = re.compile(
    r"(?<![0-9A-Za-z])(?:0[xX])?[0-9A-Fa-f]{2}(?P<between>[ ,:;-]{0,2}(?:0[xX])?)[0-9A-Fa-f]{2}"
    r"(?:(?P=between)[0-9A-Fa-f]{2}){1,1100}+(?![0-9A-Za-z])"
)
"""Three bytes and more, with the same between all of them."""
_MARKED = re.compile(rb"[\r\n\x14\0\x1b\x80-\xff]")
"""Some byte of every message."""
_GROUP = re.compile(r"(?:0[xX])?((?:[0-9A-Fa-f]{2})+)")
_BEGIN = re.compile(rb"(?<=[\s\"'>\]:=|(,])(?=[^\s\"'])|[\n\x01-\x08\x0b\x0c\x0e-\x1f]")
_QUOTED = re.compile(rb"[\"')\]} ]+\Z")
_BARE = re.compile(
    rb"(?<![0-9A-Za-z.:-])(?:"
    rb"(?P<dc4>5[0-9A-F]{2}[0-9A-Z]{1,3} ?(?:18|98) {0,6}[0-9A-F]{3,10}?[ERPS136][0-9A-F]{8}(?![0-9A-Za-z])"
    rb"|[S0][0-9A-F]{2}[0-9A-Za-z]{1,3} ?\[#[^\]]{1,900}\]"
    rb"|[136][0-9A-F]{2}[0-9A-Z]{1,3} {4,12}[0-9A-F@][ -~]{2,20})"
    rb"|(?P<lf>[0-9A-F]{2} +[0-9A-F]{3,10} +18 *[ERP][0-9A-F]{3} +[0-9A-F]{2} +[CU]?[0-9A-F]{3}(?![0-9A-Za-z])"
    rb"|[0-9A-Fa-f]{4}[\tA-Za-z0-9][0-9]{6}(?:[0-9]{2})? ?\[[^\]\r\n]{0,900}\])"
    rb"|(?P<cr>SR[0-9]{4}L[0-9]{4} +[0-9A-F]{3,8}XX +\[ID[0-9A-Fa-f]{8}\])"
    rb")"
)
"""Messages without their terminators: of Sur-Gard, of Ademco 685 and D6600, a poll of Osborne-Hoffman."""


class Stranger(Struct, frozen=True):
    """A message in a line."""

    wire: str
    data: bytes
    context: str
    """What stood in front of it."""
    restored: str = ""
    """As ``Piece.restored``."""


def sure(data: bytes) -> str:
    """The name of the one protocol that is sure of what ``data`` begin with; ``""`` where there is none."""
    head = data[:_HEAD]
    found = [wire.name for wire in _WIRES if wire.recognise(head, True) is Likeness.SURE]
    return found[0] if len(found) == 1 else ""


def find(text: str, *, session: bool = False) -> Stranger | None:
    """The message in a line without its line end. With ``session`` blocks of SIA are known to be about."""
    return _in_digits(text, session) or _in_notation(text) or _bare(text)


def _in_digits(text: str, session: bool) -> Stranger | None:
    for run in _RUN.finditer(text):
        groups = list(_GROUP.finditer(run[0]))
        # The end of a time in front of the bytes looks like one of them.
        for at in range(min(len(groups), 2)):
            data = unhexlify("".join(group[1] for group in groups[at:]))
            if _MARKED.search(data) is None:
                break
            wire = sure(data) if len(data) >= _LEAST else ""
            if wire or (session and _all_blocks(data)):
                return Stranger(wire or "sia", data, text[: run.start() + groups[at].start()])
    return None


def _in_notation(text: str) -> Stranger | None:
    for form in notation.unwrapped(text):
        for data in notation.readings(form):
            for at in _places(data):
                piece = _unquoted(data[at:])
                wire = sure(piece)
                if wire:
                    return Stranger(wire, piece, data[:at].decode("utf-8", "replace"))
    return None


def _bare(text: str) -> Stranger | None:
    data = text.encode("utf-8", "surrogateescape")
    found = _BARE.search(data)
    if found is None:
        return None
    said = found[0].rstrip(b" \"'\r\n)")
    restored = found.lastgroup or ""
    piece = {"dc4": said + b"\x14", "lf": b"\n%b\r" % said, "cr": said + b"\r"}[restored]
    wire = sure(piece)
    if not wire:
        return None
    context = data[: found.start()].decode("utf-8", "replace")
    return Stranger(wire, piece, context, "lf-cr" if restored == "lf" else restored)


def _places(data: bytes) -> Iterator[int]:
    yield 0
    for count, found in enumerate(_BEGIN.finditer(data)):
        if count >= _TRIED:
            return
        yield found.start()


def _unquoted(piece: bytes) -> bytes:
    """Without the quote or bracket that closed the bytes in the log, behind the last byte that none shows."""
    found = _QUOTED.search(piece)
    if found is None or found.start() == 0 or 0x20 <= piece[found.start() - 1] < 0x7F:
        return piece
    return piece if piece[found.start() :].isspace() else piece[: found.start()]


def _all_blocks(data: bytes) -> bool:
    """Whether bytes are good blocks of SIA and nothing else."""
    at = 0
    while at < len(data):
        end = at + (data[at] & 0x3F) + 3
        try:
            block = parse(data[at:end])
        except BlockError:
            return False
        if not block.known:
            return False
        at = end
    return bool(data)
