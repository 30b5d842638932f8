"""TCP, either role, and serial ports: one :class:`StreamLine` a connection or port, which feeds an End and writes
what it says.

No decision here: bytes go to the end, what the end reads goes to the handler, what the end wants to send is
written once per read or per batch of verdicts. A peer that closes its sending side still gets its answers.
A peer that pipelines too far, or does not read its answers, is not read from until it does; one that brings rubbish
is read from in turns (:mod:`receiver.adapters.turns`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPushProducer,
    IReactorTime,
    ITCPTransport,
)
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from protocols.ends import Source
from protocols.model import Moment
from receiver.adapters import line
from receiver.adapters.deadline import Deadline
from receiver.adapters.endpoints import SERIAL
from receiver.adapters.flow import Outlet, Valve
from receiver.adapters.line import Handler, MakeEnd, Tap
from receiver.adapters.peers import host_text, peer_text
from receiver.adapters.turns import PORTION, Rubbish, Turns

STUCK_S = 30.0
"""How long a peer may leave its answers unread."""


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
        turns: Turns | None = None,
    ) -> None:
        """``source`` is given where the transport cannot tell who is at its other end: a serial port.

        Without ``turns`` rubbish is read like everything else.
        """
        self._make_end = make_end
        self._given = source
        self._handler = handler
        self._tap = tap
        self._reactor = reactor
        self._adapter = adapter
        self._protocol = protocol
        self._gone = gone
        self._clock = clock
        self._turns, self._rubbish = turns, Rubbish()
        self._deadline = Deadline(reactor, clock, self._expired)
        self._valve = Valve(clock)
        self._unread = b""
        self._eof = self._eof_told = False
        self._later = self._finished = False
        self.heard_at = self._clock().mono
        self.host = ""
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
        self._valve.transport = self.transport
        self._outlet = Outlet(self.transport)
        now = self._clock()
        self.host = self.source.host
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
        in_turns = self._turns is not None and (len(data) > PORTION or self._rubbish.much)
        if in_turns or self._unread or self._handler.full:
            self._unread += data
            self._read_on()
            return
        self._give(data, now)
        self.flush()

    def _give(self, data: bytes, now: Moment) -> None:
        """Feed the end (``b""``: it goes on with what it held back), and hand on what it reads."""
        items = self.end.receive(data, now)
        if self._turns is not None:
            self._rubbish.count(len(data), items)
        if items:
            self._handler.handle(items, self, now)

    def _take(self, items: Any, now: Moment) -> None:
        if items:
            self._handler.handle(items, self, now)

    @property
    def _held(self) -> bool:
        """The end keeps bytes back: another call is needed."""
        return getattr(self.end, "held", False)  # A sending end has none.

    @property
    def _in_turns(self) -> bool:
        """It brought so much rubbish that it is read from when its turn comes."""
        return self._turns is not None and self._rubbish.much

    def _portion(self, now: Moment) -> None:
        size = len(self._unread) if self._turns is None else PORTION
        data, self._unread = self._unread[:size], self._unread[size:]
        self._give(data, now)

    def _read_on(self) -> None:
        """Read what came as far as that goes now."""
        while self._unread and not (self._handler.full or self._held or self._in_turns):
            self._portion(self._clock())
        self.flush()

    def turn(self) -> None:
        """Read one portion: it is this line's turn."""
        if not (self._finished or self._handler.full):
            if self._held:
                self._give(b"", self._clock())
            elif self._unread:
                self._portion(self._clock())
        self.flush()

    def flush(self) -> None:
        """Write what the end has to send, read on what waits, set the timer, close when the end asks for it."""
        if self._finished:
            return
        end = self.end
        if self._eof and not (self._eof_told or self._unread):
            self._eof_told = True
            now = self._clock()
            self._take(end.receive_eof(now), now)
        self._write()
        if self._unread or self._held:
            self._continue()
        elif self._valve.is_shut:
            self._valve.open()
        due = end.next_timeout()
        if due is not None:
            self._deadline.need(due)
        if end.closing or (self._eof_told and not getattr(end, "undecided", 0) and not self._held):
            self.close()

    def _write(self) -> None:
        out = self.end.data_to_send()
        if out:
            self._tap.sent(self.source, out)
            self._outlet.write(out)

    def _continue(self) -> None:
        """Let the end go on with what it held back: once a turn, so that one peer never keeps the others waiting."""
        if self._held and not self._handler.full and not self._in_turns:
            self._give(b"", self._clock())
            self._write()
        if not (self._unread or self._held):
            self._valve.open()
            return
        self._valve.shut()
        if self._handler.full:
            self._handler.wait_for_room(self)
        elif self._held and self.end.undecided:
            pass  # A verdict will call us.
        elif self._turns is not None and self._rubbish.much:
            self._turns.ask(self)
        elif not self._later:
            self._later = True
            self._reactor.callLater(0, self.resume)

    def resume(self) -> None:
        """The handler has room again, or it is the next turn."""
        self._later = False
        if not self._finished:
            self._read_on()

    def _expired(self) -> None:
        if self._unread:
            return  # It is we who are late, not the peer.
        now = self._clock()
        due = self.end.next_timeout()
        if due is not None and due <= now.mono:
            self._take(self.end.expire(now), now)
        self.flush()

    # The peer and its reading

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
        if not (self._unread or self._held):
            self._valve.open()

    def stopProducing(self) -> None:
        """Twisted: the connection is gone; connectionLost follows."""

    def readConnectionLost(self) -> None:
        """Twisted: the peer will send no more, but still listens."""
        self._eof = self._valve.done = True
        self._read_on()

    def writeConnectionLost(self) -> None:
        """Twisted: our sending side is closed."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted: the connection is gone."""
        self._deadline.cancel()
        self._valve.done = True
        if self._turns is not None:
            self._turns.forget(self)
        why = (
            "closed" if isinstance(reason.value, ConnectionDone) else "broken off by the other side, or by the network"
        )
        if self._given is not None and self._given.transport == SERIAL and not self._finished:
            why = "the port is gone: unplugged, or its other end was closed"
        self.ended = why
        if hasattr(self, "source"):
            now = self._clock()
            if not (self._finished or self._eof_told):
                self._read_rest(now)
            self._handler.closed(self, now, why)
        self._finished = True
        if self._gone is not None:
            self._gone(self)

    def _read_rest(self, now: Moment) -> None:
        """Nothing can be answered any more, but what came is not thrown away unseen."""
        if self._in_turns:
            if self._unread:
                self._handler.dropped(self.source, len(self._unread), "rubbish was left unread at its end")
        elif self._unread:
            self._give(self._unread, now)
        self._unread = b""
        self._take(self.end.receive_eof(now), now)

    def close(self) -> None:
        """Close once everything written has left."""
        if not self._finished:
            self._finished = self._valve.done = True
            self.closed_at = self._clock().mono
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def abort(self, why: str) -> None:
        """Cut the connection now."""
        self._finished = self._valve.done = True
        if hasattr(self, "source"):
            self._tap.note(self.source, why)
        if self.transport is not None:
            self.transport.abortConnection()
