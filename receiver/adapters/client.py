"""The sending side of a wire: one :class:`Client` ties one SendingEnd to one target: TCP, UDP or a serial port.

A client sends its messages one after the other, or as many at a time as its end allows, over a connection that is
kept (a datagram carries one message). It opens the wire when there is something to send, and again after a pause (it
grows for link tests) as long as something waits. With a port of our own in place of a target it waits to be called.
How long to wait for an answer, how often to repeat and what an answer means, the end decides. Each time the wire
cannot be opened costs the message at the head of the queue one attempt.

Borne without losing a message: connections refused, connections that the far end closes in the middle (both
directions or one), a far end that stays silent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from protocols import ends
from protocols.catalogue import texts
from protocols.ends import Message, Outcome, OutcomeKind, Source, Ticket
from protocols.model import Moment, Noise
from receiver.adapters import line
from receiver.adapters.called import Called
from receiver.adapters.dial import Dialler, Silent
from receiver.adapters.endpoints import Listen, SerialDevice, Target
from receiver.adapters.jobs import LONGEST_PAUSE_S, Job, keep_outcomes, pause_s, tell_kept
from receiver.adapters.line import Tap


class SendingEnd(ends.SendingEnd, Protocol):
    """A sending end that outlives its wire."""

    offset_s: float
    """What it learned of the receiver's clock."""
    key: bytes | None
    """The key it writes with, perhaps one that the receiver gave it."""

    @property
    def window(self) -> int:
        """How many messages may be on their way at a time. Their outcomes come in the order handed in."""

    @property
    def unfinished(self) -> tuple[Ticket, ...]:
        """Tickets whose outcome was not told yet, in order."""

    def decided(self) -> Sequence[Outcome]:
        """Outcomes that it holds back for the sake of order, once."""

    def connected(self, now: Moment) -> None:
        """A new wire stands: go on with what is unfinished."""

    def disconnected(self, now: Moment) -> Sequence[Outcome | Noise]:
        """The wire is gone: half a frame is forgotten, what was on its way waits for the next wire."""


