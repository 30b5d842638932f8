"""The station's end of a line protocol: bytes into arrivals, verdicts into answers, in the order of the messages.

What a verdict is on the wire, the protocol's :class:`Reader` says. Four rules hold for all of them:

* A repetition is told from a second event by the line alone, since hardly any message has a number (design, law 3;
  those that have one say it in ``Reading.number``): a message equal to the one before it is the same message where it
  came before our answer left, or, on a serial line, at the time at which a sender without an answer repeats
  (:mod:`protocols.lines.repeating`). It gets the same verdict and makes no entry. Everything else that is equal is a
  message of its own, which the station marks as a repeat.
* Copies that came before our answer left get one answer together. An answer has no number either: a second one would be
  taken for that of the next message, before that is stored.
* A message that cannot be read is first answered with the protocol's "not understood", as noise on the line may have
  damaged it. Said again byte for byte, it was meant so: it is acknowledged like a message of unknown content, since a
  sender that must repeat it for ever silences all that wait behind it. A refused message and its repetition are one
  message for the same reason: what becomes of it then, the station decides.
* Nothing at all is written where ``SourceOptions.listen_only`` says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from protocols.ends import Limits, Response, Source
from protocols.lines.options import SourceOptions
from protocols.lines.placing import placed
from protocols.lines.repeating import Message, Repeats, identity_of, is_urgent
from protocols.lines.scanning import Found, Grammar, Scanner
from protocols.model import Arrival, ArrivalKind, Moment, Noise, Verdict

MOST_AT_ONCE = 64
"""Messages and pieces of noise handed out by one call; the rest is held back, so that others get their turn."""
NOISE_AT_ONCE = 4096
"""Bytes of noise that one call goes through, for the same reason: what never becomes a frame costs the most."""
GAP_S = 2.0
"""How long a line may be silent inside a message."""
READY_S = 0.4
"""How long it may be silent where nothing but a terminator is missing: senders that have none wait for their answer."""
FIRST = 1 << 20
"""Messages that an end can number before it runs into the numbers of another."""


class Reading(Struct, gc=False):
    """What a reader makes of one frame."""

    arrival: Arrival
    """Without reply and identity; accounts as sent."""
    content: bytes = b""
    """What makes two messages the same: without terminator and without the receiver's clock."""
    number: int | None = None
    """The number that the sender gave the message, where its protocol has such numbers; None where it has none."""
    echo: Any = None
    """What its answer needs."""
    answered: bool = True
    """False where the protocol has no answer for it: then no verdict is asked for."""


class Reader(Grammar, Protocol):
    """A protocol, as the end needs it: its grammar, what a frame says, and what a verdict is on the wire."""

    name: str
    """The protocol's name (``Arrival.protocol``)."""
    ack_s: float
    """How long a sender waits for its answer before it repeats."""

    def read(self, found: Found, now: Moment) -> Reading | Noise:
        """Take one frame apart. Never raises."""

    def answer(self, echo: Any, verdict: Verdict, now: Moment) -> tuple[bytes, str]:
        """The bytes of an answer and their name for people (``ACK``); ``(b"", "")`` for silence."""


class Reply(Struct, eq=False):
    """What the answer to an arrival needs. Opaque to everyone but the end."""

    echo: Any
    message: Message | None
    token: str = ""
    answer: bytes | None = None
    """None while undecided."""

    def __repr__(self) -> str:
        return "<Reply>"


