"""One message in a panel's queue, and what is known about it."""

from __future__ import annotations

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from panels.path import Path
from protocols import ends
from protocols.ends import Outcome, OutcomeKind, Ticket
from protocols.model import Signal


class Item:
    """A message of the panel, and who waits for its outcome."""

    __slots__ = ("failed", "late", "message", "order", "recalled", "ticket", "unnumbered", "waiter")

    def __init__(self, message: ends.Message, late: bool, order: int) -> None:
        self.message = message
        self.order = order
        """Rises from message to message."""
        self.ticket: Ticket | None = None
        """With its number, once a path has given it one."""
        self.failed: dict[Path, str] = {}
        """Paths that gave it up, and why, in this round."""
        self.late = late
        """No path worked when it was to be sent."""
        self.unnumbered = False
        """In this round its number could not be stored."""
        self.recalled = False
        """Its path is to give it back, through no fault of its own."""
        self.waiter: Deferred[Outcome] = Deferred()

    def to_send(self) -> ends.Message:
        """The message, marked as old where it is."""
        if self.late and isinstance(self.message, Signal):
            return replace(self.message, old=True)
        return self.message

    def gave_up(self, reason: str) -> Outcome:
        """The outcome when nothing is tried any more."""
        return Outcome(self.ticket or Ticket(self.message, 0), OutcomeKind.GAVE_UP, reason)
