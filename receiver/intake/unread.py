"""How much may be kept of what cannot be read or believed: it can be made up without end."""

from __future__ import annotations

from receiver.quota import Quota

UNREAD_PER_MINUTE = 600
"""Unreadable messages that get no ACK, from all hosts together: datagrams can claim to come from any."""


class Room:
    """Counts by host and kind, and all together."""

    def __init__(self) -> None:
        self._each = Quota()
        self._all = Quota(per=UNREAD_PER_MINUTE)

    def take(self, host: str, kind: object, now: float) -> int | None:
        """Whether one more may be kept at monotonic time ``now``: None, or how many were left out before it."""
        left_out = self._each.allow((host, kind), now)
        if left_out is not None and self._all.allow(None, now) is None:
            self._each.left_out((host, kind), left_out + 1)
            return None
        return left_out
