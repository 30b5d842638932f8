"""One simulated panel: a dialler with a number, a clock of its own, and one or two ways to report.

It behaves as DC-09 asks of premises equipment: messages in order, sequence numbers that go on where the last run
ended, repeats under the same number, over another path too, a clock corrected by what the receiver's NAK says,
and a link test on each path whenever nothing was said there for a while (DC-09 5.5.2). By its quirks it departs.

Two paths: messages go over the main one. When that gives up on one, the backup gets it, under the same number, and
keeps what follows until the main path answers a link test again; meanwhile its link tests are as frequent as the
main one's. With ``Habits.hold`` nothing is lost while no path works: it waits, is tried again and again, and comes in
order, marked as old.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from twisted.internet.defer import Deferred, DeferredList, succeed

from panels.path import BACKUP, MAIN, Path
from panels.routes import Routes
from panels.timekeeping import PanelClock
from panels.wire import PanelEnd
from protocols import ends
from protocols.dc09.quirks import STRICT, Quirks
from protocols.ends import CounterStore, LinkTest, Outcome, OutcomeKind, Response, Ticket
from protocols.model import Edition, Moment, Signal
from receiver.adapters import line
from receiver.adapters.endpoints import Target
from receiver.adapters.line import Tap


class Identity(Struct, frozen=True, kw_only=True):
    """Who a panel says it is."""

    account: str
    """3 to 16 hex digits."""
    prefix: str | None = "0"
    """1 to 6 hex digits (``L`` of DC-09); empty for the letter alone, None to leave it out."""
    receiver: str | None = None
    """1 to 6 hex digits (``R`` of DC-09), None to leave it out."""
    inner_account: str | None = None
    """The account inside the data where it differs."""
    key: bytes | None = None
    """16, 24 or 32 bytes to encrypt everything with, None to send in the clear."""

    def __repr__(self) -> str:
        return f"<Identity {self.counter}>"

    @property
    def counter(self) -> str:
        """Name of the panel's sequence numbers in a counter store."""
        receiver = f"R{self.receiver}" if self.receiver is not None else ""
        prefix = f"L{self.prefix}" if self.prefix is not None else ""
        return f"dc09 {receiver}{prefix}#{self.account}"


class Habits(Struct, frozen=True, kw_only=True):
    """How a panel writes and dials."""

    edition: Edition = Edition.E2013
    quirks: Quirks = STRICT
    keep: bool = True
    """Keep the connection open; otherwise every message has a connection of its own."""
    attempts: int = 3
    """How often one message is tried on one path before it is given up there."""
    ack_timeout_s: float = 10.0
    """How long an answer may take."""
    connect_timeout_s: float = 10.0
    link_test_s: float | None = None
    """Send a link test after so long without any message; None for never."""
    backup_link_test_s: float | None = None
    """The same on the backup path while the main one works; None for the interval of the main one."""
    clock_offset_s: float = 0.0
    """How far the panel's own clock is ahead of the true time at its start."""
    drift_s_per_day: float = 0.0
    """How much its clock gains in a day."""
    buffer: int = 500
    """How many messages wait at most; a panel that cannot get rid of them loses the next ones."""
    hold: bool = False
    """Keep what no path takes, and send it late; otherwise it is given up."""
    retry_s: float = 15.0
    """How long to wait before everything is tried again that no path took."""
    pieces: int = 1
    """Write each frame in so many pieces (TCP)."""
    paths: tuple[str, str] = ("", "")
    """What messages over the main and the backup path name as their network path (DC-09 2021, 2026)."""


