"""Messages that were answered with NAK: each is to come again, with the time that the NAK told (DC-09 5.5.1.9)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from protocols.model import Arrival, Moment

KEPT = 64
KNOWS_S = 5.0
"""So long after a NAK a panel has read it for certain; what comes earlier may have been on its way."""

_Refused = tuple[float, str]
"""When, and over which connection."""


class DeniedWatch:
    """Follows them until they are acknowledged."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, _Refused] = OrderedDict()
        self._pushed_out = 0
        self._first: float | None = None
        """When the first NAK was since the clock was right."""

    def refused(self, arrival: Arrival, peer: str, now: Moment) -> bool:
        """A message was answered with NAK. Says whether the panel could have known better, by a NAK before."""
        key = _key(arrival)
        before = self._waiting.pop(key, None)
        since, self._first = self._first, now.mono if self._first is None else self._first
        self._waiting[key] = (now.mono, peer)
        if len(self._waiting) > KEPT:
            self._waiting.popitem(last=False)
            self._pushed_out += 1
        if before is not None and (before[1] == peer or now.mono - before[0] >= KNOWS_S):
            return True
        return since is not None and now.mono - since >= KNOWS_S

    def taken(self, arrival: Arrival) -> None:
        """A message was taken: if it was refused before, it has come again."""
        self._waiting.pop(_key(arrival), None)

    def clock_set(self) -> None:
        """An encrypted message came in time."""
        self._first = None

    @property
    def lost(self) -> int:
        """Messages that never came again."""
        return len(self._waiting) + self._pushed_out


def _key(arrival: Arrival) -> Hashable:
    identity = arrival.identity
    if identity is None:
        return arrival.token, arrival.sequence
    return arrival.token, identity.number, identity.content
