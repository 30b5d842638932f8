"""What a line protocol says and hears, as :class:`protocols.lines.sending.LineSendingEnd` needs it of each."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from msgspec import Struct

from protocols import ends
from protocols.errors import UserError
from protocols.lines.scanning import Found, Grammar
from protocols.model import Finding, Moment


class UnsendableError(UserError, ValueError):
    """The protocol cannot say what is to be said."""


class QuirksError(UserError, ValueError):
    """Quirks that the protocol does not know, or cannot have."""


class QueueFullError(UserError):
    """Too many messages wait."""


class Heard(Enum):
    """What an answer means to whoever waits for it."""

    YES = "yes"
    """Taken: on with the next frame."""
    NO = "no"
    """Not taken: once more."""
    NEVER = "never"
    """Not taken, and it would not be the next time: the message is refused."""
    WAIT = "wait"
    """Not yet: the patience begins anew."""
    NOTHING = "nothing"
    """Not for us."""


class _Composed(Struct, frozen=True, kw_only=True):
    speech: type | None = None
    """Of the end that composed it, filled in by that end: what another protocol wrote is written anew."""


class Frames(_Composed, frozen=True):
    """What a message is on the wire."""

    frames: tuple[bytes, ...]
    """Each with its own answer, in order."""


class Speech(Grammar, Protocol):
    """A protocol, as the end needs it. The grammar is that of the answers."""

    ack_s: float
    """How long to wait for an answer."""
    attempts: int
    """How often a frame is sent before its message is given up."""
    heartbeat: bytes
    """What is sent on an idle line; empty where there is none."""
    heartbeat_s: float | None
    """After so long without a message; None for never."""
    greeting: bytes
    """What is sent first on every new line, without an answer; mostly empty."""

    def compose(self, message: ends.Message, now: Moment) -> Frames:
        """Raises UnsendableError."""

    def hear(self, found: Found) -> tuple[Heard, str] | tuple[Heard, str, tuple[Finding, ...]]:
        """What an answer means, a sentence for a person, and what is off about it (``Outcome.findings``)."""
