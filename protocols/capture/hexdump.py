"""Dumps: offsets and bytes, as ``hexdump -C``, ``xxd``, ``od -t x1`` and ``od -c`` write them.

So do ``tcpdump -X`` and Wireshark, with whole packets, which are taken apart then. Of a followed stream that Wireshark
saved, the answers are the indented lines. The ``*`` for repeated lines is understood.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterable, Iterator
from itertools import chain

from msgspec import Struct

from protocols.capture import internet, links, network
from protocols.capture.errors import CaptureError, OtherFormatError
from protocols.capture.packets import MAX_PACKET, Packet
from protocols.capture.pieces import End, Flow, Gap, Item, Piece, Side
from protocols.capture.supply import lines

_COLON = re.compile(
    rb"(\s*)(0x)?([0-9A-Fa-f]{4,16}):[ \t]{1,3}([0-9A-Fa-f]{2,}(?: [0-9A-Fa-f]{2,})*)(?:  .*|\s*)", re.DOTALL
)
"""``xxd``, ``tcpdump``. Groups: indent, 0x, offset, digits."""
_SPACED = re.compile(
    rb"(\s*)()([0-9A-Fa-f]{4,16})[ \t]{1,4}([0-9A-Fa-f]{2}(?:[ -]{1,2}[0-9A-Fa-f]{2}(?![^\s-])){0,15})"
    rb"(?:\s{2,}[^ ].*|\s*)",
    re.DOTALL,
)
"""``hexdump -C``, ``od -t x1``, Wireshark."""
_CHARACTERS = re.compile(
    rb"(\s*)([0-9A-Fa-f]{6,16})((?:   [!-~]|    |  \\[0abfnrtv]| [0-3][0-7]{2}){1,16})\s*", re.DOTALL
)
"""``od -c``, ``hexdump -c``: four places a byte. Groups: indent, offset, characters."""
_SIMPLE = dict(zip(b"0abtnvfr", (0, 7, 8, 9, 10, 11, 12, 13), strict=True))
_WORDS = re.compile(rb"\s*0{6,8}(?: +[0-9A-Fa-f]{4}){2,}\s*")
"""``hexdump`` without ``-C``, ``od -x``: two bytes at a time, which of them first depends on the machine."""
_OFFSET = re.compile(rb"\s*[0-9A-Fa-f]{6,16}\s*")
_STAMP = re.compile(rb"(\d{9,10}\.\d{1,9}) ")
"""What ``tcpdump -tt`` begins a packet with. Other forms of its time are in no known zone."""
_NOT_DIGITS = b" -"
REPEATED = 1 << 24
"""Bytes that a ``*`` may stand for."""


class Row(Struct, frozen=True, gc=False):
    """One line of a dump."""

    number: int
    indent: bytes
    offset: bytes
    data: bytes
    packet: bool = False
    """Written by tcpdump, so that it is a packet's."""
    star: bool = False
    """Repeats the line before it up to the next offset."""
    at: float | None = None
    """Of the packet that begins here."""
    blanks: int = 0
    """Blanks behind it that are bytes, or fill up the line: the next offset tells."""

    def follows(self, count: int) -> int | None:
        """The base in which the offset says that ``count`` bytes came before; None where it does in none."""
        for base in (16, 8, 10):
            try:
                if int(self.offset, base) == count:
                    return base
            except ValueError:
                continue
        return None


def row(line: bytes, number: int = 0) -> Row | None:
    """A line as one of a dump; None where it is none."""
    match = _COLON.fullmatch(line) or _SPACED.fullmatch(line)
    if match is None:
        return _characters(line, number)
    digits = match[4].translate(None, _NOT_DIGITS)
    if len(digits) % 2 or len(digits) > 1 << 12:
        return None
    return Row(number, match[1], match[3], unhexlify(digits), bool(match[2]))


def _characters(line: bytes, number: int) -> Row | None:
    match = _CHARACTERS.fullmatch(line)
    if match is None or not match[3].strip():
        return None
    places = [match[3][at : at + 4] for at in range(0, len(match[3]), 4)]
    data = bytes(map(_character, places))
    bare = data.rstrip(b" ")
    return Row(number, match[1], match[2], bare, blanks=len(data) - len(bare))


def _character(place: bytes) -> int:
    """The byte that four places stand for."""
    if place[1:2].isdigit():
        return int(place, 8)
    return _SIMPLE[place[3]] if place[2:3] == b"\\" else place[3]


def looks_like(some: Iterable[bytes]) -> bool:
    """Whether lines of a text are those of a dump: one that begins at zero, and a second that fits behind it."""
    first: Row | None = None
    alone = True
    for line in some:
        each = row(line)
        if each is None:
            alone = alone and (not line.strip() or bool(_OFFSET.fullmatch(line)) or line.strip() == b"*")
            continue
        if first is None:
            first = each if not int(each.offset, 16) else None
        elif each.indent == first.indent:
            if each.follows(len(first.data) + first.blanks):
                return True
            first = each if not int(each.offset, 16) else None
    return first is not None and alone


def words(line: bytes) -> bool:
    """Whether a line is of a dump in words, whose order of bytes cannot be known."""
    return bool(_WORDS.fullmatch(line))


def read(chunks: Iterable[bytes], ports: frozenset[int] = frozenset()) -> Iterator[Item]:
    """What the dumps in a text hold: packets (with ``ports``, only those from or to one of them), or streams.

    Raises CaptureError for a text without a dump, and for dumps that cannot be read with certainty.
    """
    rows = _rows(chunks)
    head: list[Row] = []
    size = 0
    for each in rows:
        head.append(each)
        size += len(each.data)
        if size >= 64:
            break
    if not head:
        raise OtherFormatError("the text holds no hex dump: no line has an offset and bytes.")
    start = b"".join(one.data for one in head)
    everything = chain(head, rows)
    if head[0].packet or _link(start, whole=False) is not None:
        return network.read(_packets(everything), ports)
    return _streams(everything)