class Client:
    """Sends messages to a target through an end. For the reactor's thread."""

    full = False
    """It takes what its own lines read, and always has room."""

    def __init__(
        self,
        target: Target | SerialDevice | Listen,
        make_end: Callable[[], SendingEnd],
        reactor: Any,
        *,
        keep: bool = True,
        attempts: int = 3,
        connect_timeout_s: float = 10.0,
        longest_pause_s: float = LONGEST_PAUSE_S,
        tap: Tap | None = None,
        adapter: str = "client",
        protocol: str = "dc09",
        clock: Callable[[], Moment] = line.now,
    ) -> None:
        """``keep`` leaves the wire open after an answer; otherwise each message has a wire of its own.

        ``attempts`` is how often a wire may fail to open before the message that needs it is given up;
        ``longest_pause_s`` lies between two tries of link tests at most.
        ``make_end`` is called when the first message comes, so that a client with nothing to say is cheap.
        """
        self.target = target
        self.end: Any = None
        """The end; None before the first message. It may be another one after a message was given up."""
        self._make_end = make_end
        self._reactor = reactor
        self._keep = keep
        self._attempts = attempts
        self._tap: Tap = tap or Silent()
        self._clock = clock
        self._source = Source(adapter, protocol, str(target), target.host, target.transport)
        self._dialler: Dialler | Called
        if isinstance(target, Listen):
            self._dialler = Called(
                target, self._end_for, self, self._tap, reactor, adapter, protocol, connect_timeout_s, clock
            )
        else:
            self._dialler = Dialler(
                target, self._end_for, self, self._tap, reactor, adapter, protocol, connect_timeout_s, clock
            )
        self._line: Any = None
        self._opening: Deferred[Any] | None = None
        self._closing = False
        self._pause: Any = None
        self._fruitless = 0
        """Wires in a row that brought no answer: sets the length of the next pause before link tests."""
        self._longest_pause_s = longest_pause_s
        self._jobs: deque[Job] = deque()
        self._stopping: list[Deferred[None]] | None = None

    @property
    def waiting(self) -> int:
        """Messages without an outcome."""
        return len(self._jobs)

    def open_port(self) -> None:
        """Let ourselves be called from now on, where that is the way. Raises ListenError."""
        if isinstance(self._dialler, Called):
            self._dialler.open()

    def send(self, message: Message, ticket: Ticket | None = None) -> Deferred[Outcome]:
        """Queue a message, under the number of the ticket it got elsewhere if there is one. Fires with its outcome.

        Fails only with what the end's ``submit`` raises: a message that cannot be written (ValueError), a
        sequence number that cannot be stored (OSError).
        """
        job = Job(message, ticket)
        if self._stopping is not None:
            return succeed(job.gave_up("stopped before it was sent"))
        self._jobs.append(job)
        self._go_on()
        return job.waiter

    def hurry(self) -> None:
        """Somebody waits for the end of what is tried now: try again at once, and soon after that."""
        for job in self._jobs:
            job.urgent = True
        if self._pause is not None:
            self._pause.cancel()
            self._paused()

    def stop(self) -> Deferred[None]:
        """Give up what waits and close the wire now. Fires when it is closed."""
        done: Deferred[None] = Deferred()
        if self._stopping is not None:
            self._stopping.append(done)
            self._check_stopped()
            return done
        self._stopping = [done]
        if isinstance(self._dialler, Called):
            self._dialler.close()
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self.end is not None:
            keep_outcomes(self._jobs, self.end.decided())
        jobs, self._jobs = self._jobs, deque()
        if self._opening is not None:
            self._opening.cancel()
        elif jobs and self._line is not None:
            self._cut("stopped before an answer came")
        else:
            self._close()
        for job in jobs:
            job.waiter.callback(job.outcome or job.gave_up("stopped before an answer came"))
        self._check_stopped()
        return done

    def _go_on(self) -> None:
        """Do what can be done now for the message at the head of the queue."""
        if not self._jobs or self._closing or self._opening is not None or self._pause is not None:
            return
        if self._line is None:
            self._open()
        elif self._submit():
            self._line.flush()

    def _submit(self) -> bool:
        """Hand the end as many messages as may be on their way together; whether there were any."""
        at_once = self.end.window if self._keep and self.target.transport != "udp" else 1
        any_submitted = False
        for job in list(islice(self._jobs, at_once)):
            if job.submitted:
                continue
            try:
                job.ticket = self.end.submit(job.message, self._clock(), job.ticket)
            except Exception:
                self._jobs.remove(job)
                job.waiter.errback()
                self._reactor.callLater(0, self._go_on)
                break
            job.submitted = any_submitted = True
        return any_submitted

    def _open(self) -> None:
        self._opening = opening = self._dialler.dial()
        opening.addCallbacks(lambda _: None, self._not_opened)
        if opening.called and self._opening is opening:
            self._opening = None

    def _end_for(self, source: Source) -> SendingEnd:
        if self.end is None:
            self.end = self._make_end()
        end: SendingEnd = self.end
        return end

    def _not_opened(self, failure: Failure) -> None:
        self._opening = None
        why = failure.getErrorMessage()
        self._tap.note(self._source, f"no connection: {why}")
        self._fruitless += 1
        if self._jobs:
            job = self._jobs[0]
            job.refusals += 1
            if job.tried >= self._attempts:
                self._abandon(job, f"no connection to {self.target} after {job.tries}: {why}")
        self._pause_then_go_on()
        self._check_stopped()

    def _abandon(self, job: Job, reason: str) -> None:
        """Give up the head of the queue without an outcome from the end."""
        if job.submitted:
            keep_outcomes(self._jobs, self.end.decided())
            # The end still means to send it. What it learned from the receiver is kept, its other messages go along.
            former, self.end = self.end, self._make_end()
            self.end.offset_s, self.end.key = former.offset_s, former.key
        self._jobs.popleft()
        job.waiter.callback(job.outcome or job.gave_up(reason))
        tell_kept(self._jobs)

    def _pause_then_go_on(self) -> None:
        if self._stopping is None and self._jobs and self._pause is None and self._opening is None:
            length = pause_s(self._jobs, self._fruitless, self._longest_pause_s)
            self._pause = self._reactor.callLater(length, self._paused)

    def _paused(self) -> None:
        self._pause = None
        self._go_on()

    def _close(self) -> None:
        if self._line is not None and not self._closing:
            self._closing = True
            self._line.close()

    def _cut(self, why: str) -> None:
        self._closing = True
        self._line.abort(why)

    def _check_stopped(self) -> None:
        if self._stopping is None or self._line is not None or self._opening is not None:
            return
        stopping, self._stopping = self._stopping, []
        for done in stopping:
            done.callback(None)

    # Handler of its own lines

    def opened(self, line: Any, now: Moment) -> None:
        """The wire stands; the line flushes by itself afterwards."""
        self._opening = None
        self._line = line
        if self._stopping is not None:
            self._reactor.callLater(0, self._close)
            return
        self.end.connected(now)
        if self._jobs:
            self._submit()

    def handle(self, items: Sequence[Outcome | Noise], line: Any, now: Moment) -> None:
        """What the end read."""
        self._take(items)

    def closed(self, line: Any, now: Moment, why: str) -> None:
        """The wire is gone."""
        self._line = None
        self._closing = False
        waited = bool(self._jobs) and self._jobs[0].submitted
        if waited:
            self._tap.note(self._source, f"the connection ended before an answer came: {why}")
            self._fruitless += 1
        self._take(self.end.disconnected(now))
        if waited:
            self._pause_then_go_on()
        else:
            self._go_on()
        self._check_stopped()

    def _take(self, items: Sequence[Outcome | Noise]) -> None:
        for item in items:
            if isinstance(item, Noise):
                self._tap.note(self._source, f"not an answer: {texts.noise(item.guess, 'en')}")
            elif self._jobs and self._jobs[0].ticket is item.ticket:
                self._ended(item)

    def _ended(self, outcome: Outcome) -> None:
        job = self._jobs.popleft()
        if outcome.kind is OutcomeKind.GAVE_UP:
            # Whoever did not answer over this wire perhaps will over the next.
            if self._line is not None and not self._closing:
                self._cut(outcome.reason)
        else:
            self._fruitless = 0
            if not self._keep:
                self._close()
        job.waiter.callback(outcome)
        tell_kept(self._jobs)
        self._go_on()

    def wait_for_room(self, line: Any) -> None:
        """Never asked for: it always has room."""

    def dropped(self, source: Source, size: int, why: str) -> None:
        """Never happens: it always has room."""
