"""The paths: every way a panel reaches the station, and for how long it has been silent."""

from __future__ import annotations

from textual.app import ComposeResult

from protocols.catalogue import texts
from tui import look
from tui.look import State
from tui.page import Page
from tui.pages.path_rows import COUNTED, ORDER, UNWATCHED, Clock, PathSource, columns
from tui.state.station import Changed
from tui.widgets.filter_bar import FilterBar
from tui.widgets.virtual_list import VirtualList

WIDE = 110
"""From so many cells on, the title counts in words."""


class PathsPage(Page):
    """Lost ones first."""

    ID = "paths"
    CSS_PATH = ["paths.tcss", "../widgets/filter_bar.tcss"]

    _source: PathSource

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self._trouble_only = False

    def say(self, id_: str, **values: object) -> str:
        """Words of this page."""
        return texts.text("views", id_, self.console.language, **values)

    def body(self) -> ComposeResult:
        """The filter above the list."""
        self._source = PathSource(self.console.teller, self.console.language)
        yield FilterBar(self.console.language, words="paths.words")
        yield VirtualList(
            self._source, columns(self.console.language), empty=self.say("paths.looking"), select_first=True, id="paths"
        )

    def on_mount(self) -> None:
        """Ages run."""
        self.list.focus()
        self.every(1.0, self._run)

    @property
    def list(self) -> VirtualList:
        """The list of paths."""
        return self.query_one("#paths", VirtualList)

    @property
    def bar(self) -> FilterBar:
        """The filter."""
        return self.query_one(FilterBar)

    def on_screen_resume(self) -> None:
        """Opened: the paths are asked for now, and again and again."""
        self.console.feed.watch_paths(True)

    def on_screen_suspend(self) -> None:
        """Nobody looks."""
        self.console.feed.watch_paths(False)

    # What is shown

    def show(self, changed: Changed) -> None:
        """Paths, or what their sites are called."""
        if changed & (Changed.PATHS | Changed.NAMES):
            self._take()

    def _take(self) -> None:
        console = self.console
        self._source.teller = console.teller
        radio = self._source.radio
        self._source.take(console.station.paths, words=self._words, trouble_only=self._trouble_only)
        if self._source.radio != radio:
            self.list.set_columns(columns(console.language, radio=not radio))
        self.list.empty = self._nothing()
        self._run()
        self.show_frame()

    def _nothing(self) -> str:
        station = self.console.station
        if station.paths_at is None:
            return self.say("paths.looking")
        if self._words.strip():
            return self.say("paths.no-match", words=self._words.strip())
        return self.say("paths.no-trouble" if station.paths else "paths.none")

    def _run(self) -> None:
        """The clock went on."""
        console = self.console
        if console.page is not self:
            return
        asked = console.station.paths_at
        passed = 0.0 if asked is None else max(0.0, console.now() - asked)
        self._source.clock = Clock(console.station_time(), passed)
        self.list.changed()

    def subtitle(self) -> str:
        """How many stand how, and what the list is narrowed to."""
        counts = self._source.counts
        if not counts:
            return self.since_asked(self.console.station.paths_at)
        if self.console.size.width < WIDE:
            marks = [look.mark(State(state)) + str(counts.get(state, 0)) for state in ORDER]
            unwatched = counts.get(UNWATCHED, 0)
            shown = " ".join([*marks, f"–{unwatched}"] if unwatched else marks)
        else:
            shown = self.say("paths.counts", **{state: counts.get(state, 0) for state in COUNTED})
        narrowed = self.say("paths.trouble-only") if self._trouble_only else ""
        old = self.since_asked(self.console.station.paths_at)
        return ", ".join(part for part in (old, shown, narrowed) if part)

    # Keys

    def action_search(self) -> None:
        """F7: type words."""
        self.bar.open()

    def action_back(self) -> None:
        """Escape: the filter, then only-in-trouble, then the alarms."""
        if self.bar.display:
            self.bar.action_back()
        elif self._trouble_only:
            self.action_trouble_only()
        else:
            self.console.do("go_alarms")

    def action_trouble_only(self) -> None:
        """Space: only those in trouble, or all."""
        self._trouble_only = not self._trouble_only
        self._take()
        self.console.tell(self.say("paths.only-now" if self._trouble_only else "paths.all-now"))

    # Messages

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Other words."""
        event.stop()
        self._words = event.asked.words
        self._take()
        shown, of = len(self._source), len(self.console.station.paths)
        self.bar.understood([self.say("paths.shown", count=shown, of=of)] if self._words.strip() else [])

    def on_filter_bar_done(self, event: FilterBar.Done) -> None:
        """On to the list."""
        event.stop()
        self.list.focus()
