"""What a sending end cannot do, said to a person."""

from __future__ import annotations

from protocols.errors import UserError


class UnsendableError(UserError, ValueError):
    """DC-09 cannot say what is to be said, or not in the edition asked for."""


class QuirksError(UserError, ValueError):
    """Quirks that no panel can have."""


class QueueFullError(UserError):
    """Too many messages wait."""
