"""KISS: frames between a computer and a radio modem (TNC), and the same framing on the wire of a transparent modem.

A frame stands between two FENDs (``C0``); inside it ``C0`` is written ``DB DC`` and ``DB`` is written ``DB DD``,
nothing else. To a TNC its first byte is port (high four bits) and command (low four)::

    C0  port|command  data ...  C0

A transparent modem sends the bytes as they are, so there the frame is the datagram alone. There is no length, no check
and no answer: whoever reads a frame has to know by other means that it is whole. A :class:`Deframer` hands out pieces
still escaped, because a reader that can repair (``protocols.fec``) must see the escapes. Source: radio.md B.2.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

FEND, FESC, TFEND, TFESC = 0xC0, 0xDB, 0xDC, 0xDD
_FEND, _FESC = b"\xc0", b"\xdb"
_ESCAPED_FEND, _ESCAPED_FESC = b"\xdb\xdc", b"\xdb\xdd"

LONGEST = 1024
"""Bytes of the longest piece that is kept: more than any AX.25 frame, escaped throughout."""


class Piece(bytes):
    """What stood between two FENDs, before unescaping; never empty. Bytes that also know ``fends``."""

    fends: int
    """FENDs directly in front of it; two stand between frames of which each has its own, 0 is the stream's start."""

    def __new__(cls, raw: bytes, fends: int = 1) -> Piece:
        piece = super().__new__(cls, raw)
        piece.fends = fends
        return piece


class Command(IntEnum):
    """What a frame is for (low four bits of its first byte; ``RETURN`` is the whole byte)."""

    DATA = 0
    TXDELAY = 1
    """Key-up to data, in 10 ms."""
    PERSISTENCE = 2
    """P, 0 to 255: a free slot is used with probability (P+1)/256."""
    SLOT_TIME = 3
    """In 10 ms."""
    TX_TAIL = 4
    """Data to key-off, in 10 ms (obsolete)."""
    FULL_DUPLEX = 5
    SET_HARDWARE = 6
    RETURN = 0xFF
    """Leave KISS."""


class Frame(Struct, frozen=True, gc=False):
    """A frame of a TNC."""

    port: int
    command: int
    """A :class:`Command`, or a number that KISS does not define."""
    data: bytes
    whole: bool = True
    """False where an escape was invalid."""


def escape(data: bytes) -> bytes:
    """Data as it stands between two FENDs."""
    return data.replace(_FESC, _ESCAPED_FESC).replace(_FEND, _ESCAPED_FEND)


def unescape(raw: bytes) -> tuple[bytes, bool]:
    """The data of a piece, and whether every escape in it was valid. Never raises.

    An invalid escape stands for one byte: the one behind FESC, or FESC itself where the piece ends with it.
    """
    if FESC not in raw:
        return raw, True
    done = bytearray()
    whole = True
    at = 0
    while (found := raw.find(_FESC, at)) >= 0:
        done += raw[at:found]
        at = found + 2
        pair = raw[found:at]
        if pair == _ESCAPED_FEND:
            done.append(FEND)
        elif pair == _ESCAPED_FESC:
            done.append(FESC)
        else:
            done.append(pair[-1])
            whole = False
    return bytes(done + raw[at:]), whole


def enclose(data: bytes) -> bytes:
    """Data as a transparent modem gets it: escaped, between two FENDs."""
    return _FEND + escape(data) + _FEND


def frame(data: bytes, port: int = 0, command: int = Command.DATA) -> bytes:
    """A frame for a TNC. Raises ValueError for a port or a command that cannot be written."""
    if command == Command.RETURN:
        return bytes((FEND, Command.RETURN, FEND))
    if not 0 <= port <= 15 or not 0 <= command <= 15 or port == command == 15:
        raise ValueError("KISS has ports 0 to 15 and commands 0 to 15; both together as 15 would be RETURN")
    return enclose(bytes((port << 4 | command,)) + data)


def settings(
    *,
    port: int = 0,
    tx_delay_s: float | None = None,
    persistence: int | None = None,
    slot_s: float | None = None,
    tx_tail_s: float | None = None,
    full_duplex: bool | None = None,
) -> bytes:
    """The frames that set a TNC; what is None is left as it is. Times go in steps of 10 ms, up to 2.55 s."""
    values = (
        (Command.TXDELAY, None if tx_delay_s is None else _hundredths(tx_delay_s)),
        (Command.PERSISTENCE, None if persistence is None else max(0, min(255, persistence))),
        (Command.SLOT_TIME, None if slot_s is None else _hundredths(slot_s)),
        (Command.TX_TAIL, None if tx_tail_s is None else _hundredths(tx_tail_s)),
        (Command.FULL_DUPLEX, None if full_duplex is None else int(full_duplex)),
    )
    return b"".join(frame(bytes((value,)), port, command) for command, value in values if value is not None)


def _hundredths(seconds: float) -> int:
    return max(0, min(255, round(seconds * 100)))


def read(piece: bytes) -> Frame:
    """A piece that came from a TNC. Never raises; only a piece that is not empty is a frame."""
    data, whole = unescape(piece)
    first = data[0] if data else Command.DATA
    if first == Command.RETURN:
        return Frame(0, Command.RETURN, data[1:], whole)
    return Frame(first >> 4, first & 0x0F, data[1:], whole)


class Deframer:
    """Cuts a stream at its FENDs. Holds one unfinished piece of at most ``max_frame`` bytes."""

    __slots__ = ("_fends", "_giving_up", "_limit", "_pending", "given_up")

    def __init__(self, max_frame: int = LONGEST) -> None:
        self._limit = max_frame
        self._pending = b""
        self._fends = 0
        self._giving_up = False
        self.given_up = 0
        """Pieces that were longer than ``max_frame`` and are lost."""

    @property
    def unfinished(self) -> int:
        """Bytes that wait for their FEND."""
        return len(self._pending)

    def feed(self, data: bytes) -> list[Piece]:
        """Every piece that these bytes of the stream end. Empty ones are dropped."""
        if not data:
            return []
        *ended, rest = (self._pending + data).split(_FEND)
        found = []
        for piece in ended:
            if self._giving_up:
                self._giving_up = False
                self._fends = 0
            elif len(piece) > self._limit:
                self.given_up += 1
                self._fends = 0
            elif piece:
                found.append(Piece(piece, self._fends))
                self._fends = 0
            self._fends += 1
        if self._giving_up:
            rest = b""
        elif len(rest) > self._limit:
            self.given_up += 1
            self._giving_up = True
            rest = b""
        self._pending = rest
        return found

    def flush(self) -> list[Piece]:
        """End what is unfinished: the line has been silent for too long, or was closed. A FEND may have been hit."""
        raw, self._pending, self._giving_up = self._pending, b"", False
        if not raw:
            return []
        piece = Piece(raw, self._fends)
        self._fends = 0
        return [piece]
