"""Reed-Solomon over a whole datagram, for transparent modems, and the readings of a piece whose framing was hit, too.

The code is RS(n+16, n), shortened: GF(256) with polynomial 11D, generator 2, first root 2^0; the parity stands behind
the data. It repairs ``parity / 2`` wrong bytes, or twice as many whose places are known (erasures).

It is laid over the datagram *before* escaping (``protocols.kiss``), so that an error on the wire may do more than
change one byte: a destroyed escape makes two bytes of one, a byte that turns into FESC one of two, one that turns into
FEND cuts the frame in two. A modem changes bytes but neither drops nor adds any; therefore :func:`candidates` looks for
the likeliest ways to cut the bytes of the wire into bytes of the datagram, a few and never more than ``limit``. Which
one is true the code cannot say for sure: the tag of the datagram does. What is not found is a datagram most of whose
bytes look like framing and had several escapes hit at once.
"""

from __future__ import annotations

import heapq
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias

import reedsolo
from msgspec import Struct

from protocols.kiss import FEND, FESC, TFEND, TFESC, Piece, unescape

PARITY = 16
"""Bytes of parity: 8 wrong bytes are repaired."""
LONGEST = 255
"""Bytes of data and parity together, at most."""
LIMIT = 256
"""Readings of one piece that are tried at most. Noise has far fewer: only bytes that look like escapes make more."""
_MOST_PLACES = 40
"""Places where a piece can be read in more ways than one: a datagram of 200 bytes has about four."""
_MOST_MERGED = 64
"""Of these at most so many for an escape of which both bytes were hit."""
MOST_BEFORE = 8
"""Pieces in front that are looked at: a frame with 8 wrong bytes is in 9 pieces."""


class Repaired(Struct, frozen=True, gc=False):
    """Data without its parity, and how many bytes (of both) were wrong."""

    data: bytes
    corrected: int


class Reading(Struct, frozen=True, gc=False):
    """One way to read a piece."""

    data: bytes
    """With its parity."""
    erasures: tuple[int, ...] = ()
    """Offsets of bytes that are certainly wrong."""


@cache
def _codec(parity: int) -> Any:
    return reedsolo.RSCodec(parity)


def protect(data: bytes, parity: int = PARITY) -> bytes:
    """Data with its parity behind it. Raises ValueError where both are longer than 255 bytes."""
    if len(data) + parity > LONGEST:
        raise ValueError(f"{parity} bytes of parity protect at most {LONGEST - parity} bytes, not {len(data)}")
    return bytes(_codec(parity).encode(data))


def repair(data: bytes, parity: int = PARITY, erasures: Iterable[int] = ()) -> Repaired | None:
    """Data and parity put right; None where too much is wrong. Never raises.

    More wrong bytes than the code can bear are nearly always noticed, but not always.
    """
    places = sorted({at for at in erasures if 0 <= at < len(data)})
    if not parity < len(data) <= LONGEST or len(places) > parity:
        return None
    try:
        right, whole, _ = _codec(parity).decode(data, erase_pos=places or None)
    except (reedsolo.ReedSolomonError, ZeroDivisionError, IndexError):
        return None
    return Repaired(bytes(right), sum(map(int.__ne__, data, whole)))


def recover(
    piece: bytes,
    before: Sequence[bytes] = (),
    parity: int = PARITY,
    *,
    least: int = PARITY + 1,
    most: int = LONGEST,
    limit: int = LIMIT,
) -> Iterator[Repaired]:
    """What a piece may have said, likeliest first, each once. The caller stops at the one whose tag is right.

    ``before`` are pieces directly in front of it that were no datagrams, oldest first; ``least`` and ``most`` bound the
    bytes of data and parity. Plain bytes count as pieces with one FEND in front.
    """
    told = set()
    for reading in candidates(piece, before, parity, least=least, most=most, limit=limit):
        repaired = repair(reading.data, parity, reading.erasures)
        if repaired is not None and repaired.data not in told:
            told.add(repaired.data)
            yield repaired


