"""Between the bytes of a modem and datagrams: KISS with AX.25, or a transparent modem with or without Reed-Solomon.

A datagram read here is only what may be one: nothing is checked but the frame. Where errors were repaired there may be
several readings, and the tag of the datagram tells which of them is true.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeAlias

from msgspec import Struct

from protocols import ax25, fec, kiss
from protocols.ax25 import Address, Ax25Error, UiFrame
from protocols.datagram import MAX, SIZE, header
from protocols.model import Noise
from protocols.radio.options import Level, Modem, RadioOptions

GARBLED = "radio.garbled"
"""Noise: a frame that holds no datagram."""
READINGS = 48
"""Ways to read a damaged frame that are tried."""
EARNED = 20
"""What every byte that comes earns for the reading of damaged frames, so that a jammer cannot keep the reader busy. To
try a reading costs as many as it has bytes, and :data:`OVERHEAD`; to look for readings costs :data:`SEARCH`. A unit is
about 4 microseconds: noise at 9600 bit/s costs a tenth of a second in each."""
OVERHEAD, SEARCH = 24, 500
SAVED = 2 * READINGS * (MAX + 16 + OVERHEAD)
"""The most that is saved up: two of the longest frames, read in every way."""
LEAST = SIZE + 8
"""Bytes of the shortest datagram."""

Opens: TypeAlias = Callable[[bytes], bool]
"""Whether bytes are a datagram that somebody known has sealed."""


class Where(Struct, frozen=True):
    """How to reach who sent a frame: nothing on a transparent modem."""

    call: Address | None = None
    path: tuple[Address, ...] = ()


class Frame(Struct, frozen=True):
    """A frame that may hold a datagram."""

    datagram: bytes
    raw: bytes
    """As it came, with its framing."""
    where: Where = Where()
    level: float | None = None
    """dBm."""
    corrected: int | None = None
    hops: int = 0


class Framing(Protocol):
    """One modem's stream of bytes."""

    @property
    def opening(self) -> bytes:
        """What a modem must be told before anything else."""

    def feed(self, data: bytes, opens: Opens) -> list[Frame | Noise]:
        """What is complete with these bytes. Never raises."""

    def wrap(self, datagram: bytes, where: Where) -> bytes:
        """A datagram as the modem wants it."""


class KissFraming:
    """A TNC. ``ours`` is the address that what we send comes from; ``to`` where nothing is known of the other side."""

    def __init__(self, options: RadioOptions, ours: Address, to: Address, *, any_port: bool = False) -> None:
        self._any_port = any_port
        self._port = options.port
        self._profile = options.profile
        self._ours = ours
        self._to = to
        self._deframer = kiss.Deframer()

    @property
    def opening(self) -> bytes:
        """Flush noise, then set the TNC's waits."""
        profile = self._profile
        return bytes((kiss.FEND,)) + kiss.settings(
            port=self._port,
            tx_delay_s=profile.tx_delay_s,
            persistence=profile.persistence,
            slot_s=profile.slot_s,
            tx_tail_s=profile.tx_tail_s,
            full_duplex=False,
        )

    def feed(self, data: bytes, opens: Opens) -> list[Frame | Noise]:
        """Frames of data; what else a TNC says is left out."""
        found: list[Frame | Noise] = []
        for piece in self._deframer.feed(data):
            frame = kiss.read(piece)
            raw = bytes((kiss.FEND,)) + piece + bytes((kiss.FEND,))
            if frame.command != kiss.Command.DATA:
                continue
            if frame.port != self._port and not self._any_port:
                continue
            try:
                ui = ax25.decode(frame.data)
            except Ax25Error:
                found.append(_garbled(raw))
                continue
            found.append(self._frame(ui, raw))
        return found

    def wrap(self, datagram: bytes, where: Where) -> bytes:
        """One UI frame in one KISS frame."""
        ui = UiFrame(where.call or self._to, self._ours, where.path, datagram)
        return kiss.frame(ax25.encode(ui), self._port)

    def _frame(self, ui: UiFrame, raw: bytes) -> Frame | Noise:
        if ui.pid != ax25.PID_NONE or not LEAST <= len(ui.info) <= MAX:
            return _garbled(raw)
        where = Where(Address(ui.source.call, ui.source.ssid), ax25.reply_path(ui))
        return Frame(ui.info, raw, where, hops=sum(one.repeated for one in ui.path))


