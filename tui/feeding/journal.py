"""The journal's stream: entries in batches, the newest pages at the start, what was missed, and older pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from tui.feeding.stream import Greeting, Span, Stream, read
from tui.link import Event, Link, LinkError
from tui.state.model import Entry
from tui.state.station import Changed, StationState
from tui.state.thin import thin

PAGE = 1_000
START = 2_000
"""Entries loaded at the start, and before the head of a gap that is not fetched."""
FILL_MAX = 20_000
"""A gap of more entries stays one."""
OLDER = 500
"""Entries of a page before the oldest."""
PAUSE_S = 0.02
"""Between two pages: the screen comes first."""

_log = logging.getLogger(__name__)


class EntryPage(Struct, frozen=True):
    """``GET /v1/entries``."""

    entries: list[Entry] = []
    next: int | None = None
    last_id: int = 0


class _Id(Struct, frozen=True):
    id: int


class JournalStream(Stream):
    """Keeps ``state.journal``, and the health's trouble and behind."""

    name = "journal"
    url = "/v1/events"
    at_once = False

    def __init__(
        self,
        link: Link,
        state: StationState,
        clock: Callable[[], float],
        on_hello: Callable[[], None],
        on_entry: Callable[[Entry], None],
    ) -> None:
        """``on_entry`` is told at once of every entry that is no signal and no message that could not be read."""
        super().__init__(link, state, clock)
        self.on_last = self._beat
        self._on_hello = on_hello
        self._on_entry = on_entry
        self._batch: list[Entry] = []
        self._loaded = False
        self._known: Entry | None = None
        """The newest entry before the last hello, as long as it was not compared with the station's."""
        self._work: asyncio.Task[None] | None = None
        self._paging = asyncio.Lock()

    def parameters(self) -> dict[str, str | int]:
        """What comes after what is here."""
        newest = self.state.journal.newest
        return {} if newest is None else {"since": newest}

    def take(self, item: Event) -> None:
        """An entry that cannot be read stands as a gap of one: it is never passed over in silence."""
        name, health = item.name, self.state.health
        if name == "entry":
            try:
                entry = thin(read(item, Entry))
            except msgspec.ValidationError:
                missing = read(item, _Id).id
                self.flush()
                self.state.journal.gap(missing, missing)
                self.state.mark(Changed.JOURNAL)
                return
            self._batch.append(entry)
            self.collect()
            if entry.kind not in ("signal", "amendment", "unread"):
                self._on_entry(entry)
        elif name == "hello":
            self._hello(read(item, Greeting))
        elif name == "behind":
            self._behind(read(item, Span))
        elif name == "trouble":
            trouble = read(item, dict[str, Any])
            since = trouble.get("since")
            health.trouble_since = None if since is None else str(since)
            health.trouble = str(trouble.get("error") or "?") if health.trouble_since else ""
            self.state.mark(Changed.HEALTH)
        elif name == "stalled":
            health.stalled = bool(read(item, dict[str, Any]).get("stalled"))
            self.state.mark(Changed.HEALTH)
        elif name == "rates":
            self.state.status = {**self.state.status, "rates": read(item, dict[str, Any])}
            self.state.mark(Changed.STATUS)

    def hand_on(self) -> None:
        """The batch to the rows."""
        batch, self._batch = self._batch, []
        self.state.journal.add(batch)
        self.told_last(batch[-1].id if batch else 0)
        self.state.mark(Changed.JOURNAL)

    def told_last(self, last_id: int) -> None:
        """The station's newest entry: what of it is missing here follows, with the gaps that are being fetched."""
        health, journal = self.state.health, self.state.journal
        before = health.behind
        newest = self._batch[-1].id if self._batch else journal.newest or 0
        # Until the first page is here the newest entry is not known, and nothing is missing yet.
        held = newest if newest or self._loaded else max(last_id, health.last_id)
        health.told_last(last_id, held, self._fetching, self.clock())
        if before != health.behind:
            self.state.mark(Changed.HEALTH)

    def stop(self) -> None:
        """Fetch no more."""
        if self._work is not None:
            self._work.cancel()

    async def older(self) -> bool:
        """Load a page before the oldest entry. Whether any came. Raises LinkError."""
        journal = self.state.journal
        async with self._paging:
            until = (journal.oldest or 1) - 1
            # Ids are dense but for a damaged journal: an empty page goes on before it.
            for _ in range(20):
                if until < 1:
                    journal.complete = True
                    self.state.mark(Changed.JOURNAL)
                    return False
                if journal.full:
                    return False
                since = max(0, until - OLDER)
                entries = await self._page(since, until)
                if entries:
                    journal.add_older(entries)
                    journal.complete = journal.oldest == 1
                    self.state.mark(Changed.JOURNAL)
                    return True
                until = since
        return False

    @property
    def _fetching(self) -> int:
        return sum(size for first, last in self.state.journal.gaps if 1 < (size := last - first + 1) <= FILL_MAX)

    def _beat(self, last_id: int) -> None:
        """A heartbeat: what could not be fetched is tried again."""
        self.told_last(last_id)
        if not self._loaded or self._known is not None or self._next_gap():
            self._fetch()

    def _hello(self, hello: Greeting) -> None:
        self.flush()
        journal = self.state.journal
        if (journal.newest or 0) > hello.last_id:
            self._begin_anew()
        elif journal.newest is None:
            self._loaded = False
        self._known = journal.newest_entry
        self.state.health.trouble, self.state.health.trouble_since, self.state.health.stalled = "", None, False
        self.told_last(hello.last_id)
        self.up()
        self._on_hello()
        self._fetch()

    def _begin_anew(self) -> None:
        """Another journal than before: nothing that is held belongs to it."""
        self.state.journal.clear()
        alarms = self.state.alarms
        if alarms.held is not None and alarms.is_closed(alarms.held):
            alarms.hold(None)  # nobody closed it: it is not in this journal
            self.state.mark(Changed.ALARMS)
        self.state.health.last_id = 0
        self._loaded = False
        self.state.mark(Changed.JOURNAL)

    def _behind(self, span: Span) -> None:
        self.flush()
        journal = self.state.journal
        if span.last - span.first >= FILL_MAX:
            journal.gap(span.first, span.last - START)
        journal.gap(span.first, span.last)
        self.told_last(span.last)
        self.state.mark(Changed.JOURNAL)
        self._fetch()

    def _fetch(self) -> None:
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._fetch_all())

    async def _fetch_all(self) -> None:
        try:
            if self._known is not None:
                await self._check()
            if not self._loaded:
                await self._load()
            while gap := self._next_gap():
                first, last = max(gap[0], gap[1] - PAGE + 1), gap[1]
                entries = await self._page(first - 1, last)
                self.state.journal.fill(first, last, entries)
                self.told_last(0)
                self.state.mark(Changed.JOURNAL)
                await asyncio.sleep(PAUSE_S)
        except LinkError:
            return  # the next heartbeat tries again; until then the gap is to be seen
        except Exception as fault:
            _log.exception("journal: a fault of the program; the next heartbeat tries again")
            self.state.health.fault("journal", fault, self.clock())
            self.state.mark(Changed.HEALTH)

    async def _check(self) -> None:
        """Whether the entry that was the newest before the break is still that one: the journal may be another, and
        longer than what is held."""
        known = self._known
        if known is None:
            return
        found = await self._page(known.id - 1, known.id)
        if known is self._known:
            self._known = None
        if [(one.received_at, one.kind, one.account_key) for one in found] != [
            (known.received_at, known.kind, known.account_key)
        ] and self.state.journal.get(known.id) is known:
            self._begin_anew()

    def _next_gap(self) -> tuple[int, int] | None:
        """The newest one that is worth it. Of one entry alone: it could not be read."""
        gaps = reversed(self.state.journal.gaps)
        return next((gap for gap in gaps if 1 < gap[1] - gap[0] + 1 <= FILL_MAX), None)

    async def _load(self) -> None:
        page = await self.link.get("/v1/entries", {"latest": PAGE}, shape=EntryPage)
        self.flush()
        journal = self.state.journal
        journal.add_older([thin(entry) for entry in page.entries])
        self._loaded = True
        journal.complete = (journal.oldest or 1) == 1
        self.told_last(page.last_id)
        self.state.mark(Changed.JOURNAL)
        while not journal.complete and len(page.entries) == PAGE and journal.held < START:
            await asyncio.sleep(PAUSE_S)
            if not await self.older():
                break

    async def _page(self, since: int, until: int) -> list[Entry]:
        page = await self.link.get("/v1/entries", {"since": since, "until": until, "limit": PAGE}, shape=EntryPage)
        return [thin(entry) for entry in page.entries]
