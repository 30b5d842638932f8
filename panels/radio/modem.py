"""Radio modems on the simulated air, as their users know them: bytes in, bytes out.

A TNC takes KISS frames, sets itself by them, and waits for its turn by p-persistence (one slot, then a draw, as Dire
Wolf does it); it drops what was damaged. A transparent modem keys up for the bytes it is given and hands over what it
hears, wrong bits included.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from panels.radio.air import LONGEST_S, Air, Node, Reception
from panels.radio.serial import Serial
from protocols import kiss
from protocols.channel import Profile

MOST_WAITING = 64
"""Frames that a modem holds; more are lost."""
TRANSPARENT_BUFFER = 1024
"""Bytes that a transparent modem holds."""

Receive = Callable[[bytes], None]


class Modem(Protocol):
    """What both kinds have."""

    node: Node
    sent: int
    airtime_s: float
    """Seconds on the air so far."""

    def write(self, data: bytes) -> None:
        """Bytes of its user."""

    def cut(self) -> None:
        """Its power fails, and is there again at once: what it held is lost. What is on the air goes out."""


class Tnc:
    """A KISS TNC. ``receive`` gets whole KISS frames."""

    def __init__(
        self, air: Air, name: str, receive: Receive, profile: Profile, *, port: int = 0, detect_s: float = 0.02
    ) -> None:
        self._air = air
        self._receive = receive
        self._initial = self._profile = profile
        self._port = port
        self._deframer = kiss.Deframer()
        self._queue: deque[bytes] = deque()
        self._timer: int | None = None
        self._sending = False
        self.node = air.node(name, self._heard, self._carrier, turnaround_s=profile.turnaround_s, detect_s=detect_s)
        air.sense(self.node, False)
        self.sent = 0
        self.airtime_s = 0.0
        self.lost = 0
        """Frames that found no room, or were too long for any radio."""

    def write(self, data: bytes) -> None:
        """KISS frames, in pieces as they come."""
        for piece in self._deframer.feed(data):
            frame = kiss.read(piece)
            if frame.command == kiss.Command.DATA and frame.port == self._port and frame.data:
                self._take(frame.data)
            elif frame.port == self._port and frame.data:
                self._set(frame.command, frame.data[0])

    def cut(self) -> None:
        """Without power for a moment."""
        self._queue.clear()
        self._deframer = kiss.Deframer()
        self._profile = self._initial
        self._cancel()
        self._air.sense(self.node, False)

    def _take(self, frame: bytes) -> None:
        if len(self._queue) >= MOST_WAITING or self._profile.airtime(len(frame)) > LONGEST_S:
            self.lost += 1
            return
        self._queue.append(frame)
        self._look()

    def _set(self, command: int, value: int) -> None:
        match command:
            case kiss.Command.TXDELAY:
                self._profile = replace(self._profile, tx_delay_s=value / 100)
            case kiss.Command.PERSISTENCE:
                self._profile = replace(self._profile, persistence=value)
            case kiss.Command.SLOT_TIME:
                self._profile = replace(self._profile, slot_s=max(0.001, value / 100))
            case kiss.Command.TX_TAIL:
                self._profile = replace(self._profile, tx_tail_s=value / 100)
            case _:
                pass

    def _look(self) -> None:
        """Wait a slot and draw, where there is something to send and nobody is on the air."""
        if not self._queue or self._sending or self._timer is not None:
            return
        busy = self._air.busy(self.node) if self.node.sensing else self._air.sense(self.node, True)
        if not busy:
            self._timer = self._air.at(self._air.now + self._profile.slot_s, self._draw)

    def _carrier(self, on: bool) -> None:
        if on:
            self._cancel()
        else:
            self._look()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._air.cancel(self._timer)
            self._timer = None

    def _draw(self) -> None:
        self._timer = None
        if self._air.random.random() >= self._profile.chance:
            self._look()
            return
        frame = self._queue.popleft()
        airtime_s = self._profile.airtime(len(frame))
        self._sending = True
        self.sent += 1
        self.airtime_s += airtime_s
        self._air.at(self._air.send(self.node, frame, airtime_s), self._over)

    def _over(self) -> None:
        self._sending = False
        if not self._queue:
            self._air.sense(self.node, False)
        self._look()

    def _heard(self, reception: Reception) -> None:
        self._receive(kiss.frame(reception.data, self._port))


class TransparentModem:
    """A modem that sends what it is given. Its serial side splits and merges bytes, and may tell the level."""

    def __init__(
        self, air: Air, name: str, receive: Receive, profile: Profile, *, level: bool = False, pieces: int = 3
    ) -> None:
        self._air = air
        self._profile = profile
        self._level = level
        self._serial = Serial(air, receive, pieces=pieces, late_s=0.002)
        self._held = bytearray()
        self.node = air.node(name, self._heard, turnaround_s=profile.turnaround_s, checks=False)
        self.sent = 0
        self.airtime_s = 0.0
        self.lost = 0
        """Bytes that found no room."""

    def write(self, data: bytes) -> None:
        """On the air at once, or behind what is on the air."""
        room = max(0, TRANSPARENT_BUFFER - len(self._held))
        self.lost += max(0, len(data) - room)
        self._held += data[:room]
        self._look()

    def cut(self) -> None:
        """Without power for a moment."""
        self._held.clear()

    def _look(self) -> None:
        its = self._profile
        if not self._held or self._air.now < self.node.sending_until:
            return
        most = max(1, int((LONGEST_S - its.tx_delay_s - its.tx_tail_s) * its.bit_rate / 8))
        data = bytes(self._held[:most])
        del self._held[:most]
        airtime_s = min(LONGEST_S, its.tx_delay_s + len(data) * 8 / its.bit_rate + its.tx_tail_s)
        self.sent += 1
        self.airtime_s += airtime_s
        self._air.at(self._air.send(self.node, data, airtime_s), self._look)

    def _heard(self, reception: Reception) -> None:
        level = bytes((min(255, max(0, round(-reception.level_dbm))),)) if self._level else b""
        self._serial.feed(reception.data + level)