def _rows(chunks: Iterable[bytes]) -> Iterator[Row]:
    before: Row | None = None
    at: float | None = None
    for number, line in enumerate(lines(chunks), 1):
        found = row(line, number)
        if found is not None:
            if at is not None:
                found = Row(number, found.indent, found.offset, found.data, found.packet, at=at)
                at = None
            before = found
            yield found
        elif before is not None and line.strip() == b"*":
            yield Row(number, before.indent, b"", before.data, before.packet, star=True)
        elif before is not None and _OFFSET.fullmatch(line):
            yield Row(number, before.indent, line.strip(), b"")
        elif words(line):
            raise CaptureError(
                f"line {number} shows two bytes at a time, and in which order depends on the machine that wrote it; "
                "make the dump with: hexdump -C FILE"
            )
        else:
            stamp = _STAMP.match(line)
            at = None if stamp is None else float(stamp[1])


# --- streams ---------------------------------------------------------------------------------------------------------


class _Run:
    """One dump, or one direction of a followed stream."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.count = 0
        self.base = 16
        self.last = b""
        self.star = False
        self.blanks = 0
        self.settled = False
        """Whether ``base`` is what the offsets showed."""

    def blank(self, row: Row) -> Iterator[Piece]:
        """The blanks at the end of the line before, as many of them as the next one shows to be bytes."""
        if row.star or (row.data and row.follows(self.count + self.blanks) is not None):
            size = self.blanks  # a line that is not the last one is full
        else:
            sizes = [size for size in range(self.blanks + 1) if row.follows(self.count + size) is not None]
            known = [size for size in sizes if row.follows(self.count + size) == self.base]
            size = next(iter((known if self.settled else sizes) or [0]))
        self.blanks = 0
        if size:
            self.count += size
            yield Piece(self.flow, b" " * size, None, row.number)


def _streams(rows: Iterable[Row]) -> Iterator[Item]:
    runs: dict[bytes, _Run] = {}
    least = dumps = 0
    for each in rows:
        run = runs.get(each.indent)
        if run is None:
            # Of a followed stream, the lines of the side that did not open it are indented.
            side = Side.STATION if runs and len(each.indent) > least else Side.UNKNOWN
            least = min(least, len(each.indent)) if runs else len(each.indent)
            run = runs[each.indent] = _Run(Flow(side=side, tag=f"{dumps}.{len(runs)}"))
        yield from run.blank(each)
        if each.star:
            run.star = True
            continue
        base = each.follows(run.count)
        if base is None and not run.star and not int(each.offset, 16):
            # Another dump begins.
            dumps += 1
            yield End(run.flow, None, each.number)
            run = runs[each.indent] = _Run(Flow(side=run.flow.side, tag=f"{dumps}.{run.flow.tag.partition('.')[2]}"))
        elif base is None:
            yield from _catch_up(run, each)
        elif run.count:
            run.base, run.settled = base, True
        run.star = False
        if each.data:
            run.count += len(each.data)
            run.last = each.data + b" " * each.blanks
            run.blanks = each.blanks
            yield Piece(run.flow, each.data, None, each.number)
    for run in runs.values():
        yield End(run.flow)


def _catch_up(run: _Run, row: Row) -> Iterator[Item]:
    """The bytes before an offset that does not follow: repeated ones, or missing ones."""
    try:
        place = int(row.offset, run.base)
    except ValueError:
        place = int(row.offset, 16)
    missing = place - run.count
    if run.star and run.last:
        if not 0 <= missing <= REPEATED:
            raise CaptureError(f"line {row.number}: a * before it stands for {missing} bytes, which no dump here has.")
        times, rest = divmod(missing, len(run.last))
        for _ in range(times):
            yield Piece(run.flow, run.last, None, row.number)
        if rest:
            yield Piece(run.flow, run.last[:rest], None, row.number)
    else:
        yield Gap(run.flow, max(0, missing), None, row.number)
    run.count = place


# --- packets ---------------------------------------------------------------------------------------------------------


def _packets(rows: Iterable[Row]) -> Iterator[Packet]:
    number = 0
    data = bytearray()
    at: float | None = None
    repeated = b"\0"
    for each in rows:
        if data and each.offset and not int(each.offset, 16):
            number += 1
            yield _packet(bytes(data), at, number)
            data.clear()
        if not data:
            at = each.at
        if each.star:
            repeated = each.data
            continue
        missing = min(int(each.offset, 16), MAX_PACKET) - len(data)
        if missing > 0:
            data += (repeated * (missing // len(repeated) + 1))[:missing]
            repeated = b"\0"
        if len(data) + len(each.data) <= MAX_PACKET:
            data += each.data
    if data:
        yield _packet(bytes(data), at, number + 1)


def _packet(data: bytes, at: float | None, number: int) -> Packet:
    link = _link(data, whole=True)
    return Packet(number, at, links.ETHERNET if link is None else link, data, len(data))


def _link(data: bytes, *, whole: bool) -> int | None:
    """The link type under which bytes are a packet; None where they are none under any."""
    for link in (links.RAW, links.ETHERNET, links.COOKED_2, links.COOKED, links.NULL):
        inner = links.internet(link, data)
        if inner is None:
            continue
        datagram = internet.read(inner)
        if datagram is None or datagram.protocol not in (internet.TCP, internet.UDP):
            continue
        if not whole or len(datagram.data) == datagram.size:
            return link
    return None
