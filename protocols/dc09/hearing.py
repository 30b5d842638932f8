"""What a panel hears: frames out of a stream of answers, and when to wait no longer for the rest of one."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.dc09.framing import Frame, Framer
from protocols.model import Moment, Noise

PARTIAL_S = 30.0
"""How long an answer may take to arrive once its first byte is there."""


class Hearing:
    """The stream of one connection after the other."""

    __slots__ = ("_framer", "_since", "_waiting")

    def __init__(self) -> None:
        self._framer = Framer()
        self._waiting = -1
        self._since: float | None = None

    @property
    def deadline(self) -> float | None:
        """When to call :meth:`expire`, in monotonic seconds; None while nothing is unfinished."""
        return None if self._since is None else self._since + PARTIAL_S

    @property
    def unread(self) -> int:
        """Bytes of an unfinished answer."""
        return self._framer.unread

    def feed(self, data: bytes) -> None:
        """Bytes came."""
        if data:
            self._framer.feed(bytes(data))

    def items(self, now: Moment, *, final: bool = False) -> Iterator[Frame | Noise]:
        """Frames and noise that are complete; ``final`` when no more bytes will come. Exhaust it."""
        while (item := self._framer.next(final)) is not None:
            yield item
        self._watch(now)

    def expire(self, now: Moment) -> Iterator[Frame | Noise]:
        """The rest of an answer did not come in time. Exhaust it."""
        if self._since is not None and now.mono >= self._since + PARTIAL_S:
            self._framer.give_up()
            yield from self.items(now)
            if (noise := self._framer.take_run()) is not None:
                yield noise
            self._watch(now)

    def forget(self) -> None:
        """The connection is gone, and half an answer with it."""
        self._framer = Framer()
        self._waiting = -1
        self._since = None

    def _watch(self, now: Moment) -> None:
        waiting = self._framer.waiting_since
        if waiting != self._waiting:
            self._waiting = waiting
            self._since = None if waiting < 0 else now.mono
