"""Keeps one receiving line to a TCP address or a serial port: opened, and opened again whenever it ends.

A line that ends is opened again after half a second, and after growing pauses for as long as that fails. What is told
is told once: that it cannot be kept open, and that it is open again. A line that ends is no trouble by itself (some
peers end it after every message); one that cannot be opened again is, and so is one that ends again and again
before anything came over it.
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import TimeoutError  # noqa: A004 - Twisted's
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.tcp import Connection
from twisted.logger import Logger
from twisted.python.failure import Failure

from protocols.ends import Source
from protocols.model import Moment
from receiver.adapters import line
from receiver.adapters.dial import connect
from receiver.adapters.endpoints import SERIAL, SerialDevice, Target
from receiver.adapters.line import Handler, MakeEnd, Tap
from receiver.adapters.serial import ExclusivePort, PortError
from receiver.adapters.stream import STUCK_S, StreamLine
from receiver.adapters.turns import Turns

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
LONGEST_PORT_PAUSE_S = 5.0
"""A port is looked for more often: that costs nothing, and whoever plugs it in stands beside it."""
SETTLED_S = 10.0
"""A line that stood for so long, or brought something, was worth opening."""
FRUITLESS = 3
"""So many lines in a row that were not are a trouble."""
CONNECT_TIMEOUT_S = 10.0
KEEPALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""A peer that is gone without a word is noticed within two minutes (tcp(7)); silence alone ends nothing."""


