"""The panel's end of DC-09: messages into frames, answers into outcomes (DC-09 5.5).

One message is on its way at a time; the others wait in order. A message gets its number when it is handed in
and keeps it over repetitions, connections and receivers. What the answers mean:

======================  ===========================================================================
answer                  what follows
======================  ===========================================================================
ACK, RSP                accepted, if number and account are those of the message, and encrypted when it was
DUH                     refused: the same content would be refused again
NAK                     the clock differs: remember the difference, send again at once; a second NAK in the
                        same attempt ends the attempt
another number          a late answer to an earlier message: ignored
nothing in time         the next attempt, and after the last one the message is given up
======================  ===========================================================================

An end may outlive its connection: :meth:`SendingEnd.disconnected` takes the message on its way back to the
head of the queue, :meth:`SendingEnd.connected` goes on.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Sequence

from protocols import ends
from protocols.dc09 import cipher, writing
from protocols.dc09.framing import Frame, Framer
from protocols.dc09.messages import Message, Panel, compose
from protocols.dc09.quirks import STRICT, Quirks
from protocols.dc09.reading import Times, read
from protocols.ends import CounterStore, LinkTest, Outcome, OutcomeKind, Ticket
from protocols.errors import UserError
from protocols.model import Arrival, ArrivalKind, Dialect, Edition, Key, Moment, Noise, Protection

PARTIAL_S = 30.0
"""How long an answer may take to arrive once its first byte is there."""
SEQUENCES = 9999

UNREADABLE = "dc09.answer-unreadable"
NOT_AN_ANSWER = "dc09.not-an-answer"
IN_THE_CLEAR = "dc09.answer-in-the-clear"
ENCRYPTED = "dc09.answer-encrypted"
"""What answers are that are none: ``Noise.guess``."""


class QueueFullError(UserError):
    """Too many messages wait."""


class SendingEnd:
    """One for a receiver; implements :class:`protocols.ends.SendingEnd`. It begins connected.

    ``account``, ``prefix`` and ``receiver`` are written as given, without ``#``, ``L`` and ``R``; None leaves the
    field out. ``inner_account`` is the account inside the data where it differs. ``key`` (16, 24 or 32 bytes)
    encrypts. ``clock_offset_s`` is the error of the panel's own clock; ``offset_s`` is what a NAK taught about
    the receiver's, and may be carried over to the end for the next connection. ``edition`` says what may be
    written and how, ``quirks`` what this panel does otherwise. ``path`` is the network path that its messages name
    where the edition has a field for it. ``long_pad`` decides on 16 to 31 bytes of padding against the edition.
    """

    def __init__(
        self,
        *,
        account: str,
        counters: CounterStore,
        counter: str,
        prefix: str | None = "0",
        receiver: str | None = None,
        key: bytes | None = None,
        inner_account: str | None = None,
        ack_timeout_s: float = 10.0,
        attempts: int = 3,
        clock_offset_s: float = 0.0,
        random_bytes: cipher.RandomBytes = secrets.token_bytes,
        max_queue: int = 1000,
        edition: Edition = Edition.E2013,
        quirks: Quirks = STRICT,
        path: str = "",
        long_pad: bool | None = None,
    ) -> None:
        if long_pad is None:
            long_pad = edition is Edition.E2026
        self._panel = Panel(account, prefix, receiver, key, quirks.stamp != "never", long_pad)
        self._account = account
        self._inner = account if inner_account is None else inner_account
        self._counters = counters
        self._counter = counter
        self._key = key
        self._dialect = Dialect(keys=() if key is None else (Key(key, account),))
        self._ack_timeout_s = ack_timeout_s
        self._attempts = max(1, attempts)
        self._clock_offset_s = clock_offset_s
        self._random_bytes = random_bytes
        self._max_queue = max_queue
        self._framer = Framer()
        self._queue: deque[Message] = deque()
        self._current: Message | None = None
        self._deadline: float | None = None
        self._out: list[bytes] = []
        self._connected = True
        self._waiting = -1
        self._since: float | None = None
        self.offset_s = 0.0
        """Seconds to add to the panel's clock for this receiver."""
        self.late_answers = 0
        """Answers to other messages than the one on its way."""
        self.closing = False

    # --- messages in -------------------------------------------------------------------------------------------------

    def submit(self, message: ends.Message, now: Moment, ticket: Ticket | None = None) -> Ticket:
        """Queue a message. Its :class:`Outcome` comes later. A ticket from an earlier end keeps its number.

        Raises QueueFullError, UnsendableError for a signal that DC-09 cannot say, and OSError when the number
        cannot be reserved.
        """
        if len(self._queue) >= self._max_queue:
            raise QueueFullError(
                f"{len(self._queue)} messages wait for the receiver already; it may be out of reach. "
                "Wait for an outcome before handing in more."
            )
        composed = compose(message, self._inner)
        if ticket is None:
            number = 0
            if not isinstance(message, LinkTest):
                number = self._counters.take(self._counter) % SEQUENCES + 1
            ticket = Ticket(message, number)
        self._queue.append(Message(ticket, composed))
        self._start(now)
        return ticket

    @property
    def unfinished(self) -> tuple[Ticket, ...]:
        """Tickets without an outcome, in order: what to hand to the next end."""
        current = () if self._current is None else (self._current.ticket,)
        return (*current, *(message.ticket for message in self._queue))

    # --- the stream ---------------------------------------------------------------------------------------------------

    def connected(self, now: Moment) -> None:
        """A new stream stands: go on with the queue."""
        self._connected = True
        self.closing = False
        self._start(now)

    def disconnected(self, now: Moment) -> list[Outcome | Noise]:
        """The stream is gone. The message on its way goes back to the head of the queue; its attempt counts."""
        self._connected = False
        self._framer = Framer()
        self._out.clear()
        self._watch(now)
        current = self._current
        if current is None:
            return []
        self._current = None
        self._deadline = None
        if current.attempts >= self._attempts:
            return [self._gave_up(current, "the connection ended before an answer came")]
        self._queue.appendleft(current)
        return []

    def receive(self, data: bytes, now: Moment) -> Sequence[Outcome | Noise]:
        """Take bytes of answers. Never raises on any bytes."""
        if data:
            self._framer.feed(bytes(data))
        return self._pump(now)

    def receive_eof(self, now: Moment) -> Sequence[Outcome | Noise]:
        """The receiver sends no more: as :meth:`disconnected`, and what is unfinished is noise."""
        items = self._pump(now, final=True)
        items.extend(self.disconnected(now))
        self.closing = True
        return items

    def expire(self, now: Moment) -> Sequence[Outcome | Noise]:
        """The answer, or the rest of it, did not come in time."""
        items: list[Outcome | Noise] = []
        if self._since is not None and now.mono >= self._since + PARTIAL_S:
            self._framer.give_up()
            items.extend(self._pump(now))
            if (noise := self._framer.take_run()) is not None:
                items.append(noise)
            self._watch(now)
        current = self._current
        if current is not None and self._deadline is not None and now.mono >= self._deadline:
            items.extend(self._failed(current, f"no answer in {self._ack_timeout_s:g} seconds", now))
        return items

    def next_timeout(self) -> float | None:
        """When to call :meth:`expire`, in monotonic seconds."""
        partial = None if self._since is None else self._since + PARTIAL_S
        if partial is None or self._deadline is None:
            return self._deadline if partial is None else partial
        return min(partial, self._deadline)

    def data_to_send(self) -> bytes:
        """The frame due, once."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    # --- writing ------------------------------------------------------------------------------------------------------

    def _clock(self, now: Moment) -> float:
        """The time by the panel's clock, which may be wrong."""
        return now.wall + self._clock_offset_s

    def _start(self, now: Moment) -> None:
        if self._connected and self._current is None and self._queue:
            self._attempt(self._queue.popleft(), now)

    def _attempt(self, message: Message, now: Moment) -> None:
        message.attempts += 1
        message.ticket.attempts += 1
        message.nak_seen = False
        self._transmit(message, now)

    def _transmit(self, message: Message, now: Moment) -> None:
        self._current = message
        self._deadline = now.mono + self._ack_timeout_s
        self._out.append(
            writing.frame(message.body(self._panel, now.wall, self._clock_offset_s + self.offset_s, self._random_bytes))
        )

    # --- answers ------------------------------------------------------------------------------------------------------

    def _pump(self, now: Moment, *, final: bool = False) -> list[Outcome | Noise]:
        items: list[Outcome | Noise] = []
        while (item := self._framer.next(final)) is not None:
            if isinstance(item, Frame):
                items.extend(self._answered(item, now))
            else:
                items.append(item)
        self._watch(now)
        return items

    def _watch(self, now: Moment) -> None:
        waiting = self._framer.waiting_since
        if waiting != self._waiting:
            self._waiting = waiting
            self._since = None if waiting < 0 else now.mono

    def _answered(self, frame: Frame, now: Moment) -> list[Outcome | Noise]:
        answer = read(frame, lambda _r, _l, _account: self._dialect, Times(now.wall, watched=False))
        if answer.kind is ArrivalKind.MALFORMED:
            return [Noise(frame.raw, UNREADABLE, len(frame.raw))]
        if answer.kind is not ArrivalKind.ANSWER:
            return [Noise(frame.raw, NOT_AN_ANSWER, len(frame.raw))]
        current = self._current
        if current is None:
            self.late_answers += 1
            return []
        if answer.token == "NAK":  # noqa: S105 - a token of the protocol
            return self._denied(current, answer, now)
        if answer.sequence != f"{current.ticket.sequence:04d}" or not self._is_ours(answer):
            self.late_answers += 1
            return []
        if answer.token == "DUH":  # noqa: S105
            return self._finish(
                current, OutcomeKind.REFUSED, "the receiver cannot process the message (DUH)", answer, now
            )
        if self._key is not None and answer.protection is not Protection.KEYED:
            return [Noise(frame.raw, IN_THE_CLEAR, len(frame.raw))]
        if answer.protection is Protection.FAILED:
            return [Noise(frame.raw, ENCRYPTED, len(frame.raw))]
        return self._finish(current, OutcomeKind.ACCEPTED, f"acknowledged ({answer.token})", answer, now)

    def _is_ours(self, answer: Arrival) -> bool:
        return answer.account.upper().lstrip("0") == self._account.upper().lstrip("0")

    def _denied(self, current: Message, answer: Arrival, now: Moment) -> list[Outcome | Noise]:
        """A NAK: set the clock by it and send again at once, but only once an attempt."""
        if answer.sent_at is not None:
            self.offset_s = answer.sent_at - self._clock(now)
            if not current.nak_seen:
                current.nak_seen = True
                self._transmit(current, now)
                return []
        return self._failed(current, "the receiver does not accept the time stamp (NAK)", now, answer)

    def _failed(
        self, current: Message, reason: str, now: Moment, answer: Arrival | None = None
    ) -> list[Outcome | Noise]:
        if current.attempts < self._attempts:
            self._attempt(current, now)
            return []
        outcome = self._gave_up(current, reason, answer)
        self._next(now)
        return [outcome]

    def _gave_up(self, message: Message, reason: str, answer: Arrival | None = None) -> Outcome:
        count = message.attempts
        tries = "1 attempt" if count == 1 else f"{count} attempts"
        return Outcome(
            message.ticket,
            OutcomeKind.GAVE_UP,
            f"given up after {tries}: {reason}",
            b"" if answer is None else answer.raw,
            () if answer is None else answer.findings,
        )

    def _finish(
        self, current: Message, kind: OutcomeKind, reason: str, answer: Arrival, now: Moment
    ) -> list[Outcome | Noise]:
        outcome = Outcome(current.ticket, kind, reason, answer.raw, answer.findings)
        self._next(now)
        return [outcome]

    def _next(self, now: Moment) -> None:
        self._current = None
        self._deadline = None
        self._start(now)
