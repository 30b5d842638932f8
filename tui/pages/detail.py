"""Everything about an alarm or an entry of the journal: in words on the first tab, byte by byte on the second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from protocols.catalogue import texts
from tui.page import Page
from tui.pages.acting import DOMAIN, Acting
from tui.pages.detail_bytes import Explanation
from tui.pages.detail_facts import facts_of, lay_out
from tui.pages.detail_parts import BytesView, PartList
from tui.pages.recent import RecentSignals
from tui.state.model import Alarm, Entry
from tui.state.station import Changed
from tui.widgets.virtual_list import VirtualList

TABS = ("facts", "bytes")
_AGAIN_S = 1.0
"""Ages count on this often while nothing comes."""


class TabLine(Static):
    """The names of the tabs; a click shows one."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(id="tabs")
        self._names = [f" {name} " for name in names]
        self._edges: list[int] = []

    def show_tab(self, shown: int) -> None:
        """Mark the tab that is shown, by more than colour."""
        pieces: list[tuple[str, str] | str] = []
        self._edges = []
        for at, name in enumerate(self._names):
            text = f"[{name}]" if at == shown else f" {name} "
            self._edges.append((self._edges[-1] if self._edges else 0) + len(text))
            pieces.append((text, "bold reverse") if at == shown else text)
        self.update(Content.assemble(*pieces, "  ← →"))

    def on_click(self, event: events.Click) -> None:
        """Show the tab that was pointed at."""
        for at, edge in enumerate(self._edges):
            if event.x < edge:
                page = self.screen
                assert isinstance(page, DetailPage)
                page.action_tab(at)
                return