class ModemFraming:
    """A transparent modem. With Reed-Solomon a damaged frame is read in the likeliest ways, until one opens."""

    def __init__(self, options: RadioOptions) -> None:
        self._fec = options.fec
        self._level = options.level is Level.TRAILING_BYTE
        self._deframer = kiss.Deframer(2 * (MAX + options.fec) + 16)
        self._before: deque[kiss.Piece] = deque(maxlen=fec.MOST_BEFORE)
        self._waiting: kiss.Piece | None = None
        """A piece whose level byte comes next."""
        self._earned = SAVED

    @property
    def opening(self) -> bytes:
        """Nothing: what it is told it would send."""
        return b""

    def feed(self, data: bytes, opens: Opens) -> list[Frame | Noise]:
        """Frames, each as soon as it ends."""
        if self._level:
            return self._leveled(data, opens)
        return [self._read(piece, None, opens) for piece in self._deframer.feed(data)]

    def wrap(self, datagram: bytes, where: Where) -> bytes:
        """One frame. Two FENDs at each end: one may be hit."""
        del where
        fend = bytes((kiss.FEND,))
        whole = fec.protect(datagram, self._fec) if self._fec else datagram
        return fend + kiss.enclose(whole) + fend

    def _leveled(self, data: bytes, opens: Opens) -> list[Frame | Noise]:
        """The level is the byte behind the FEND that ended a frame, and FENDs that follow it."""
        found: list[Frame | Noise] = []
        at = 0
        while at < len(data):
            piece = self._waiting
            if piece is None:
                end = data.find(kiss.FEND, at)
                end = len(data) if end < 0 else end + 1
                self._waiting = next(iter(self._deframer.feed(data[at:end])), None)
                at = end
            elif data[at] == kiss.FEND:
                # It counts for the next piece, too, should this one be only a part of a frame.
                self._deframer.feed(data[at : at + 1])
                at += 1
            else:
                self._waiting = None
                item = self._read(piece, -float(data[at]), opens)
                if isinstance(item, Frame):
                    found.append(item)
                    at += 1
                    continue
                if len(piece) > 1:
                    found.append(item)
                # A byte inside a frame became a FEND, and this is none of its levels but its next byte.
                self._deframer.feed(data[at : at + 1])
                at += 1
        return found

    def _read(self, piece: kiss.Piece, level: float | None, opens: Opens) -> Frame | Noise:
        raw = bytes((kiss.FEND,)) + piece + bytes((kiss.FEND,))
        self._earned = min(SAVED, self._earned + EARNED * (len(piece) + 1))
        repaired = self._whole(piece)
        if repaired is None and self._fec:
            repaired = self._recovered(piece, opens)
            if repaired is None:
                self._before.append(piece)
        if repaired is None:
            return _garbled(raw)
        self._before.clear()
        return Frame(repaired.data, raw, level=level, corrected=repaired.corrected if self._fec else None)

    def _whole(self, piece: bytes) -> fec.Repaired | None:
        """The datagram where nothing of its framing was hit. That the code accepts it says that it is what was sent,
        whoever did that."""
        data, whole = kiss.unescape(piece)
        if not LEAST <= len(data) - self._fec <= MAX:
            return None
        if not self._fec:
            return fec.Repaired(data, 0) if whole else None
        plain = data[: len(data) - self._fec]
        if fec.protect(plain, self._fec) == data:
            return fec.Repaired(plain, 0)
        self._earned -= len(data) + OVERHEAD
        repaired = fec.repair(data, self._fec)
        return repaired if repaired is not None and header.read(repaired.data) is not None else None

    def _recovered(self, piece: kiss.Piece, opens: Opens) -> fec.Repaired | None:
        """The datagram where an escape or a FEND was hit, too: the reading that somebody has sealed."""
        if self._earned <= 0:
            return None
        self._earned -= SEARCH
        told = set()
        readings = fec.candidates(
            piece, tuple(self._before), self._fec, least=LEAST + self._fec, most=MAX + self._fec, limit=READINGS
        )
        while self._earned > 0 and (reading := next(readings, None)) is not None:
            self._earned -= len(reading.data) + OVERHEAD
            repaired = fec.repair(reading.data, self._fec, reading.erasures)
            if repaired is None or repaired.data in told:
                continue
            told.add(repaired.data)
            if LEAST <= len(repaired.data) <= MAX and opens(repaired.data):
                return repaired
        return None


def framing_of(options: RadioOptions, *, ours: Address, to: Address) -> Framing:
    """The framing of a channel."""
    return ModemFraming(options) if options.modem is Modem.TRANSPARENT else KissFraming(options, ours, to)


def _garbled(raw: bytes) -> Noise:
    return Noise(raw[:400], GARBLED, len(raw))
