"""The alarms: unseen first, then by priority, then the oldest. The page an operator has before him all night.

The list, what the selected alarm is about, and where the height allows the last signals of its account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from protocols.catalogue import texts
from tui import look
from tui.look import State
from tui.page import Page
from tui.pages.acting import DOMAIN, Acting
from tui.pages.alarm_words import about_lines, age, folded, notes, quiet_lines, station_now
from tui.pages.recent import RecentSignals
from tui.state.headline import headline as first_of
from tui.state.model import Alarm
from tui.state.station import Changed
from tui.telling import Teller, headline
from tui.widgets.cells import fit
from tui.widgets.virtual_list import Column, Row, VirtualList

if TYPE_CHECKING:
    from tui.app import Console

AGAIN_S = 1.0
"""Ages count on this often while nothing comes."""
SITE = 21
"""Cells for the name of a site at least: of schools the number, which tells them apart, is kept where it is cut."""
WIDE = 110
"""From this width on the place has a column of its own; below it stands behind the event."""
COLUMNS = ("state", "number", "opened", "age", "account", "site", "event", "place", "notes")
_STATES = (State.ALARM, State.URGENT, State.SEEN, State.RESTORED, State.CLOSED)
EVENT, EVENT_PLACE = 22, 28
"""Cells at least for the event; for event and place in one column."""
STONE_S = 30.0
"""A closed alarm marks its place no longer than this after the operator did something with the list."""
TALL = 30
"""Lines of a screen that has room for the last signals."""


class AlarmSource:
    """The board as rows. Ages count on: whole minutes are part of a row's version."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.wide = False

    def __len__(self) -> int:
        return len(self._console.station.alarms)

    def key(self, index: int) -> int:
        """The alarm's number."""
        return self._console.station.alarms.at(index).id

    def index(self, key: object) -> int | None:
        """Where an alarm stands."""
        return self._console.station.alarms.index(key) if isinstance(key, int) else None

    def row(self, index: int) -> Row:
        """An alarm as cells: what comes first in it, and when that was."""
        console = self._console
        board = console.station.alarms
        alarm = board.at(index)
        closed = board.is_closed(alarm.id)
        teller: Teller = console.teller
        state = teller.alarm_state(alarm, closed)
        event, place, at = self._event(alarm, teller), headline.place(alarm, teller), first_of(alarm).at
        cells = (
            look.word(state, console.language),
            f"#{alarm.id}",
            teller.time(at),
            age(at, station_now(console), teller),
            alarm.account or alarm.adapter,
            teller.site(alarm),
            *((event, place) if self.wide else (", ".join(part for part in (event, place) if part),)),
            ", ".join(notes(alarm, board, teller, console.language)),
        )
        return Row(
            alarm.id, cells, state, version=board.version(alarm.id), dim=closed, strong=alarm.ringing and not closed
        )

    def _event(self, alarm: Alarm, teller: Teller) -> str:
        """The event is cut before what is counted is: a second press must be seen."""
        counts = headline.counts(alarm, teller, EVENT // 2)
        event = headline.event_alone(alarm, teller)
        if not counts:
            return event
        width = EVENT - cell_len(counts) - 1
        return f"{event if cell_len(event) <= width else fit(event, width).rstrip(' ')} {counts}"


class AlarmsPage(Page):
    """The list of open alarms."""

    ID = "alarms"
    CSS_PATH = "alarms.tcss"
    _source: AlarmSource
    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL, "-tall")]

    def __init__(self) -> None:
        super().__init__()
        self._acting = Acting(self, closed=self._closed_by_hand)
        self._begun = 0
        self._touched = 0.0
        """When the operator did something here last, or the selected alarm was closed; monotonic seconds."""
        self._stone: int | None = None
        self._shown: Alarm | None = None
        """The selected alarm as the operator has it before him."""

    def body(self) -> ComposeResult:
        """List, what the selected alarm is about, last signals of its account."""
        self._source = AlarmSource(self.console)
        yield VirtualList(self._source, self._columns(), select_first=True, id="alarms")
        yield Static(id="about")
        yield RecentSignals(self.console, id="recent")

    def on_mount(self) -> None:
        """Keys go to the list; ages count on while nothing comes."""
        self._list.focus()
        self.every(AGAIN_S, self._show_all)

    def on_resize(self, event: events.Resize) -> None:
        """Other columns fit."""
        wide = event.size.width >= WIDE
        if wide != self._source.wide and self.query("#alarms"):
            self._source.wide = wide
            self._list.set_columns(self._columns())

    def show(self, changed: Changed) -> None:
        """The alarms, the names of things, or the connection changed."""
        if changed & (Changed.ALARMS | Changed.NAMES | Changed.HEALTH | Changed.STATUS | Changed.PATHS):
            self._show_all()
        if changed & (Changed.JOURNAL | Changed.NAMES):
            self.query_one(RecentSignals).follow_journal()

    def subtitle(self) -> str:
        """How many unseen alarms stand above the rows in view: the selected row keeps its line, and they push up."""
        if not self.query("#alarms"):
            return ""
        board = self.console.station.alarms
        above = [board.at(index) for index in range(min(self._list.above, len(board)))]
        count = sum(1 for one in above if one.ringing and not board.is_closed(one.id))
        return self._say("list.above", count=count) if count else ""

    def select_alarm(self, alarm_id: int) -> None:
        """Put the cursor on an alarm."""
        self._list.select(alarm_id)
        self._list.focus()

    def action_seen(self) -> None:
        """The operator has the selected alarm before him."""
        self._touch()
        self._acting.seen(self._selected())

    def action_close_alarm(self) -> None:
        """Close the selected alarm with a note."""
        self._touch()
        self._acting.close(self._selected())

    def action_open(self) -> None:
        """Everything about the selected alarm."""
        self._touch()
        alarm = self._selected()
        if alarm is None:
            self.console.tell(self._say("act.none"), "warning")
            return
        shown = first_of(alarm).condition
        newest = shown.last if shown is not None else 0
        self.open_detail(alarm=alarm.id, entry=newest or alarm.signal or alarm.id)

    @on(VirtualList.CursorMoved, "#alarms")
    def _moved(self, event: VirtualList.CursorMoved) -> None:
        self._touch()
        self.console.station.alarms.hold(event.key if isinstance(event.key, int) else None)
        self._show_all()

    @on(VirtualList.Activated, "#alarms")
    def _activated(self) -> None:
        self.action_open()

    def _closed_by_hand(self) -> None:
        """The operator closed the selected alarm. It was the last one: the next to come is selected by itself."""
        board = self.console.station.alarms
        if not board.open():
            self._let_go()
            self._show_all()

    def _touch(self) -> None:
        """The operator did something here."""
        self._touched = self.console.now()

    def _pass_stone(self) -> None:
        """What was closed under the cursor goes when nobody touched the list for a while: it is no work any more."""
        board, now = self.console.station.alarms, self.console.now()
        stone = board.held if board.held is not None and board.is_closed(board.held) else None
        if stone != self._stone:
            self._stone, self._touched = stone, now
        elif stone is not None and now - self._touched >= STONE_S:
            self._stone = None
            self._let_go()

    def _let_go(self) -> None:
        """Nothing is selected until the operator moves; on an empty list the next alarm to come is, by itself."""
        board = self.console.station.alarms
        board.hold(None)
        self._list.select(None)
        self._list.select_first = not len(board)

    def _selected(self) -> Alarm | None:
        """The selected alarm as it is shown."""
        key = self._list.cursor_key
        return self._shown if self._shown is not None and self._shown.id == key else None

    def _show_all(self) -> None:
        """The list, and what stands below it."""
        if not self.query("#about"):
            return  # not there yet, or being taken down
        console = self.console
        board = console.station.alarms
        if board.begun != self._begun:
            # Of another journal: its numbers are other alarms, and none of them was selected.
            self._begun = board.begun
            self._list.select(None)
            self._list.select_first = True
        self._pass_stone()
        key = self._list.cursor_key
        self._shown = board.get(key) if isinstance(key, int) else None
        if self._shown is not None:
            lines = about_lines(self._shown, console)
        else:
            lines = [] if len(board) else quiet_lines(console)
        self._list.empty = self._say(_empty(console))
        if not len(board):
            self._list.refresh()
        self._list.changed()
        about = self.query_one("#about", Static)
        about.display = bool(lines)
        width = max(1, self.size.width - 2)
        pieces = [(words, "bold" if at == 0 else "") for at, words in folded(lines, width)]
        about.update(Content("\n").join(Content.styled(*piece) for piece in pieces))
        recent = self.query_one(RecentSignals)
        recent.show_account(self._shown.account_key if self._shown is not None and recent.display else "")

    def _columns(self) -> list[Column]:
        words = [look.word(state, self.console.language) for state in _STATES]
        title = {id_: self._say(f"column.{id_}") for id_ in COLUMNS}
        if self._source.wide:
            what = [
                Column("event", title["event"], grow=3, least=EVENT),
                Column("place", title["place"], grow=4, least=26),
            ]
        else:
            what = [Column("event", f"{title['event']}, {title['place'].lower()}", grow=3, least=EVENT_PLACE)]
        return [
            Column("state", title["state"], max(map(cell_len, [*words, title["state"]]))),
            Column("number", title["number"], 6),
            Column("opened", title["opened"], 8, drop=5),
            Column("age", title["age"], 7, right=True),
            Column("account", title["account"], 6, drop=2),
            Column("site", title["site"], grow=2, least=SITE, most=28, named=True),
            *what,
            Column("notes", title["notes"], grow=3, least=14, drop=4),
        ]

    @property
    def _list(self) -> VirtualList:
        return self.query_one("#alarms", VirtualList)

    def _say(self, id_: str, **values: object) -> str:
        return texts.text(DOMAIN, id_, self.console.language, **values)


def _empty(console: Console) -> str:
    """Id of what a list without alarms says: quiet is only what is known to be quiet."""
    if not console.is_old:
        return "list.empty"
    return "list.unknown" if console.station.health.heard else "list.waiting"