class About(VerticalScroll):
    """Where the facts stand: whoever lays them out is told of its width, also when it comes into view with another."""

    def __init__(self, lay_out: Callable[[], object], *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lay_out = lay_out

    def on_resize(self) -> None:
        """Words are wrapped for a width."""
        self._lay_out()


class DetailPage(Page):
    """One alarm, or one entry. ``alarm`` and ``entry`` are ids; 0 for none."""

    ID = "detail"
    CSS_PATH = "detail.tcss"
    # Before the lists, which would take them for scrolling sideways.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "tab(0)", show=False, priority=True),
        Binding("right", "tab(1)", show=False, priority=True),
    ]

    def __init__(self, *, alarm: int = 0, entry: int = 0) -> None:
        super().__init__()
        self._alarm_id = alarm
        self._entry_id = entry or alarm
        self._entry: Entry | None = None
        self._shown: Alarm | None = None
        """The alarm as the operator has it before him; its last state where it was closed since."""
        self._acting = Acting(self, none="no-alarm")
        self._of: tuple[int, int] | None = None
        """Which journal it was opened in, as the console counts them."""
        self.loaded = False
        """Everything that was asked for is there, or was refused."""

    def body(self) -> ComposeResult:
        """Names of the tabs, and the tabs."""
        yield TabLine([self._say(f"tab.{name}") for name in TABS])
        with Vertical(id="facts"):
            with About(self._show_facts, id="about-scroll"):
                yield Static(id="about")
            yield RecentSignals(self.console, id="recent")
        yield BytesView(self.console.language, id="bytes")

    def on_mount(self) -> None:
        """Ask the station for the whole of it."""
        self._of = self._journal
        self.action_tab(0)
        self.run_worker(self._load(), group="detail")
        self.every(_AGAIN_S, self._show_facts)

    def subtitle(self) -> str:
        """Which alarm or entry."""
        return f"#{self._alarm_id or self._entry_id}"

    def show(self, changed: Changed) -> None:
        """The alarm, the names of things or the journal changed."""
        if changed & (Changed.ALARMS | Changed.NAMES | Changed.HEALTH):
            self._show_facts()
        if changed & (Changed.JOURNAL | Changed.NAMES):
            self.query_one(RecentSignals).follow_journal()

    def action_tab(self, tab: int) -> None:
        """Show a tab and give it the keys."""
        if not self.display:
            return  # being taken down
        self.query_one(TabLine).show_tab(tab)
        for at, name in enumerate(TABS):
            self.query_one(f"#{name}").display = at == tab
        (self.query_one(PartList) if tab else self.query_one("#about-scroll")).focus()

    def action_seen(self) -> None:
        """The operator has this alarm before him."""
        self._acting.seen(self._shown)

    def action_close_alarm(self) -> None:
        """Close this alarm with a note."""
        self._acting.close(self._shown)

    def action_back(self) -> None:
        """To where it was opened."""
        self.leave()

    @on(VirtualList.Activated, "#recent")
    def _open_signal(self, event: VirtualList.Activated) -> None:
        if isinstance(event.key, int) and event.key != self._entry_id:
            self.open_detail(entry=event.key)

    async def _load(self) -> None:
        await self._load_entry()
        await self._load_bytes()
        self.loaded = True

    async def _load_entry(self) -> None:
        """The entry with all its fields."""
        found = await self.console.feed.entry(self._entry_id)
        try:
            why = found if isinstance(found, str) else ""
            self._entry = None if isinstance(found, str) else read_entry(found)
        except msgspec.ValidationError as error:
            why = str(error)
        if why:
            self.console.tell(self._say("detail.failed", id=self._entry_id, why=why), "error")
        self._show_facts()

    async def _load_bytes(self) -> None:
        """Its bytes, or why there are none."""
        explained = await self.console.feed.explanation(self._entry_id)
        if not self.display:
            return  # left meanwhile
        view = self.query_one(BytesView)
        if isinstance(explained, str):
            view.say_why_not(self._say("bytes.none", why=explained))
            return
        try:
            view.explain(msgspec.convert(explained, Explanation))
        except msgspec.ValidationError as error:
            view.say_why_not(self._say("bytes.none", why=str(error)))

    @property
    def _journal(self) -> tuple[int, int]:
        station = self.console.station
        return station.alarms.begun, station.journal.begun

    def _find_alarm(self) -> Alarm | None:
        """The open alarm that this is about, or that this entry belongs to."""
        board = self.console.station.alarms
        if self._alarm_id:
            return board.get(self._alarm_id)
        entry = self._entry
        if entry is None:
            return None
        if entry.alarm:
            return board.get(entry.alarm)
        if entry.kind not in ("signal", "amendment", "unread", "station") or not entry.account_key:
            return None
        of = entry.amends if entry.kind == "amendment" else entry.id
        # An account has at most one open alarm, and what came of it since that was opened belongs there.
        alarms = (board.at(index) for index in range(len(board)))
        return next((one for one in alarms if one.account_key == entry.account_key and one.id <= of), None)

    def _show_facts(self) -> None:
        if not self.display or not self.query("#about"):
            return  # being taken down, or not there yet
        of_another = self._of is not None and self._of != self._journal
        alarm = None if of_another else self._find_alarm()
        if of_another:
            # The numbers mean other things now: nothing can be done from here.
            self._shown, self._alarm_id = None, 0
        if alarm is not None:
            self._shown = alarm
            self._alarm_id = alarm.id
        added = self.query_one(RecentSignals).added_to(self._entry.id if self._entry is not None else 0)
        facts = facts_of(self._entry, self._shown, self.console, added)
        width = self.query_one("#about-scroll").size.width - 2
        pieces: list[tuple[str, str] | str] = []
        if of_another:
            pieces.append((self._say("detail.other-journal") + "\n\n", "bold reverse"))
        for label, words, state in lay_out(facts, width):
            if not words:
                pieces.append((f"{label}\n", "bold underline"))
            else:
                pieces += [(label, "$dim"), (words, "bold" if state is not None else ""), "\n"]
        self.query_one("#about", Static).update(Content.assemble(*pieces) if pieces else self._say("detail.waiting"))
        about = self._entry or self._shown
        self.query_one(RecentSignals).show_account(about.account_key if about is not None else "")

    def _say(self, id_: str, **values: object) -> str:
        return texts.text(DOMAIN, id_, self.console.language, **values)


def read_entry(found: dict[str, Any]) -> Entry:
    """An entry as the station gives it; what is null has its default. Raises msgspec.ValidationError."""
    return msgspec.convert({name: value for name, value in found.items() if value is not None}, Entry)
