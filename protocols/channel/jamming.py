"""Whether a channel is jammed: a carrier that stays, or most units silent at the same time.

Nobody can be kept from making noise; it can be told. One unit that falls silent is lost. Most of them at once are a
jammer, a receiver that has gone deaf, or an aerial that came down: all of these want somebody to go and look. No clock
here: it is handed when each unit was heard last, and since when a carrier stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from math import ceil

from msgspec import Struct

LATE = 0.5
"""Share of its interval that a sign of life may be late, besides :data:`LATE_S`: until then it is polled."""
LATE_S = 5.0
LEAST = 3
"""Fewer units never make a jammed channel: each of them may have failed by itself."""
MOST = 0.6
"""Share of the units that is "most", once silent."""
KNOWN = 3.0
"""A unit silent for so many of its intervals was lost before, and says nothing about the channel."""
BACK = 0.3
"""Share of the silent ones that must be heard again until the channel is clear."""
CARRIER_S = 10.0
"""A carrier without a gap for so long is no traffic."""
GONE_S = 30.0
"""It must be gone for so long until the channel is clear: a jammer that blinks is reported once."""


class Why(StrEnum):
    """How a channel shows that it is jammed."""

    CARRIER = "carrier"
    SILENCE = "silence"


class Sign(Struct, frozen=True):
    """When a unit was heard last, and how often it must be.

    One that was not heard since the start is left out for an interval, and then counts as heard at its end: after a
    start all of them are asked.
    """

    unit: int
    heard_at: float
    every_s: float

    def is_late(self, now: float) -> bool:
        """Whether it should have been heard since."""
        return now - self.heard_at > self.every_s * (1 + LATE) + LATE_S


class Jamming:
    """Of one channel. Times are monotonic seconds.

    A channel whose units are all there is found jammed 1.5 intervals and 5 s after it was jammed, at the latest.
    """

    def __init__(self, carrier_s: float = CARRIER_S) -> None:
        self._carrier_s = carrier_s
        self._carrier_at = float("-inf")
        """When a carrier was last too long."""
        self._silent: frozenset[int] = frozenset()
        """Who fell silent; empty where the channel is not silent."""
        self._since = 0.0

    @property
    def why(self) -> Why | None:
        """How it showed at the last look; None while the channel is clear."""
        if self._carrier_at > float("-inf"):
            return Why.CARRIER
        return Why.SILENCE if self._silent else None

    def look(self, now: float, signs: Iterable[Sign], busy_since: float | None = None) -> Why | None:
        """How things stand. Once a second is often enough; ``busy_since`` only where the modem hears a carrier."""
        if busy_since is not None and now - busy_since >= self._carrier_s:
            self._carrier_at = now
        elif now - self._carrier_at >= GONE_S:
            self._carrier_at = float("-inf")
        signs = list(signs)
        if self._silent:
            back = sum(each.heard_at > self._since for each in signs if each.unit in self._silent)
            # Units that were taken out of the book are awaited no more.
            awaited = len(self._silent & {each.unit for each in signs})
            if back >= max(1, ceil(BACK * awaited)):
                self._silent = frozenset()
        else:
            self._silent = silent(now, signs)
            self._since = now
        return self.why


def silent(now: float, signs: Iterable[Sign]) -> frozenset[int]:
    """The units that fell silent together; empty where the channel carries.

    Those with short intervals tell first: for each interval, the units that report at least so often are asked, and
    nobody of the others must have been heard since these fell silent.
    """
    known = sorted(
        (each for each in signs if now - each.heard_at <= KNOWN * each.every_s + LATE_S), key=lambda each: each.every_s
    )
    late: list[Sign] = []
    for place, sign in enumerate(known):
        if sign.is_late(now):
            late.append(sign)
        if place + 1 < len(known) and known[place + 1].every_s == sign.every_s:
            continue
        if len(late) >= max(LEAST, ceil(MOST * (place + 1))):
            since = max(each.heard_at for each in late)
            if not any(each.heard_at > since for each in known[place + 1 :]):
                return frozenset(each.unit for each in late)
    return frozenset()
