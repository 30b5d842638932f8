"""Opens a wire to a target, TCP, UDP or a serial port, and ties an End to it.

The other side of ``stream`` and ``datagram``.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, execute
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import DatagramProtocol, Factory
from twisted.internet.threads import deferToThreadPool

from protocols.ends import End, Source
from protocols.model import Moment
from receiver.adapters import line
from receiver.adapters.deadline import Deadline
from receiver.adapters.endpoints import SERIAL, SerialDevice, Target
from receiver.adapters.line import Handler, MakeEnd, Tap
from receiver.adapters.peers import host_text, peer_text
from receiver.adapters.stream import StreamLine


class Silent:
    """A tap nobody listens to."""

    def received(self, source: Source, data: bytes) -> None:
        """Bytes came in."""

    def sent(self, source: Source, data: bytes) -> None:
        """Bytes went out."""

    def note(self, source: Source, text: str) -> None:
        """Something about the connection."""


class Dialler:
    """Opens wires to one target. ``Handler.opened`` and ``closed`` tell what became of each."""

    def __init__(
        self,
        target: Target | SerialDevice,
        make_end: MakeEnd,
        handler: Handler,
        tap: Tap,
        reactor: Any,
        adapter: str,
        protocol: str,
        connect_timeout_s: float,
        clock: Callable[[], Moment] = line.now,
    ) -> None:
        self.target = target
        self.make_end = make_end
        self.handler = handler
        self.tap = tap
        self.reactor = reactor
        self.adapter = adapter
        self.protocol = protocol
        self.clock = clock
        self._connect_timeout_s = connect_timeout_s

    def dial(self) -> Deferred[Any]:
        """Open a wire. Fires when it stands (``Handler.opened`` came before); fails when it cannot be opened."""
        target = self.target
        if isinstance(target, SerialDevice):
            return execute(self._port, target)
        if target.transport == "udp":
            return self._datagrams(target)
        return connect(target, _Streams(self), self.reactor, self._connect_timeout_s)

    def line(self, source: Source | None = None) -> StreamLine:
        """A line for a stream that opens now."""
        return StreamLine(
            self.make_end, self.handler, self.tap, self.reactor, self.adapter, self.protocol, None, self.clock, source
        )

    def _port(self, device: SerialDevice) -> None:
        # Whoever sends over sockets alone needs nothing of serial ports.
        from receiver.adapters.serial import ExclusivePort

        source = Source(self.adapter, self.protocol, device.device, device.device, SERIAL)
        ExclusivePort(device, self.line(source), self.reactor)

    def _datagrams(self, target: Target) -> Deferred[Any]:
        if _version(target.host) is not None:
            return execute(self._listen, target, target.host)
        found: Deferred[str] = deferToThreadPool(
            self.reactor, self.reactor.getThreadPool(), _resolve, target.host, target.port
        )
        return found.addCallback(lambda host: self._listen(target, host))

    def _listen(self, target: Target, host: str) -> None:
        interface = "::" if _version(host) == 6 else ""
        wire = DatagramWire(self, host, target.port)
        self.reactor.listenUDP(0, wire, interface=interface, maxPacketSize=65_535)


def connect(target: Target, factory: Factory, reactor: Any, timeout_s: float) -> Deferred[Any]:
    """Open a TCP connection. Fires with the factory's protocol when it stands."""
    endpoint: Any
    version = _version(target.host)
    if version is None:
        endpoint = HostnameEndpoint(reactor, target.host, target.port, timeout_s)
    else:
        kind = TCP4ClientEndpoint if version == 4 else TCP6ClientEndpoint
        endpoint = kind(reactor, target.host, target.port, timeout_s)
    connected: Deferred[Any] = endpoint.connect(factory)
    return connected


class _Streams(Factory):
    noisy = False

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler

    def buildProtocol(self, addr: IAddress | None) -> StreamLine:
        """Twisted: the connection stands."""
        return self._dialler.line()


class DatagramWire(DatagramProtocol):
    """A UDP port of our own that speaks with one address and port, and hears nobody else."""

    noisy = False
    transport: Any
    end: End[Any]
    source: Source
    proven = False

    def __init__(self, dialler: Dialler, host: str, port: int) -> None:
        self._its = dialler
        self._host = host
        self._port = port
        self._deadline = Deadline(dialler.reactor, dialler.clock, self._expired)
        self._finished = False

    def startProtocol(self) -> None:
        """Twisted: the port is open."""
        peer = peer_text(self._host, self._port)
        self.source = Source(self._its.adapter, self._its.protocol, peer, self._host, "udp")
        self.end = self._its.make_end(self.source)
        self._its.handler.opened(self, self._its.clock())
        self.flush()

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        """Twisted: a datagram came."""
        if self._finished:
            return
        # Looked at here, for the port is not "connected": an ICMP error would close it under the epoll reactor.
        if addr[1] != self._port or _address(host_text(addr[0])) != _address(self._host):
            self._its.tap.note(self.source, "a datagram from another address was dropped")
            return
        self._its.tap.received(self.source, datagram)
        now = self._its.clock()
        self._take(self.end.receive(datagram, now), now)
        self.flush()

    def flush(self) -> None:
        """Send what the end has to say as one datagram, set the timer."""
        if self._finished:
            return
        out = self.end.data_to_send()
        if out:
            self._send(out)
        self._deadline.need(self.end.next_timeout())
        if self.end.closing:
            self.close()

    def _send(self, out: bytes) -> None:
        try:
            self.transport.write(out, (self._host, self._port))
        except OSError as error:
            self._its.tap.note(self.source, f"the datagram could not be sent: {error.strerror}")
            return
        self._its.tap.sent(self.source, out)

    def _take(self, items: Any, now: Moment) -> None:
        if items:
            self._its.handler.handle(items, self, now)

    def _expired(self) -> None:
        now = self._its.clock()
        due = self.end.next_timeout()
        if due is not None and due <= now.mono:
            self._take(self.end.expire(now), now)
        self.flush()

    def resume(self) -> None:
        """Datagrams are not held back."""

    def close(self) -> None:
        """Close the port."""
        if not self._finished:
            self._finished = True
            self.transport.stopListening()

    def abort(self, why: str) -> None:
        """Close the port, and say why."""
        self._its.tap.note(self.source, why)
        self.close()

    def stopProtocol(self) -> None:
        """Twisted: the port is closed."""
        self._finished = True
        self._deadline.cancel()
        if hasattr(self, "source"):
            self._its.handler.closed(self, self._its.clock(), "closed")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None for a host name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _version(host: str) -> int | None:
    """4 or 6 for an address, None for a host name."""
    address = _address(host)
    return None if address is None else address.version


def _resolve(host: str, port: int) -> str:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    return str(found[0][4][0])
