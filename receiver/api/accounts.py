"""The calls about accounts."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from receiver.accounts import Account, Change
from receiver.api.call import Call
from receiver.api.changes import Changes, rows_of
from receiver.api.errors import ApiError
from receiver.api.view import StationView

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
    """Shows the accounts and changes them."""

    def __init__(self, view: StationView, changes: Changes) -> None:
        self._view = view
        self._changes = changes

    async def show(self, call: Call) -> bytes:
        """``GET /v1/accounts``."""
        keys = call.flag("keys")
        if keys and not call.peer.owner:
            raise ApiError(403, "keys are shown to the user the station runs as, and to root, only")
        accounts = self._view.book.all()

        def encode() -> bytes:
            return b'{"accounts":[%b]}' % b",".join(_row(account, keys) for account in accounts)

        return await self._changes.in_thread(encode)

    async def import_rows(self, call: Call) -> bytes:
        """``POST /v1/accounts/import``."""
        body = call.body(Import)
        change = await self._changes.make(
            call,
            lambda: self._view.book.prepare_import(rows_of(body.rows), body.replace),
            lambda change: self._view.accounts_changed(_counted(change), call.peer.operator),
        )
        return _json({**change.counts(), "notes": change.notes})

    async def remove(self, call: Call) -> bytes:
        """``POST /v1/accounts/remove``."""
        body = call.body(Remove)
        change = await self._changes.make(
            call,
            lambda: self._view.book.prepare_removal(body.account, body.adapter, body.prefix, body.receiver),
            lambda change: self._view.accounts_changed(f"removed {', '.join(change.removed)}", call.peer.operator),
        )
        return _json({**change.counts(), "notes": change.notes})


def _counted(change: Change) -> str:
    return ", ".join(f"{name} {count}" for name, count in change.counts().items())


def _row(account: Account, keys: bool) -> bytes:
    row = account.row(with_key=keys)
    return _json({**row, "account_key": account.account_key, "has_key": bool(account.key)})
