"""Messages of other protocols than DC-09 in a text: raw, in hex digits, in a notation, or without their terminators.

A piece of text is taken for a message only where exactly one protocol is sure of it. The blocks of a SIA session stand
in lines of their own, and only the first of them, the account, is certain by itself: behind one, every good block of
the log belongs to that session.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterator, Sequence

from msgspec import Struct

from protocols.capture import cutting, notation
from protocols.sia.blocks import BlockError, parse
from protocols.wire import Likeness
from protocols.wires import WIRES

_WIRES = tuple(wire for wire in WIRES.values() if wire.name != "dc09")
_HEAD = 4096
_LEAST = 6
"""Bytes of the shortest message that is certain by itself: less is a time."""
_TRIED = 48
"""Places of a line at which a message may begin that are looked at."""
_RUN = re.compile(
    r"[0-9A-Fa-f](?<![0-9A-Za-z].)(?:(?<=0)[xX][0-9A-Fa-f])?[0-9A-Fa-f](?P<between>[ ,:;-]{0,2}(?:0[xX])?)"
    r"[0-9A-Fa-f]{2}(?:(?P=between)[0-9A-Fa-f]{2}){1,1100}+(?![0-9A-Za-z])"
)
"""Three bytes and more, with the same between all of them. It begins with the digit itself, and looks behind it only
then: so most of a line is passed over at once."""
_MARKED = re.compile(rb"[\r\n\x14\0\x1b\x80-\xff]")
"""Some byte of every message."""
_GROUP = re.compile(r"(?:0[xX])?((?:[0-9A-Fa-f]{2})+)")
_BEGIN = re.compile(rb"(?<=[\s\"'<>\[\]{:;=|(,`\x98\x9c\x9e\xab\xb9])(?=[^\s\"'])|[\n\x01-\x08\x0b\x0c\x0e-\x1f]")
"""Behind blanks, quotes (also the last byte of typographic ones) and brackets; and bytes that begin a message."""
_KEPT = re.compile("[\x06\x14\x15]")
_SEEN = bytes((0x09, *range(0x20, 0x7F)))
_MAY_BEGIN = re.compile(rb"[\0\r\n\x14]{0,8}(?:[^\r\n]{0,7}[0-9]|[\x00-\x7f]{0,66}[\x80-\xff])").match
"""A number stands near the beginning of every message, but for a block, whose parity byte is no ASCII."""
_BARE = re.compile(
    rb"(?<![0-9A-Za-z.:-])(?:"
    rb"(?P<dc4>5[0-9A-F]{2}[0-9A-Z]{1,3} ?(?:18|98) {0,6}[0-9A-F]{3,10}?[ERPS136][0-9A-F]{8}(?![0-9A-Za-z])"
    rb"(?: ?[0-9]{2}:[0-9]{2}:[0-9]{2}-[0-9]{2}/[0-9]{2}(?![0-9]))?"
    rb"|[S0][0-9A-F]{2}[0-9A-Za-z]{1,3} ?\[#[^\]]{1,900}\]"
    rb"|[136][0-9A-F]{2}[0-9A-Z]{1,3} {4,12}[0-9A-F@][ -~]{2,20})"
    rb"|(?P<lf>[0-9A-F]{2} +[0-9A-F]{3,10} +18 *[ERP][0-9A-F]{3} +[0-9A-F]{2} +[CU]?[0-9A-F]{3}(?![0-9A-Za-z])"
    rb"|[0-9A-Fa-f]{4}[\tA-Za-z0-9][0-9]{6}(?:[0-9]{2})? ?\[[^\]\r\n]{0,900}\])"
    rb"|(?P<cr>SR[0-9]{4}L[0-9]{4} +[0-9A-F]{3,8}XX +\[ID[0-9A-Fa-f]{8}\])"
    rb")"
)
"""Messages without their terminators: of Sur-Gard, of Ademco 685 and D6600, a poll of Osborne-Hoffman."""
_SIGNS = ("18", "98", "    ", "[#", "XX")
_SIGN = re.compile(r"[0-9]{6} ?\[")
"""One of these is in each of them, and none in most lines."""
_DC4_WRITTEN = re.compile(rb"\^T|[\[({](?:0x)?14[\])}]|[({]DC4[)}]", re.IGNORECASE)
"""Ways to write DC4 that could mean something else anywhere but behind a message."""


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


def find(text: str, forms: Sequence[str], *, session: bool = False) -> list[Stranger]:
    """The messages in a line without its line end, and ``notation.unwrapped`` of it. With ``session`` blocks of SIA
    are known to be about."""
    if _KEPT.search(text) is not None:
        forms = [text, *forms]  # the log kept the bytes as they were
    return (
        list(_in_digits(text, session)) or list(_in_notation(forms, session, text.endswith("\r"))) or list(_bare(text))
    )


def _in_digits(text: str, session: bool) -> Iterator[Stranger]:
    told = 0
    for run in _RUN.finditer(text):
        if len(run[0]) < 2 * _LEAST and not session:
            continue
        groups = list(_GROUP.finditer(run[0]))
        # The end of a time in front of the bytes looks like one of them.
        for at in range(min(len(groups), 2)):
            data = unhexlify("".join(group[1] for group in groups[at:]))
            if _MARKED.search(data) is None:
                break
            wire = sure(data) if len(data) >= _LEAST else ""
            if wire or (session and all_blocks(data)):
                yield Stranger(wire or "sia", data, text[told : run.start() + groups[at].start()])
                told = run.end()
                break


def _in_notation(forms: Sequence[str], session: bool, cr: bool) -> Iterator[Stranger]:
    for form in forms:
        for data in notation.readings(form):
            for at in _places(data):
                piece = data[at:]
                wire = sure(piece)
                if not wire and session and cutting.block(piece):
                    wire = "sia"
                if wire:
                    yield from _cut(wire, data, at, cr)
                    return


def _cut(wire: str, data: bytes, at: int, cr: bool) -> Iterator[Stranger]:
    """The messages from ``at`` on, and the words of the log in front of each.

    What the protocol's own search passes over may hold a message behind words of the log: so it is looked over, too.
    """
    told, left = 0, _TRIED
    todo = _spans(wire, data, at, cr)
    while todo:
        start, end, message = todo.pop()
        if not message and left:
            left -= 1
            piece = data[start:end]
            inner = next((place for place in _places(piece) if place and sure(piece[place:]) == wire), 0)
            if inner:
                todo += _spans(wire, data[:end], start + inner, False)
                end = start + inner
                if cutting.is_text(data[start:end]):
                    continue
        yield Stranger(wire, data[start:end], data[told:start].decode("utf-8", "replace"))
        told = end


def _spans(wire: str, data: bytes, at: int, cr: bool) -> list[tuple[int, int, bool]]:
    """``cutting.spans`` from ``at`` on, the last first."""
    return [(at + start, at + end, message) for start, end, message in cutting.spans(wire, data[at:], cr=cr)][::-1]


def _bare(text: str) -> Iterator[Stranger]:
    if not any(sign in text for sign in _SIGNS) and _SIGN.search(text) is None:
        return
    data = text.encode("utf-8", "surrogateescape")
    told = 0
    for found in _BARE.finditer(data):
        said = found[0].rstrip(b" \"'\r\n)")
        restored = found.lastgroup or ""
        piece = {"dc4": said + b"\x14", "lf": b"\n%b\r" % said, "cr": said + b"\r"}[restored]
        wire = sure(piece)
        if not wire:
            continue
        context = data[told : found.start()].decode("utf-8", "replace")
        told = found.end()
        if restored == "dc4" and (there := _DC4_WRITTEN.match(data, told)) is not None:
            restored, told = "", there.end()
        yield Stranger(wire, piece, context, "lf-cr" if restored == "lf" else restored)


def _places(data: bytes) -> Iterator[int]:
    """Where a message may begin: in front of its last byte, which none shows."""
    end = len(data.rstrip(_SEEN))
    count = 0
    for at in (0, *(found.start() for found in _BEGIN.finditer(data, 0, end))):
        if _MAY_BEGIN(data, at) is not None:
            yield at
            count += 1
            if count == _TRIED:
                return


def all_blocks(data: bytes) -> bool:
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
