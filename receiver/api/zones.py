"""The calls about the names of zones."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from receiver.accounts import Identity
from receiver.api.call import Call
from receiver.api.changes import Changes, rows_of
from receiver.api.view import StationView

PAGE_MAX = 1000

_json = msgspec.json.encode


class ImportZones(Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/zones/import``; the rows are read one by one."""

    rows: list[msgspec.Raw]
    replace: bool = False


class RemoveZones(Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/zones/remove``: of exactly one account, one zone or all of them."""

    account: str
    adapter: str = ""
    prefix: str = ""
    receiver: str = ""
    number: str = ""
    """Blank for all zones of the account."""


class ZoneCalls:
    """Shows the names of zones and changes them."""

    def __init__(self, view: StationView, changes: Changes) -> None:
        self._view = view
        self._changes = changes

    async def show(self, call: Call) -> bytes:
        """``GET /v1/zones``."""
        account = call.text("account")
        offset, limit = call.number("offset") or 0, call.number("limit", 1, PAGE_MAX) or PAGE_MAX
        book = self._view.book
        if account:
            rows = book.zones(account)
            more = None
        else:
            rows = await self._changes.in_thread(lambda: book.zone_listing(offset, limit))
            more = offset + limit if len(rows) == limit else None
        return _json({"zones": [{**row, "account_key": _key(row)} for row in rows], "next": more})

    async def import_rows(self, call: Call) -> bytes:
        """``POST /v1/zones/import``."""
        body = call.body(ImportZones)
        view = self._view
        change = await self._changes.make(
            call,
            lambda: view.book.prepare_zones(rows_of(body.rows), body.replace),
            lambda change: view.zones_changed(change, call.peer.operator),
        )
        return _json({**change.counts(), "notes": change.notes})

    async def remove(self, call: Call) -> bytes:
        """``POST /v1/zones/remove``."""
        body = call.body(RemoveZones)
        view = self._view
        change = await self._changes.make(
            call,
            lambda: view.book.prepare_zone_removal(body.account, body.adapter, body.prefix, body.receiver, body.number),
            lambda change: view.zones_changed(change, call.peer.operator),
        )
        return _json({**change.counts(), "notes": change.notes})


def _key(row: dict[str, str]) -> str:
    return Identity(row["account"], row["adapter"], row["prefix"], row["receiver"]).key
