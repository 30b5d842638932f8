"""Peers that bring bytes and no messages share a small part of the reactor's time; all others have the rest.

A line that brought bytes beyond what its messages account for is read from in portions, each of them when its turn
comes: one line at a time, the hosts one after the other, and after each turn that brought no message a pause ``SHARE``
times as long as the turn took. So any number of such lines together take no more than one part in ``SHARE + 1``,
however dear their bytes are to look at, and a message behind the rubbish is still read: at once where nobody else
brings any. A new line begins like that: whoever comes again and again has nothing free. Its first message frees it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from protocols.model import Arrival, ArrivalKind

FREE = 2048
"""Bytes without a message that a line which brought some is let read like all others: noise, half of a long one."""
MOST = 2 * FREE
"""Rubbish beyond it is not held against a line: it finds back, however long it was noisy."""
FORGIVEN_S = 60.0
"""In that time so much as is free is forgiven."""
PORTION = 2048
"""Bytes of one turn."""
SHARE = 4.0
LEFT_BEHIND = 64
"""So many lines of one host may wait for their turn when a peer of it is gone and one more is to stay."""
WORTH = 256
"""Bytes of rubbish that a message makes good besides its own, and once more when it is acknowledged: a line with some
noise between messages is no flood."""
_EVENT, _LINK_TEST, _AMENDMENT = ArrivalKind.EVENT, ArrivalKind.LINK_TEST, ArrivalKind.AMENDMENT


class Waiting(Protocol):
    """A line that waits for its turn."""

    host: str

    def turn(self) -> bool:
        """Read one portion, and ask for another turn where there is more. True when messages account for all of it."""

    def abort(self, why: str) -> None:
        """Cut the connection: its turn failed."""


class Rubbish:
    """How much a line brought that is no message. It begins with nothing free, until a message came."""

    __slots__ = ("_at", "_bytes", "_reads", "_spoke", "much")

    def __init__(self) -> None:
        self._bytes = FREE + 1
        self._at = 0.0
        self._reads = 0
        self._spoke = False
        self.much = True
        """Whether it is more than what is free."""

    def count(self, size: int, items: Sequence[Any], now: float) -> bool:
        """So many bytes came, and this is what became of them and of those before; ``now`` in monotonic seconds.

        True when messages account for all of it.
        """
        left = self._bytes + size
        came = False
        self._reads += 1
        for item in items:
            if type(item) is Arrival:
                kind = item.kind
                # What is framed and means nothing may be rubbish in disguise: most lines have no checksum. One by one,
                # for this is done for every message, and members of an enum are slow to hash.
                if kind is _EVENT or kind is _LINK_TEST or kind is _AMENDMENT:
                    left -= len(item.raw) + WORTH
                    came = True
        if came:
            self._spoke = True
        if left <= 0:
            self._bytes = self._reads = 0
            self.much = False
            return came
        paid = came and left <= self._bytes
        if not self._bytes:
            self._at = now
        self._bytes = min(left, MOST)
        self.much = left > FREE
        return paid

    def forgive(self) -> None:
        """A message of the line was acknowledged, of whatever kind: one of each read counts.

        A flood that some protocol takes for messages stays a flood.
        """
        self._spoke = True
        if self._bytes and self._reads:
            self._reads -= 1
            self._less(WORTH)

    def age(self, now: float) -> None:
        """Forgive what is old, unless no message ever came."""
        if self._spoke and self._bytes:
            self._less(int((now - self._at) / FORGIVEN_S * FREE))
            self._at = now

    def _less(self, size: int) -> None:
        self._bytes = max(0, self._bytes - size)
        self.much = self._bytes > FREE


class Turns:
    """Who waits: by host, each in the order of asking. One for all lines of a station; for the reactor's thread."""

    _log = Logger()

    def __init__(self, reactor: IReactorTime, spent: Callable[[], float] = time.thread_time) -> None:
        """``spent`` is a clock of the time spent working, in seconds."""
        self._reactor = reactor
        self._spent = spent
        self._waiting: dict[str, dict[Waiting, None]] = {}
        self._busy = False
        self._next: Any = None

    def at_once(self, line: Waiting) -> bool:
        """Give the line its turn now, if nobody waits and no pause is due. False when it must ask."""
        if self._busy or self._next is not None:
            return False
        self._take(line)
        return True

    def ask(self, line: Waiting) -> None:
        """Call ``line.turn()`` once, when its turn comes."""
        self._waiting.setdefault(line.host, {})[line] = None
        if self._next is None and not self._busy:
            self._next = self._reactor.callLater(0, self._serve)

    def forget(self, line: Waiting) -> None:
        """It does not wait any more."""
        lines = self._waiting.get(line.host, {})
        lines.pop(line, None)
        if not lines:
            self._waiting.pop(line.host, None)

    def keep(self, line: Waiting) -> bool:
        """Whether a line whose peer is gone may keep its place: not if its host has left too many behind."""
        return len(self._waiting.get(line.host, ())) <= LEFT_BEHIND

    def _serve(self) -> None:
        self._next = None
        if self._waiting:
            host = next(iter(self._waiting))
            lines = self._waiting.pop(host)
            line = next(iter(lines))
            del lines[line]
            if lines:
                self._waiting[host] = lines
            self._take(line)

    def _take(self, line: Waiting) -> None:
        self._busy, paid = True, False
        began = self._spent()
        try:
            paid = line.turn()
        except Exception:
            # A fault of ours with one peer: it goes, as it would where no turns are, and the others have theirs.
            self._log.failure("what came from {host} could not be read", host=line.host)
            self.forget(line)
            line.abort("cut: a fault in the station, see its log")
        finally:
            self._busy = False
            pause = 0.0 if paid else SHARE * (self._spent() - began)
            # Also while nobody waits: who asks meanwhile waits for the end of the pause.
            if pause or self._waiting:
                self._next = self._reactor.callLater(pause, self._serve)
