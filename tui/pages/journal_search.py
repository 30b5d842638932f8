"""Searching the journal: what a filter asks for, page by page, and again while the journal grows.

::

    bar typed -> Asked -> understand -> Query -> feed.search -> Hits    the newest page, then older ones at the top
                                        since=  -> feed.search -> Hits  twice a second at most, while the journal grows
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.page import EVERYTHING
from tui.pages.understood import understood
from tui.state.filters import Asked, WrongFilter, query_of, understand
from tui.state.hits import Hits
from tui.state.search import Found, Query
from tui.state.thin import thin

if TYPE_CHECKING:
    from tui.pages.journal import JournalPage

PAGE = 200
"""Entries of a page of what was found."""
AGAIN_S = 0.5
"""A live search asks again after this long at the earliest."""
MOMENTS = ("filter.wrong-since", "filter.wrong-until")
"""Faults that are mended by writing a time as it can be read."""


class Searching:
    """The search of a journal page. It works on the page's workers, and hands it what was found."""

    def __init__(self, page: JournalPage) -> None:
        self.hits: Hits | None = None
        """What the filter found; None: the journal itself is shown."""
        self.found = Found()
        """The answer they came with."""
        self._page = page
        self._asked = Asked()
        self._query: Query | None = None
        self._looking = False
        self._asked_at = 0.0
        self._failed = ""
        self._newest = 0

    def ask(self, asked: Asked) -> None:
        """Something else is asked for; nothing: the journal is shown again."""
        page = self._page
        self._asked = asked
        if asked.empty:
            self._query, self.found, self._failed = None, Found(), ""
            page.workers.cancel_group(page, "search")
            self._looking = False
            self._put(None)
            page.bar.understood([])
            return
        try:
            wanted = understand(asked, page.station_now())
        except WrongFilter as error:
            help_ = [page.say("filter.moments")] if error.id in MOMENTS else []
            page.bar.understood([page.say(error.id, typed=error.typed), *help_], wrong=True)
            return
        self._query = query_of(wanted, hidden=page.console.station.journal.show_hidden, limit=PAGE)
        page.bar.understood([page.say("filter.looking")])
        self._search(self._query)

    def ask_again(self) -> None:
        """The same, with or without tests and repeats, or of another journal."""
        self.ask(self._asked)

    def look_again(self) -> None:
        """Whether the journal grew since a live search looked."""
        page = self._page
        newest = page.console.station.journal.newest or 0
        other, self._newest = newest < self._newest, newest
        hits, query = self.hits, self._query
        if other and query is not None:
            # The station has another journal than before: nothing that was found is in it.
            self.ask_again()
            return
        if self._looking or query is None or not page.is_current:
            return
        if hits is None or self._failed:
            # The first page failed: it is asked for again, slowly.
            if self._failed and page.console.now() - self._asked_at >= 4 * AGAIN_S:
                self._search(query)
        elif newest > hits.upto:
            self._looking = True
            page.work_on(partial(self._find_newer, query, hits), group="search")

    async def add_older(self, hits: Hits) -> None:
        """The next older page of what was found."""
        query = self._query
        if query is not None and not hits.complete and hits.oldest is not None:
            found = await self._page.console.feed.search(replace(query, before=hits.oldest))
            if not self._failed_with(found):
                hits.add_older(tuple(map(thin, found.entries)), more=found.next is not None)

    def _search(self, query: Query) -> None:
        self._looking = True
        self._page.work_on(partial(self._find, query), group="search", exclusive=True)

    async def _find(self, query: Query) -> None:
        """The newest page; a newer question takes its place."""
        found = await self._page.console.feed.search(query)
        self._looking = False
        self._asked_at = self._page.console.now()
        if self._failed_with(found):
            return
        hits = Hits()
        hits.add_older(tuple(map(thin, found.entries)), more=found.next is not None)
        hits.upto = found.upto
        self.found = found
        self._put(hits)
        self._tell()

    async def _find_newer(self, query: Query, hits: Hits) -> None:
        """What came since the last look, all of it."""
        feed = self._page.console.feed
        try:
            found = await feed.search(replace(query, since=hits.upto))
            self._asked_at = self._page.console.now()
            new, page = list(found.entries), found
            while page.next is not None and not page.error and len(new) < hits.limit:
                page = await feed.search(replace(query, since=hits.upto, before=page.next))
                new += page.entries
            if self._failed_with(found) or self._failed_with(page) or self.hits is not hits:
                return
            hits.add_newer(tuple(map(thin, new)))
            hits.upto = max(hits.upto, found.upto)
            self.found = replace(self.found, behind=found.behind, hidden=self.found.hidden + found.hidden)
            self._tell()
            self._page.list.changed()
        finally:
            self._looking = False

    def _failed_with(self, found: Found) -> bool:
        """Whether the station could not answer; the words say why."""
        self._failed = found.error
        if found.error:
            self._page.bar.understood([found.error], wrong=True)
        return bool(found.error)

    def _put(self, hits: Hits | None) -> None:
        """Show what was found, or the journal again; the selected entry stays selected where it is in both."""
        page = self._page
        key, follow = page.list.cursor_key, page.list.follow
        self.hits = hits
        page.show(EVERYTHING)
        if isinstance(key, int) and page.entries.index(key) is not None and not follow:
            page.list.select(key)
        else:
            page.list.follow = True
        page.show_frame()

    def _tell(self) -> None:
        """What the words were taken for, what was left out, and where nothing was found, how to find more."""
        page, hits = self._page, self.hits
        page.bar.understood(
            understood(
                self.found,
                page.console.language,
                nothing=hits is not None and not len(hits),
                shown_hidden=page.console.station.journal.show_hidden,
            )
        )
        page.show_frame()
