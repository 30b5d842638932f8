"""Where a unit keeps its queue over restarts."""

from __future__ import annotations

from typing import Protocol


class ShelfError(ValueError):
    """What a shelf holds is not what was put there."""


class Shelf(Protocol):
    """Keeps some bytes over restarts."""

    def load(self) -> bytes:
        """What was saved last; empty when nothing was. Raises OSError."""

    def save(self, data: bytes) -> None:
        """Keep these in place of the last; on disk when this returns. Raises OSError."""


class MemoryShelf:
    """A shelf that lives as long as the object."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data

    def load(self) -> bytes:
        """What was saved last."""
        return self.data

    def save(self, data: bytes) -> None:
        """Keep these."""
        self.data = data
