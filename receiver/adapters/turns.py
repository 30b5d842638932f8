"""Peers that bring bytes and no messages share a small part of the reactor's time; all others have the rest.

A line that brought more than ``FREE`` bytes beyond what its messages account for is read from in portions, each of
them when its turn comes: one line at a time, and after each turn a pause ``SHARE`` times as long as the turn took. So
any number of such lines together take no more than one part in ``SHARE + 1``, however dear their bytes are to look at,
and a message behind the rubbish is still read: at once where nobody else brings any.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.internet.interfaces import IReactorTime

from protocols.model import Arrival, ArrivalKind

FREE = 2048
"""Bytes without a message that are read like all others: noise on a line, half of a long message."""
PORTION = 2048
"""Bytes of one turn."""
SHARE = 4.0
WORTH = 256
"""Bytes of rubbish that a message makes good besides its own: a line with some noise between messages is no flood."""
_EVENT, _LINK_TEST, _AMENDMENT = ArrivalKind.EVENT, ArrivalKind.LINK_TEST, ArrivalKind.AMENDMENT


class Waiting(Protocol):
    """A line that waits for its turn."""

    def turn(self) -> None:
        """Read one portion, and ask for another turn where there is more."""


class Rubbish:
    """How much a line brought that is no message."""

    __slots__ = ("_bytes", "much")

    def __init__(self) -> None:
        self._bytes = 0
        self.much = False
        """Whether it is more than what is free."""

    def count(self, size: int, items: Sequence[Any]) -> None:
        """So many bytes came, and this is what became of them and of those before."""
        left = self._bytes + size
        for item in items:
            if type(item) is Arrival:
                kind = item.kind
                # What is framed and means nothing may be rubbish in disguise: most lines have no checksum. One by one,
                # for this is done for every message, and members of an enum are slow to hash.
                if kind is _EVENT or kind is _LINK_TEST or kind is _AMENDMENT:
                    left -= len(item.raw) + WORTH
        self._bytes = left if left > 0 else 0
        self.much = left > FREE


class Turns:
    """Who waits, in the order of asking. One for all lines of a station; for the reactor's thread."""

    def __init__(self, reactor: IReactorTime, spent: Callable[[], float] = time.thread_time) -> None:
        """``spent`` is a clock of the time spent working, in seconds."""
        self._reactor = reactor
        self._spent = spent
        self._waiting: dict[Waiting, None] = {}
        self._next: Any = None

    def ask(self, line: Waiting) -> None:
        """Call ``line.turn()`` once, when its turn comes."""
        self._waiting[line] = None
        if self._next is None:
            self._next = self._reactor.callLater(0, self._serve)

    def forget(self, line: Waiting) -> None:
        """It does not wait any more."""
        self._waiting.pop(line, None)

    def _serve(self) -> None:
        if not self._waiting:
            self._next = None
            return
        line = next(iter(self._waiting))
        del self._waiting[line]
        began = self._spent()
        try:
            line.turn()
        finally:
            # Also while nobody waits: who asks meanwhile waits for the end of the pause.
            self._next = self._reactor.callLater(SHARE * (self._spent() - began), self._serve)