class Panel:
    """A panel at work. For the reactor's thread."""

    def __init__(
        self,
        identity: Identity,
        target: Target,
        counters: CounterStore,
        reactor: Any,
        habits: Habits | None = None,
        *,
        backup: Target | None = None,
        tap: Tap | None = None,
        clock: Callable[[], Moment] = line.now,
    ) -> None:
        self.identity = identity
        self.habits = its = habits or Habits()
        self.key = identity.key
        """The key in force: that of the identity, until a receiver changes it."""
        self.clock = PanelClock(clock, its.clock_offset_s, its.drift_s_per_day)
        self.on_response: Callable[[Response], None] | None = None
        """Told what receivers bring along with their acknowledgements."""
        self.on_key: Callable[[bytes], None] | None = None
        """Told a new key."""
        self.on_change: Callable[[str], None] | None = None
        """Told in words what changes: paths that fail or answer again, messages that are kept, a new key."""
        self._heard: Callable[[Outcome], None] | None = None

        def make_end(path: str) -> PanelEnd:
            return PanelEnd(
                pieces=its.pieces if target.transport == "tcp" else 1,
                account=identity.account,
                counters=counters,
                counter=identity.counter,
                prefix=identity.prefix,
                receiver=identity.receiver,
                inner_account=identity.inner_account,
                key=self.key,
                ack_timeout_s=its.ack_timeout_s,
                attempts=its.attempts,
                edition=its.edition,
                quirks=its.quirks,
                path=path,
            )

        def make_path(name: str, to: Target, path: str, interval: Callable[[], float | None]) -> Path:
            return Path(
                name,
                to,
                identity.account,
                lambda: make_end(path),
                reactor,
                self.clock,
                interval,
                self._told,
                self._tested,
                keep=its.keep,
                attempts=its.attempts,
                connect_timeout_s=its.connect_timeout_s,
                tap=tap,
            )

        self.main = make_path(MAIN, target, its.paths[0], lambda: its.link_test_s)
        self.backup = None if backup is None else make_path(BACKUP, backup, its.paths[1], self._backup_interval)
        self.paths = (self.main,) if self.backup is None else (self.main, self.backup)
        self._routes = Routes(
            self.paths,
            reactor,
            self.clock,
            hold=its.hold,
            retry_s=its.retry_s,
            window=its.quirks.window,
            say=self._say,
        )

    def __repr__(self) -> str:
        return f"<Panel {self.identity.counter} to {self.main.target}>"

    @property
    def waiting(self) -> int:
        """Messages without an outcome, link tests aside."""
        return self._routes.waiting

    @property
    def outage(self) -> bool:
        """No path works, and messages wait for one that does."""
        return self._routes.outage

    @property
    def offset_s(self) -> float:
        """How far the main receiver's clock is ahead of the panel's, by its last NAK."""
        return self.main.offset_s

    def start(self, first_after_s: float = 0.0, heard: Callable[[Outcome], None] | None = None) -> None:
        """Begin with link tests, the first after a while (many panels do not all start at once).

        ``heard`` is told the outcome of every link test that the panel sends by itself. Without an interval
        in the habits nothing is sent.
        """
        self._heard = heard
        for path in self.paths:
            path.tests.start(first_after_s)

    def send(self, message: ends.Message) -> Deferred[Outcome]:
        """Queue a message. Fires with what became of it.

        Fails only with what could be put right before sending: a message that cannot be written as DC-09
        (ValueError), a sequence number that cannot be stored (OSError).
        """
        if self._routes.waiting >= self.habits.buffer:
            reason = f"the panel's buffer is full: {self._routes.waiting} messages wait already"
            return succeed(Outcome(Ticket(message, 0), OutcomeKind.GAVE_UP, reason))
        if self.habits.hold and isinstance(message, Signal) and message.occurred_at is None:
            message = replace(message, occurred_at=self.clock().wall)
        return self._routes.send(message)

    def link_test(self, path: Path | None = None) -> Deferred[Outcome]:
        """Send a link test (a DC-09 NULL message) over a path, or that in use. Fires with what became of it."""
        return (path or self._routes.current).send(LinkTest(self.identity.account))

    def stop(self) -> Deferred[None]:
        """Stop: what waits is given up, the connections are closed. Fires when they are."""
        self._routes.stop()
        return DeferredList([path.stop() for path in self.paths]).addCallback(lambda _: None)

    def _backup_interval(self) -> float | None:
        """That of the main path while the main one fails (what DC-09 leaves to the panel, and panels do)."""
        its = self.habits
        if its.backup_link_test_s is None or self.main.working is False:
            return its.link_test_s
        return its.backup_link_test_s

    def _told(self, path: Path, outcome: Outcome) -> None:
        """What became of a message on one path."""
        response = outcome.response
        if response is not None:
            if response.key is not None:
                self._take_key(response.key, path)
            if self.on_response is not None:
                self.on_response(response)
        self._routes.told(path, outcome)

    def _tested(self, outcome: Outcome) -> None:
        if self._heard is not None:
            self._heard(outcome)

    def _take_key(self, key: bytes, path: Path) -> None:
        """A receiver changed the key: it holds on every path, and for the ends of later connections."""
        self.key = key
        for other in self.paths:
            if other is not path:
                other.use_key(key)
        if self.on_key is not None:
            self.on_key(key)
        self._say("the receiver changed the key")

    def _say(self, text: str) -> None:
        if self.on_change is not None:
            self.on_change(text)
