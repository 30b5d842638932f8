"""The panel's end of DC-09: messages into frames, answers into outcomes (DC-09 5.5).

One message is on its way at a time (more by ``Quirks.window``); the others wait in order. A message gets its number
when it is handed in and keeps it over repetitions, connections and receivers. What the answers mean:

======================  ===========================================================================
answer                  what follows
======================  ===========================================================================
ACK, RSP                accepted, if number and address are those of a message, and for an encrypted message encrypted
                        and of its time (:func:`protocols.dc09.answers.is_fresh`)
DUH                     refused: the same content would be refused again (or no answer, by the quirks)
NAK                     the clock differs: remember the difference, send again at once; a second NAK in the
                        same attempt sets the clock of the next one (or no answer, by the quirks)
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
from collections.abc import Iterable, Sequence

from protocols import ends
from protocols.dc09 import answers, cipher
from protocols.dc09.answers import Answer
from protocols.dc09.composing import Composer
from protocols.dc09.errors import QueueFullError, UnsendableError
from protocols.dc09.flight import Flight
from protocols.dc09.framing import Frame
from protocols.dc09.hearing import Hearing
from protocols.dc09.keyring import KeyRing
from protocols.dc09.messages import Form, Message, Panel
from protocols.dc09.quirks import STRICT, Quirks
from protocols.ends import CounterStore, Outcome, OutcomeKind, Ticket
from protocols.model import Arrival, Edition, Moment, Noise, Protection


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
    ``answer_window_s`` and ``max_offset_s`` say which stamps of answers are believed (``math.inf`` for all).
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
        answer_window_s: float = answers.ANSWER_WINDOW_S,
        max_offset_s: float = answers.MAX_OFFSET_S,
    ) -> None:
        """Raises UnsendableError for an account, a key or a path that cannot be written."""
        long = edition is Edition.E2026 if long_pad is None else long_pad
        self._ring = KeyRing(key, edition, key_grace_s)
        self._panel = Panel(account, prefix, receiver, self._ring, quirks, random_bytes, long)
        self._composer = Composer(account if inner_account is None else inner_account, edition, quirks, path)
        self._quirks = quirks
        self._address = answers.Addressee.of(account, receiver, prefix, named=quirks.header_account)
        self._answer_window_s = answer_window_s
        self._max_offset_s = max_offset_s
        self._counters = counters
        self._counter = counter
        self._clock_offset_s = clock_offset_s
        self._max_queue = max_queue
        self._framer = Hearing()
        self._queue: deque[Message] = deque()
        self._flight = Flight(self._transmit, attempts=max(1, attempts), window=quirks.window, timeout_s=ack_timeout_s)
        self._out: list[bytes] = []
        self._connected = True
        self._tell_at: float | None = None
        """When a message was found to be unsendable, and its outcome could not be told in the same call."""
        self.offset_s = 0.0
        """Seconds to add to the panel's clock for this receiver."""
        self.late_answers = 0
        """Answers to other messages than those on their way."""
        self.stale_answers = 0
        """Encrypted acknowledgements of another time than their message: recordings, most likely."""
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
        """Queue a message. A ticket from an earlier end keeps its number, and what was transmitted under it.

        Raises QueueFullError, UnsendableError for what DC-09 cannot say, OSError when no number can be reserved.
        """
        if len(self._queue) >= self._max_queue:
            raise QueueFullError(
                f"{len(self._queue)} messages wait already, the receiver may be out of reach: wait for an outcome."
            )
        form: Form | None = None if ticket is None else ticket.form
        composed = self._composer.compose(message) if form is None else form.composed
        self._panel.check(composed)
        if ticket is None:
            ticket = Ticket(message, self._panel.number(message, self._counters, self._counter))
        self._queue.append(Message(ticket, composed, self._panel.sequence(ticket)))
        self._start(now)
        return ticket

    @property
    def unfinished(self) -> tuple[Ticket, ...]:
        """Tickets whose outcome was not told yet, in order: what to hand to the next end."""
        return (*self._flight.tickets, *(message.ticket for message in self._queue))

    def decided(self) -> list[Outcome]:
        """Outcomes that earlier messages hold back, once: for whoever gives this end up."""
        return self._flight.decided()

    def connected(self, now: Moment) -> None:
        """A new stream stands: go on with what was on its way, then with the queue."""
        self._connected = True
        self.closing = False
        self._flight.resume(now)
        self._start(now)

    def disconnected(self, now: Moment) -> list[Outcome | Noise]:
        """The stream is gone. What was on its way waits for the next one; its attempt counts."""
        self._connected = False
        self._framer.forget()
        self._out.clear()
        self._flight.disconnect()
        return self._told(now)

    def receive(self, data: bytes, now: Moment) -> Sequence[Outcome | Noise]:
        """Take bytes of answers. Never raises on any bytes."""
        self._framer.feed(data)
        return self._read(self._framer.items(now), now)

    def receive_eof(self, now: Moment) -> Sequence[Outcome | Noise]:
        """The receiver sends no more: as :meth:`disconnected`, and what is unfinished is noise."""
        items = self._read(self._framer.items(now, final=True), now)
        items.extend(self.disconnected(now))
        self.closing = True
        return items

    def expire(self, now: Moment) -> Sequence[Outcome | Noise]:
        """An answer, or the rest of one, did not come in time."""
        items = self._read(self._framer.expire(now), now)
        self._flight.expire(now)
        items.extend(self._told(now))
        return items

    def next_timeout(self) -> float | None:
        """When to call :meth:`expire`, in monotonic seconds."""
        untold = self._tell_at if self._flight.has_to_tell else None
        dues = (self._flight.next_deadline(), self._framer.deadline, untold)
        return min((due for due in dues if due is not None), default=None)

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
            try:
                self._panel.check(message.composed)
            except UnsendableError as error:  # it was queued under another key
                self._flight.end(message, OutcomeKind.REFUSED, str(error), None)
                self._tell_at = now.mono
                return
            correction = self._clock_offset_s + self.offset_s
            frame = self._panel.frame(message, now.wall, correction)
            if self._panel.repeats_bytes:
                message.sent = frame
            elif self._ring.current is not None:
                message.stamped(now.wall + correction, now.mono)
        self._out.append(frame)

    def _read(self, heard: Iterable[Frame | Noise], now: Moment) -> list[Outcome | Noise]:
        items: list[Outcome | Noise] = []
        for item in heard:
            if isinstance(item, Frame):
                items.extend(self._answered(item, now))
            else:
                items.append(item)
        return items

    def _answered(self, frame: Frame, now: Moment) -> Sequence[Outcome | Noise]:
        answer = answers.read_answer(frame, self._ring.dialect(now.mono), now.wall)
        if isinstance(answer, Noise):
            return (answer,)
        arrival, token = answer.arrival, answer.arrival.token
        message = self._meant_by(arrival)
        if message is None:
            self.late_answers += 1
            return ()
        if token == "NAK":  # noqa: S105 - no password
            self._denied(message, arrival, now)
        elif token == "DUH":  # noqa: S105
            self._refused(message, arrival)
        elif self._ring.current is not None and arrival.protection is not Protection.KEYED:
            return (Noise(frame.raw, answers.IN_THE_CLEAR, len(frame.raw)),)
        elif arrival.protection is Protection.FAILED:
            return (Noise(frame.raw, answers.ENCRYPTED, len(frame.raw)),)
        elif self._is_stale(arrival, message, now):
            self.stale_answers += 1
            message.trouble, message.findings = answers.STALE, answers.STALE_FINDINGS
        else:
            self._accepted(message, answer, now)
        return self._told(now)

    def _is_stale(self, arrival: Arrival, message: Message, now: Moment) -> bool:
        fresh = answers.is_fresh(arrival.sent_at, message.stamps, now.mono, self._answer_window_s)
        return arrival.protection is Protection.KEYED and not fresh

    def _meant_by(self, arrival: Arrival) -> Message | None:
        """The message on its way that an answer is for. A NAK does not say."""
        if arrival.token == "NAK":  # noqa: S105 - no password
            return self._flight.earliest()
        return self._flight.numbered(arrival.sequence.upper().encode()) if self._address.is_of(arrival) else None

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
        offset = None
        if self._quirks.on_nak == "correct":
            offset = answers.offset_of(answer, now.wall + self._clock_offset_s, self._max_offset_s)
        if offset is not None:
            self.offset_s = offset
            if not message.nak_seen:
                message.denied()
                self._flight.send_again(message, now)
                return
        # Anybody can write a NAK: however many come, the attempt lasts until its time is over.
        message.trouble, message.answer = "the receiver does not accept the time stamp (NAK)", answer

    def _told(self, now: Moment) -> list[Outcome | Noise]:
        """Outcomes that are due; they make room for the next messages."""
        items: list[Outcome | Noise] = []
        while told := self._flight.told():
            items.extend(told)
            self._start(now)
        return items
