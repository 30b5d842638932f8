"""The journal: live, or what a filter finds in it.

::

    bar typed -> Asked -> understand -> Query -> feed.search -> Hits    the newest page, then older ones at the top
                                        since=  -> feed.search -> Hits  twice a second at most, while the journal grows
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from msgspec.structs import replace
from textual import events, work
from textual.app import ComposeResult

from protocols.catalogue import texts
from tui.page import EVERYTHING, Page
from tui.pages.journal_rows import WIDE, Entries, JournalSource, columns
from tui.pages.understood import understood
from tui.state.filters import Asked, WrongFilter, query_of, understand
from tui.state.hits import Hits
from tui.state.search import Found, Query
from tui.state.station import Changed
from tui.state.thin import thin
from tui.widgets.filter_bar import FilterBar
from tui.widgets.virtual_list import VirtualList

PAGE = 200
"""Entries of a page of what was found."""
AGAIN_S = 0.5
"""A live search asks again after this long at the earliest."""
MOMENTS = ("filter.wrong-since", "filter.wrong-until")
"""Faults that are mended by writing a time as it can be read."""


class JournalPage(Page):
    """Every entry as it comes, tests and repeats left out until they are asked for."""

    ID = "journal"
    CSS_PATH = ["journal.tcss", "../widgets/filter_bar.tcss"]

    def __init__(self) -> None:
        super().__init__()
        self._asked = Asked()
        self._query: Query | None = None
        self._hits: Hits | None = None
        """What the filter found; None: the journal itself is shown."""
        self._found = Found()
        self._looking = False
        self._asked_at = 0.0
        self._turning = False
        self._failed = ""
        self._newest = 0
        self._drawn: tuple[object, ...] = ()

    def say(self, id_: str, **values: object) -> str:
        """Words of this page."""
        return texts.text("views", id_, self.console.language, **values)

    def body(self) -> ComposeResult:
        """The filter above the list."""
        language = self.console.language
        yield FilterBar(language, words="journal.words", fields=True)
        yield VirtualList(
            self._source(),
            columns(language, wide=False, days=False),
            empty=self.say("journal.empty"),
            follow=True,
            id="entries",
        )

    def on_mount(self) -> None:
        """Keys go into the list; a live search looks again and again."""
        self.list.focus()
        self.set_interval(AGAIN_S, self._look_again)

    @property
    def list(self) -> VirtualList:
        """The list of entries."""
        return self.query_one("#entries", VirtualList)

    @property
    def bar(self) -> FilterBar:
        """The filter."""
        return self.query_one(FilterBar)

    # What is shown

    @property
    def entries(self) -> Entries:
        """What the rows are made of."""
        return self.console.station.journal if self._hits is None else self._hits

    def _source(self) -> JournalSource:
        console = self.console
        return JournalSource(
            self.entries,
            console.teller,
            console.station.names,
            console.language,
            wide=self._wide,
            today=self._now().strftime("%Y-%m-%d"),
        )

    @property
    def _wide(self) -> bool:
        return self.console.size.width >= WIDE

    def _now(self) -> datetime:
        """The station's time in the zone of the console; our own clock where nobody knows it."""
        console = self.console
        return console.station_time() or datetime.now(UTC).astimezone(console.teller.zone)

    def show(self, changed: Changed) -> None:
        """Rows came; or everything is called something else."""
        self.list.empty = self._nothing()
        today = self._now().date()
        days = len(self.entries) > 0 and not self._of(today, self.entries.at(0).received_at)
        drawn = (self._wide, days, today, id(self.console.teller), id(self.entries))
        if drawn != self._drawn:
            if self._drawn[:2] != drawn[:2]:
                self.list.set_columns(columns(self.console.language, wide=self._wide, days=days))
            self._drawn = drawn
            self.list.set_source(self._source())
        elif changed & (Changed.JOURNAL | Changed.NAMES):
            self.list.changed()

    def _of(self, day: date, stamp: str) -> bool:
        """Whether a stamp is of a day; a gap has none, and is of any."""
        return not stamp or self.console.teller.date_time(stamp).startswith(day.isoformat())

    def _nothing(self) -> str:
        """What stands in a list without rows."""
        if self._hits is not None:
            return self.say("journal.nothing")
        hidden = self.console.station.journal.hidden
        return self.say("journal.empty-hidden", count=hidden) if hidden else self.say("journal.empty")

    def on_resize(self, _: events.Resize) -> None:
        """Other columns fit."""
        self.show(EVERYTHING)

    def subtitle(self) -> str:
        """How many were found, how many are left out."""
        journal = self.console.station.journal
        if self._hits is not None:
            count = f"{len(self._hits)}{'' if self._hits.complete else '+'}"
            hidden = f"{self._found.hidden}{'+' if self._found.hidden_more else ''}" if self._found.hidden else ""
            found = self.say("journal.found", count=count)
        else:
            hidden, found = str(journal.hidden or ""), ""
        short = "" if self._wide else "-short"
        if journal.show_hidden:
            tests = self.say(f"journal.all-shown{short}")
        else:
            tests = self.say(f"journal.hidden{short}", count=hidden) if hidden else ""
        return ", ".join(part for part in (found, tests) if part)

    # Keys

    def action_search(self) -> None:
        """F7: type a filter."""
        self.bar.open()

    def action_back(self) -> None:
        """Escape: the filter is emptied, then left; then the alarms."""
        if self.bar.display:
            self.bar.action_back()
        else:
            self.console.do("go_alarms")

    def action_hidden(self) -> None:
        """Space: tests and repeats, or not."""
        journal = self.console.station.journal
        key, follow = self.list.cursor_key, self.list.follow
        journal.show_hidden = not journal.show_hidden
        if self._hits is not None:
            self._ask(self._asked)
        elif key is not None and not follow and journal.index(key) is not None:  # type: ignore[arg-type]
            self.list.select(key)
        self.list.changed()
        self.console.tell(self.say("journal.shown-now" if journal.show_hidden else "journal.hidden-now"))

    def action_open(self) -> None:
        """Enter: the entry and its bytes."""
        row = self.list.cursor_row()
        if row is None:
            self.console.tell(self.say("journal.select-first"))
        else:
            self.open_entry(row.key)

    def open_entry(self, key: object) -> None:
        """The page of an entry; a gap has none."""
        assert isinstance(key, int)
        index = self.entries.index(key)
        if index is not None and self.entries.at(index).kind:
            self.console.open_entry(key)

    # Messages

    def on_virtual_list_activated(self, event: VirtualList.Activated) -> None:
        """Enter or a double click in the list."""
        event.stop()
        self.open_entry(event.key)

    def on_virtual_list_near_top(self, event: VirtualList.NearTop) -> None:
        """What is older is loaded before anybody arrives there."""
        event.stop()
        if not self._turning:
            self._turning = True
            self._turn_page()

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Something else is asked for."""
        event.stop()
        self._ask(event.asked)

    def on_filter_bar_done(self, event: FilterBar.Done) -> None:
        """On to the list."""
        event.stop()
        self.list.focus()

    # Searching

    def _ask(self, asked: Asked) -> None:
        self._asked = asked
        if asked.empty:
            self._query, self._found, self._failed = None, Found(), ""
            self.workers.cancel_group(self, "search")
            self._looking = False
            self._put(None)
            self.bar.understood([])
            return
        try:
            wanted = understand(asked, self._now())
        except WrongFilter as error:
            help_ = [self.say("filter.moments")] if error.id in MOMENTS else []
            self.bar.understood([self.say(error.id, typed=error.typed), *help_], wrong=True)
            return
        self._query = query_of(wanted, hidden=self.console.station.journal.show_hidden, limit=PAGE)
        self.bar.understood([self.say("filter.looking")])
        self._looking = True
        self._search(self._query)

    @work(exclusive=True, group="search")
    async def _search(self, query: Query) -> None:
        """The newest page; a newer question takes its place."""
        found = await self.console.feed.search(query)
        self._looking = False
        self._asked_at = self.console.now()
        if self._failed_with(found):
            return
        hits = Hits()
        hits.add_older(tuple(map(thin, found.entries)), more=found.next is not None)
        hits.upto = found.upto
        self._found = found
        self._put(hits)
        self._tell()

    @work(group="older")
    async def _turn_page(self) -> None:
        """The next older page of what is shown."""
        try:
            hits, query = self._hits, self._query
            if hits is None:
                await self._load_older()
            elif query is not None and not hits.complete and hits.oldest is not None:
                found = await self.console.feed.search(replace(query, before=hits.oldest))
                if not self._failed_with(found):
                    hits.add_older(tuple(map(thin, found.entries)), more=found.next is not None)
            self.list.changed()
        finally:
            self._turning = False

    async def _load_older(self) -> None:
        """Older entries of the journal, until some of them are shown: all of a page may be tests."""
        journal = self.console.station.journal
        shown = len(journal)
        while self._hits is None and len(journal) == shown and await self.console.feed.older():
            pass

    def _look_again(self) -> None:
        """Whether the journal grew since a live search looked."""
        newest = self.console.station.journal.newest or 0
        other, self._newest = newest < self._newest, newest
        hits, query = self._hits, self._query
        if other and query is not None:
            # The station has another journal than before: nothing that was found is in it.
            self._ask(self._asked)
            return
        if self._looking or query is None or not self.is_current:
            return
        if hits is None or self._failed:
            # The first page failed: it is asked for again, slowly.
            if self._failed and self.console.now() - self._asked_at >= 4 * AGAIN_S:
                self._looking = True
                self._search(query)
        elif newest > hits.upto:
            self._looking = True
            self._search_newer(query, hits)

    @work(group="search")
    async def _search_newer(self, query: Query, hits: Hits) -> None:
        """What came since the last look, all of it."""
        try:
            found = await self.console.feed.search(replace(query, since=hits.upto))
            self._asked_at = self.console.now()
            new, page = list(found.entries), found
            while page.next is not None and not page.error and len(new) < hits.limit:
                page = await self.console.feed.search(replace(query, since=hits.upto, before=page.next))
                new += page.entries
            if self._failed_with(found) or self._failed_with(page) or self._hits is not hits:
                return
            hits.add_newer(tuple(map(thin, new)))
            hits.upto = max(hits.upto, found.upto)
            self._found = replace(self._found, behind=found.behind, hidden=self._found.hidden + found.hidden)
            self._tell()
            self.list.changed()
        finally:
            self._looking = False

    def _failed_with(self, found: Found) -> bool:
        """Whether the station could not answer; the words say why."""
        self._failed = found.error
        if found.error:
            self.bar.understood([found.error], wrong=True)
        return bool(found.error)

    def _put(self, hits: Hits | None) -> None:
        """Show what was found, or the journal again; the selected entry stays selected where it is in both."""
        key, follow = self.list.cursor_key, self.list.follow
        self._hits = hits
        self.show(EVERYTHING)
        if isinstance(key, int) and self.entries.index(key) is not None and not follow:
            self.list.select(key)
        else:
            self.list.follow = True
        self.show_frame()

    def _tell(self) -> None:
        """What the words were taken for, what was left out, and where nothing was found, how to find more."""
        hits, found = self._hits, self._found
        self.bar.understood(
            understood(
                found,
                self.console.language,
                nothing=hits is not None and not len(hits),
                shown_hidden=self.console.station.journal.show_hidden,
            )
        )
        self.show_frame()
