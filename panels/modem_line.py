"""The line to a radio unit's modem: opened at once and again whenever it is gone, until it is pulled out or closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import uniform
from typing import Any, Protocol, cast

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from panels.path import Way
from protocols.ends import Outcome, Source
from protocols.model import Moment, Noise
from receiver.adapters.called import Called
from receiver.adapters.client import SendingEnd
from receiver.adapters.dial import Dialler
from receiver.adapters.endpoints import Listen
from receiver.adapters.line import Tap

PAUSES_S = (0.5, 5.0)
"""Between two tries to reach the modem, the first and the longest."""


class User(Protocol):
    """Whose modem it is."""

    def end_for(self, source: Source) -> SendingEnd:
        """What speaks on the line; always the same."""

    def modem_there(self, now: Moment) -> None:
        """It can be spoken to; the line flushes by itself afterwards."""

    def modem_away(self, why: str, tries: int) -> None:
        """It cannot: after so many tries in vain, or 0 where the line just ended."""

    def take(self, items: Sequence[Outcome | Noise]) -> None:
        """What the end read."""


class ModemLine:
    """For the reactor's thread."""

    full = False
    """It takes what its own lines read, and always has room."""

    def __init__(
        self,
        target: Way,
        user: User,
        tap: Tap,
        reactor: Any,
        protocol: str,
        patience_s: float,
        clock: Callable[[], Moment],
    ) -> None:
        self.source = Source("panel", protocol, str(target), target.host, target.transport)
        self.wanted = False
        """It shall be there."""
        self._user = user
        self._tap = tap
        self._reactor = reactor
        make = Called if isinstance(target, Listen) else Dialler
        self._wire: Dialler | Called = make(
            cast("Any", target), user.end_for, self, tap, reactor, "panel", protocol, patience_s, clock
        )
        self._line: Any = None
        self._opening: Deferred[Any] | None = None
        self._pause: Any = None
        self._tries = 0
        """In vain, in a row."""
        self._closing: Deferred[None] | None = None

    @property
    def there(self) -> bool:
        """It can be spoken to."""
        return self._line is not None

    def listen(self) -> None:
        """Where we are called: from now on. Raises ListenError."""
        if isinstance(self._wire, Called):
            self._wire.open()

    def dial(self) -> None:
        """Have it from now on."""
        self.wanted = True
        if self._line is None and self._opening is None and self._pause is None:
            self._opening = opening = self._wire.dial()
            opening.addCallbacks(lambda _: None, self._not_opened)
            if opening.called and self._opening is opening:
                self._opening = None

    def flush(self) -> None:
        """Something is to be sent."""
        if self._line is not None:
            self._line.flush()

    def drop(self) -> None:
        """Do without it."""
        self.wanted = False
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._opening is not None:
            self._opening.cancel()
        if self._line is not None:
            self._line.close()

    def close(self) -> Deferred[None]:
        """Do without it for good. Fires when it is closed."""
        closing: Deferred[None] = Deferred()
        self._closing = closing
        if isinstance(self._wire, Called):
            self._wire.close()
        self.drop()
        self._check_closed()
        return closing

    def _check_closed(self) -> None:
        if self._closing is not None and self._line is None and self._opening is None:
            closing, self._closing = self._closing, None
            closing.callback(None)

    def _not_opened(self, failure: Failure) -> None:
        self._opening = None
        if not self.wanted:
            self._check_closed()
            return
        self._tries += 1
        why = failure.getErrorMessage()
        self._tap.note(self.source, f"no connection: {why}")
        self._dial_later()
        self._user.modem_away(why, self._tries)

    def _dial_later(self) -> None:
        first, longest = PAUSES_S
        wait = min(longest, first * 2.0 ** min(max(0, self._tries - 1), 16))
        self._pause = self._reactor.callLater(uniform(0.8, 1.0) * wait, self._paused)

    def _paused(self) -> None:
        self._pause = None
        self.dial()

    # Handler of its own lines

    def opened(self, line: Any, now: Moment) -> None:
        """The modem is there."""
        self._opening = None
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        self._line = line
        if not self.wanted:
            self._reactor.callLater(0, line.close)
            return
        self._tries = 0
        line.end.connected(now)
        self._user.modem_there(now)

    def handle(self, items: Sequence[Outcome | Noise], line: Any, now: Moment) -> None:
        """What the end read."""
        self._user.take(items)

    def closed(self, line: Any, now: Moment, why: str) -> None:
        """The modem is gone."""
        self._line = None
        self._user.take(line.end.disconnected(now))
        if not self.wanted:
            self._check_closed()
            return
        self._tap.note(self.source, f"the connection to the modem ended: {why}")
        self._dial_later()
        self._user.modem_away(f"the connection to the modem ended: {why}", 0)

    def wait_for_room(self, line: Any) -> None:
        """Never asked for: it always has room."""

    def dropped(self, source: Source, size: int, why: str) -> None:
        """Never happens: it always has room."""
