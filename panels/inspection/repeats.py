"""Messages that came before: how often, after how long, and whether they had been answered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from hashlib import blake2b

from msgspec import Struct

from panels.inspection.connections import Connection
from panels.inspection.figures import Retries
from panels.inspection.measures import Durations
from protocols.model import Arrival, ArrivalKind, Moment

KEPT = 64
"""Messages of a panel that are remembered."""
KEPT_S = 300.0
"""For so long a message under the same number is the same one, as for the station (``duplicate_s``)."""
PARALLEL_S = 10.0
"""The same message over a connection that stood beside the first one, so soon: both were sent at once."""
ACK, NAK, DUH = "ACK", "NAK", "DUH"
PARALLEL = "parallel"


class _Before(Struct):
    """A message that came before."""

    at: float
    sent_at: float | None
    raw: bytes
    """A digest of it."""
    answer: str
    connection: Connection | None
    counted_at: float | None = None
    """When a copy of it was acknowledged first."""


class Repeat(Struct, frozen=True):
    """That a message is one that came before."""

    answer: str
    """What it was answered then, as far as the panel can know; empty for silence, ``parallel`` where both copies were
    on their way at once."""
    same_bytes: bool
    counted: bool
    """A copy of it was acknowledged before."""


class RepeatWatch:
    """Remembers the last messages of one panel."""

    def __init__(self) -> None:
        self._before: OrderedDict[Hashable, _Before] = OrderedDict()
        self._delays = Durations()
        self._fresh = self._same = self._none = 0
        self._after: dict[str, int] = {ACK: 0, DUH: 0, NAK: 0, PARALLEL: 0, "": 0}

    def take(
        self, arrival: Arrival, answer: str, now: Moment, connection: Connection | None = None, *, taken: bool = True
    ) -> Repeat | None:
        """A message and its answer; says whether it came before. ``taken``: it was acknowledged by its verdict."""
        key = key_of(arrival)
        if key is None:
            return None
        before = self._before.pop(key, None)
        if before is not None and _is_over(before, now):
            before = None
        if before is None and taken:
            self._forget_others(key)
        if connection is not None and not connection.open:
            answer = ""  # it reached nobody
        digest = blake2b(arrival.raw, digest_size=16).digest()
        counted_at = now.mono if taken else None
        if before is not None and before.counted_at is not None:
            counted_at = before.counted_at
        self._before[key] = _Before(now.mono, arrival.sent_at, digest, answer, connection, counted_at)
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
        heard = _heard(before, connection, now)
        self._after[heard if heard in self._after else ACK] += 1
        return Repeat(heard, digest == before.raw, before.counted_at is not None)

    def _forget_others(self, key: Hashable) -> None:
        """A number with other content: the panel counts anew, and nothing it sent tells a repetition any more."""
        if isinstance(key, tuple) and len(key) == 2:
            number = key[0]
            for each, before in self._before.items():
                same = isinstance(each, tuple) and len(each) == 2 and each[0] == number
                if same and before.counted_at is not None:
                    self._before.clear()
                    return

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
            parallel=self._after[PARALLEL],
        )


def _is_over(before: _Before, now: Moment) -> bool:
    return now.mono - (before.at if before.counted_at is None else before.counted_at) > KEPT_S


def _heard(before: _Before, connection: Connection | None, now: Moment) -> str:
    """What the panel can know of the answer to the copy before."""
    first = before.connection
    if first is None:
        return before.answer
    beside = connection is not None and connection is not first and connection.since < before.at
    if beside and now.mono - before.at <= PARALLEL_S:
        return PARALLEL
    # Over a connection that broke, nobody knows whether the answer arrived.
    return "" if first.cut else before.answer


def key_of(arrival: Arrival) -> Hashable:
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
    return blake2b(arrival.raw, digest_size=16).digest() if arrival.sent_at is not None else None
