"""One path of a panel: a way to one receiver, whether it works, and the link tests that find out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from panels.timekeeping import LinkTests
from panels.wire import PanelEnd, Repeated
from protocols import ends
from protocols.ends import LinkTest, Outcome, OutcomeKind, Ticket
from protocols.model import Moment
from receiver.adapters.client import Client
from receiver.adapters.endpoints import Target
from receiver.adapters.line import Tap

log = Logger()

MAIN, BACKUP = "main", "backup"


class Path:
    """For the reactor's thread. ``make_end`` makes an end with the key and the habits of the panel."""

    __slots__ = (
        "_account",
        "_client",
        "_make_client",
        "_offset_s",
        "_tested",
        "_told",
        "cut",
        "down_since",
        "name",
        "target",
        "tests",
        "working",
    )

    def __init__(
        self,
        name: str,
        target: Target,
        account: str,
        make_end: Callable[[], PanelEnd],
        reactor: Any,
        clock: Callable[[], Moment],
        interval: Callable[[], float | None],
        told: Callable[[Path, Outcome], None],
        tested: Callable[[Outcome], None],
        *,
        keep: bool,
        attempts: int,
        connect_timeout_s: float,
        tap: Tap | None,
    ) -> None:
        """``interval`` gives that of its link tests; ``told`` is given the outcome of every message, link tests too,
        ``tested`` of those link tests that it sends by itself.
        """
        self.name = name
        self.target = target
        self._account = account
        self._told = told
        self._tested = tested
        self.working: bool | None = None
        """What the last outcome says; None before the first."""
        self.down_since: float | None = None
        """Monotonic seconds of the failure that ended ``working``."""
        self.cut = False
        """Somebody simulates that the line is cut."""

        self._offset_s = 0.0

        def make() -> PanelEnd:
            end = make_end()
            end.offset_s = self._offset_s
            return end

        def make_client() -> Client:
            return Client(
                target,
                make,
                reactor,
                keep=keep,
                attempts=attempts,
                connect_timeout_s=connect_timeout_s,
                tap=tap,
                adapter="panel",
                clock=clock,
            )

        self._make_client = make_client
        self._client = make_client()
        self.tests = LinkTests(reactor, clock, interval, lambda: self.waiting > 0, self._test)

    def __repr__(self) -> str:
        return f"<Path {self.name} of {self._account} to {self.target}>"

    @property
    def waiting(self) -> int:
        """Messages on it without an outcome."""
        return self._client.waiting

    @property
    def end(self) -> PanelEnd | None:
        """Its end; None before the first message."""
        return cast("PanelEnd | None", self._client.end)

    @property
    def offset_s(self) -> float:
        """How far the receiver's clock is ahead of the panel's, by its last NAK."""
        return self._offset_s if self.end is None else self.end.offset_s

    def send(self, message: ends.Message, ticket: Ticket | None = None) -> Deferred[Outcome]:
        """Send a message, under the number of a ticket that it has already. Fires with what became of it here.

        Fails only as ``Client.send`` does.
        """
        self.tests.sent()
        if self.cut:
            outcome = Outcome(ticket or Ticket(message, 0), OutcomeKind.GAVE_UP, f"the {self.name} path is cut")
            self._told(self, outcome)
            return succeed(outcome)
        # The client hands what it is given to its own end, unread.
        job = message if ticket is None else cast(ends.Message, Repeated(message, ticket))
        return self._client.send(job).addCallback(self._ended)

    def _ended(self, outcome: Outcome) -> Outcome:
        if self.cut and outcome.kind is OutcomeKind.GAVE_UP:
            outcome = Outcome(outcome.ticket, outcome.kind, f"the {self.name} path is cut")
        self._told(self, outcome)
        return outcome

    def _test(self) -> None:
        self.send(LinkTest(self._account)).addCallbacks(self._tested, self._not_tested)

    def _not_tested(self, failure: Failure) -> None:
        log.error("{path} could not send a link test: {why}", path=self, why=failure.getErrorMessage())

    def use_key(self, key: bytes) -> None:
        """Write everything from now on with another key."""
        if self.end is not None:
            self.end.key = key

    def break_off(self) -> None:
        """Cut the line: what is on its way fails, and so does everything sent until it is mended."""
        if not self.cut:
            self.cut = True
            self._offset_s = self.offset_s
            self._client.stop()

    def mend(self) -> None:
        """Join the line again, and try it at once."""
        if self.cut:
            self.cut = False
            self._client = self._make_client()
            self._test()

    def stop(self) -> Deferred[None]:
        """No more link tests; what waits is given up, the connection is closed. Fires when it is."""
        self.tests.stop()
        return self._client.stop()
