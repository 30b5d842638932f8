"""The panel's, or a relay's, end of a line protocol: a message at a time, block by block, each answered or repeated.

A message is one frame or several (the blocks of an SIA session); the next goes out when the one before has its
positive answer. No good answer in time, or a negative one, costs an attempt; the attempts are counted anew with every
frame that is taken. An answer to a repeated frame may be followed by another one to its copy: as answers have no
number, the next frame then waits until that has come, or would have come, and is not taken for answered by it. What
frames say and what answers look like is the protocol's :class:`protocols.lines.speech.Speech`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from protocols import ends
from protocols.ends import Outcome, OutcomeKind, Ticket
from protocols.lines.scanning import Found, Scanner
from protocols.lines.speech import Frames, Heard, QueueFullError, QuirksError, Speech, UnsendableError
from protocols.model import Finding, Moment, Noise

__all__ = ["Frames", "Heard", "LineSendingEnd", "QueueFullError", "QuirksError", "Speech", "UnsendableError"]


class _Job(Struct, eq=False):
    ticket: Ticket
    frames: tuple[bytes, ...]
    at: int = 0
    """The frame to be sent, or on its way."""
    attempts: int = 0
    """Of this frame."""
    trouble: str = ""
    answer: bytes = b""
    findings: tuple[Finding, ...] = ()
    """About that answer."""


class LineSendingEnd:
    """One for a receiver; implements :class:`protocols.ends.SendingEnd` and outlives its wire. It begins connected."""

    window = 1
    offset_s = 0.0
    """Nothing is learned of the receiver's clock."""
    key: bytes | None = None
    """Nothing is encrypted."""

    def __init__(self, speech: Speech, *, max_queue: int = 1000) -> None:
        self._speech = speech
        self._scanner = Scanner(speech)
        self._max_queue = max_queue
        self._queue: deque[_Job] = deque()
        self._sequence = 0
        self._out: list[bytes] = [speech.greeting] if speech.greeting else []
        self._connected = True
        self._deadline: float | None = None
        """When the answer to what is on its way is overdue."""
        self._beat_at: float | None = None
        self._beating = False
        """A heartbeat waits for its answer."""
        self._unanswered = 0
        """Transmissions on this stream that no answer came to."""
        self._settling = False
        """Answers to copies of what is decided are awaited."""
        self.late_answers = 0
        """Answers that nothing waited for."""
        self.closing = False

    def submit(self, message: ends.Message, now: Moment, ticket: Ticket | None = None) -> Ticket:
        """Queue a message. Raises QueueFullError, UnsendableError for what the protocol cannot say."""
        if len(self._queue) >= self._max_queue:
            raise QueueFullError(
                f"{len(self._queue)} messages wait already, the receiver may be out of reach: wait for an outcome."
            )
        composed = None if ticket is None else ticket.form
        if isinstance(composed, Frames) and composed.speech is type(self._speech):
            frames = composed
        else:
            frames = replace(self._speech.compose(message, now), speech=type(self._speech))
        if ticket is None:
            self._sequence += 1
            ticket = Ticket(message, self._sequence)
        ticket.form = frames
        self._queue.append(_Job(ticket, frames.frames))
        self._start(now)
        return ticket

    @property
    def awaited(self) -> bytes:
        """The frame whose answer is awaited; empty where none is."""
        if self._deadline is None or self._settling:
            return b""
        return self._speech.heartbeat if self._beating else self._queue[0].frames[self._queue[0].at]

    @property
    def unfinished(self) -> tuple[Ticket, ...]:
        """Tickets whose outcome was not told yet, in order: what to hand to the next end."""
        return tuple(job.ticket for job in self._queue)

    def decided(self) -> list[Outcome]:
        """Outcomes that earlier messages hold back: there are none."""
        return []

    def connected(self, now: Moment) -> None:
        """A new stream stands: the message at the head is said again from its first frame."""
        self._connected = True
        self.closing = False
        if self._speech.greeting and not self._out:
            self._out.append(self._speech.greeting)
        self._rest(now)
        self._start(now)

    def disconnected(self, now: Moment) -> list[Outcome | Noise]:
        """The stream is gone. What was on its way waits for the next one; its attempt counts."""
        self._connected = False
        self._scanner = Scanner(self._speech)
        self._out.clear()
        self._deadline = self._beat_at = None
        self._beating = self._settling = False
        self._unanswered = 0
        items: list[Outcome | Noise] = []
        job = self._queue[0] if self._queue else None
        if job is not None and job.attempts:
            job.at = 0
            if job.attempts >= self._speech.attempts:
                items.append(self._give_up("the connection ended before an answer came", now))
        return items

    def receive(self, data: bytes, now: Moment) -> Sequence[Outcome | Noise]:
        """Take bytes of answers. Never raises on any bytes."""
        self._scanner.feed(bytes(data))
        return self._take(now, final=False)

    def receive_eof(self, now: Moment) -> Sequence[Outcome | Noise]:
        """The receiver sends no more: as :meth:`disconnected`."""
        items = self._take(now, final=True)
        items.extend(self.disconnected(now))
        self.closing = True
        return items

    def expire(self, now: Moment) -> Sequence[Outcome | Noise]:
        """An answer did not come in time, or a heartbeat is due."""
        items: list[Outcome | Noise] = []
        if self._deadline is not None and now.mono >= self._deadline:
            items.extend(self._take(now, final=True))
            if self._deadline is not None and now.mono >= self._deadline:
                self._deadline = None
                if self._beating or self._settling:
                    self._beating = self._settling = False
                    self._unanswered = 0
                    self._start(now)
                else:
                    items.extend(self._failed(f"no answer in {self._speech.ack_s:g} seconds", now))
        if self._beat_at is not None and now.mono >= self._beat_at:
            self._rest(now)
            if not self._queue and self._speech.heartbeat:
                self._beat(self._speech.heartbeat, now)
        return items

    def next_timeout(self) -> float | None:
        """When to call :meth:`expire`, in monotonic seconds."""
        return min((due for due in (self._deadline, self._beat_at) if due is not None), default=None)

    def data_to_send(self) -> bytes:
        """The frames due, once."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _start(self, now: Moment) -> None:
        """Send the frame at the head, if nothing is on its way."""
        if self._connected and self._queue and self._deadline is None:
            self._transmit(self._queue[0], now)

    def _transmit(self, job: _Job, now: Moment) -> None:
        job.attempts += 1
        if job.at == 0:
            job.ticket.attempts += 1
        self._out.append(job.frames[job.at])
        self._unanswered += 1
        self._deadline = now.mono + self._speech.ack_s
        self._rest(now)

    def _beat(self, frame: bytes, now: Moment) -> None:
        """Send what is no message, if nothing is on its way. Messages wait for its answer, which must not be theirs."""
        if self._connected and self._deadline is None:
            self._out.append(frame)
            self._beating = True
            self._deadline = now.mono + self._speech.ack_s
            self._rest(now)

    def _rest(self, now: Moment) -> None:
        """Something was sent: the line is idle from now on."""
        beat_s = self._speech.heartbeat_s
        self._beat_at = None if beat_s is None or not self._connected else now.mono + beat_s

    def _take(self, now: Moment, *, final: bool) -> list[Outcome | Noise]:
        items: list[Outcome | Noise] = []
        while (found := self._scanner.next(final)) is not None:
            if isinstance(found, Noise):
                items.append(found)
            else:
                items.extend(self._heard(found, now))
        return items

    def _heard(self, found: Found, now: Moment) -> list[Outcome | Noise]:
        heard, why, *noticed = self._speech.hear(found)
        if heard is Heard.NOTHING:
            return []
        if self._deadline is None:
            self.late_answers += 1
            return []
        if heard is Heard.WAIT:
            self._deadline = now.mono + self._speech.ack_s
            return []
        self._unanswered = max(0, self._unanswered - 1)
        if self._settling:
            self.late_answers += 1
            self._settle(now)
            return []
        if self._beating:
            self._deadline, self._beating = None, False
            self._start(now)
            return []
        job = self._queue[0]
        job.answer = found.raw
        job.findings = noticed[0] if noticed else ()
        if heard is Heard.NO:
            self._deadline = None
            return self._failed(why, now)
        if heard is Heard.NEVER:
            return [self._end(OutcomeKind.REFUSED, why, now)]
        job.at += 1
        job.attempts = 0
        if job.at < len(job.frames):
            self._settle(now)
            return []
        return [self._end(OutcomeKind.ACCEPTED, why, now)]

    def _settle(self, now: Moment) -> None:
        """On with the next frame, if no answer to a copy of the one before can come any more."""
        self._settling = self._unanswered > 0 and self._deadline is not None
        if not self._settling:
            self._deadline = None
            self._start(now)

    def _failed(self, why: str, now: Moment) -> list[Outcome | Noise]:
        job = self._queue[0]
        job.trouble = why
        if job.attempts < self._speech.attempts:
            self._transmit(job, now)
            return []
        return [self._give_up(why, now)]

    def _give_up(self, why: str, now: Moment) -> Outcome:
        count = self._queue[0].attempts
        tries = "1 attempt" if count == 1 else f"{count} attempts"
        self._unanswered = 0
        return self._end(OutcomeKind.GAVE_UP, f"given up after {tries}: {why}", now)

    def _end(self, kind: OutcomeKind, reason: str, now: Moment) -> Outcome:
        """The message at the head is decided; the next one goes out."""
        job = self._queue.popleft()
        self._settle(now)
        return Outcome(job.ticket, kind, reason, job.answer, job.findings)
