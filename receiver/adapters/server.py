"""A TCP address that is listened on: a line for each connection, so many at a time, each as long as it lives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from heapq import nsmallest
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import ServerFactory
from twisted.internet.task import LoopingCall

from protocols.ends import Source
from protocols.model import Moment
from receiver.adapters import line
from receiver.adapters.line import Handler, MakeEnd, Tap
from receiver.adapters.peers import host_text, peer_text
from receiver.adapters.stream import STUCK_S, StreamLine
from receiver.adapters.turns import Turns

SWEEP_S = 5.0
CHOSEN = 100
"""So many are chosen at a time to make room: looking at all for each newcomer would take longer than to answer them."""


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
        turns: Turns | None = None,
    ) -> None:
        """``turns`` are shared by all lines that bring rubbish."""
        self._make_end = make_end
        self._handler = handler
        self._tap = tap
        self._reactor = reactor
        self._adapter = adapter
        self._protocol = protocol
        self._idle_s = idle_s
        self._max = max_connections
        self._clock = clock
        self._turns = turns
        self.lines: dict[StreamLine, None] = {}
        self._chosen: list[tuple[StreamLine, bool, float]] = []
        """Who makes room, the next one last; whether it was proven then, and when it was heard."""
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
            turns=self._turns,
        )
        self.lines[made] = None
        return made

    def _forget(self, gone: StreamLine) -> None:
        self.lines.pop(gone, None)

    def _make_room(self) -> bool:
        """Somebody goes for a newcomer: of the host with the most connections, first whoever was never acknowledged.

        So one host, or many strangers, cannot shut the others out. Within that, the longest silent goes.
        """
        victim = self._next_chosen()
        if victim is None:
            self._choose()
            victim = self._next_chosen()
        if victim is None:
            return False
        victim.abort("closed to make room for another connection")
        self._forget(victim)
        return True

    def _choose(self) -> None:
        hosts = Counter(each.host for each in self.lines)

        def weight(each: StreamLine) -> tuple[bool, int, float]:
            return each.proven, -hosts[each.host], each.heard_at

        # Few of them where there are few at all: the order among hosts changes with each that goes.
        few = max(1, min(CHOSEN, len(self.lines) // CHOSEN))
        self._chosen = [(each, each.proven, each.heard_at) for each in nsmallest(few, self.lines, weight)][::-1]

    def _next_chosen(self) -> StreamLine | None:
        """The next one that is still there, and of which nothing was heard since it was chosen."""
        while self._chosen:
            each, proven, heard_at = self._chosen.pop()
            if each in self.lines and (each.proven, each.heard_at) == (proven, heard_at):
                return each
        return None

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
