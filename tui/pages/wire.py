"""The wire, for installers: what exactly a panel sent, what was answered, and why not."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from protocols.catalogue import texts
from tui.page import Page
from tui.pages.wire_detail import told
from tui.pages.wire_rows import WIDE, Narrowed, WireSource, columns, narrowed, peer_host
from tui.state.station import Changed
from tui.state.wire import WireLog
from tui.widgets.cells import visible
from tui.widgets.filter_bar import FilterBar
from tui.widgets.virtual_list import VirtualList

_NAMED = 4
"""Accounts of the sites found that are named."""


class WirePage(Page):
    """Records above, the selected one in full below."""

    ID = "wire"
    CSS_PATH = ["wire.tcss", "../widgets/filter_bar.tcss"]
    _source: WireSource
    _asked = Narrowed()

    def say(self, id_: str, **values: object) -> str:
        """Words of this page."""
        return texts.text("views", id_, self.console.language, **values)

    def body(self) -> ComposeResult:
        """Filter, list, pane."""
        console = self.console
        self._source = WireSource(self.records, console.teller, console.language)
        yield FilterBar(console.language, words="wire.words")
        yield VirtualList(
            self._source, columns(console.language, wide=False), empty=self.say("wire.empty"), follow=True, id="wire"
        )
        with VerticalScroll(id="record"):
            yield Static(self.say("wire.select"), id="told", markup=False)

    def on_mount(self) -> None:
        """Keys go into the list."""
        self.list.focus()

    @property
    def records(self) -> WireLog:
        """What is held of the wire."""
        return self.console.station.wire

    @property
    def list(self) -> VirtualList:
        """The list of records."""
        return self.query_one("#wire", VirtualList)

    @property
    def bar(self) -> FilterBar:
        """The filter."""
        return self.query_one(FilterBar)

    def on_screen_resume(self) -> None:
        """Opened: the station is asked for its wire, from the recent records on."""
        self.console.feed.watch_wire(True)

    def on_screen_suspend(self) -> None:
        """Nobody looks."""
        self.console.feed.watch_wire(False)

    # What is shown

    def show(self, changed: Changed) -> None:
        """Records came."""
        if self._source.teller is not self.console.teller:
            self._source.teller = self.console.teller
            self._tell_record()
        if changed & (Changed.WIRE | Changed.NAMES | Changed.HEALTH):
            self.list.changed()

    def subtitle(self) -> str:
        """What the list is narrowed to, and whether it stands still."""
        log = self.records
        parts = [self._cut_off(), self._only()]
        if log.paused:
            parts.append(self.say("wire.paused", count=log.waiting))
        return ", ".join(part for part in parts if part)

    def _cut_off(self) -> str:
        """That nothing comes although panels may be sending, and why."""
        log = self.records
        if not log.why:
            return ""
        why = texts.text("console", log.why, self.console.language, **log.values)
        return visible(self.say("wire.cut-off", why=why))

    def _only(self) -> str:
        asked = self._asked
        parts = []
        if asked.site and asked.found:
            count, accounts = asked.found, ", ".join(asked.accounts[: min(asked.found, _NAMED)])
            accounts += ", ..." if asked.found > _NAMED else ""
            parts.append(self.say("wire.only-site", words=asked.site, count=count, accounts=accounts))
        elif asked.accounts:
            parts.append(self.say("wire.only-account", account=", ".join(asked.accounts)))
            parts += [self.say("wire.no-site", words=asked.site)] if asked.site else []
        parts += [self.say("wire.only-peer", peer=asked.peer)] if asked.peer else []
        return visible(", ".join(parts))

    def _narrow(self, words: str) -> None:
        """Show what was typed, or what a record is about."""
        self._asked = narrowed(words, self.console.station.names.sites().values())
        self.records.filter(self._asked.accounts, self._asked.peer)

    def _tell_record(self) -> None:
        """The selected record in full; a record that is no longer held keeps what was told of it."""
        key = self.list.cursor_key
        pane = self.query_one("#told", Static)
        if key is None:
            pane.update(Content(self.say("wire.select")))
            return
        index = self._source.index(key)
        if index is not None:
            scroll = self.query_one("#record", VerticalScroll)
            width = max(20, scroll.size.width - 3)
            pane.update(told(self.records.at(index), self.console.teller, self.console.language, width))

    def on_resize(self, _: events.Resize) -> None:
        """Hex in another width, and other columns."""
        wide = self.console.size.width >= WIDE
        if wide != self._source.wide:
            self._source.wide = wide
            self.list.set_columns(columns(self.console.language, wide=wide))
        self.call_after_refresh(self._tell_record)

    # Keys

    def action_search(self) -> None:
        """F7: type an account or a peer."""
        self.bar.open()

    def action_back(self) -> None:
        """Escape: the filter, then the pause, then the alarms."""
        if self.bar.display:
            self.bar.action_back()
        elif self.records.paused:
            self.action_pause()
        else:
            self.console.do("go_alarms")

    def action_pause(self) -> None:
        """Space: the list stands still to be read, or goes on. Everything is kept meanwhile."""
        log = self.records
        came = log.waiting
        log.paused = not log.paused
        self.list.changed()
        self.console.tell(self.say("wire.paused-now") if log.paused else self.say("wire.goes-on", count=came))

    def action_only(self) -> None:
        """Enter: only the account or the peer of the selected record; once more, all again."""
        row = self.list.cursor_row()
        index = None if row is None else self._source.index(row.key)
        if index is None:
            self.console.tell(self.say("wire.select"))
            return
        record = self.records.at(index)
        words = record.account or record.values.get("account", "") or peer_host(record.peer)
        if not words:
            return
        log = self.records
        asked = narrowed(words, self.console.station.names.sites().values())
        if (asked.accounts, asked.peer) == (log.accounts, log.peer):
            self.bar.leave()
            self.console.tell(self.say("wire.all-now"))
        else:
            self.bar.put(words)
            # Told at once, not after the bar's message: the notice names what is shown from now on.
            self._narrow(words)
            self.console.tell(self._only())
        self.list.changed()

    # Messages

    def on_virtual_list_activated(self, event: VirtualList.Activated) -> None:
        """Enter or a double click in the list."""
        event.stop()
        self.action_only()

    def on_virtual_list_cursor_moved(self, event: VirtualList.CursorMoved) -> None:
        """Another record is told in full."""
        event.stop()
        self._tell_record()
        self.query_one("#record", VerticalScroll).scroll_home(animate=False)

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Another account or peer."""
        event.stop()
        self._narrow(event.asked.words)
        only = self._only()
        self.list.empty = self.say("wire.no-match") if only else self.say("wire.empty")
        self.list.changed()
        self.bar.understood([only] if only else [])
        self.show_frame()

    def on_filter_bar_done(self, event: FilterBar.Done) -> None:
        """On to the list."""
        event.stop()
        self.list.focus()
