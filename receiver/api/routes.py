"""What each call of the API does. ``docs/api.md`` is its manual, and a test holds the two together.

::

    -> GET  /v1/status                <- name, adapters, rates, trouble, open alarms, consoles
    -> GET  /v1/events                <- hello, then entries as they are committed (server-sent events)
    -> GET  /v1/entries               <- a page of the journal
    -> GET  /v1/entries/ID            <- one entry
    -> GET  /v1/entries/ID/explanation <- its bytes, part by part
    -> GET  /v1/search                <- entries by words and filters, newest first
    -> GET  /v1/alarms                <- the alarms that are open
    -> GET  /v1/alarms/events         <- hello, snapshot, then every alarm that changes
    -> GET  /v1/alarms/ID             <- one alarm, also a closed one, with its newest entries
    -> POST /v1/alarms/ID/seen        <- the alarm, once the action is on disk
    -> POST /v1/alarms/ID/close       <- the same
    -> GET  /v1/paths                 <- the paths and how they stand
    -> GET  /v1/wire                  <- hello, then bytes, verdicts and notes as they pass
    -> GET  /v1/wire/recent           <- the newest of those
    -> GET  /v1/accounts              <- the accounts; keys only for the station's own user
    -> POST /v1/accounts/import       <- what was added, changed, removed
    -> POST /v1/accounts/remove       <- the same
    -> GET  /v1/zones                 <- what the zones of an account are called
    -> POST /v1/zones/import          <- what was added, changed, removed
    -> POST /v1/zones/remove          <- the same
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.threads import deferToThreadPool

from receiver.adapters.line import now as this_moment
from receiver.api.accounts import AccountCalls
from receiver.api.alarms import AlarmFeed
from receiver.api.call import NOTE_MAX, Call, Signature, whole
from receiver.api.changes import Changes
from receiver.api.errors import ApiError
from receiver.api.explanations import explanation, read_message
from receiver.api.past import closed_alarm
from receiver.api.searching import SearchCalls
from receiver.api.sse import EventResponse
from receiver.api.view import StationView
from receiver.api.zones import ZoneCalls
from receiver.desk import CLOSED, SEEN, DeskError
from receiver.journal.entry import EntryKind, rfc3339
from receiver.journal.reader import JournalReader
from receiver.stream import entry_json, event
from receiver.supervision import PathRow, PathState

PAGE_MAX = 1000
WIRE_MAX = 2000
ALARM_ENTRIES = 10
"""How many of an alarm's newest entries are shown with it."""
PAST_WAITING_MAX = 20
"""Questions for closed alarms that wait for their turn; more are sent away."""

T = TypeVar("T")
Handler = Callable[..., Awaitable[bytes | None]]


class Route(Struct, frozen=True):
    """One line of the table above."""

    method: str
    path: str
    handler: Handler


