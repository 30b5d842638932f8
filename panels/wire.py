"""A panel's end of one path: the sending end of DC-09, over a wire that is perhaps slow."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from protocols import ends
from protocols.dc09 import SendingEnd
from protocols.ends import Outcome, Ticket
from protocols.model import Moment, Noise

GAP_S = 0.02
"""Between two pieces of a frame: enough for each to travel in a segment of its own."""


class PanelEnd(SendingEnd):
    """Writes its frames in ``pieces`` if asked to. Arguments else as for the base class.

    Pieces leave one by one, ``GAP_S`` apart, as a slow modem sends them.
    """

    def __init__(self, *, pieces: int = 1, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._pieces = max(1, pieces)
        self._held: deque[bytes] = deque()
        self._due: float | None = None
        self._mono = 0.0

    def submit(self, message: ends.Message, now: Moment, ticket: Ticket | None = None) -> Ticket:
        """As the base class."""
        self._mono = now.mono
        return super().submit(message, now, ticket)

    def connected(self, now: Moment) -> None:
        """As the base class."""
        self._mono = now.mono
        super().connected(now)

    def disconnected(self, now: Moment) -> list[Outcome | Noise]:
        """As the base class; pieces of a frame are worth nothing on the next wire."""
        self._held.clear()
        self._due = None
        return super().disconnected(now)

    def receive(self, data: bytes, now: Moment) -> Sequence[Outcome | Noise]:
        """As the base class."""
        self._mono = now.mono
        return super().receive(data, now)

    def expire(self, now: Moment) -> Sequence[Outcome | Noise]:
        """As the base class."""
        self._mono = now.mono
        if self._due is not None and now.mono >= self._due:
            self._due = None
        return super().expire(now)

    def next_timeout(self) -> float | None:
        """As the base class, and for the next piece."""
        due = super().next_timeout()
        if self._due is None or due is None:
            return self._due if due is None else due
        return min(due, self._due)

    def data_to_send(self) -> bytes:
        """The frames due, or the next piece of them."""
        data = super().data_to_send()
        if self._pieces == 1:
            return data
        if data:
            size = -(-len(data) // self._pieces)
            self._held.extend(data[at : at + size] for at in range(0, len(data), size))
        if not self._held or self._due is not None:
            return b""
        piece = self._held.popleft()
        self._due = self._mono + GAP_S if self._held else None
        return piece
