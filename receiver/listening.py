"""Every endpoint of every adapter: addresses that are listened on, and lines that are opened from here.

Addresses are opened at the start, and tried again while they cannot be opened. TCP addresses and serial ports to
connect to are kept connected (:class:`receiver.adapters.connecting.Connecting`); the station does not wait for them to
be ready: whoever is at their other end may be away for long.
"""

from __future__ import annotations

import errno
import itertools
import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from protocols import auto, wires
from protocols.ends import End, Limits, Lookup, Source
from protocols.lines.receiving import FIRST
from receiver.adapters.connecting import Connecting
from receiver.adapters.datagram import DatagramServer
from receiver.adapters.endpoints import Listen, SerialDevice, Target
from receiver.adapters.line import Handler, MakeEnd, Tap
from receiver.adapters.muted import muted
from receiver.adapters.peers import host_text, peer_text
from receiver.adapters.server import StreamServer
from receiver.adapters.turns import Turns
from receiver.chronicle import ENDPOINT_LOST
from receiver.desk import Alarm, troubles
from receiver.settings import AUTO, AdapterSettings, Settings
from receiver.sources import Sources

RETRY_S = 5.0

_WHY = {
    errno.EADDRINUSE: "the address is in use by another program",
    errno.EACCES: "not allowed (ports below 1024 need a privilege)",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


def ends_of(adapter: AdapterSettings, lookup: Lookup, limits: Limits, channel: object = None) -> MakeEnd:
    """What makes the receiving ends of an adapter, each with numbers of its own for its messages.

    ``channel`` is the adapter's radio channel where it is one.
    """
    options = adapter.options if channel is None else replace(adapter.options, radio=channel)
    receiving = auto.receiving if adapter.protocol == AUTO else wires.find(adapter.protocol).receiving
    numbers = itertools.count(int.from_bytes(os.urandom(4)) * FIRST, FIRST)

    def make(source: Source) -> End[Any]:
        end: Any = receiving(source, lookup, options=options, limits=limits, first=next(numbers))
        return end  # type: ignore[no-any-return]

    return muted(make) if adapter.options.listen_only else make


class PortState(Struct):
    """One endpoint."""

    adapter: str
    protocol: str
    listen: Listen | Target | SerialDevice
    """As the settings have it: where to listen, or what to connect to."""
    port: Any = None
    """Twisted's port, or the line, while it is open."""
    error: str = ""
    """Why it cannot be opened, for a person."""
    doing: str = ""
    """How it stands while it is not open and nothing is wrong (yet), for a person."""
    since: float = 0.0
    """When it was opened, or ceased to be open; seconds since the epoch."""
    lost: bool = False
    """An earlier run told that it cannot be opened, and none that it could after all."""

    @property
    def connects(self) -> bool:
        """It is opened from here to somewhere, and not listened on."""
        return not isinstance(self.listen, Listen)

    @property
    def address(self) -> str:
        """Where it can be reached, ``tcp:127.0.0.1:5000``; as asked for while it is not open, and if it connects."""
        if self.port is None or self.connects:
            return str(self.listen)
        host = self.port.getHost()
        return f"{self.listen.transport}:{peer_text(host_text(host.host), host.port)}"


class Listening:
    """Opens every endpoint of every adapter, and keeps trying those that fail, or end."""

    _log = Logger()

    def __init__(
        self,
        settings: Settings,
        reactor: Any,
        lookup: Lookup,
        handler: Handler,
        tap: Tap,
        changed: Callable[[PortState], None],
        sources: Sources | None = None,
        wall: Callable[[], float] = time.time,
        ends: Callable[[MakeEnd], MakeEnd] | None = None,
        radio: Mapping[str, object] = {},
    ) -> None:
        """``changed`` is told when an endpoint cannot be opened, and when it could after all.

        ``radio`` has the radio channels by the names of their adapters.
        ``ends`` puts something between each receiving end and its line, as a check does.
        """
        self._wall = wall
        self._reactor = reactor
        self._changed = changed
        self._retry: Any = None
        self._when_open: list[Callable[[], None]] = []
        self.states: list[PortState] = []
        self._servers: list[StreamServer] = []
        self._makers: dict[str, Callable[[Listen], Any]] = {}
        self._connecting: list[Connecting] = []
        self._turns = Turns(reactor)
        limits = Limits(partial_s=settings.partial_s)
        for adapter in settings.adapters:
            make_end = ends_of(adapter, lookup, limits, radio.get(adapter.name))
            if ends is not None:
                make_end = ends(make_end)
            taker = handler if sources is None else sources.watch(adapter, handler)
            self._makers[adapter.name] = self._maker(settings, adapter, make_end, taker, tap)
            self.states += [PortState(adapter.name, adapter.protocol, listen) for listen in adapter.listen]
            for endpoint in adapter.connect:
                self._connect(adapter, endpoint, make_end, taker, tap)

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
            turns=self._turns,
        )

        self._servers.append(streams)

        def listen_on(listen: Listen) -> Any:
            if listen.transport == "udp":
                datagrams = DatagramServer(make_end, handler, tap, adapter.name, adapter.protocol)
                return self._reactor.listenUDP(listen.port, datagrams, interface=listen.interface, maxPacketSize=65536)
            return self._reactor.listenTCP(listen.port, streams, backlog=1024, interface=listen.interface)

        return listen_on

    def _connect(
        self,
        adapter: AdapterSettings,
        endpoint: Target | SerialDevice,
        make_end: MakeEnd,
        handler: Handler,
        tap: Tap,
    ) -> None:
        state = PortState(adapter.name, adapter.protocol, endpoint)

        def changed(its: Connecting, worth_telling: bool) -> None:
            # A line that ends as soon as it stands is not open, for people.
            port = None if its.error else its.line
            if (port is None) != (state.port is None) or not state.since:
                state.since = self._wall()
            state.port, state.error, state.doing = port, its.error, its.state
            if worth_telling or (state.lost and port is not None):
                state.lost = False
                self._changed(state)

        made = Connecting(
            endpoint,
            make_end,
            handler,
            tap,
            self._reactor,
            adapter.name,
            adapter.protocol,
            changed=changed,
            turns=self._turns,
        )
        state.doing = made.state
        self.states.append(state)
        self._connecting.append(made)

    @property
    def open(self) -> bool:
        """True when every address that is listened on is open."""
        return all(state.port is not None for state in self.states if not state.connects)

    def is_up(self, adapter: str) -> bool:
        """Whether any endpoint of an adapter is open."""
        return any(state.port is not None for state in self.states if state.adapter == adapter)

    @property
    def connections(self) -> int:
        """How many lines stand."""
        return sum(len(server.lines) for server in self._servers) + sum(
            made.line is not None for made in self._connecting
        )

    def start(self, ready: Callable[[], None], alarms: Iterable[Alarm] = ()) -> None:
        """Open everything; ``ready`` is called once, when every address that is listened on is open.

        ``alarms`` are those that are open: of endpoints that they call lost ``changed`` is told when they open.
        """
        self._when_open.append(ready)
        lost = troubles(alarms, ENDPOINT_LOST)
        for state in self.states:
            state.since = self._wall()
            state.lost = (state.adapter, state.protocol, str(state.listen)) in lost
        for made in self._connecting:
            made.start()
        self._try()

    def _try(self) -> None:
        self._retry = None
        for state in self.states:
            if state.port is not None or not isinstance(state.listen, Listen):
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
            recovered, state.error, state.lost = bool(state.error) or state.lost, "", False
            state.since = self._wall()
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
        for made in self._connecting:
            made.stop()
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        ports = [state.port for state in self.states if state.port is not None and not state.connects]
        for state in self.states:
            state.port = None
        return gatherResults([maybeDeferred(port.stopListening) for port in ports], consumeErrors=True)

    def hang_up(self) -> None:
        """Close every connection once its answers have left."""
        for server in self._servers:
            for line in list(server.lines):
                line.close()
        for made in self._connecting:
            made.hang_up()
