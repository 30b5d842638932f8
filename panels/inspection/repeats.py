"""Messages that came before: how often, after how long, and whether they had been answered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from msgspec import Struct

from panels.inspection.measures import Durations
from panels.inspection.report import Retries
from protocols.model import Arrival, ArrivalKind, Moment

KEPT = 64
"""Messages of a panel that are remembered."""
ACK, NAK, DUH = "ACK", "NAK", "DUH"


class _Before(Struct):
    """A message that came before."""

    at: float
    sent_at: float | None
    raw: bytes
    answer: str


class Repeat(Struct, frozen=True):
    """That a message is one that came before."""

    answer: str
    """What it was answered then; empty for silence."""
    same_bytes: bool


class RepeatWatch:
    """Remembers the last messages of one panel."""

    def __init__(self) -> None:
        self._before: OrderedDict[Hashable, _Before] = OrderedDict()
        self._delays = Durations()
        self._fresh = self._same = self._none = 0
        self._after: dict[str, int] = {ACK: 0, DUH: 0, NAK: 0, "": 0}

    def take(self, arrival: Arrival, answer: str, now: Moment) -> Repeat | None:
        """A message and its answer; says whether it came before."""
        key = _key(arrival)
        if key is None:
            return None
        before = self._before.pop(key, None)
        self._before[key] = _Before(now.mono, arrival.sent_at, arrival.raw, answer)
        if len(self._before) > KEPT:
            self._before.popitem(last=False)
        if before is None:
            return None
        self._delays.add(now.mono - before.at)
        if arrival.sent_at is None:
            self._none += 1
        elif arrival.sent_at == before.sent_at:
            self._same += 1
        else:
            self._fresh += 1
        self._after[before.answer if before.answer in self._after else ACK] += 1
        return Repeat(before.answer, arrival.raw == before.raw)

    @property
    def acknowledged(self) -> int:
        """How often a message was repeated although it had been acknowledged."""
        return self._after[ACK]

    def report(self) -> Retries:
        """What was counted."""
        return Retries(
            count=self._delays.count,
            delay=self._delays.spread(),
            fresh_stamp=self._fresh,
            same_stamp=self._same,
            no_stamp=self._none,
            acknowledged=self._after[ACK],
            refused=self._after[DUH],
            unanswered=self._after[""],
            after_nak=self._after[NAK],
        )


def _key(arrival: Arrival) -> Hashable:
    """What two sendings of one message share; None where nothing tells them from two messages.

    Where the content could not be read, it is the number under the same token; link tests and events numbered
    0000 are told by the frame itself.
    """
    identity = arrival.identity
    if arrival.kind is ArrivalKind.ANSWER:
        return None
    if identity is not None and identity.number is not None:
        return identity.number, identity.content
    if identity is not None and identity.seal is not None:
        return identity.seal
    if arrival.kind is ArrivalKind.LINK_TEST:
        return None
    if identity is None and arrival.sequence.strip("0"):
        return arrival.kind, arrival.token, arrival.sequence
    # Without a number, only a time stamp tells a repetition from an equal event.
    return arrival.raw if arrival.sent_at is not None else None
