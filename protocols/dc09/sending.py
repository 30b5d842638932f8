"""The panel's end of DC-09: messages into frames, answers into outcomes (DC-09 5.5).

One message is on its way at a time (more by ``Quirks.window``); the others wait in order. A message gets its number
when it is handed in and keeps it over repetitions, connections and receivers. What the answers mean:

======================  ===========================================================================
answer                  what follows
======================  ===========================================================================
ACK, RSP                accepted, if number and account are those of a message, and encrypted when it was
DUH                     refused: the same content would be refused again (or no answer, by the quirks)
NAK                     the clock differs: remember the difference, send again at once; a second NAK in the
                        same attempt ends the attempt (or no answer, by the quirks)
another number          a late answer to an earlier message: ignored
nothing in time         the next attempt, and after the last one the message is given up
======================  ===========================================================================

An RSP may bring data (``Outcome.response``) and a new key, which everything sent afterwards is written with. An end
may outlive its connection: :meth:`SendingEnd.disconnected` takes back what is on its way, and
:meth:`SendingEnd.connected` sends it again before all else.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Sequence

from protocols import ends
from protocols.dc09 import cipher
from protocols.dc09.answers import ENCRYPTED, IN_THE_CLEAR, Answer, read_answer
from protocols.dc09.composing import Composer
from protocols.dc09.errors import QueueFullError
from protocols.dc09.flight import Flight
from protocols.dc09.framing import Frame, Framer
from protocols.dc09.keyring import KeyRing
from protocols.dc09.messages import Message, Panel
from protocols.dc09.quirks import STRICT, Quirks
from protocols.ends import CounterStore, LinkTest, Outcome, OutcomeKind, Ticket
from protocols.model import Arrival, Edition, Moment, Noise, Protection

PARTIAL_S = 30.0
"""How long an answer may take to arrive once its first byte is there."""
SEQUENCES = 9999


class SendingEnd:
    """One for a receiver; implements :class:`protocols.ends.SendingEnd`. It begins connected.

    ``account``, ``prefix`` and ``receiver`` are written as given, without ``#``, ``L`` and ``R``; None leaves the
    field out. ``inner_account`` is the account inside the data where it differs. ``key`` (16, 24 or 32 bytes)
    encrypts; when it is changed, answers under the former one count for ``key_grace_s`` seconds more.
    ``clock_offset_s`` is the error of the panel's own clock; ``offset_s`` is what a NAK taught about the receiver's.
    ``offset_s`` and ``key`` may be carried over to another end.

    ``edition`` says what may be written and how: extended data of later editions is refused, and what the end itself
    has no field for is left out (the text of Contact ID, position and time of occurrence in 2007, the network path
    before 2021). Texts are Windows-1252 up to 2021, or UTF-8 where that lacks a character, since an alarm must get
    through; UTF-8 in 2026. ``path`` names the network path in every message, as J (2021, one letter or digit) or
    G (2026, a number); link tests with extended data are then XNM. ``quirks`` says what this panel does otherwise.
    ``long_pad`` decides on 16 to 31 bytes of padding instead of 1 to 16; None for what the edition asks for.
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
        key_grace_s: float = 300.0,
    ) -> None:
        """Raises UnsendableError for an account, a key or a path that cannot be written."""
        long = edition is Edition.E2026 if long_pad is None else long_pad
        self._ring = KeyRing(key, edition, key_grace_s)
        self._panel = Panel(account, prefix, receiver, self._ring, quirks, random_bytes, long)
        self._composer = Composer(account if inner_account is None else inner_account, edition, quirks, path)
        self._quirks = quirks
        self._account = account.upper().lstrip("0")
        self._counters = counters
        self._counter = counter
        self._clock_offset_s = clock_offset_s
        self._max_queue = max_queue
        self._framer = Framer()
        self._queue: deque[Message] = deque()
        self._flight = Flight(self._transmit, attempts=max(1, attempts), window=quirks.window, timeout_s=ack_timeout_s)
        self._out: list[bytes] = []
        self._connected = True
        self._waiting = -1
        self._since: float | None = None
        self.offset_s = 0.0
        """Seconds to add to the panel's clock for this receiver."""
        self.late_answers = 0
        """Answers to other messages than those on their way."""
        self.closing = False

    @property
    def key(self) -> bytes | None:
        """The key that messages are written with. Setting it is as if the receiver had changed it."""
        return self._ring.current

    @key.setter
    def key(self, key: bytes | None) -> None:
        self._ring.change(key)

    @property
    def window(self) -> int:
        """How many messages may be on their way at a time."""
        return self._quirks.window

    def submit(self, message: ends.Message, now: Moment, ticket: Ticket | None = None) -> Ticket:
        """Queue a message. Its :class:`Outcome` comes later. A ticket from an earlier end keeps its number.

        Raises QueueFullError, UnsendableError for a message that DC-09 cannot say, and OSError when the number
        cannot be reserved.
        """
        if len(self._queue) >= self._max_queue:
            raise QueueFullError(
                f"{len(self._queue)} messages wait already, the receiver may be out of reach: wait for an outcome."
            )
        composed = self._composer.compose(message)
        self._panel.check(composed)
        if ticket is None:
            ticket = Ticket(message, self._number(message))
        self._queue.append(Message(ticket, composed, self._panel.sequence(ticket)))
        self._start(now)
        return ticket

    def _number(self, message: ends.Message) -> int:
        if isinstance(message, LinkTest):
            return self._quirks.link_test_sequence
        if self._quirks.sequence == "zero":
            return 0
        return self._counters.take(self._counter) % SEQUENCES + 1

    @property
    def unfinished(self) -> tuple[Ticket, ...]:
        """Tickets whose outcome was not told yet, in order: what to hand to the next end."""
        return (*self._flight.tickets, *(message.ticket for message in self._queue))

    def connected(self, now: Moment) -> None:
        """A new stream stands: go on with what was on its way, then with the queue."""
        self._connected = True
        self.closing = False
        self._flight.resume(now)
        self._start(now)

    def disconnected(self, now: Moment) -> list[Outcome | Noise]:
        """The stream is gone. What was on its way waits for the next one; its attempt counts."""
        self._connected = False
        self._framer = Framer()
        self._out.clear()
        self._watch(now)
        self._flight.disconnect()
        return self._told(now)

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
        """An answer, or the rest of one, did not come in time."""
        items: list[Outcome | Noise] = []
        if self._since is not None and now.mono >= self._since + PARTIAL_S:
            self._framer.give_up()
            items.extend(self._pump(now))
            if (noise := self._framer.take_run()) is not None:
                items.append(noise)
            self._watch(now)
        self._flight.expire(now)
        items.extend(self._told(now))
        return items

    def next_timeout(self) -> float | None:
        """When to call :meth:`expire`, in monotonic seconds."""
        deadline = self._flight.next_deadline()
        partial = None if self._since is None else self._since + PARTIAL_S
        return min((due for due in (deadline, partial) if due is not None), default=None)

    def data_to_send(self) -> bytes:
        """The frames due, once."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _start(self, now: Moment) -> None:
        """Begin what there is room for."""
        while self._connected and self._queue and self._flight.has_room_for(self._queue[0]):
            self._flight.begin(self._queue.popleft(), now)

    def _transmit(self, message: Message, now: Moment) -> None:
        self._ring.dialect(now.mono)  # a key that was set is in use from now on
        frame = message.sent
        if not frame:
            correction = self._clock_offset_s + self.offset_s
            frame = self._panel.frame(message.composed, message.sequence, now.wall, correction)
            if self._panel.repeats_bytes:
                message.sent = frame
        self._out.append(frame)

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

    def _answered(self, frame: Frame, now: Moment) -> Sequence[Outcome | Noise]:
        answer = read_answer(frame, self._ring.dialect(now.mono), now.wall)
        if isinstance(answer, Noise):
            return (answer,)
        arrival, token = answer.arrival, answer.arrival.token
        message = self._flight.earliest() if token == "NAK" else self._meant_by(arrival)  # noqa: S105 - no password
        if message is None:
            self.late_answers += 1
            return ()
        if token == "NAK":  # noqa: S105
            self._denied(message, arrival, now)
        elif token == "DUH":  # noqa: S105
            self._refused(message, arrival)
        elif self._ring.current is not None and arrival.protection is not Protection.KEYED:
            return (Noise(frame.raw, IN_THE_CLEAR, len(frame.raw)),)
        elif arrival.protection is Protection.FAILED:
            return (Noise(frame.raw, ENCRYPTED, len(frame.raw)),)
        else:
            self._accepted(message, answer, now)
        return self._told(now)

    def _meant_by(self, arrival: Arrival) -> Message | None:
        """The message on its way that has the number and the account of an answer."""
        account = arrival.account.upper().lstrip("0")
        if account != self._account and (account or self._quirks.header_account):
            return None
        return self._flight.numbered(arrival.sequence.upper().encode())

    def _accepted(self, message: Message, answer: Answer, now: Moment) -> None:
        arrival, response = answer.arrival, answer.response
        if response is not None and response.key is not None:
            self._ring.change(response.key)
            self._ring.dialect(now.mono)
        self._flight.end(message, OutcomeKind.ACCEPTED, f"acknowledged ({arrival.token})", arrival, response)

    def _refused(self, message: Message, answer: Arrival) -> None:
        reason = "the receiver cannot process the message (DUH)"
        if self._quirks.on_duh == "repeat":
            message.trouble, message.answer = reason, answer
        else:
            self._flight.end(message, OutcomeKind.REFUSED, reason, answer)

    def _denied(self, message: Message, answer: Arrival, now: Moment) -> None:
        """A NAK: set the clock by it and send again at once, but only once an attempt."""
        reason = "the receiver does not accept the time stamp (NAK)"
        if self._quirks.on_nak == "ignore":
            message.trouble, message.answer = reason, answer
            return
        if answer.sent_at is not None:
            self.offset_s = answer.sent_at - (now.wall + self._clock_offset_s)
            if not message.nak_seen:
                message.nak_seen = True
                self._flight.send_again(message, now)
                return
        message.answer = answer
        self._flight.fail(message, reason, now)

    def _told(self, now: Moment) -> list[Outcome | Noise]:
        """Outcomes that are due; they make room for the next messages."""
        items: list[Outcome | Noise] = [*self._flight.told()]
        if items:
            self._start(now)
        return items
