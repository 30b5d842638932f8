"""Lets itself be called, and ties an End to whoever calls: the sending side of hardware receivers, which wait for the
station to connect to them. What ``Dialler`` does the other way round.

There is one line at a time. Whoever calls while it stands is turned away.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from protocols.ends import Source
from protocols.errors import UserError
from protocols.model import Moment
from receiver.adapters import line
from receiver.adapters.endpoints import Listen
from receiver.adapters.line import Handler, MakeEnd, Tap
from receiver.adapters.peers import host_text, peer_text
from receiver.adapters.stream import StreamLine


class ListenError(UserError):
    """A port that we cannot be called on."""


CALLED = "called"
"""Told of every call that is taken (``Tap.note``)."""
_TODO = {
    errno.EADDRINUSE: "; end the program that has it (ss -ltnp tells which), or give another port",
    errno.EACCES: "; ports below 1024 need a privilege: give another port",
    errno.EADDRNOTAVAIL: "; this machine has no such address: leave interface= out, or name one of its own",
}


class NobodyCalledError(UserError):
    """No call came in time."""


class Called:
    """Waits on one TCP port. ``Handler.opened`` and ``closed`` tell what became of each call."""

    def __init__(
        self,
        target: Listen,
        make_end: MakeEnd,
        handler: Handler,
        tap: Tap,
        reactor: Any,
        adapter: str,
        protocol: str,
        patience_s: float,
        clock: Callable[[], Moment] = line.now,
    ) -> None:
        self.target = target
        self._make_end = make_end
        self._handler = handler
        self._tap = tap
        self._reactor = reactor
        self._adapter = adapter
        self._protocol = protocol
        self._patience_s = patience_s
        self._clock = clock
        self._port: Any = None
        self._line: StreamLine | None = None
        self._waiting: Deferred[None] | None = None
        self._timer: Any = None

    @property
    def port(self) -> int:
        """Where it listens; 0 while it does not."""
        return 0 if self._port is None else int(self._port.getHost().port)

    def open(self) -> None:
        """Listen from now on. Raises ListenError."""
        if self._port is not None:
            return
        try:
            self._port = self._reactor.listenTCP(self.target.port, _Calls(self), interface=self.target.interface)
        except CannotListenError as error:
            why = getattr(error.socketError, "strerror", None) or error.socketError
            todo = _TODO.get(getattr(error.socketError, "errno", 0), "")
            raise ListenError(f"cannot listen on {self.target}: {why}{todo}") from error
        host, port = host_text(self.target.interface), self.port
        source = Source(self._adapter, self._protocol, str(self.target), self.target.host)
        self._tap.note(source, f"waiting to be called on {peer_text(host, port)}")

    def dial(self) -> Deferred[None]:
        """Wait for the next call. Fires when the line stands; fails when nobody calls in time."""
        try:
            self.open()
        except ListenError as error:
            return fail(error)
        waiting: Deferred[None] = Deferred(self._forget)
        self._waiting = waiting
        self._timer = self._reactor.callLater(self._patience_s, self._fail)
        return waiting

    def close(self) -> None:
        """Take no more calls. A line that stands goes on."""
        if self._port is not None:
            self._port.stopListening()
            self._port = None

    def call(self, addr: IAddress | None) -> StreamLine | None:
        """Somebody calls; None to turn away."""
        if self._line is not None:
            host = host_text(getattr(addr, "host", ""))
            source = Source(self._adapter, self._protocol, peer_text(host, getattr(addr, "port", 0)), host)
            self._tap.note(source, "turned away: a line stands already")
            return None
        self._line = StreamLine(
            self._make_end,
            self._handler,
            self._tap,
            self._reactor,
            self._adapter,
            self._protocol,
            self._gone,
            self._clock,
        )
        host = host_text(getattr(addr, "host", ""))
        source = Source(self._adapter, self._protocol, peer_text(host, getattr(addr, "port", 0)), host)
        self._tap.note(source, CALLED)
        waiting = self._taken()
        if waiting is not None:
            # Twisted ties the line to its socket first.
            self._reactor.callLater(0, waiting.callback, None)
        return self._line

    def _gone(self, gone: StreamLine) -> None:
        self._line = None

    def _forget(self, _: Deferred[None]) -> None:
        """Nobody waits for a call any more; the port stays open."""
        self._taken()

    def _fail(self) -> None:
        waiting = self._taken()
        if waiting is not None:
            waiting.errback(NobodyCalledError(f"nobody called within {self._patience_s:g} s"))

    def _taken(self) -> Deferred[None] | None:
        """Who waited for a call."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        waiting, self._waiting, self._timer = self._waiting, None, None
        return waiting


class _Calls(Factory):
    noisy = False

    def __init__(self, called: Called) -> None:
        self._called = called

    def buildProtocol(self, addr: IAddress | None) -> StreamLine | None:
        """Twisted: somebody called."""
        return self._called.call(addr)
