"""The listening adapters: opened at the start, tried again while they cannot be opened."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from msgspec import Struct
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from protocols.dc09 import ReceivingEnd
from protocols.ends import Limits, Lookup, Source
from receiver.adapters.datagram import DatagramServer
from receiver.adapters.endpoints import Listen
from receiver.adapters.line import Handler, MakeEnd, Tap
from receiver.adapters.stream import StreamServer, host_text, peer_text
from receiver.settings import AdapterSettings, Settings

RETRY_S = 5.0

_WHY = {
    errno.EADDRINUSE: "the address is in use by another program",
    errno.EACCES: "not allowed (ports below 1024 need a privilege)",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


def ends_of(protocol: str, lookup: Lookup, limits: Limits) -> MakeEnd:
    """What makes the receiving ends of a protocol. Raises KeyError for one that does not exist."""

    def dc09(source: Source) -> ReceivingEnd:
        return ReceivingEnd(source, lookup, limits=limits)

    return {"dc09": dc09}[protocol]


class PortState(Struct):
    """One listening endpoint."""

    adapter: str
    protocol: str
    listen: Listen
    port: Any = None
    """Twisted's port while it is open."""
    error: str = ""
    """Why it is not open, for a person."""

    @property
    def address(self) -> str:
        """Where it can be reached, ``tcp:127.0.0.1:5000``; as asked for while it is not open."""
        if self.port is None:
            return str(self.listen)
        host = self.port.getHost()
        return f"{self.listen.transport}:{peer_text(host_text(host.host), host.port)}"


class Listening:
    """Opens every endpoint of every adapter, and keeps trying those that fail."""

    _log = Logger()

    def __init__(
        self,
        settings: Settings,
        reactor: Any,
        lookup: Lookup,
        handler: Handler,
        tap: Tap,
        changed: Callable[[PortState], None],
    ) -> None:
        """``changed`` is told when an endpoint cannot be opened, and when it could after all."""
        self._reactor = reactor
        self._changed = changed
        self._retry: Any = None
        self._when_open: list[Callable[[], None]] = []
        self.states: list[PortState] = []
        self._servers: list[StreamServer] = []
        self._makers: dict[str, Callable[[Listen], Any]] = {}
        limits = Limits(partial_s=settings.partial_s)
        for adapter in settings.adapters:
            make_end = ends_of(adapter.protocol, lookup, limits)
            self._makers[adapter.name] = self._maker(settings, adapter, make_end, handler, tap)
            self.states += [PortState(adapter.name, adapter.protocol, listen) for listen in adapter.listen]

    def _maker(
        self, settings: Settings, adapter: AdapterSettings, make_end: MakeEnd, handler: Handler, tap: Tap
    ) -> Callable[[Listen], Any]:
        streams = StreamServer(
            make_end,
            handler,
            tap,
            self._reactor,
            adapter.name,
            adapter.protocol,
            idle_s=settings.idle_s,
            max_connections=settings.max_connections,
        )

        self._servers.append(streams)

        def listen_on(listen: Listen) -> Any:
            if listen.transport == "udp":
                datagrams = DatagramServer(make_end, handler, tap, adapter.name, adapter.protocol)
                return self._reactor.listenUDP(listen.port, datagrams, interface=listen.interface, maxPacketSize=65536)
            return self._reactor.listenTCP(listen.port, streams, backlog=1024, interface=listen.interface)

        return listen_on

    @property
    def open(self) -> bool:
        """True when every endpoint is open."""
        return all(state.port is not None for state in self.states)

    @property
    def connections(self) -> int:
        """How many TCP connections stand."""
        return sum(len(server.lines) for server in self._servers)

    def start(self, ready: Callable[[], None]) -> None:
        """Open everything; ``ready`` is called once, when every endpoint is open."""
        self._when_open.append(ready)
        self._try()

    def _try(self) -> None:
        self._retry = None
        for state in self.states:
            if state.port is not None:
                continue
            try:
                state.port = self._makers[state.adapter](state.listen)
            except CannotListenError as error:
                number = getattr(error.socketError, "errno", None)
                why = _WHY.get(number or 0, str(error.socketError))
                if state.error != why:
                    state.error = why
                    self._log.error(
                        "adapter {adapter}: cannot listen on {listen}: {why}; trying again every {retry:.0f} s",
                        adapter=state.adapter,
                        listen=str(state.listen),
                        why=why,
                        retry=RETRY_S,
                    )
                    self._changed(state)
                continue
            recovered, state.error = bool(state.error), ""
            self._log.info("adapter {adapter}: listening on {address}", adapter=state.adapter, address=state.address)
            if recovered:
                self._changed(state)
        if not self.open:
            self._retry = self._reactor.callLater(RETRY_S, self._try)
            return
        callbacks, self._when_open = self._when_open, []
        for callback in callbacks:
            callback()

    def stop(self) -> Deferred[Any]:
        """Close every endpoint. Connections stand until :meth:`hang_up`, for the answers still to come."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        ports = [state.port for state in self.states if state.port is not None]
        for state in self.states:
            state.port = None
        return gatherResults([maybeDeferred(port.stopListening) for port in ports], consumeErrors=True)

    def hang_up(self) -> None:
        """Close every connection once its answers have left."""
        for server in self._servers:
            for line in list(server.lines):
                line.close()
