"""One direction of a TCP connection: segments in any order into bytes in order.

The first copy of a byte counts; later ones (retransmissions, overlaps) are passed over. Bytes that the capture does
not have are a gap, which is known to be one when the other end answers what lies behind it, or acknowledged it some
time ago, or too much waits behind it, or the stream ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from protocols.capture.pieces import End, Flow, Gap, Piece
from protocols.capture.transport import FIN, RST, SYN, Segment

WAITING = 1 << 18
"""Bytes of one stream that wait behind a gap."""
WAITING_SEGMENTS = 256
PATIENCE_S = 0.1
"""How long, by the time stamps, missing bytes may still come after the other end acknowledged them."""
_FAR = 1 << 24
"""A step in sequence numbers that no window allows for: another connection on the same ports."""


class Stream:
    """Takes the segments of one direction, in the order of the capture. ``waiting`` is what it holds, in bytes."""

    __slots__ = ("_end", "_open", "_position", "_segments", "_since", "_start", "flow", "waiting")

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.waiting = 0
        self._position: int | None = None
        self._start: int | None = None
        self._segments: dict[int, tuple[Segment, float | None, int]] = {}
        self._end: int | None = None
        self._open = False
        self._since: float | None = None

    def begins_anew(self, segment: Segment) -> bool:
        """Whether a segment opens another connection than the one known."""
        return bool(segment.flags & SYN) and self._position is not None and self._start != segment.sequence

    def take(self, segment: Segment, at: float | None, number: int) -> Iterator[Piece | Gap | End]:
        """What is in order now that this segment has come."""
        begin = segment.sequence
        if segment.flags & SYN:
            if self._position is None:
                self._start = begin
                self._position = begin + 1
            begin += 1
        if self._position is None:
            if not segment.size and not segment.flags & (FIN | RST):
                return
            self._position = begin
        step = (begin - self._position + (1 << 31)) % (1 << 32) - (1 << 31)
        if abs(step) > _FAR and segment.size:
            yield from self.close(at, number)
            self._position = begin
            self._start = None
            step = 0
        place = self._position + step
        if segment.flags & FIN:
            self._end = place + segment.size
        if segment.size and place + segment.size > self._position:
            known = self._segments.get(place)
            if known is None or known[0].size < segment.size:
                self.waiting += len(segment.data) - (len(known[0].data) if known else 0)
                self._segments[place] = (segment, at, number)
        yield from self._in_order()
        if self._segments:
            if self._since is None:
                self._since = at
            if self.waiting > WAITING or len(self._segments) > WAITING_SEGMENTS:
                yield from self._over_the_gap(at)
        if segment.flags & RST or (self._end is not None and self._position >= self._end):
            yield from self.close(at, number)

    def confirm(self, back: Segment, at: float | None, number: int) -> Iterator[Piece | Gap | End]:
        """The other end says how far it has the stream, and perhaps answers what it has."""
        if self._position is None:
            return
        step = (back.acknowledged - self._position + (1 << 31)) % (1 << 32) - (1 << 31)
        if not 0 < step <= _FAR:
            return
        if self._segments:
            late = at is not None and self._since is not None and at - self._since > PATIENCE_S
            if (late or back.size) and self._position + step > min(self._segments):
                yield from self._over_the_gap(at)
        elif back.size and self._open and self._end is None:
            self._position += step
            yield Gap(self.flow, step, at, number)

    def close(self, at: float | None, number: int) -> Iterator[Piece | Gap | End]:
        """No more comes: what waits is given out, with the gaps before it."""
        while self._segments:
            yield from self._over_the_gap(at)
        if self._end is not None and self._position is not None:
            if self._open and self._end > self._position:
                yield Gap(self.flow, self._end - self._position, at, number)
            self._position = max(self._position, self._end + 1)
        self._end = None
        if self._open:
            self._open = False
            yield End(self.flow, at, number)

    def _in_order(self) -> Iterator[Piece | Gap]:
        while self._segments:
            assert self._position is not None
            place = min(self._segments)
            if place > self._position:
                return
            segment, at, number = self._segments.pop(place)
            self.waiting -= len(segment.data)
            fresh = segment.data[self._position - place :]
            if fresh:
                self._open = True
                self._position += len(fresh)
                yield Piece(self.flow, fresh, at, number)
            missing = place + segment.size - self._position
            if missing > 0:
                # The capture kept less of the packet than there was.
                self._open = True
                self._position += missing
                yield Gap(self.flow, missing, at, number)
        self._since = None

    def _over_the_gap(self, now: float | None) -> Iterator[Piece | Gap]:
        assert self._position is not None
        place = min(self._segments)
        if place > self._position:
            self._open = True
            _, at, number = self._segments[place]
            yield Gap(self.flow, place - self._position, at, number)
            self._position = place
        self._since = now
        yield from self._in_order()
