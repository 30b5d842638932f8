"""TCP, either role, and serial ports: one :class:`StreamLine` a connection or port, which feeds an End and writes
what it says.

No decision here: bytes go to the end, what the end reads goes to the handler, what the end wants to send is
written once per read or per batch of verdicts. A peer that closes its sending side still gets its answers.
A peer that pipelines too far, or does not read its answers, is not read from until it does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IPushProducer,
    IReactorTime,
    ITCPTransport,
)
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import ServerFactory, connectionDone
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure
from zope.interface import implementer

from protocols.ends import Source
from protocols.model import Moment
from receiver.adapters import line
from receiver.adapters.endpoints import SERIAL
from receiver.adapters.line import Handler, MakeEnd, Tap

SWEEP_S = 5.0
STUCK_S = 30.0
"""How long a peer may leave its answers unread."""


def host_text(host: str) -> str:
    """The host for people: IPv4 addresses that arrived over a dual-stack socket are shown as IPv4."""
    return host[7:] if host.startswith("::ffff:") else host


def peer_text(host: str, port: int) -> str:
    """``192.0.2.7:41122`` or ``[2001:db8::1]:5000``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@implementer(IHalfCloseableProtocol, IPushProducer)
class StreamLine(TwistedProtocol):
    """One TCP connection, or one serial port."""

    transport: Any
    end: Any
    source: Source

    def __init__(
        self,
        make_end: MakeEnd,
        handler: Handler,
        tap: Tap,
        reactor: IReactorTime,
        adapter: str,
        protocol: str,
        gone: Callable[[StreamLine], None] | None = None,
        clock: Callable[[], Moment] = line.now,
        source: Source | None = None,
    ) -> None:
        """``source`` is given where the transport cannot tell who is at its other end: a serial port."""
        self._make_end = make_end
        self._given = source
        self._handler = handler
        self._tap = tap
        self._reactor = reactor
        self._adapter = adapter
        self._protocol = protocol
        self._gone = gone
        self._clock = clock
        self._timer: Any = None
        self._timer_due = 0.0
        self._unread = b""
        self._paused = False
        self._eof = False
        self._later = False
        self._finished = False
        self.heard_at = self._clock().mono
        self.host = ""
        self._roomy = False
        self.stuck_since: float | None = None
        self.proven = False
        """Something that came over it was acknowledged."""
        self.closed_at: float | None = None
        self.ended = ""
        """Why it is gone."""

    def connectionMade(self) -> None:
        """Twisted: the connection stands."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        if self._given is not None:
            self.source = self._given
        else:
            peer = self.transport.getPeer()
            host = host_text(peer.host)
            self.source = Source(self._adapter, self._protocol, peer_text(host, peer.port), host)
        self.end = self._make_end(self.source)
        now = self._clock()
        self.host = self.source.host
        self._roomy = isinstance(self.transport, FileDescriptor) and not getattr(self.transport, "TLS", False)
        self.heard_at = now.mono
        # Streaming producer: the transport tells when the peer stops reading what we write.
        self.transport.registerProducer(self, True)
        self._handler.opened(self, now)
        self.flush()

    def dataReceived(self, data: bytes) -> None:
        """Twisted: bytes came."""
        now = self._clock()
        self.heard_at = now.mono
        self._tap.received(self.source, data)
        if self._handler.full:
            self._unread += data
            self._pause()
            self._handler.wait_for_room(self)
            return
        self._take(self.end.receive(data, now), now)
        self.flush()

    def _take(self, items: Any, now: Moment) -> None:
        if items:
            self._handler.handle(items, self, now)

    def flush(self) -> None:
        """Write what the end has to send, read on what it held back, set the timer, close when it asks for it."""
        if self._finished:
            return
        end = self.end
        out = end.data_to_send()
        if out:
            self._write(out)
        if getattr(end, "held", False):
            self._continue()
        due = end.next_timeout()
        if due is not None and (self._timer is None or due < self._timer_due):
            self._arm(due)
        if end.closing or (self._eof and not getattr(end, "undecided", 0) and not getattr(end, "held", False)):
            self.close()

    def _write(self, out: bytes) -> None:
        """Send at once what fits into the socket or port; only the rest waits for the reactor to find room for it.

        Going through the reactor for an answer that fits costs two changes of what it polls for and one more
        turn. A peer that once let the socket fill up is always served through the reactor.
        """
        self._tap.sent(self.source, out)
        if self._roomy:
            # The number of bytes sent, or an exception as its value: then the reactor finds the same.
            sent = self.transport.writeSomeData(out)
            if sent == len(out):
                return
            self._roomy = False
            if isinstance(sent, int) and sent > 0:
                out = out[sent:]
        self.transport.write(out)

    def _continue(self) -> None:
        """Let the end go on with what it held back: once a turn, so that one peer never keeps the others waiting."""
        end = self.end
        if not self._handler.full:
            now = self._clock()
            self._take(end.receive(b"", now), now)
            out = end.data_to_send()
            if out:
                self._write(out)
        if end.held:
            self._pause()
            if self._handler.full:
                self._handler.wait_for_room(self)
            elif not end.undecided and not self._later:
                # No verdict will call us: the next turn does.
                self._later = True
                self._reactor.callLater(0, self._go_later)
        elif not self._unread:
            self._go_on()

    def _go_later(self) -> None:
        self._later = False
        self.flush()

    def resume(self) -> None:
        """The handler has room again."""
        if self._finished:
            return
        data, self._unread = self._unread, b""
        if data:
            now = self._clock()
            self._take(self.end.receive(data, now), now)
        self.flush()
        if not getattr(self.end, "held", False):
            self._go_on()

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = due
        self._timer = self._reactor.callLater(max(0.0, due - self._clock().mono), self._expired)

    def _expired(self) -> None:
        self._timer = None
        now = self._clock()
        due = self.end.next_timeout()
        if due is not None and due <= now.mono:
            self._take(self.end.expire(now), now)
        self.flush()

    # The peer and its reading

    def _pause(self) -> None:
        if not self._paused and not self._finished:
            self._paused = True
            self.transport.pauseProducing()

    def _go_on(self) -> None:
        if self._paused and self.stuck_since is None and not self._finished:
            self._paused = False
            self.transport.resumeProducing()

    def pauseProducing(self) -> None:
        """Twisted: the peer does not read its answers."""
        self.stuck_since = self._clock().mono
        self._pause()

    def resumeProducing(self) -> None:
        """Twisted: the peer reads again."""
        self.stuck_since = None
        if not self._unread and not getattr(self.end, "held", False):
            self._go_on()

    def stopProducing(self) -> None:
        """Twisted: the connection is gone; connectionLost follows."""

    def readConnectionLost(self) -> None:
        """Twisted: the peer will send no more, but still listens."""
        now = self._clock()
        self._eof = True
        if self._unread:
            data, self._unread = self._unread, b""
            self._take(self.end.receive(data, now), now)
        self._take(self.end.receive_eof(now), now)
        self.flush()

    def writeConnectionLost(self) -> None:
        """Twisted: our sending side is closed."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted: the connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        clean = isinstance(reason.value, ConnectionDone)
        why = "closed" if clean else "broken off by the other side, or by the network"
        if self._given is not None and self._given.transport == SERIAL and not self._finished:
            why = "the port is gone: unplugged, or its other end was closed"
        self.ended = why
        if hasattr(self, "source"):
            now = self._clock()
            if not (self._finished or self._eof):
                # Nothing can be answered any more, but what came is not thrown away unseen.
                self._take(self.end.receive_eof(now), now)
            self._handler.closed(self, now, why)
        self._finished = True
        if self._gone is not None:
            self._gone(self)

    def close(self) -> None:
        """Close once everything written has left."""
        if not self._finished:
            self._finished = True
            self.closed_at = self._clock().mono
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def abort(self, why: str) -> None:
        """Cut the connection now."""
        self._finished = True
        if hasattr(self, "source"):
            self._tap.note(self.source, why)
        if self.transport is not None:
            self.transport.abortConnection()


