"""Senders on serial lines, paced as a line of so many bits a second lets them: what they say is said byte for byte,
and an answer counts only if it is the one that is due.

A line is a pseudo-terminal; this side of it is the cable. What is written becomes readable at once, so a message leaves
in pieces of ``FIFO`` bytes, each at the time at which its last bit would have come, as a UART hands them on.
"""

from __future__ import annotations

import heapq
import os
import select
import time
import tty
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from msgspec import Struct

FIFO = 14
"""Bytes that a 16550 gathers before it interrupts."""
BITS = 10
"""Of a byte on the line: start, eight, stop."""
WINDOW = 2
"""Messages that may be on their way at once: one is sent while the answer to that before it is awaited, so that the
line never rests."""
PATIENCE_S = 20.0


class Said(Struct, frozen=True):
    """One message."""

    sent: bytes
    answer: bytes
    """Of all its blocks together."""
    raws: tuple[bytes, ...]
    """What the journal must keep of it."""


class Line:
    """A sender and its cable."""

    def __init__(self, name: str, account: str, messages: Sequence[Said], baudrate: int) -> None:
        self.name = name
        self.account = account
        self.cable, port = os.openpty()
        tty.setraw(port)
        self.device = os.ttyname(port)
        os.close(port)
        os.set_blocking(self.cable, False)
        self.acknowledged: list[Said] = []
        self.wrong = b""
        """What came that was not due; nothing counts after it."""
        self.sent = 0
        """Bytes."""
        self.stalled_s = 0.0
        """How long the line rested because an answer was missing."""
        self._byte_s = BITS / baudrate
        self._messages = iter(messages)
        self._underway: deque[Said] = deque()
        self._expected = bytearray()
        self._unsent = b""
        self._rests_since: float | None = None

    @property
    def unanswered(self) -> int:
        """Messages whose answer is still to come."""
        return len(self._underway)

    def begin(self) -> None:
        """Take the next message up."""
        message = next(self._messages, None)
        if message is not None:
            self._underway.append(message)
            self._expected += message.answer
            self._unsent = message.sent

    def send(self, due: float, now: float, more: bool) -> float | None:
        """Send the piece that is due, and say when the next one is; None where an answer must come first."""
        if self._rests_since is not None:
            self.stalled_s += now - self._rests_since
            self._rests_since = None
            due = now
        piece, self._unsent = self._unsent[:FIFO], self._unsent[FIFO:]
        if piece:
            os.write(self.cable, piece)
            self.sent += len(piece)
        if not self._unsent:
            if not more:
                return None
            if len(self._underway) >= WINDOW:
                self._rests_since = now
                return None
            self.begin()
        return due + len(self._unsent[:FIFO]) * self._byte_s

    def hear(self) -> bool:
        """Take answers; whether the line rested for one, and may go on."""
        try:
            data = os.read(self.cable, 4096)
        except (BlockingIOError, OSError):
            return False
        expected = self._expected
        if self.wrong or not expected.startswith(data):
            self.wrong += data
            return False
        del expected[: len(data)]
        while self._underway:
            behind = sum(len(message.answer) for message in list(self._underway)[1:])
            if len(expected) > behind or (self._unsent and len(self._underway) == 1):
                break
            self.acknowledged.append(self._underway.popleft())
        return self._rests_since is not None and len(self._underway) < WINDOW

    def close(self) -> None:
        """Pull the cable out."""
        os.close(self.cable)


@contextmanager
def cabled(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """The cables of lines, pulled out at the end."""
    with ExitStack() as stack:
        for line in lines:
            stack.callback(line.close)
        yield lines


class Load:
    """All lines, sending at once."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = {line.cable: line for line in lines}
        self._poll = select.epoll()
        for cable in self._lines:
            self._poll.register(cable, select.EPOLLIN)
        self._due: list[tuple[float, int]] = []
        self.late_s = 0.0
        """By how much a piece left too late, at worst."""

    def start(self) -> None:
        """Every line begins, each at another moment of a piece."""
        now = time.monotonic()
        for number, line in enumerate(self._lines.values()):
            line.begin()
            heapq.heappush(self._due, (now + 0.015 * (1 + number / len(self._lines)), line.cable))

    def run(self, seconds: float) -> None:
        """Keep the lines full."""
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            self._turn(now, min(until, self._due[0][0] if self._due else until), more=True)

    def finish(self) -> None:
        """End the messages that are begun, and wait for their answers."""
        until = time.monotonic() + PATIENCE_S
        while (now := time.monotonic()) < until and any(
            line.unanswered and not line.wrong for line in self._lines.values()
        ):
            self._turn(now, self._due[0][0] if self._due else now + 0.1, more=False)
        self._poll.close()

    def _turn(self, now: float, until: float, *, more: bool) -> None:
        for cable, event in self._poll.poll(max(0.0, until - now)):
            if not event & select.EPOLLIN:
                continue
            if self._lines[cable].hear():
                heapq.heappush(self._due, (time.monotonic(), cable))
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            due, cable = heapq.heappop(self._due)
            self.late_s = max(self.late_s, now - due)
            then = self._lines[cable].send(due, now, more)
            if then is not None:
                heapq.heappush(self._due, (then, cable))
