"""Changes of the accounts and their zones over the API: one at a time, and never in the reactor's way.

Long work is done on a thread of the pool, the reactor only takes the result over.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
from twisted.internet.defer import Deferred, DeferredLock, ensureDeferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from receiver.accounts import Change, Prepared
from receiver.api.call import Call
from receiver.api.errors import ApiError, status_of
from receiver.api.view import StationView

T = TypeVar("T")

TURN_S = 0.0005


class Changes:
    """Makes changes of the book in the order they were asked for."""

    _log = Logger()

    def __init__(self, view: StationView, reactor: Any) -> None:
        self._view = view
        self._reactor = reactor
        self._changes = DeferredLock()
        self._working = 0
        self._usual_s = sys.getswitchinterval()

    def make(self, call: Call, prepare: Callable[[], Prepared], made: Callable[[Change], object]) -> Deferred[Change]:
        """Make a change once those before it are made. It is made to its end also when its client goes.

        ``made`` is called in the turn of the reactor in which it counts, unless nothing was changed. Raises
        ApiError (403) for a caller who may not change anything.
        """
        if not call.peer.owner:
            raise ApiError(403, "accounts and zones are changed by the user the station runs as, and by root, only")

        async def make() -> Change:
            change = self._view.book.apply(await self.in_thread(prepare))
            if any(change.counts().values()):
                made(change)
            return change

        told: Deferred[Change] = Deferred()

        def tell(result: Change | Failure) -> None:
            if told.called and isinstance(result, Failure) and status_of(result.value) >= 500:  # type: ignore[arg-type]
                self._log.failure("a change of the accounts failed, and its client has gone", failure=result)
            told.callback(result)  # a Deferred that was cancelled takes it once and forgets it

        self._changes.run(lambda: ensureDeferred(make())).addBoth(tell)
        return told

    def in_thread(self, work: Callable[[], T]) -> Deferred[T]:
        """Do long work on a thread of the pool, and have the threads take turns more often meanwhile.

        A thread that computes keeps the interpreter for 5 ms when another one wants it (``sys.setswitchinterval``),
        and for an acknowledgement the station's threads want it a dozen times.
        """
        if not self._working:
            self._usual_s = sys.getswitchinterval()
            sys.setswitchinterval(TURN_S)
        self._working += 1

        def done(result: T | Failure) -> T | Failure:
            self._working -= 1
            if not self._working:
                sys.setswitchinterval(self._usual_s)
            return result

        work_done: Deferred[T] = deferToThreadPool(self._reactor, self._view.pool, work)
        return work_done.addBoth(done)


def rows_of(raws: list[msgspec.Raw]) -> Iterator[dict[str, Any]]:
    """The rows of a request, read one by one. Raises ApiError."""
    decoder = msgspec.json.Decoder(dict[str, Any])
    for number, raw in enumerate(raws, 1):
        try:
            yield decoder.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ApiError(400, f"row {number} of the request: {error}") from error
