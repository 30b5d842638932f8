"""``GET /v1/search``: what was asked, checked; the answer, with the entries as they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from twisted.internet.defer import DeferredSemaphore
from twisted.internet.threads import deferToThreadPool

from protocols.catalogue import seek
from receiver.accounts import Account
from receiver.accounts.zone_names import ZoneTable
from receiver.api.call import Call
from receiver.api.errors import ApiError
from receiver.api.view import StationView
from receiver.journal.entry import EntryKind
from receiver.journal.reader import JournalReader
from receiver.search import Query, SearchError
from receiver.search.engine import Found
from receiver.search.query import QUERY_MAX, WORDS_MAX
from receiver.search.words import split
from receiver.stream import entry_json

PAGE_MAX = 1000
WAITING_MAX = 20
"""Searches that wait for their turn; more are sent away."""
_TEXT_MAX = 200
_SECONDS_MAX = 253_402_300_799.0

_json = msgspec.json.encode


class SearchCalls:
    """Searches one at a time, so that those who page through the journal always find a thread."""

    def __init__(self, view: StationView, reactor: Any) -> None:
        self._view = view
        self._reactor = reactor
        self._turn = DeferredSemaphore(1)

    async def search(self, call: Call) -> bytes:
        """``GET /v1/search``."""
        query = _query(call)
        if len(self._turn.waiting) >= WAITING_MAX:
            raise ApiError(503, f"{WAITING_MAX} searches are waiting already; ask again in a moment")
        # The accounts belong to the reactor's thread; these are replaced as a whole, never changed.
        accounts, zones = self._view.book.all(), self._view.book.zone_table
        found, pages = await self._turn.run(
            lambda: deferToThreadPool(self._reactor, self._view.pool, lambda: self._find(query, accounts, zones))
        )
        return b'{"entries":[%b],%b' % (b",".join(pages), _json(self._about(found))[1:])

    def _find(self, query: Query, accounts: Sequence[Account], zones: ZoneTable) -> tuple[Found, list[bytes]]:
        search = self._view.search
        try:
            found = search.find(query, search.names(accounts, zones))
        except SearchError as error:
            raise ApiError(503, str(error)) from error
        if not found.ids:
            return found, []
        with JournalReader(self._view.settings.journal) as reader:
            return found, [entry_json(entry) for entry in reader.some(found.ids)]

    def _about(self, found: Found) -> dict[str, Any]:
        return {
            "next": found.ids[-1] if found.more else None,
            "upto": found.upto,
            "behind": max(0, self._view.stream.last_id - found.upto),
            "hidden": found.hidden,
            "hidden_more": found.hidden_more,
            "understood": found.understood,
        }


def _query(call: Call) -> Query:
    categories = tuple(call.words("category", seek.categories()))
    return Query(
        text=_words(call),
        account=_short(call, "account"),
        categories=categories,
        kinds=tuple(call.words("kinds", [kind.value for kind in EntryKind])),
        adapter=_short(call, "adapter"),
        from_us=_time(call, "from"),
        to_us=_time(call, "to"),
        priority=call.number("priority", 1, 5),
        # Whoever asks for tests wants to see them.
        hidden=call.flag("hidden") or "test" in categories,
        before=call.number("before"),
        since=call.number("since") or 0,
        limit=call.number("limit", 1, PAGE_MAX) or 100,
    )


def _words(call: Call) -> str:
    text = call.text("q")
    if len(text) > QUERY_MAX:
        raise ApiError(400, f"q: found {len(text)} characters, allowed: up to {QUERY_MAX}")
    words = split(text)
    if len(words) > WORDS_MAX:
        raise ApiError(400, f"q: found {len(words)} words, allowed: up to {WORDS_MAX}")
    if text.strip() and not words:
        raise ApiError(400, f"q: found {text[:40]!r}, allowed: words with at least one letter or digit")
    return text


def _short(call: Call, name: str) -> str:
    text = call.text(name)
    if len(text) > _TEXT_MAX:
        raise ApiError(400, f"{name}: found {len(text)} characters, allowed: up to {_TEXT_MAX}")
    return text


def _time(call: Call, name: str) -> int | None:
    """A moment in microseconds since the epoch."""
    text = call.text(name).strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            # A plus that was not escaped in the address has become a blank.
            at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        except ValueError:
            raise _no_time(name, text) from None
        if at.tzinfo is None:
            raise _no_time(name, text) from None
        seconds = (at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    if not abs(seconds) <= _SECONDS_MAX:
        raise _no_time(name, text)
    return round(seconds * 1e6)


def _no_time(name: str, text: str) -> ApiError:
    return ApiError(
        400,
        f"{name}: found {text[:40]!r}, allowed: a time such as 2026-11-22T02:00:00Z, or seconds since 1970",
    )
