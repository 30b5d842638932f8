"""One path of a panel: a way to one receiver, whether it works, and the link tests that find out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from panels.faults import Faults
from panels.habits import Habits
from panels.timekeeping import LinkTests
from panels.trunk import Branch, Trunk
from panels.wire import PanelEnd
from protocols import ends
from protocols.ends import LinkTest, Outcome, OutcomeKind, Ticket
from protocols.model import Moment
from receiver.adapters.client import Client, SendingEnd
from receiver.adapters.endpoints import Listen, SerialDevice, Target
from receiver.adapters.jobs import LONGEST_PAUSE_S
from receiver.adapters.line import Tap

log = Logger()

Way = Target | SerialDevice | Listen
"""A receiver's address, a serial port, or a port of our own that the receiver calls."""

MAIN, BACKUP = "main", "backup"


class Owner(Protocol):
    """The panel, as its paths see it."""

    reactor: Any
    tap: Tap | None
    trunk: Trunk | None
    """A line that it shares with other panels, in place of wires of its own."""

    @property
    def account(self) -> str:
        """Of its link tests."""

    @property
    def clock(self) -> Callable[[], Moment]:
        """Its own."""

    @property
    def habits(self) -> Habits:
        """How it dials."""

    def voice(self, path: Path) -> tuple[SendingEnd, Faults]:
        """What it speaks with there: an end with the key in force, and what goes wrong on the wire."""

    def interval_of(self, path: Path) -> float | None:
        """Between two link tests, in seconds; None for no link tests."""

    def told(self, path: Path, outcome: Outcome) -> None:
        """The outcome of every message, link tests too."""

    def tested(self, outcome: Outcome) -> None:
        """The outcome of a link test that the path sent by itself."""


class Path:
    """For the reactor's thread."""

    __slots__ = ("_client", "_offset_s", "_owner", "_why", "cut", "down_since", "name", "target", "tests", "working")

    def __init__(self, owner: Owner, name: str, target: Way) -> None:
        self.name = name
        self.target = target
        self.working: bool | None = None
        """What the last outcome says; None before the first."""
        self.down_since: float | None = None
        """Monotonic seconds of the failure that ended ``working``."""
        self.cut = False
        """Somebody simulates that the line is cut."""
        self._owner = owner
        self._offset_s = 0.0
        self._why = ""
        """What was tried here was taken back for this reason."""
        self._client: Client | Branch | None = None
        """Made when there is something to send: an idle path costs little."""
        self.tests = LinkTests(self, owner.reactor, owner.clock)

    def __repr__(self) -> str:
        return f"<Path {self.name} of {self._owner.account} to {self.target}>"

    @property
    def waiting(self) -> int:
        """Messages on it without an outcome."""
        return 0 if self._client is None else self._client.waiting

    @property
    def busy(self) -> bool:
        """Something is being sent, whose answer will show that the path lives."""
        return self.waiting > 0

    @property
    def interval(self) -> float | None:
        """Between two link tests, in seconds; None for no link tests."""
        return self._owner.interval_of(self)

    @property
    def end(self) -> PanelEnd | None:
        """Its end; None before the first message."""
        return None if self._client is None else cast("PanelEnd | None", self._client.end)

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
            self._owner.told(self, outcome)
            return succeed(outcome)
        return self._dialled().send(message, ticket).addCallback(self._ended)

    def open_port(self) -> None:
        """Let the receiver call from now on, where that is the way. Raises ListenError."""
        if isinstance(self.target, Listen):
            self._dialled().open_port()

    def _dialled(self) -> Client | Branch:
        if self._client is None and self._owner.trunk is not None:
            self._client = self._owner.trunk.branch()
        elif self._client is None:
            its = self._owner.habits
            self._client = Client(
                self.target,
                self._make_end,
                self._owner.reactor,
                keep=its.keep,
                attempts=its.attempts,
                connect_timeout_s=its.connect_timeout_s,
                longest_pause_s=min(its.link_test_s or LONGEST_PAUSE_S, LONGEST_PAUSE_S),
                tap=self._owner.tap,
                adapter="panel",
                protocol=its.protocol,
                clock=self._owner.clock,
            )
        return self._client

    def _make_end(self) -> SendingEnd:
        end = PanelEnd(*self._owner.voice(self))
        end.offset_s = self._offset_s
        return cast("SendingEnd", end)

    def _ended(self, outcome: Outcome) -> Outcome:
        if outcome.kind is OutcomeKind.GAVE_UP and (self.cut or self._client is None):
            reason = f"the {self.name} path is cut" if self.cut else self._why
            outcome = Outcome(outcome.ticket, outcome.kind, reason)
        self._owner.told(self, outcome)
        return outcome

    def test(self) -> None:
        """Send a link test by itself."""
        self.send(LinkTest(self._owner.account)).addCallbacks(self._owner.tested, self._not_tested)

    def _not_tested(self, failure: Failure) -> None:
        log.error("{path} could not send a link test: {why}", path=self, why=failure.getErrorMessage())

    def use_key(self, key: bytes) -> None:
        """Write everything from now on with another key."""
        if self.end is not None:
            self.end.key = key

    def speak_anew(self) -> None:
        """The habits changed: what is sent from now on shows it."""
        if self.end is not None:
            self.end.become(*self._owner.voice(self))

    def hurry(self) -> None:
        """A message waits for the end of a link test: try that at once, if it rests between two tries."""
        if self._client is not None:
            self._client.hurry()

    def take_back(self, why: str) -> None:
        """Give up now what is tried here. The next message has a connection of its own."""
        self._offset_s, self._why = self.offset_s, why
        client, self._client = self._client, None
        if client is not None:
            client.stop()

    def break_off(self) -> None:
        """Cut the line: what is on its way fails, and so does everything sent until it is mended."""
        if not self.cut:
            self.cut = True
            self._offset_s = self.offset_s
            if self._client is not None:
                self._client.stop()

    def mend(self) -> None:
        """Join the line again, and try it at once."""
        if self.cut:
            self.cut = False
            self._client = None
            self.test()

    def stop(self) -> Deferred[None]:
        """No more link tests; what waits is given up, the connection is closed. Fires when it is."""
        self.tests.stop()
        return succeed(None) if self._client is None else self._client.stop()
