"""What the shells of this package and their users know of each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from protocols.ends import End, Source
from protocols.model import Moment


def now() -> Moment:
    """This instant."""
    return Moment(time.time(), time.monotonic())


class Line(Protocol):
    """One connection, datagram exchange or device, as its user sees it."""

    end: Any
    """The :class:`protocols.ends.End` that speaks on it."""
    source: Source
    proven: bool
    """Something that came over it was acknowledged: set by its user each time, so that it is the last to make room."""

    def flush(self) -> None:
        """Write what the end has to send, set the timer, close when the end asks for it.

        Call it once after a batch of verdicts, not once a verdict.
        """

    def resume(self) -> None:
        """Room again after ``Handler.full``: read on."""


class Handler(Protocol):
    """Who takes what an end reads."""

    @property
    def full(self) -> bool:
        """While true, streams are paused and datagrams dropped."""

    def handle(self, items: Sequence[Any], line: Line, now: Moment) -> None:
        """Take what one call of the end returned. The line flushes by itself afterwards."""

    def wait_for_room(self, line: Line) -> None:
        """Call ``line.resume()`` once ``full`` is false again."""

    def dropped(self, source: Source, size: int, why: str) -> None:
        """Bytes were thrown away unread (a datagram while full, a connection over the limit)."""

    def opened(self, line: Line, now: Moment) -> None:
        """A connection stands."""

    def closed(self, line: Line, now: Moment, why: str) -> None:
        """A connection is gone. Verdicts still to come for it may be decided and flushed; nothing is written."""


class Tap(Protocol):
    """Listens to the wire."""

    def received(self, source: Source, data: bytes) -> None:
        """Bytes came in."""

    def sent(self, source: Source, data: bytes) -> None:
        """Bytes went out."""

    def note(self, source: Source, text: str) -> None:
        """Something about the connection worth telling whoever watches the wire."""


MakeEnd = Callable[[Source], End[Any]]
"""Makes the end for a new connection, datagram or device."""
