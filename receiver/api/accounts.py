"""The calls about accounts: long work is done on a thread of the pool, the reactor only takes the result over."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from twisted.internet.defer import Deferred, DeferredLock, ensureDeferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from receiver.accounts import Account, Change, Prepared
from receiver.api.call import Call
from receiver.api.errors import ApiError, status_of
from receiver.api.view import StationView

T = TypeVar("T")

TURN_S = 0.0005

_json = msgspec.json.encode


class Import(Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/accounts/import``; the rows are read one by one."""

    rows: list[msgspec.Raw]
    replace: bool = False


class Remove(Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/accounts/remove``: exactly one account."""

    account: str
    adapter: str = ""
    prefix: str = ""
    receiver: str = ""


class AccountCalls:
    """Shows the accounts and changes them, one change at a time."""

    _log = Logger()

    def __init__(self, view: StationView, reactor: Any) -> None:
        self._view = view
        self._reactor = reactor
        self._changes = DeferredLock()
        self._working = 0
        self._usual_s = sys.getswitchinterval()

    async def show(self, call: Call) -> bytes:
        """``GET /v1/accounts``."""
        keys = call.flag("keys")
        if keys and not call.peer.may_see_keys:
            raise ApiError(403, "keys are shown to the user the station runs as, and to root, only")
        accounts = self._view.book.all()

        def encode() -> bytes:
            return b'{"accounts":[%b]}' % b",".join(_row(account, keys) for account in accounts)

        return await self._in_thread(encode)

    async def import_rows(self, call: Call) -> bytes:
        """``POST /v1/accounts/import``."""
        body = call.body(Import)
        change = await self._change(
            lambda: self._view.book.prepare_import(_rows(body.rows), body.replace),
            lambda change: ", ".join(f"{name} {count}" for name, count in change.counts().items()),
            call.peer.operator,
        )
        return _json({**change.counts(), "notes": change.notes})

    async def remove(self, call: Call) -> bytes:
        """``POST /v1/accounts/remove``."""
        body = call.body(Remove)
        change = await self._change(
            lambda: self._view.book.prepare_removal(body.account, body.adapter, body.prefix, body.receiver),
            lambda change: f"removed {', '.join(change.removed)}",
            call.peer.operator,
        )
        return _json({**change.counts(), "notes": change.notes})

    def _change(
        self, prepare: Callable[[], Prepared], text: Callable[[Change], str], operator: str
    ) -> Deferred[Change]:
        """Make a change once those before it are made. It is made to its end also when its client goes."""

        async def make() -> Change:
            change = self._view.book.apply(await self._in_thread(prepare))
            if any(change.counts().values()):
                self._view.accounts_changed(text(change), operator)
            return change

        told: Deferred[Change] = Deferred()

        def tell(result: Change | Failure) -> None:
            if told.called and isinstance(result, Failure) and status_of(result.value) >= 500:  # type: ignore[arg-type]
                self._log.failure("a change of the accounts failed, and its client has gone", failure=result)
            told.callback(result)  # a Deferred that was cancelled takes it once and forgets it

        self._changes.run(lambda: ensureDeferred(make())).addBoth(tell)
        return told

    def _in_thread(self, work: Callable[[], T]) -> Deferred[T]:
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


def _rows(raws: list[msgspec.Raw]) -> Iterator[dict[str, Any]]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    for number, raw in enumerate(raws, 1):
        try:
            yield decoder.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ApiError(400, f"row {number} of the request: {error}") from error


def _row(account: Account, keys: bool) -> bytes:
    row = account.row(with_key=keys)
    return _json({**row, "account_key": account.account_key, "has_key": bool(account.key)})
