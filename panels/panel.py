"""One simulated panel: a dialler with a number, a clock of its own, and one or two ways to report.

It behaves as DC-09 asks of premises equipment: messages in order, sequence numbers that go on where the last run
ended, repeats under the same number, over another path too, a clock corrected by what the receiver's NAK says,
and a link test on each path whenever nothing was said there for a while (DC-09 5.5.2). By its quirks it departs.

Two paths: messages go over the main one. When that gives up on one, the backup gets it, under the same number, and
keeps what follows until the main path answers a link test again; meanwhile its link tests are as frequent as the
main one's. With ``Habits.hold`` nothing is lost while no path works: it waits, is tried again and again, and comes in
order, marked as old unless a receiver may have it already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from msgspec.structs import replace
from twisted.internet.defer import Deferred, DeferredList, succeed

from panels.faults import Faults
from panels.habits import RADIO, Habits, Identity
from panels.path import BACKUP, MAIN, Path, Way
from panels.radio_path import RadioPath, RadioRoute
from panels.routes import Routes
from panels.speaking import speak
from panels.timekeeping import PanelClock
from panels.trunk import Trunk
from protocols import ends
from protocols.ends import CounterStore, LinkTest, Outcome, OutcomeKind, Response, Ticket
from protocols.model import Moment, Signal
from receiver.adapters import line
from receiver.adapters.client import SendingEnd
from receiver.adapters.line import Tap

__all__ = ["Habits", "Identity", "Panel"]


class Panel:
    """A panel at work. For the reactor's thread. There may be very many: what it needs to send is made when it does."""

    __slots__ = (
        "_counters",
        "_heard",
        "_routes",
        "backup",
        "clock",
        "habits",
        "identity",
        "key",
        "main",
        "on_change",
        "on_key",
        "on_response",
        "paths",
        "reactor",
        "tap",
        "trunk",
    )

    def __init__(
        self,
        identity: Identity,
        target: Way,
        counters: CounterStore,
        reactor: Any,
        habits: Habits | None = None,
        *,
        backup: Way | None = None,
        tap: Tap | None = None,
        trunk: Trunk | None = None,
        clock: Callable[[], Moment] = line.now,
    ) -> None:
        self.identity = identity
        self.habits = its = habits or Habits()
        self.reactor = reactor
        self.tap = tap
        self.trunk = trunk
        """A line that it shares with other panels, in place of wires of its own."""
        self.key = identity.key
        """The key in force: that of the identity, until a receiver changes it."""
        self.clock = PanelClock(clock, its.clock_offset_s, its.drift_s_per_day)
        self.on_response: Callable[[Response], None] | None = None
        """Told what receivers bring along with their acknowledgements."""
        self.on_key: Callable[[bytes], None] | None = None
        """Told a new key."""
        self.on_change: Callable[[str], None] | None = None
        """Told in words what changes: paths that fail or answer again, messages that are kept, a new key."""
        self._counters = counters
        self._heard: Callable[[Outcome], None] | None = None
        self._routes: Routes | RadioRoute
        self.main: Path
        self.backup = None if backup is None else Path(self, BACKUP, backup)
        if its.protocol == RADIO:
            # A modem is its only path.
            self.main = path = RadioPath(self, MAIN, target)
            self._routes = RadioRoute(path)
        else:
            self.main = Path(self, MAIN, target)
            self._routes = Routes(self)
        self.paths: tuple[Path, ...] = (self.main,) if self.backup is None else (self.main, self.backup)

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
    def doing(self) -> str:
        """What is done for those that wait: `` (on their way over the main path)``; empty when nothing waits."""
        return self._routes.doing

    @property
    def offset_s(self) -> float:
        """How far the main receiver's clock is ahead of the panel's, by its last NAK."""
        return self.main.offset_s

    def start(self, first_after_s: float = 0.0, heard: Callable[[Outcome], None] | None = None) -> None:
        """Begin with link tests, the first after a while (many panels do not all start at once).

        ``heard`` is told the outcome of every link test that the panel sends by itself. Without an interval
        in the habits nothing is sent. Raises ListenError for a port that it cannot be called on.
        """
        self._heard = heard
        for path in self.paths:
            path.open_port()
            path.tests.start(first_after_s)

    def send(self, message: ends.Message) -> Deferred[Outcome]:
        """Queue a message. Fires with what became of it.

        Fails only with what could be put right before sending: a message that the protocol cannot say
        (ValueError), a sequence number that cannot be stored (OSError) unless ``Habits.hold`` keeps the message.
        """
        if self._routes.waiting >= self.habits.buffer:
            reason = f"the panel's buffer is full: {self._routes.waiting} messages wait already"
            return succeed(Outcome(Ticket(message, 0), OutcomeKind.GAVE_UP, reason))
        if self.habits.hold and isinstance(message, Signal):
            if message.occurred_at is None:
                message = replace(message, occurred_at=self.clock().wall)
            if self.habits.protocol == RADIO:
                # It cannot be put right later: what is kept is kept as it will be said.
                message = replace(message, occurred_at=cast("float", message.occurred_at) + self.offset_s)
        return self._routes.send(message)

    def link_test(self, path: Path | None = None) -> Deferred[Outcome]:
        """Send a link test over a path, or that in use. Fires with what became of it.

        With DC-09 that is a NULL message, else the heartbeat of the protocol.
        """
        return (path or self._routes.current).send(LinkTest(self.identity.account))

    def change(self, habits: Habits) -> None:
        """Behave otherwise from the next message on. Messages on their way are not changed."""
        self.habits = habits
        for path in self.paths:
            path.speak_anew()

    def stop(self) -> Deferred[None]:
        """Stop: what waits is given up, the connections are closed. Fires when they are."""
        self._routes.stop()
        return DeferredList([path.stop() for path in self.paths]).addCallback(lambda _: None)

    # What its paths and its queue ask and tell

    @property
    def account(self) -> str:
        """Of its link tests."""
        return self.identity.account

    def voice(self, path: Path) -> tuple[SendingEnd, Faults]:
        """What it speaks with on one of its paths: an end with the key in force, and the faults of the wire."""
        its = self.habits
        letter = its.paths[path is not self.main]
        faults = its.faults.of_datagrams if path.target.transport == "udp" else its.faults
        return speak(self.identity, its, self._counters, self.key, letter), faults

    def interval_of(self, path: Path) -> float | None:
        """Between two link tests on a path: on the backup that of the main one, if any, while the main one fails."""
        its = self.habits
        if path is self.main or its.backup_link_test_s is None:
            return its.link_test_s
        if self.main.working is False and its.link_test_s is not None:
            return its.link_test_s
        return its.backup_link_test_s

    def told(self, path: Path, outcome: Outcome) -> None:
        """What became of a message, or a link test, on one path."""
        response = outcome.response
        if response is not None:
            if response.key is not None:
                self._take_key(response.key, path)
            if self.on_response is not None:
                self.on_response(response)
        self._routes.told(path, outcome)

    def tested(self, outcome: Outcome) -> None:
        """What became of a link test that a path sent by itself."""
        if self._heard is not None:
            self._heard(outcome)

    def say(self, text: str) -> None:
        """Tell in words what changes."""
        if self.on_change is not None:
            self.on_change(text)

    def _take_key(self, key: bytes, path: Path) -> None:
        """A receiver changed the key: it holds on every path, and for the ends of later connections."""
        self.key = key
        for other in self.paths:
            if other is not path:
                other.use_key(key)
        if self.on_key is not None:
            self.on_key(key)
        self.say("the receiver changed the key")