def candidates(
    piece: bytes,
    before: Sequence[bytes] = (),
    parity: int = PARITY,
    *,
    least: int = PARITY + 1,
    most: int = LONGEST,
    limit: int = LIMIT,
) -> Iterator[Reading]:
    """The likeliest readings of a piece, at most ``limit``; see :func:`recover`."""
    hits = parity // 2
    told: set[Reading] = set()
    share = limit - min(limit // 3, _MOST_MERGED)
    for _, _, data, erasures in _by_likelihood(_spans(piece, before, 2 * most), share, hits):
        if len(told) >= share:
            break
        reading = Reading(data, erasures)
        if least <= len(data) <= most and reading not in told:
            told.add(reading)
            yield reading
    # Of an escape both bytes may have been hit, and nothing shows where: two bytes are one, anywhere.
    plain = next(iter(_ways(piece, 0, 1, hits)), None)
    if plain is None or not least <= len(plain[2]) - 1 <= most:
        return
    data, places = plain[2], plain[3]
    room = min(limit - share, limit - len(told))
    step = max(1.0, (len(data) - 1) / room) if room else 0.0
    for turn in range(min(room, len(data) - 1)):
        at = int(turn * step)
        moved = (one if one < at else one - 1 for one in places if one not in (at, at + 1))
        yield Reading(data[:at] + data[at + 1 :], tuple(sorted({at, *moved})))


_FEND = bytes((FEND,))

_Way: TypeAlias = tuple[int, int, bytes, tuple[int, ...]]
"""How unlikely, how many bytes were certainly hit, the data, its erasures."""


def _by_likelihood(spans: Iterable[tuple[int, bytes]], limit: int, most_hits: int) -> Iterator[_Way]:
    """The ways of all spans, likeliest first. A span is looked into only once nothing likelier is left."""
    waiting = deque(sorted(spans, key=itemgetter(0)))
    begun: list[_Way] = []
    while waiting or begun:
        while waiting and (not begun or waiting[0][0] <= begun[0][0]):
            base, wire = waiting.popleft()
            for way in _ways(wire, base, limit, most_hits):
                heapq.heappush(begun, way)
        if begun:
            yield heapq.heappop(begun)


def _spans(piece: bytes, before: Sequence[bytes], most: int) -> Iterator[tuple[int, bytes]]:
    """What the frame may have been on the wire, and how unlikely that is: bases that grow with what was hit."""
    wire, base = bytes(piece), 0
    fends = _fends(piece)
    for former in (None, *reversed(before[-MOST_BEFORE:])):
        if former is not None:
            # Bytes inside were hit and became FENDs.
            wire = former + _FEND * fends + wire
            base += 2 * fends
            fends = _fends(former)
            if len(wire) > most:
                return
        yield base, wire
        # A FEND of the frame was hit and is now a byte of it.
        yield base + 5, wire[1:]
        yield base + 5, wire[:-1]
        yield base + 10, wire[1:-1]
        # Its first or last bytes were hit and are now FENDs.
        yield base + 7, wire + _FEND
        for lost in range(1, min(fends, 4)):
            yield base + 7 * lost, _FEND * lost + wire
            yield base + 7 * lost + 7, _FEND * lost + wire + _FEND


def _fends(piece: bytes) -> int:
    return piece.fends if isinstance(piece, Piece) and piece.fends else 1


# How unlikely a step is, in bits more than a byte that stands for itself. A tenth of the bytes hit is assumed; which
# numbers exactly hardly matters, since they only order the readings.
# None is negative, so that no way is likelier than its span.
_ESCAPE, _SECOND_HIT, _FIRST_HIT, _BYTE_HIT = 0, 2, 2, 3

_ambiguous = re.compile(rb"[\xc0\xdb]|.(?=[\xdc\xdd])", re.DOTALL).search
_SECONDS = {TFEND: bytes((FEND,)), TFESC: bytes((FESC,))}
_SPECIAL = (FEND, FESC)


def _ways(wire: bytes, base: int, limit: int, most_hits: int) -> Iterator[_Way]:
    """The likeliest ways to cut ``wire``, likeliest first: at every place the best ``limit`` so far are followed.

    Bytes that nearly all look like framing are no damaged datagram, but somebody's attempt to keep the reader busy.
    """
    end = len(wire)
    if sum(1 for _ in _places(wire)) > _MOST_PLACES:
        yield base, 0, unescape(wire)[0], ()
        return
    open_ways: dict[int, list[_Way]] = {0: [(base, 0, b"", ())]}
    for at in chain(_places(wire), (end,)):
        ways = open_ways.pop(at, [])
        if len(ways) > limit:
            ways = heapq.nsmallest(limit, ways)
        if at == end:
            yield from sorted(ways)
            return
        for size, cost, hit, symbol, erased in _steps(wire, at):
            stop = at + size
            found = _ambiguous(wire, stop)
            # A byte that can be read in one way only is taken along at once.
            to = end if found is None else found.start()
            tail = symbol + wire[stop:to]
            target = open_ways.setdefault(to, [])
            for likely, hits, data, places in ways:
                if hits + hit <= most_hits:
                    target.append((likely + cost, hits + hit, data + tail, (*places, len(data)) if erased else places))


def _places(wire: bytes) -> Iterator[int]:
    """The beginning, and every place where there is more than one way on."""
    if not wire:
        return
    yield 0
    at = 1
    while (found := _ambiguous(wire, at)) is not None:
        yield found.start()
        at = found.start() + 1


def _steps(wire: bytes, at: int) -> Iterator[tuple[int, int, int, bytes, bool]]:
    """The ways on from a place: bytes of the wire, how unlikely, bytes hit, byte of the datagram, whether erased."""
    first = wire[at]
    if first in _SPECIAL:
        yield 1, _BYTE_HIT, 1, wire[at : at + 1], True
    else:
        yield 1, 0, 0, wire[at : at + 1], False
    if at + 1 == len(wire):
        return
    known = _SECONDS.get(wire[at + 1])
    if known is not None and first == FESC:
        yield 2, _ESCAPE, 0, known, False
    elif known is not None:
        yield 2, _FIRST_HIT, 1, known, False
    elif first == FESC:
        yield 2, _SECOND_HIT, 1, _FEND, True