class Seen(Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/alarms/ID/seen``."""

    operator: str | None = None
    seen_to: int = 0
    """Newest entry of the alarm that the operator has before him; what rang after it rings on."""


class Close(Struct, forbid_unknown_fields=True):
    """Body of ``POST /v1/alarms/ID/close``."""

    operator: str | None = None
    note: str = ""


class Routes:
    """The calls, over one station."""

    def __init__(self, view: StationView, alarms: AlarmFeed, reactor: Any, version: str) -> None:
        self._view = view
        self._alarms = alarms
        self._reactor = reactor
        self._version = version
        changes = Changes(view, reactor)
        self._accounts = AccountCalls(view, changes)
        self._zones = ZoneCalls(view, changes)
        self._past = DeferredSemaphore(1)
        self.open: dict[EventResponse, None] = {}
        """The answers that go on."""
        self.table = (
            Route("GET", "/v1/status", self._status),
            Route("GET", "/v1/events", self._events),
            Route("GET", "/v1/entries", self._entries),
            Route("GET", "/v1/entries/<entry_id>", self._entry),
            Route("GET", "/v1/entries/<entry_id>/explanation", self._explanation),
            Route("GET", "/v1/search", SearchCalls(view, reactor).search),
            Route("GET", "/v1/alarms", self._list_alarms),
            Route("GET", "/v1/alarms/events", self._alarm_events),
            Route("GET", "/v1/alarms/<alarm_id>", self._alarm),
            Route("POST", "/v1/alarms/<alarm_id>/seen", self._seen),
            Route("POST", "/v1/alarms/<alarm_id>/close", self._close),
            Route("GET", "/v1/paths", self._paths),
            Route("GET", "/v1/wire", self._wire),
            Route("GET", "/v1/wire/recent", self._wire_recent),
            Route("GET", "/v1/accounts", self._accounts.show),
            Route("POST", "/v1/accounts/import", self._accounts.import_rows),
            Route("POST", "/v1/accounts/remove", self._accounts.remove),
            Route("GET", "/v1/zones", self._zones.show),
            Route("POST", "/v1/zones/import", self._zones.import_rows),
            Route("POST", "/v1/zones/remove", self._zones.remove),
        )

    def clock(self) -> dict[str, Any]:
        """What the heartbeat says."""
        return {"now": rfc3339(this_moment().wall), "last_id": self._view.stream.last_id}

    def _about(self) -> dict[str, Any]:
        settings = self._view.settings
        return {
            "name": settings.name,
            "node": settings.node,
            "version": self._version,
            "mode": settings.mode,
            "language": settings.language,
            "time_zone": settings.time_zone,
        }

    # The station

    async def _status(self, call: Call) -> bytes:
        view = self._view
        alarms = view.desk.open()
        return _json(
            self._about()
            | msgspec.to_builtins(view.status())
            | {
                "now": rfc3339(this_moment().wall),
                "last_id": view.stream.last_id,
                "alarms": {"open": len(alarms), "ringing": sum(alarm.ringing for alarm in alarms)},
                "readers": view.stream.readers,
                "consoles": self._alarms.readers,
            }
        )

    async def _paths(self, call: Call) -> bytes:
        given = call.words("state", [state.value for state in PathState])
        offset, limit = call.number("offset") or 0, call.number("limit", 1, PAGE_MAX) or PAGE_MAX
        found = self._page_of_paths({PathState(state) for state in given}, offset, limit)
        rows = [self._view.levels.shown(row) for row in found]
        return _json({"paths": rows, "next": offset + limit if len(rows) == limit else None})

    def _page_of_paths(self, states: set[PathState], offset: int, limit: int) -> list[PathRow]:
        """Of several states: all of the first one, then those of the next."""
        paths, now = self._view.paths, this_moment()
        if len(states) in (0, len(PathState)):
            return paths.snapshot(now, offset=offset, limit=limit)
        rows: list[PathRow] = []
        counts = paths.counts()
        # How many are ok is not counted (unsupervised ones are, too): those come last.
        for state in sorted(states, key=lambda state: state is PathState.OK):
            rows += paths.snapshot(now, state, offset=offset, limit=limit - len(rows))
            if len(rows) == limit:
                break
            offset = max(0, offset - counts[state])
        return rows

    # The journal

    async def _events(self, call: Call) -> None:
        kinds = call.words("kinds", [kind.value for kind in EntryKind])
        since = call.number("since")
        if since is None:
            since = whole("Last-Event-ID", call.header("last-event-id"))
        response = EventResponse(call.request)
        reader = self._view.stream.join(response.wake, since, kinds, call.text("account"))
        await self._go_on(response, reader, {"from": reader.last})

    async def _entries(self, call: Call) -> bytes:
        limit = call.number("limit", 1, PAGE_MAX) or 100
        latest = call.number("latest", 1, PAGE_MAX)
        since, until = call.number("since") or 0, call.number("until")
        if latest is not None:
            page = await self._read(lambda reader: reader.latest(latest, until))
            more = False
        else:
            page = await self._read(lambda reader: reader.page(since, limit, until))
            more = len(page) == limit
        return b'{"entries":[%b],"next":%b,"last_id":%d}' % (
            b",".join(map(entry_json, page)),
            b"%d" % page[-1].id if more else b"null",
            self._view.stream.last_id,
        )

    async def _entry(self, call: Call, entry_id: str) -> bytes:
        wanted = _id("entry", entry_id)
        page = await self._read(lambda reader: reader.page(wanted - 1, 1, wanted))
        if not page:
            raise ApiError(404, f"there is no entry {wanted}")
        return entry_json(page[0])

    async def _explanation(self, call: Call, entry_id: str) -> bytes:
        wanted = _id("entry", entry_id)
        entry, message = await self._read(lambda reader: read_message(reader, wanted))
        # Accounts are looked up in the reactor's thread.
        account = message.header_account or message.account
        dialect = self._view.book.dialect(message.adapter, message.receiver, message.prefix, account)
        return await self._in_pool(lambda: explanation(entry, message, dialect))

    def _read(self, ask: Callable[[JournalReader], T]) -> Deferred[T]:
        """Ask the journal on a thread of the pool: the disk may be slow, the reactor may not."""

        def read() -> T:
            with JournalReader(self._view.settings.journal) as reader:
                return ask(reader)

        return self._in_pool(read)

    def _in_pool(self, work: Callable[[], T]) -> Deferred[T]:
        return deferToThreadPool(self._reactor, self._view.pool, work)

    # Alarms

    async def _list_alarms(self, call: Call) -> bytes:
        return _json({"alarms": self._view.desk.open(), "last_id": self._view.stream.last_id})

    async def _alarm(self, call: Call, alarm_id: str) -> bytes:
        wanted = _id("alarm", alarm_id)
        alarm = self._view.desk.get(wanted)
        if alarm is None:
            if len(self._past.waiting) >= PAST_WAITING_MAX:
                raise ApiError(503, f"{PAST_WAITING_MAX} closed alarms are looked for already; ask again in a moment")
            # One at a time: it may go through the whole journal, and others want a thread of the pool, too.
            alarm, entries = await self._past.run(lambda: self._read(lambda reader: closed_alarm(reader, wanted)))
        else:
            ids = alarm.latest[-ALARM_ENTRIES:]
            entries = await self._read(lambda reader: reader.some(ids))
        return b'{"alarm":%b,"entries":[%b]}' % (_json(alarm), b",".join(map(entry_json, entries)))

    async def _alarm_events(self, call: Call) -> None:
        response = EventResponse(call.request)
        await self._go_on(response, self._alarms.join(response.wake), {})

    async def _seen(self, call: Call, alarm_id: str) -> bytes:
        body = call.body(Seen)
        last_id = self._view.stream.last_id
        if not 0 <= body.seen_to <= last_id:
            raise ApiError(400, f"seen_to: found {body.seen_to}, allowed: an entry of the journal, up to {last_id}")
        return await self._act(SEEN, _id("alarm", alarm_id), call.signature(body.operator), seen_to=body.seen_to)

    async def _close(self, call: Call, alarm_id: str) -> bytes:
        body = call.body(Close)
        if len(body.note) > NOTE_MAX:
            raise ApiError(400, f"note: found {len(body.note)} characters, allowed: up to {NOTE_MAX}")
        return await self._act(CLOSED, _id("alarm", alarm_id), call.signature(body.operator), body.note)

    async def _act(self, code: str, alarm: int, by: Signature, note: str = "", seen_to: int = 0) -> bytes:
        view = self._view
        if view.desk.get(alarm) is None:
            try:
                view.desk.check(code, alarm)
            except DeskError as error:
                raise ApiError(404, str(error)) from error
        try:
            entry = await view.act(code, alarm, by.operator, note, seen_to, by.unverified)
        except DeskError as error:
            raise ApiError(409, str(error)) from error
        state = view.desk.get(alarm)
        if code == CLOSED and state is not None:
            raise ApiError(409, f"Alarm {alarm} rang again while it was being closed; it is still open.")
        return _json({"entry": entry.id, "alarm": state if state is not None else {"id": alarm, "closed": True}})

    # The wire

    async def _wire(self, call: Call) -> None:
        recent = call.number("recent", 0, WIRE_MAX) or 0
        response = EventResponse(call.request)
        await self._go_on(response, self._view.wire.join(response.wake, recent), {})

    async def _wire_recent(self, call: Call) -> bytes:
        return _json({"records": self._view.wire.recent(call.number("limit", 1, WIRE_MAX) or 100)})

    async def _go_on(self, response: EventResponse, feed: Any, more: dict[str, Any]) -> None:
        """Say hello, then the feed for as long as the client stays."""
        self.open[response] = None
        try:
            await response.run(event("hello", self._about() | self.clock() | more), feed)
        finally:
            del self.open[response]


def _id(what: str, text: str) -> int:
    number = whole(what, text, 1)
    assert number is not None
    return number


_json = msgspec.json.encode
