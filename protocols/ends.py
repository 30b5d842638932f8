"""Two ends of every wire, of one shape, so that an adapter never knows which protocol it carries.

A *receiving end* turns bytes into arrivals and verdicts into answers. A *sending end* turns messages into
bytes and answers into outcomes. Neither knows a socket or a clock: bytes and the time are handed in, bytes
to send and the next deadline are asked for::

    -> receive(data, now)         bytes came
    -> receive_eof(now)           the far end will send no more
    -> expire(now)                the deadline of next_timeout() has come
    <- data_to_send()             drain after every call; b"" when there is nothing
    <- next_timeout()             monotonic seconds, or None
    <- closing                    close once data_to_send() is drained
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from protocols.model import Arrival, Dialect, Finding, Moment, Noise, Signal, Verdict

R_co = TypeVar("R_co", covariant=True)

Lookup = Callable[[str, str | None, str | None, str], Dialect]
"""``(adapter, receiver, prefix, account) -> Dialect``; never fails, unknown accounts get a default."""


class Source(Struct, frozen=True):
    """Where an end's bytes come from."""

    adapter: str
    """Name of the adapter in the settings."""
    protocol: str
    peer: str
    """For people and the journal: ``192.0.2.7:41122``, ``[2001:db8::1]:5000``, a device."""
    host: str
    """The peer without what changes from connection to connection."""
    transport: str = "tcp"
    """``tcp``, ``udp`` or ``serial``."""


class Limits(Struct, frozen=True):
    """What an end bears before it lets go."""

    undecided: int = 16
    """Messages read ahead of their verdict; the rest waits undecoded."""
    partial_s: float = 30.0
    """How long a message may take to arrive once its first byte is there."""


class End(Protocol[R_co]):
    """One per TCP stream, per datagram, per serial line, per radio channel."""

    closing: bool
    """Close once everything is sent; true only when nothing is undecided."""

    def receive(self, data: bytes, now: Moment) -> Sequence[R_co]:
        """Take bytes (``b""`` continues with bytes held back). Never raises on any bytes."""

    def receive_eof(self, now: Moment) -> Sequence[R_co]:
        """The far end sends no more; some lines end only here."""

    def expire(self, now: Moment) -> Sequence[R_co]:
        """A time-out came due."""

    def next_timeout(self) -> float | None:
        """Monotonic seconds at which ``expire`` wants to be called, or None."""

    def data_to_send(self) -> bytes:
        """Everything due to be written, once."""


class ReceivingEnd(End[Arrival | Noise], Protocol):
    """The station's end of a wire."""

    undecided: int
    """Arrivals handed out whose verdict is still to come."""
    held: bool
    """Bytes wait undecoded: call ``receive(b"")`` after verdicts, or in a later turn when nothing is undecided."""

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment, response: Response | None = None) -> None:
        """Give the verdict on an arrival of this end. Answers leave in the order of the arrivals.

        ``response`` goes out along with an acknowledgement, where the protocol can carry one, and is dropped with
        any other answer. Raises ValueError for a response that cannot be sent; the arrival is then still undecided.
        """

    def answer(self, arrival: Arrival) -> str:
        """The token answered to a decided arrival, or ``""`` for silence, for the wire view."""


class LinkTest(Struct, frozen=True):
    """A message that says only: this path lives."""

    account: str
    extended: dict[str, list[str]] = {}
    """Extended data by identifier letter; with any, DC-09 sends an extended link test (XNM since 2021)."""


class Payload(Struct, frozen=True):
    """A message given as it shall stand on the wire: what no signal can say, or what no panel should."""

    account: str
    token: str
    """``SIA-DCS``, ``SIA-PUL`` ..., without any mark of encryption."""
    content: str
    """What follows the account inside the data."""
    extended: dict[str, list[str]] = {}


Message = Signal | LinkTest | Payload
"""What a sending end can be given."""


class OutcomeKind(StrEnum):
    """The three ways a message ends."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The receiver said that it cannot process it."""
    GAVE_UP = "gave-up"
    """No good answer after every attempt."""


class Response(Struct, frozen=True):
    """What a receiver brought along with its acknowledgement (RSP of DC-09): data or commands."""

    content: str = ""
    """What follows the account inside the data."""
    extended: dict[str, list[str]] = {}
    """Extended data by identifier letter, without keys."""
    key: bytes | None = None
    """A new key (``[K...]``), which the sending end uses from its next message on."""

    def __repr__(self) -> str:
        return f"<Response {self.content!r}{' with a key' if self.key else ''}>"


class Ticket(Struct, eq=False):
    """A message on its way. It keeps its sequence number over retries, paths and receivers."""

    message: Message
    sequence: int
    attempts: int = 0
    form: Any = None
    """How its first transmission was written, in the end's own words: repetitions say the same. None before that."""


class Outcome(Struct, frozen=True):
    """What became of a submitted message."""

    ticket: Ticket
    kind: OutcomeKind
    reason: str
    """One English sentence for a person."""
    answer: bytes = b""
    """The answer that decided it, if one came."""
    findings: tuple[Finding, ...] = ()
    response: Response | None = None
    """What came along with the acknowledgement."""


class SendingEnd(End[Outcome | Noise], Protocol):
    """The panel's end of a wire; also a relay's."""

    def submit(self, message: Message, now: Moment, ticket: Ticket | None = None) -> Ticket:
        """Queue a message. Its :class:`Outcome` comes later. A ticket from an earlier end keeps its number."""


class CounterStore(Protocol):
    """Hands out numbers that never repeat over runs, reserved on disk before use."""

    def take(self, name: str, count: int = 1) -> int:
        """The first of ``count`` consecutive numbers of the counter ``name``, rising from 0 without wrapping.

        Raises OSError when the reservation cannot be written.
        """
