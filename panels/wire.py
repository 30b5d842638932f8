"""A panel's end of one path: the sending end of any protocol, over a wire that is perhaps slow and noisy."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from panels.faults import NONE, Faults
from protocols import ends
from protocols.ends import Outcome, Ticket
from protocols.model import Moment, Noise
from receiver.adapters.client import SendingEnd

GAP_S = 0.02
"""Between two pieces of a frame: enough for each to travel in a segment of its own."""
_ROUNDING_S = 1e-6
"""Enough that what is added to a time and taken away again never comes out earlier."""
_BITS = 10
"""Of a byte on a serial line, with start and stop bit."""


class PanelEnd:
    """Another end, as the faults of the wire let it be heard. Implements ``SendingEnd``.

    Its bytes leave piece by piece where the wire is slow, spoiled now and then where it is noisy, and some answers are
    lost.
    """

    def __init__(self, end: SendingEnd, faults: Faults = NONE) -> None:
        self._end = end
        self._faults = faults
        self._next: tuple[SendingEnd, Faults] | None = None
        self._held: deque[tuple[bytes, float]] = deque()
        """Pieces, and how long after each the next one leaves."""
        self._due: float | None = None
        self._mono = 0.0
        self._deaf = 0
        """So many answers are still to be lost."""
        self._sent = 0
        self._lag_s = 0.0
        """How long its bytes took to leave, all in all."""

    def become(self, end: SendingEnd, faults: Faults) -> None:
        """Speak with another end and with other faults from the next message on that finds none on its way."""
        self._next = (end, faults)

    @property
    def within(self) -> SendingEnd:
        """The other end."""
        return self._end

    @property
    def offset_s(self) -> float:
        """What was learned of the receiver's clock."""
        return self._end.offset_s

    @offset_s.setter
    def offset_s(self, seconds: float) -> None:
        self._end.offset_s = seconds

    @property
    def key(self) -> bytes | None:
        """The key that is written with."""
        return self._end.key

    @key.setter
    def key(self, key: bytes | None) -> None:
        self._end.key = key

    @property
    def window(self) -> int:
        """How many messages may be on their way at a time."""
        return self._end.window

    @property
    def unfinished(self) -> tuple[Ticket, ...]:
        """Tickets whose outcome was not told yet, in order."""
        return self._end.unfinished

    @property
    def closing(self) -> bool:
        """Close once everything is sent."""
        return self._end.closing and not self._held

    def submit(self, message: ends.Message, now: Moment, ticket: Ticket | None = None) -> Ticket:
        """Queue a message."""
        then = self._then(now)
        if self._next is not None and not self._end.unfinished:
            (end, self._faults), self._next = self._next, None
            end.offset_s, end.key = self._end.offset_s, self._end.key
            self._end = end
        submitted = self._end.submit(message, then, ticket)
        self._deaf = self._faults.deaf
        return submitted

    def decided(self) -> Sequence[Outcome]:
        """Outcomes that are held back for the sake of order, once."""
        return self._end.decided()

    def connected(self, now: Moment) -> None:
        """A new wire stands."""
        self._end.connected(self._then(now))

    def disconnected(self, now: Moment) -> Sequence[Outcome | Noise]:
        """The wire is gone; pieces of a frame are worth nothing on the next one."""
        self._held.clear()
        self._due = None
        return self._end.disconnected(self._then(now))

    def receive(self, data: bytes, now: Moment) -> Sequence[Outcome | Noise]:
        """Take bytes of answers, unless they are lost."""
        then = self._then(now)
        if data and self._deaf and self._end.unfinished:
            self._deaf -= 1
            return ()
        return self._end.receive(data, then)

    def receive_eof(self, now: Moment) -> Sequence[Outcome | Noise]:
        """The receiver sends no more."""
        return self._end.receive_eof(self._then(now))

    def expire(self, now: Moment) -> Sequence[Outcome | Noise]:
        """A time-out came due, or the next piece is to leave."""
        then = self._then(now)
        if self._due is not None and now.mono >= self._due:
            self._due = None
        return self._end.expire(then)

    def next_timeout(self) -> float | None:
        """That of the end, and of the next piece."""
        due = self._end.next_timeout()
        if due is not None and self._lag_s:
            due += self._lag_s + _ROUNDING_S
        return min((at for at in (self._due, due) if at is not None), default=None)

    def data_to_send(self) -> bytes:
        """The frames due, or the next piece of them."""
        data = self._end.data_to_send()
        if data:
            data = self._spoiled(data)
            if not (self._parted or self._held or self._due is not None):
                return data
            self._part(data)
        if not self._held or self._due is not None:
            return b""
        piece, pause_s = self._held.popleft()
        if self._held or self._faults.baud:
            self._due = self._mono + pause_s
        return piece

    @property
    def _parted(self) -> bool:
        return self._faults.pieces > 1 or self._faults.baud > 0

    def _part(self, data: bytes) -> None:
        """Hold the pieces. While they leave, no time passes for the end: it waits for answers to what has left."""
        baud = self._faults.baud
        size = max(1, round(baud / _BITS * GAP_S)) if baud else -(-len(data) // self._faults.pieces)
        for at in range(0, len(data), size):
            piece = data[at : at + size]
            pause_s = len(piece) * _BITS / baud if baud else GAP_S
            self._held.append((piece, pause_s))
            self._lag_s += pause_s

    def _then(self, now: Moment) -> Moment:
        """The time as the end has it."""
        self._mono = now.mono
        return Moment(now.wall, now.mono - self._lag_s)

    def _spoiled(self, data: bytes) -> bytes:
        self._sent += 1
        if not self._faults.spoil or self._sent % self._faults.spoil:
            return data
        at = len(data) // 2
        return data[:at] + bytes((data[at] ^ 0x80,)) + data[at + 1 :]
