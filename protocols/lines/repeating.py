"""Whether a message is a repetition of the one before it, on a line whose messages have no numbers.

It is where it came before our answer left, or, on a serial line, at the time at which a sender without an answer
repeats (design, law 3), or where our answer was a negative one. Everything else that is equal is a message of its own:
also what comes at that time more often than a sender repeats, and what follows something that only a sender with an
answer says.

Nobody can tell a lost answer from a button pressed again at that very time. So the most urgent events (panic, fire,
...) are messages of their own as soon as our answer left: one entry too many costs nothing, and a lost press may cost
a life.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from msgspec import Struct

from protocols import catalogue
from protocols.lines.placing import scope
from protocols.model import Arrival, ArrivalKind, Identity, Moment, Qualifier, Verdict

EARLIEST, LATEST = 0.5, 1.5
"""When a repetition comes, in times that a sender waits for its answer."""
MOST_TIMES = 3
"""How often a sender without an answer repeats at most (MLR2E; 685 and MX8000 repeat once)."""
URGENT = 1
"""Priority of events that no time makes a repetition."""
_DECLINED = frozenset((Verdict.MALFORMED, Verdict.REFUSED))


class Message(Struct, eq=False):
    """One message, however often it was said."""

    content: bytes
    number: int
    at: float
    """Monotonic seconds at which it, or its last repetition, came."""
    unread: bool
    """It could not be read."""
    declined: bool = False
    """It was answered in the negative."""
    open: int = 0
    """Arrivals of it without a verdict."""
    times: int = 0
    """How often it was taken for a repetition by the time at which it came."""
    asked: bool = True
    """No answer has left since it, or its last repetition, came."""
    about: Any = None
    """What the end keeps with it."""

    def leaves(self, answer: bool) -> bool:
        """Whether an answer to it, if there is one, may leave: copies that came before it have one together."""
        if answer and not self.asked:
            return False
        self.asked = self.asked and not answer
        return True


class Repeats:
    """The memory of one end. ``first`` as in ``LineReceivingEnd``; ``ack_s`` is how long a sender waits."""

    def __init__(self, first: int, ack_s: float, *, serial: bool) -> None:
        self._number = first
        self._ack_s = ack_s
        self._serial = serial
        self._last: Message | None = None

    def message(
        self, content: bytes, now: Moment, *, unread: bool, before: Message | None = None, urgent: bool = False
    ) -> tuple[Message, bool]:
        """The message that this is, and whether it came before; it is open once more until ``settle``.

        ``before`` is one that the protocol itself tells to be the same; ``urgent`` as ``is_urgent`` has it.
        """
        last = before
        if last is None and self._last is not None and self._last.content == content:
            last = self._last
            since = (now.mono - last.at) / self._ack_s
            in_time = self._serial and not urgent and EARLIEST <= since <= LATEST and last.times < MOST_TIMES
            if not (last.open or last.unread or last.declined):
                last.times += in_time
                last = last if in_time else None
        again = last is not None
        if last is None:
            self._number += 1
            last = Message(content, self._number, now.mono, unread)
        last.open += 1
        last.asked = True
        last.at = now.mono
        self._last = last
        return last, again

    def moved_on(self) -> None:
        """The sender said what it says only once its last message is answered: that one is not repeated any more."""
        last = self._last
        if last is not None and not (last.open or last.unread or last.declined):
            self._last = None

    def settle(self, message: Message, verdict: Verdict) -> None:
        """A verdict on an arrival of the message. What was not stored is no message: its repetition is."""
        message.open -= 1
        if verdict in _DECLINED:
            message.declined = True
        elif message.asked:
            # Once taken it is done with: what is equal after that is a message of its own. But a sender that a negative
            # answer reached, and this one does not, says it again.
            message.declined = message.unread = False
        if verdict is Verdict.NOT_STORED and self._last is message:
            self._last = None


def is_urgent(arrival: Arrival) -> bool:
    """Whether it tells of an event of the first priority."""
    return arrival.kind is ArrivalKind.EVENT and any(
        signal.qualifier is Qualifier.NEW and catalogue.find(signal.scheme, signal.code).priority == URGENT
        for signal in arrival.signals
    )


def identity_of(arrival: Arrival, message: Message, number: int | None = None) -> Identity:
    """What makes an arrival the message that it is. ``number`` is the sender's own, where its protocol has numbers."""
    return Identity(
        scope=scope(arrival),
        number=message.number if number is None else number,
        content=blake2b(message.content, digest_size=16).digest(),
        fleeting=number is None,
    )
