"""UDP: one End and one :class:`DatagramLine` a datagram; the answer goes back the way the question came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import DatagramProtocol

from protocols.ends import End, Source
from protocols.model import Moment
from receiver.adapters import line
from receiver.adapters.line import Handler, MakeEnd, Tap
from receiver.adapters.peers import host_text, peer_text


class DatagramLine:
    """The exchange that one datagram started."""

    __slots__ = ("_address", "_server", "end", "proven", "source")

    def __init__(self, server: DatagramServer, end: End[Any], source: Source, address: tuple[str, int]) -> None:
        self._server = server
        self._address = address
        self.end = end
        self.proven = False
        self.source = source

    def flush(self) -> None:
        """Send what the end has to say, to where the datagram came from."""
        out = self.end.data_to_send()
        if out:
            self._server.send(out, self._address, self.source)

    def resume(self) -> None:
        """Datagrams are not held back: they are dropped and counted."""

    def abort(self, why: str) -> None:
        """Nothing to cut."""


class DatagramServer(DatagramProtocol):
    """One listening UDP port."""

    noisy = False
    transport: Any

    def __init__(
        self,
        make_end: MakeEnd,
        handler: Handler,
        tap: Tap,
        adapter: str,
        protocol: str,
        clock: Callable[[], Moment] = line.now,
    ) -> None:
        self._make_end = make_end
        self._handler = handler
        self._tap = tap
        self._adapter = adapter
        self._protocol = protocol
        self._clock = clock

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        """Twisted: a datagram came."""
        host = host_text(addr[0])
        source = Source(self._adapter, self._protocol, peer_text(host, addr[1]), host, "udp")
        self._tap.received(source, datagram)
        if self._handler.full:
            self._handler.dropped(source, len(datagram), "the station has too much to store; datagram dropped")
            return
        now = self._clock()
        end = self._make_end(source)
        made = DatagramLine(self, end, source, addr)
        items = [*end.receive(datagram, now), *end.receive_eof(now)]
        if items:
            self._handler.handle(items, made, now)
        if getattr(end, "held", False):
            self._handler.dropped(source, 0, "too many messages in one datagram; the rest was dropped")
        made.flush()

    def send(self, data: bytes, address: tuple[str, int], source: Source) -> None:
        """Send a datagram; a network that refuses it is noted, never raised."""
        if self.transport is None:
            return
        try:
            self.transport.write(data, address)
        except OSError as error:
            self._tap.note(source, f"the answer could not be sent: {error.strerror}")
            return
        self._tap.sent(source, data)