class StreamServer(ServerFactory):
    """Makes a line for each connection of one listening adapter and keeps watch over them."""

    noisy = False

    def __init__(
        self,
        make_end: MakeEnd,
        handler: Handler,
        tap: Tap,
        reactor: Any,
        adapter: str,
        protocol: str,
        idle_s: float = 900.0,
        max_connections: int = 10_000,
        clock: Callable[[], Moment] = line.now,
    ) -> None:
        self._make_end = make_end
        self._handler = handler
        self._tap = tap
        self._reactor = reactor
        self._adapter = adapter
        self._protocol = protocol
        self._idle_s = idle_s
        self._max = max_connections
        self._clock = clock
        self.lines: dict[StreamLine, None] = {}
        self._sweeper = LoopingCall(self._sweep)
        self._sweeper.clock = reactor

    def doStart(self) -> None:
        """Twisted: the first port opened."""
        super().doStart()  # type: ignore[no-untyped-call]
        if not self._sweeper.running:
            self._sweeper.start(SWEEP_S, now=False)

    def stopFactory(self) -> None:
        """Twisted: the last port closed."""
        if self._sweeper.running:
            self._sweeper.stop()

    def buildProtocol(self, addr: IAddress | None) -> StreamLine | None:
        """Twisted: somebody connected."""
        if len(self.lines) >= self._max and not self._make_room():
            host = host_text(getattr(addr, "host", ""))
            peer = peer_text(host, getattr(addr, "port", 0))
            self._handler.dropped(
                Source(self._adapter, self._protocol, peer, host), 0, f"over {self._max} connections are open"
            )
            return None
        made = StreamLine(
            self._make_end,
            self._handler,
            self._tap,
            self._reactor,
            self._adapter,
            self._protocol,
            self._forget,
            self._clock,
        )
        self.lines[made] = None
        return made

    def _forget(self, gone: StreamLine) -> None:
        self.lines.pop(gone, None)

    def _make_room(self) -> bool:
        """Somebody goes for a newcomer: of the host with the most connections, first whoever was never acknowledged.

        So one host, or many strangers, cannot shut the others out. Within that, the longest silent goes.
        """
        hosts = Counter(each.host for each in self.lines)

        def weight(each: StreamLine) -> tuple[bool, int, float]:
            return each.proven, -hosts[each.host], each.heard_at

        victim = min(self.lines, key=weight, default=None)
        if victim is None:
            return False
        victim.abort("closed to make room for another connection")
        self._forget(victim)
        return True

    def _sweep(self) -> None:
        now = self._clock().mono
        for each in list(self.lines):
            if each.closed_at is not None:
                if now - each.closed_at > STUCK_S:
                    each.abort(f"cut: the peer did not read its answers for {STUCK_S:.0f} s")
            elif each.stuck_since is not None and now - each.stuck_since > STUCK_S:
                each.abort(f"cut: the peer did not read its answers for {STUCK_S:.0f} s")
            elif now - each.heard_at > self._idle_s and not getattr(each.end, "undecided", 0):
                self._tap.note(each.source, f"closed: nothing came for {self._idle_s:.0f} s")
                each.close()
