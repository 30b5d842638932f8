"""One line that many panels share: what a receiver of a monitoring station hands on to its software.

The panels of a district that report through a receiver have no connection of their own. Their messages go over the one
line in the order in which they come; its heartbeats keep it alive, and say nothing of any panel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from twisted.internet.defer import Deferred, succeed

from panels.habits import Habits, Identity
from panels.speaking import speak
from panels.wire import PanelEnd
from protocols.ends import CounterStore, Message, Outcome, Ticket
from protocols.model import Moment
from receiver.adapters import line
from receiver.adapters.client import Client, SendingEnd
from receiver.adapters.endpoints import Listen, SerialDevice, Target
from receiver.adapters.line import Tap


class Trunk:
    """For the reactor's thread."""

    def __init__(
        self,
        target: Target | SerialDevice | Listen,
        who: Identity,
        habits: Habits,
        counters: CounterStore,
        reactor: Any,
        *,
        heartbeat_s: float | None = None,
        tap: Tap | None = None,
        clock: Callable[[], Moment] = line.now,
    ) -> None:
        """``who`` names receiver and line; its account stands in what the line says of itself."""

        def make() -> SendingEnd:
            return cast("SendingEnd", PanelEnd(speak(who, habits, counters, None, "", heartbeat_s), habits.faults))

        self._client = Client(
            target,
            make,
            reactor,
            attempts=habits.attempts,
            connect_timeout_s=habits.connect_timeout_s,
            tap=tap,
            adapter="panel",
            protocol=habits.protocol,
            clock=clock,
        )

    def open_port(self) -> None:
        """Let the station call from now on, where that is the way. Raises ListenError."""
        self._client.open_port()

    def branch(self) -> Branch:
        """The line, as one panel sees it."""
        return Branch(self._client)

    def stop(self) -> Deferred[None]:
        """Give up what waits and close the line. Fires when it is closed."""
        return self._client.stop()


class Branch:
    """What a panel does with a line that it shares. Offers what ``Client`` does."""

    end = None
    """Not the panel's own."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.waiting = 0
        """Messages of this panel without an outcome."""

    def open_port(self) -> None:
        """The trunk does."""

    def send(self, message: Message, ticket: Ticket | None = None) -> Deferred[Outcome]:
        """As ``Client.send``."""
        self.waiting += 1
        return self._client.send(message, ticket).addBoth(self._ended)

    def _ended(self, result: Any) -> Any:
        self.waiting -= 1
        return result

    def hurry(self) -> None:
        """As ``Client.hurry``."""
        self._client.hurry()

    def stop(self) -> Deferred[None]:
        """The panel is off the line; what it sent before goes on."""
        return succeed(None)
