"""Whether what comes is a message that came damaged before: bytes alone tell, since what was damaged has no identity.

One place of a message is damaged, as a rule, or bytes in several places that no text has. All else has to be the same:
an alarm and its restore differ in one letter.
"""

from __future__ import annotations

from collections import deque

from protocols.model import Noise

KEPT = 1024
"""Bytes of a line that are remembered: more than a message that was not whole, and what follows it."""
CHUNKS = 32
LESS, MORE = 2, 8
"""By how many bytes a message may be shorter, or longer, than what damage made of it."""
FILLER = b"\0\r\n\x14\x1b"


def alike(damaged: bytes, whole: bytes) -> bool:
    """Whether damage may have made the one of the other, each without what ends it."""
    shorter = min(len(damaged), len(whole))
    front = next((at for at in range(shorter) if damaged[at] != whole[at]), shorter)
    rest = shorter - front
    back = next((at for at in range(rest) if damaged[-1 - at] != whole[-1 - at]), rest)
    was, meant = damaged[front : len(damaged) - back], whole[front : len(whole) - back]
    kept = _printable(was)
    if 2 * (front + back + len(kept)) < len(whole):
        return False
    if len(was) <= 1:
        return not was or len(meant) <= LESS
    if len(meant) > len(was) + 1:
        return False
    # Bytes that stayed readable stand there in the same order.
    rest_of = iter(meant)
    return all(byte in rest_of for byte in kept)


def _printable(data: bytes) -> bytes:
    return bytes(byte for byte in data if 0x20 <= byte < 0x7F)


class BrokenWatch:
    """Follows one line: whether a message that was not whole comes again, directly behind it."""

    __slots__ = ("_after", "_at", "_broken", "_chunks", "_tail")

    def __init__(self) -> None:
        self._tail = b""
        self._chunks: deque[tuple[float, int]] = deque(maxlen=CHUNKS)
        self._broken = b""
        self._at = 0.0
        self._after = b""

    def received(self, data: bytes, at: float) -> float | None:
        """Bytes came, ``at`` in monotonic seconds. Returns how long after the damage its repetition was there."""
        self._tail = (self._tail + data)[-KEPT:]
        self._chunks.append((at, len(data)))
        if not self._broken:
            return None
        self._after += data[: len(self._broken) + MORE]
        return self._look(at)

    def broken(self, noise: Noise, at: float) -> float | None:
        """A message was not whole. What follows it may be there already; returns as ``received``."""
        start = self._tail.rfind(noise.raw)
        self._broken = b""
        if start < 0 or noise.size > len(noise.raw):
            return None
        self._broken, self._after = noise.raw, self._tail[start + len(noise.raw) :]
        self._at = self._came_at(len(self._after), at)
        return self._look(at)

    def _came_at(self, behind: int, at: float) -> float:
        """When the last byte came that has so many behind it; ``at`` where that is not known any more."""
        for came_at, size in reversed(self._chunks):
            behind -= size
            if behind < 0:
                return came_at
        return at

    def _look(self, at: float) -> float | None:
        size = len(self._broken)
        for end in range(max(1, size - LESS), min(len(self._after), size + MORE) + 1):
            if alike(self._broken, self._after[:end]):
                self._broken = b""
                return at - self._at
        if len(self._after) >= size + MORE:
            self._broken = b""
        return None
