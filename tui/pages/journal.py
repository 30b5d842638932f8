"""The journal: live, or what a filter finds in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

from textual import events
from textual.app import ComposeResult

from protocols.catalogue import texts
from tui.page import EVERYTHING, Page
from tui.pages.journal_rows import WIDE, Entries, JournalSource, columns
from tui.pages.journal_search import AGAIN_S, Searching
from tui.state.station import Changed
from tui.widgets.filter_bar import FilterBar
from tui.widgets.virtual_list import VirtualList


class JournalPage(Page):
    """Every entry as it comes, tests and repeats left out until they are asked for."""

    ID = "journal"
    CSS_PATH = ["journal.tcss", "../widgets/filter_bar.tcss"]

    def __init__(self) -> None:
        super().__init__()
        self._search = Searching(self)
        self._turning = False
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
        self.every(AGAIN_S, self._search.look_again)

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
        hits = self._search.hits
        return self.console.station.journal if hits is None else hits

    def _source(self) -> JournalSource:
        console = self.console
        return JournalSource(
            self.entries,
            console.teller,
            console.station.names,
            console.language,
            wide=self._wide,
            today=self.station_now().strftime("%Y-%m-%d"),
        )

    @property
    def _wide(self) -> bool:
        return self.console.size.width >= WIDE

    def station_now(self) -> datetime:
        """The station's time in the zone of the console, running on without a connection; our own clock only where
        the station was never heard."""
        console = self.console
        now = console.station.health.station_now(console.now()) or datetime.now(UTC)
        return now.astimezone(console.teller.zone)

    def show(self, changed: Changed) -> None:
        """Rows came; or everything is called something else."""
        self.list.empty = self._nothing()
        today = self.station_now().date()
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
        if self._search.hits is not None:
            return self.say("journal.nothing")
        hidden = self.console.station.journal.hidden
        return self.say("journal.empty-hidden", count=hidden) if hidden else self.say("journal.empty")

    def on_resize(self, _: events.Resize) -> None:
        """Other columns fit."""
        self.show(EVERYTHING)

    def subtitle(self) -> str:
        """How many were found, how many are left out."""
        journal = self.console.station.journal
        hits, answer = self._search.hits, self._search.found
        if hits is not None:
            count = f"{len(hits)}{'' if hits.complete else '+'}"
            hidden = f"{answer.hidden}{'+' if answer.hidden_more else ''}" if answer.hidden else ""
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
        if self._search.hits is not None:
            self._search.ask_again()
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
            self.open_detail(entry=key)

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
            self.work_on(self._turn_page, group="older")

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Something else is asked for."""
        event.stop()
        self._search.ask(event.asked)

    def on_filter_bar_done(self, event: FilterBar.Done) -> None:
        """On to the list."""
        event.stop()
        self.list.focus()

    # Older entries

    def work_on(self, work: Callable[[], Awaitable[None]], *, group: str, exclusive: bool = False) -> None:
        """Do something beside the keys, as long as this page stands. ``exclusive``: in place of others of its group."""
        self.run_worker(work, group=group, exclusive=exclusive)

    async def _turn_page(self) -> None:
        """The next older page of what is shown."""
        try:
            hits = self._search.hits
            if hits is None:
                await self._load_older()
            else:
                await self._search.add_older(hits)
            self.list.changed()
        finally:
            self._turning = False

    async def _load_older(self) -> None:
        """Older entries of the journal, until some of them are shown: all of a page may be tests."""
        journal = self.console.station.journal
        shown = len(journal)
        while self._search.hits is None and len(journal) == shown and await self.console.feed.older():
            pass
