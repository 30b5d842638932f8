"""Ctrl-C, SIGTERM and a closed terminal: the first ends a check with its report, the second at once."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any, Protocol

INTERRUPTED = 130


class Removable(Protocol):
    """What is to be removed before the process ends at once."""

    def remove(self) -> None:
        """Remove what would be left behind."""


class Ender:
    """Ends a session: at once when it is told a second time."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self, session: Removable, reactor: Any) -> None:
        self._session = session
        self._reactor = reactor
        self._told = 0
        self._ending = False

    def obey(self) -> None:
        """From now on Ctrl-C, SIGTERM and a closed terminal end the session."""
        for number in self.SIGNALS:
            signal.signal(number, self._hear)

    def deaf(self) -> None:
        """The session has ended; whoever cannot wait for the report ends the process."""
        for number in self.SIGNALS:
            signal.signal(number, lambda _number, _frame: _leave())

    def end(self) -> None:
        """Stop the reactor, once."""
        if not self._ending:
            self._ending = True
            self._reactor.callWhenRunning(self._reactor.stop)

    def _hear(self, _number: int, _frame: object) -> None:
        self._told += 1
        if self._told > 1:
            self._session.remove()
            _leave()
        # Also before the reactor runs: then it stops as soon as it does.
        self._reactor.callFromThread(self.end)


def _leave() -> None:
    """End the process now, on a line of its own."""
    with suppress(OSError):
        os.write(2, b"\n")
    os._exit(INTERRUPTED)