class Connecting:
    """One endpoint that we open. For the reactor's thread."""

    _log = Logger()

    def __init__(
        self,
        endpoint: Target | SerialDevice,
        make_end: MakeEnd,
        handler: Handler,
        tap: Tap,
        reactor: Any,
        adapter: str,
        protocol: str,
        changed: Callable[[Connecting, bool], None],
        clock: Callable[[], Moment] = line.now,
        chance: Callable[[], float] = random.random,
        turns: Turns | None = None,
    ) -> None:
        """``changed`` is told of every change; its second argument says whether it is worth telling people.

        ``chance`` gives numbers from 0 to 1, by which pauses differ. ``turns`` are shared by all lines that bring
        rubbish; a serial port is as slow as it is, and loses what is not read in time: it needs none.
        """
        self.endpoint = endpoint
        self.line: StreamLine | None = None
        """While it stands."""
        self.error = ""
        """Why it cannot be kept open, for a person; empty while that is not so."""
        self.state = "not connected yet"
        """How it stands while there is no line, for a person."""
        self._make_end = make_end
        self._handler = handler
        self._tap = tap
        self._reactor = reactor
        self._adapter = adapter
        self._protocol = protocol
        self._changed = changed
        self._clock = clock
        self._chance = chance
        self._turns = None if isinstance(endpoint, SerialDevice) else turns
        self._tries = 0
        """Without a line worth opening."""
        self._short = 0
        """Lines in a row that ended at once."""
        self._opened_at = 0.0
        self._opening: Deferred[Any] | None = None
        self._pause: Any = None
        self._watch: Any = None
        self._running = False

    def start(self) -> None:
        """Open it, and keep it open."""
        if not self._running:
            self._running = True
            self._open()

    def stop(self) -> None:
        """Open it no more. A line that stands goes on until :meth:`hang_up`."""
        self._running = False
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._opening is not None:
            self._opening.cancel()

    def hang_up(self) -> None:
        """Close the line once its answers have left."""
        if self.line is not None:
            self.line.close()

    # Opening

    def _open(self) -> None:
        self._pause = None
        if isinstance(self.endpoint, SerialDevice):
            self._open_port(self.endpoint)
            return
        self._opening = opening = connect(self.endpoint, _Streams(self.made), self._reactor, CONNECT_TIMEOUT_S)
        opening.addCallbacks(self._stands, self._not_opened)
        if opening.called and self._opening is opening:
            self._opening = None

    def _open_port(self, device: SerialDevice) -> None:
        source = Source(self._adapter, self._protocol, device.device, device.device, SERIAL)
        made = self.made(source)
        try:
            ExclusivePort(device, made, self._reactor)
        except PortError as error:
            self._failed(str(error))
            return
        self._stands(made)

    def made(self, source: Source | None = None) -> StreamLine:
        """A line for a connection or port that opens now."""
        return StreamLine(
            self._make_end,
            self._handler,
            self._tap,
            self._reactor,
            self._adapter,
            self._protocol,
            self._gone,
            self._clock,
            source,
            self._turns,
        )

    def _not_opened(self, failure: Failure) -> None:
        self._opening = None
        if self._running:
            self._failed(_why(failure))

    def _stands(self, made: StreamLine) -> None:
        self._opening = None
        if not self._running:
            self.line = made
            made.close()
            return
        if isinstance(made.transport, Connection):
            handle = made.transport.getHandle()
            for name, value in KEEPALIVE:
                with suppress(OSError, AttributeError):
                    handle.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self.line = made
        self._opened_at = self._clock().mono
        self._watch = self._reactor.callLater(SETTLED_S, self._look)
        self._log.info("adapter {adapter}: connected to {to}", adapter=self._adapter, to=str(self.endpoint))
        if self._short < FRUITLESS:
            self._tell("")
        else:
            self._changed(self, False)

    # While it stands, and after

    def _look(self) -> None:
        """Now and then while it stands: it has settled; a peer that does not read its answers is cut off."""
        self._watch = self._reactor.callLater(SETTLED_S, self._look)
        self._worth()
        made = self.line
        assert made is not None
        stuck = made.stuck_since
        if stuck is not None and self._clock().mono - stuck > STUCK_S:
            made.abort(f"cut: the peer did not read its answers for {STUCK_S:.0f} s")

    def _worth(self) -> None:
        self._tries = self._short = 0
        if self.error:
            self._tell("")

    def _gone(self, made: StreamLine) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        self.line = None
        if not self._running:
            return
        self.state = f"connecting again: {made.ended}"
        if made.heard_at > self._opened_at or self._clock().mono - self._opened_at >= SETTLED_S:
            self._worth()
        else:
            self._short += 1
        self._changed(self, False)
        if self._short >= FRUITLESS:
            self._failed(f"the line ends as soon as it stands: {made.ended}")
        else:
            self._again()

    def _failed(self, why: str) -> None:
        if why != self.error:
            self._log.error(
                "adapter {adapter}: cannot connect to {to}: {why}; trying again",
                adapter=self._adapter,
                to=str(self.endpoint),
                why=why,
            )
        self._tell(why)
        self._again()

    def _tell(self, error: str) -> None:
        """Let be known how it is now; people are told when it breaks and when it is whole."""
        worth_telling = bool(error) != bool(self.error)
        self.error = error
        self._changed(self, worth_telling)

    def _again(self) -> None:
        port = isinstance(self.endpoint, SerialDevice)
        longest = min(LONGEST_PORT_PAUSE_S if port else LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._tries, 10))
        self._tries += 1
        # Half of it at least, so that many stations that lost one peer do not come back to it at once.
        length = max(FIRST_PAUSE_S, longest * (0.5 + 0.5 * self._chance()))
        self._pause = self._reactor.callLater(length, self._open)


class _Streams(Factory):
    noisy = False

    def __init__(self, made: Callable[[], StreamLine]) -> None:
        self._made = made

    def buildProtocol(self, addr: IAddress | None) -> StreamLine:
        """Twisted: the connection stands."""
        return self._made()


def _why(failure: Failure) -> str:
    """Why a connection was not made, without Twisted's introduction."""
    if isinstance(failure.value, TimeoutError):
        return f"no answer within {CONNECT_TIMEOUT_S:.0f} s"
    number = getattr(failure.value, "osError", None)
    if isinstance(number, int):
        return os.strerror(number).lower()
    text = failure.getErrorMessage().rstrip(".")
    _, colon, rest = text.partition(": ")
    return rest if colon and rest else text
