"""The two directions of a stream: when it is read from, and how it is written to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.abstract import FileDescriptor

from protocols.model import Moment


class Valve:
    """Pauses and resumes the reading of one transport, for whichever reason holds last."""

    __slots__ = ("_clock", "done", "is_shut", "stuck_since", "transport")

    def __init__(self, clock: Callable[[], Moment]) -> None:
        self._clock = clock
        self.is_shut = False
        self.transport: Any = None
        self.stuck_since: float | None = None
        """Since when the peer leaves its answers unread, monotonic seconds: as long it is not read from."""
        self.done = False
        """Nothing more will be read."""

    def shut(self) -> None:
        """Read no more for now."""
        if not (self.is_shut or self.done):
            self.is_shut = True
            self.transport.pauseProducing()

    def open(self) -> None:
        """Read on, unless the peer is stuck."""
        if self.is_shut and self.stuck_since is None and not self.done:
            self.is_shut = False
            self.transport.resumeProducing()

    def stick(self) -> None:
        """The peer does not read its answers."""
        self.stuck_since = self._clock().mono
        self.shut()


class Outlet:
    """Sends at once what fits into the socket or port; only the rest waits for the reactor to find room for it.

    Going through the reactor for an answer that fits costs two changes of what it polls for and one more turn. A peer
    that once let the socket fill up is always served through the reactor.
    """

    __slots__ = ("_roomy", "_transport")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._roomy = isinstance(transport, FileDescriptor) and not getattr(transport, "TLS", False)

    def write(self, out: bytes) -> None:
        """Send bytes."""
        if self._roomy:
            # The number of bytes sent, or an exception as its value: then the reactor finds the same.
            sent = self._transport.writeSomeData(out)
            if sent == len(out):
                return
            self._roomy = False
            if isinstance(sent, int) and sent > 0:
                out = out[sent:]
        self._transport.write(out)


class Answered:
    """What Twisted tells a line of the way of its answers: as their producer, and as one whose halves close apart."""

    _valve: Valve

    @property
    def _behind(self) -> bool:
        """Bytes that came are still to be read."""
        raise NotImplementedError

    @property
    def stuck_since(self) -> float | None:
        """Since when the peer leaves its answers unread, monotonic seconds."""
        return self._valve.stuck_since

    def pauseProducing(self) -> None:
        """Twisted: the peer does not read its answers."""
        self._valve.stick()

    def resumeProducing(self) -> None:
        """Twisted: the peer reads again."""
        self._valve.stuck_since = None
        if not self._behind:
            self._valve.open()

    def stopProducing(self) -> None:
        """Twisted: the connection is gone; connectionLost follows."""

    def writeConnectionLost(self) -> None:
        """Twisted: our sending side is closed."""
