"""TCP, either role, and serial ports: one :class:`StreamLine` a connection or port, which feeds an End and writes
what it says.

No decision here: bytes go to the end, what the end reads goes to the handler, what the end wants to send is
written once per read or per batch of verdicts. A peer that closes its sending side still gets its answers.
A peer that pipelines too far, or does not read its answers, is not read from until it does; one that brings rubbish
is read from in turns (:mod:`receiver.adapters.turns`). What came of a peer that is gone is read, and not answered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from receiver.adapters.flow import Answered, Outlet, Valve
from receiver.adapters.line import Handler, MakeEnd, Tap
from receiver.adapters.peers import host_text, peer_text, why_gone
from receiver.adapters.turns import PORTION, Rubbish, Turns

STUCK_S = 30.0
"""How long a peer may leave its answers unread."""


@implementer(IHalfCloseableProtocol, IPushProducer)
class StreamLine(Answered, TwistedProtocol):
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
        self._make_end, self._given = make_end, source
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
        self._eof = self._eof_told = self._later = self._finished = self._lost = self._proven = False
        self.heard_at = self._clock().mono
        self.host = ""
        self.closed_at: float | None = None
        self.ended = ""
        """Why it is gone."""

    @property
    def proven(self) -> bool:
        """Something that came over it was acknowledged."""
        return self._proven

    @proven.setter
    def proven(self, yes: bool) -> None:
        self._proven = yes
        self._rubbish.forgive()

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
        self.host, self.heard_at = self.source.host, now.mono
        # Streaming producer: the transport tells when the peer stops reading what we write.
        self.transport.registerProducer(self, True)
        self._handler.opened(self, now)
        self.flush()

    def dataReceived(self, data: bytes) -> None:
        """Twisted: bytes came."""
        now = self._clock()
        self.heard_at = now.mono
        self._tap.received(self.source, data)
        turns = self._turns
        if turns is not None and self._rubbish.much:
            self._rubbish.age(now.mono)
        if self._unread or self._handler.full or (turns is not None and (self._rubbish.much or len(data) > PORTION)):
            self._unread += data
            if turns is None or not self._rubbish.much or not turns.at_once(self):
                self._read_on()
            return
        self._give(data, now)
        self.flush()

    def _give(self, data: bytes, now: Moment) -> bool:
        """Feed the end (``b""``: it goes on with what it held back), and hand on what it reads.

        True when messages account for all of it.
        """
        items = self.end.receive(data, now)
        paid = self._rubbish.count(len(data), items, now.mono)
        self._take(items, now)
        return paid

    def _end_of_stream(self) -> None:
        self._eof_told = True
        now = self._clock()
        self._take(self.end.receive_eof(now), now)

    def _take(self, items: Any, now: Moment) -> None:
        if items:
            self._handler.handle(items, self, now)

    @property
    def _held(self) -> bool:
        """The end keeps bytes back: another call is needed."""
        return getattr(self.end, "held", False)  # A sending end has none.

    @property
    def _behind(self) -> bool:
        """Bytes that came are still to be read."""
        return bool(self._unread) or self._held

    @property
    def _in_turns(self) -> bool:
        """It brought so much rubbish that it is read from when its turn comes."""
        return self._turns is not None and self._rubbish.much

    def _portion(self, now: Moment) -> bool:
        size = len(self._unread) if self._turns is None else PORTION
        data, self._unread = self._unread[:size], self._unread[size:]
        return self._give(data, now)

    def _read_on(self) -> None:
        """Read what came as far as that goes now."""
        while self._unread and not (self._handler.full or self._held or self._in_turns):
            self._portion(self._clock())
        self.flush()

    def turn(self) -> bool:
        """Read one portion: it is this line's turn. True when messages account for it."""
        paid = False
        if self._behind and not (self._finished or self._handler.full):
            now = self._clock()
            paid = self._give(b"", now) if self._held else self._portion(now)
        self.flush()
        return paid

    def flush(self) -> None:
        """Write what the end has to send, read on what waits, set the timer, close when the end asks for it."""
        if self._finished:
            return
        end = self.end
        if self._eof and not (self._eof_told or self._unread):
            self._end_of_stream()
        self._write()
        if self._behind:
            self._continue()
        elif self._valve.is_shut:
            self._valve.open()
        due = None if self._lost else end.next_timeout()
        if due is not None:
            self._deadline.need(due)
        if end.closing or (self._eof_told and not getattr(end, "undecided", 0) and not self._held):
            self.close()

    def _write(self) -> None:
        out = self.end.data_to_send()
        if out and not self._lost:
            self._tap.sent(self.source, out)
            self._outlet.write(out)

    def _continue(self) -> None:
        """Let the end go on with what it held back: once a turn, so that one peer never keeps the others waiting."""
        if self._held and not (self._handler.full or self._in_turns):
            self._give(b"", self._clock())
            self._write()
        if not self._behind:
            self._valve.open()
            return
        self._valve.shut()
        if self._handler.full:
            self._handler.wait_for_room(self)
        elif self._held and self.end.undecided:
            pass  # A verdict will call us.
        elif self._turns is not None and self._in_turns:
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

    def readConnectionLost(self) -> None:
        """Twisted: the peer will send no more, but still listens."""
        self._eof = self._valve.done = True
        self._read_on()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted: the connection is gone."""
        self._deadline.cancel()
        self._valve.done = True
        self._lost = self._eof = True
        serial = self._given is not None and self._given.transport == SERIAL
        self.ended = why_gone(reason, port=serial and not self._finished)
        if hasattr(self, "source"):
            if not self._finished:
                self._read_rest()
            self._handler.closed(self, self._clock(), self.ended)
            if not self._finished and self._handler.full:
                self._handler.wait_for_room(self)  # Whoever is closed does not wait any more.
        else:
            self._finished = True
        if self._finished and self._turns is not None:
            self._turns.forget(self)
        if self._gone is not None:
            self._gone(self)

    def _read_rest(self) -> None:
        """Nothing can be answered any more, but what came is not thrown away unseen: it is read on as before.

        A peer that waits for its turn says it again, for it heard no answer; what it said is let go, and counted. Where
        nothing is answered nobody says it again, and it keeps its turn.
        """
        turns = self._turns
        if turns is None or not self._in_turns or (getattr(self.end, "muted", False) and turns.keep(self)):
            self._read_on()
            return
        self._finished = True
        if self._behind:
            self._handler.dropped(self.source, len(self._unread), "what waited for its turn was left unread")
        self._unread = b""
        if not self._eof_told:
            self._end_of_stream()

    def close(self) -> None:
        """Close once everything written has left."""
        if not self._finished:
            self._finished = self._valve.done = True
            self.closed_at = self._clock().mono
            if not self._lost:
                self.transport.unregisterProducer()
                self.transport.loseConnection()

    def abort(self, why: str) -> None:
        """Cut the connection now."""
        self._finished = self._valve.done = True
        if hasattr(self, "source"):
            self._tap.note(self.source, why)
        if self.transport is not None:
            self.transport.abortConnection()