class LineReceivingEnd:
    """One for a connection or a serial line; implements :class:`protocols.ends.ReceivingEnd`.

    ``first`` is the number of its first message: any that no other end of this station has (``os.urandom``), in steps
    of ``FIRST``.
    """

    def __init__(
        self,
        source: Source,
        reader: Reader,
        *,
        first: int,
        options: SourceOptions = SourceOptions(),  # noqa: B008 - immutable
        limits: Limits = Limits(),  # noqa: B008
    ) -> None:
        self._reader = reader
        self._options = options
        self._limits = limits
        self._gap_s = min(GAP_S, limits.partial_s)
        self._scanner = Scanner(reader, NOISE_AT_ONCE)
        self._replies: deque[Reply] = deque()
        self._out: list[bytes] = []
        self._repeats = Repeats(first, reader.ack_s, serial=source.transport == "serial")
        self._ended = False
        self._due: float | None = None
        self._flushing = False
        self.undecided = 0
        self.held = False
        self.closing = False

    def receive(self, data: bytes, now: Moment) -> Sequence[Arrival | Noise]:
        """Take bytes (``b""`` continues with bytes held back). Never raises on any bytes."""
        if data:
            self._scanner.feed(bytes(data))
            self._flushing = False
        return self._pump(now)

    def receive_eof(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The peer sends no more: what lacks only its terminator is whole now."""
        self._ended = True
        return self._pump(now)

    def expire(self, now: Moment) -> Sequence[Arrival | Noise]:
        """The line has been silent inside a message: it is whole without its terminator, or noise."""
        if self._due is None or now.mono < self._due:
            return ()
        self._flushing = True
        return self._pump(now)

    def next_timeout(self) -> float | None:
        """When the line has been silent for too long, in monotonic seconds."""
        return self._due

    def data_to_send(self) -> bytes:
        """The answers due, in the order of the messages."""
        data = b"".join(self._out)
        self._out.clear()
        return b"" if self._options.listen_only else data

    def decide(self, arrival: Arrival, verdict: Verdict, now: Moment, response: Response | None = None) -> None:
        """Give the verdict on an arrival of this end. A second verdict changes nothing.

        Raises ValueError for a response: no line protocol carries one.
        """
        reply = arrival.reply
        if not isinstance(reply, Reply) or reply.answer is not None:
            return
        if response is not None:
            raise ValueError(f"{self._reader.name} has no answer that carries data: send it without a response.")
        reply.answer, reply.token = self._reader.answer(reply.echo, verdict, now)
        if self._options.listen_only:
            reply.answer, reply.token = b"", ""
        self.undecided -= 1
        if reply.message is not None:
            self._repeats.settle(reply.message, verdict)
        replies = self._replies
        while replies and replies[0].answer is not None:
            self._release(replies.popleft())
        self.closing = self._ended and not self.undecided and not self.held

    def answer(self, arrival: Arrival) -> str:
        """The name of the answer; ``""`` for silence or no verdict yet."""
        reply = arrival.reply
        return reply.token if isinstance(reply, Reply) else ""

    def _release(self, reply: Reply) -> None:
        """Its turn has come: the answer leaves, but for one that a copy of the message has had since it came."""
        if reply.message is not None and not reply.message.leaves(bool(reply.answer)):
            reply.answer, reply.token = b"", ""
        if reply.answer:
            self._out.append(reply.answer)

    def _pump(self, now: Moment) -> list[Arrival | Noise]:
        scanner, limit = self._scanner, self._limits.undecided
        final = self._ended or self._flushing
        items: list[Arrival | Noise] = []
        complete = False
        while self.undecided < limit and len(items) < MOST_AT_ONCE:
            found = scanner.next(final)
            if found is None:
                complete = not scanner.resting
                break
            items.append(found if isinstance(found, Noise) else self._read(found, now))
        self.held = not complete and scanner.waiting
        self.closing = self._ended and not self.undecided and not self.held
        gap_s = min(READY_S, self._gap_s) if scanner.ready else self._gap_s
        self._due = now.mono + gap_s if complete and scanner.waiting else None
        if complete and self._flushing:
            self._flushing = False
        return items

    def _read(self, found: Found, now: Moment) -> Arrival | Noise:
        reading = self._reader.read(found, now)
        if isinstance(reading, Noise):
            return reading
        arrival = placed(reading.arrival, self._options)
        if not reading.answered:
            return arrival
        message = None
        if arrival.kind is not ArrivalKind.LINK_TEST:
            unread = arrival.kind is ArrivalKind.MALFORMED
            message, again = self._repeats.message(reading.content, now, unread=unread, urgent=is_urgent(arrival))
            if again and unread:
                arrival = replace(arrival, kind=ArrivalKind.OPAQUE)
            arrival = replace(arrival, identity=identity_of(arrival, message, reading.number))
        reply = Reply(reading.echo, message)
        self._replies.append(reply)
        self.undecided += 1
        return replace(arrival, reply=reply)
