"""What a process that is nothing but panels needs: a reactor run to an end, a place for its numbers, sockets."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.python.failure import Failure

INTERRUPTED = 130
"""Exit code after Ctrl-C or SIGTERM where ``main`` does not end by itself."""


def run(main: Callable[[Any], Coroutine[Deferred[Any], Any, int]]) -> int:
    """Run the reactor of this process until ``await main(reactor)`` returns the exit code, and give that.

    SIGINT and SIGTERM stop the reactor, after what ``main`` added to the shutdown. What ``main`` raises is
    raised here. Once a process only: a reactor cannot start again.
    """
    from twisted.internet import reactor as installed

    reactor: Any = installed
    # Twisted's timers go by the wall clock unless told otherwise; a step of it would shift every time-out.
    reactor.seconds = time.monotonic
    ended: list[int | Failure] = []

    def end(result: int | Failure) -> None:
        ended.append(result)
        with suppress(ReactorNotRunning):  # a signal may be stopping it already
            reactor.stop()

    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(main(reactor)).addBoth(end))
    reactor.run()
    if not ended:
        return INTERRUPTED
    result = ended[0]
    if isinstance(result, Failure):
        result.raiseException()
    assert isinstance(result, int)
    return result


def state_file(given: Path | None = None) -> Path:
    """The file of counters, with its folder made: ``given``, else ``ptsn/counters.json`` in the user's state folder.

    Raises OSError when the folder cannot be made.
    """
    if given is None:
        state = os.environ.get("XDG_STATE_HOME", "")
        folder = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
        given = folder / "ptsn" / "counters.json"
    given.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return given


def allow_many_sockets() -> None:
    """Raise the limit of open files as far as the system lets us."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
