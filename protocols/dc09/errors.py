"""What a sending end cannot do, said to a person: the same errors as on every wire."""

from __future__ import annotations

from protocols.lines.sending import QueueFullError, QuirksError, UnsendableError

__all__ = ["QueueFullError", "QuirksError", "UnsendableError"]
