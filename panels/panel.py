"""One simulated panel: a dialler with a number, a clock of its own, and somebody to report to.

It behaves as DC-09 asks of premises equipment: one message outstanding at a time and the others behind it in
order, sequence numbers that go on where the last run ended, repeats under the same number, a clock corrected
by what the receiver's NAK says, and a link test whenever it had nothing to say for a while (DC-09 5.5.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from protocols.dc09 import SendingEnd
from protocols.ends import CounterStore, LinkTest, Outcome, OutcomeKind, Ticket
from protocols.model import Moment, Signal
from receiver.adapters import line
from receiver.adapters.client import Client
from receiver.adapters.endpoints import Target
from receiver.adapters.line import Tap

log = Logger()


class Identity(Struct, frozen=True, kw_only=True):
    """Who a panel says it is."""

    account: str
    """3 to 16 hex digits."""
    prefix: str = "0"
    """1 to 6 hex digits (``L`` of DC-09)."""
    receiver: str | None = None
    """1 to 6 hex digits (``R`` of DC-09), None to leave it out."""
    key: bytes | None = None
    """16, 24 or 32 bytes to encrypt everything with, None to send in the clear."""

    def __repr__(self) -> str:
        return f"<Identity {self.counter}>"

    @property
    def counter(self) -> str:
        """Name of the panel's sequence numbers in a counter store."""
        receiver = f"R{self.receiver}" if self.receiver is not None else ""
        return f"dc09 {receiver}L{self.prefix}#{self.account}"


class Habits(Struct, frozen=True, kw_only=True):
    """How a panel dials."""

    keep: bool = True
    """Keep the connection open; otherwise every message has a connection of its own."""
    attempts: int = 3
    """How often one message is tried before it is given up."""
    ack_timeout_s: float = 10.0
    """How long an answer may take."""
    connect_timeout_s: float = 10.0
    link_test_s: float | None = None
    """Send a link test after so long without any message; None for never."""
    clock_offset_s: float = 0.0
    """How far the panel's own clock is ahead of the true time."""
    buffer: int = 500
    """How many messages wait at most; a panel that cannot get rid of them loses the next ones."""


class Panel:
    """A panel at work. For the reactor's thread."""

    __slots__ = ("_client", "_clock", "_heard", "_last_sent", "_reactor", "_stopped", "_timer", "habits", "identity")

    def __init__(
        self,
        identity: Identity,
        target: Target,
        counters: CounterStore,
        reactor: Any,
        habits: Habits | None = None,
        *,
        tap: Tap | None = None,
        clock: Callable[[], Moment] = line.now,
    ) -> None:
        self.identity = identity
        self.habits = its = habits or Habits()
        self._reactor = reactor
        self._clock = clock
        self._timer: Any = None
        self._stopped = False
        self._last_sent = clock().mono
        self._heard: Callable[[Outcome], None] | None = None

        def make_end() -> SendingEnd:
            return SendingEnd(
                account=identity.account,
                counters=counters,
                counter=identity.counter,
                prefix=identity.prefix,
                receiver=identity.receiver,
                key=identity.key,
                ack_timeout_s=its.ack_timeout_s,
                attempts=its.attempts,
                clock_offset_s=its.clock_offset_s,
            )

        self._client = Client(
            target,
            make_end,
            reactor,
            keep=its.keep,
            attempts=its.attempts,
            connect_timeout_s=its.connect_timeout_s,
            tap=tap,
            adapter="panel",
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"<Panel {self.identity.counter} to {self._client.target}>"

    @property
    def waiting(self) -> int:
        """Messages without an outcome."""
        return self._client.waiting

    @property
    def offset_s(self) -> float:
        """How far the receiver's clock is ahead of the panel's, by its last NAK."""
        return float(self._client.end.offset_s) if self._client.end is not None else 0.0

    def start(self, first_after_s: float = 0.0, heard: Callable[[Outcome], None] | None = None) -> None:
        """Begin with link tests, the first after a while (many panels do not all start at once).

        ``heard`` is told the outcome of every link test that the panel sends by itself. Without an interval
        in the habits nothing is sent.
        """
        self._heard = heard
        if self.habits.link_test_s is not None and self._timer is None and not self._stopped:
            self._timer = self._reactor.callLater(first_after_s, self._first_link_test)

    def send(self, signal: Signal) -> Deferred[Outcome]:
        """Queue a signal. Fires with what became of it.

        Fails only with what could be put right before sending: a signal that cannot be written as DC-09
        (ValueError), a sequence number that cannot be stored (OSError).
        """
        return self._send(signal)

    def link_test(self) -> Deferred[Outcome]:
        """Queue a link test (a DC-09 NULL message). Fires with what became of it."""
        return self._send(LinkTest(self.identity.account))

    def stop(self) -> Deferred[None]:
        """Stop: what waits is given up, the connection is closed. Fires when it is."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return self._client.stop()

    def _send(self, message: Signal | LinkTest) -> Deferred[Outcome]:
        if self._client.waiting >= self.habits.buffer:
            reason = f"the panel's buffer is full: {self._client.waiting} messages wait already"
            return succeed(Outcome(Ticket(message, 0), OutcomeKind.GAVE_UP, reason))
        self._last_sent = self._clock().mono
        return self._client.send(message)

    # Link tests: one timer, which looks when it comes whether anything else was sent meanwhile

    def _first_link_test(self) -> None:
        self._timer = None
        self._test_now()

    def _look(self) -> None:
        self._timer = None
        interval = self.habits.link_test_s
        assert interval is not None
        rest = self._last_sent + interval - self._clock().mono
        if rest > 0:
            self._timer = self._reactor.callLater(rest, self._look)
        elif self._client.waiting:
            # Something is being sent already; its answer will show that the path lives.
            self._timer = self._reactor.callLater(interval, self._look)
        else:
            self._test_now()

    def _test_now(self) -> None:
        self._timer = self._reactor.callLater(self.habits.link_test_s, self._look)
        self.link_test().addCallbacks(self._tested, self._not_tested)

    def _tested(self, outcome: Outcome) -> None:
        if self._heard is not None:
            self._heard(outcome)

    def _not_tested(self, failure: Failure) -> None:
        log.error("{panel} could not send a link test: {why}", panel=self, why=failure.getErrorMessage())
