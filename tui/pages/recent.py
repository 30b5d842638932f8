"""The last signals of one account: what was there before, and what comes while it is looked at."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from protocols.catalogue import texts
from tui.state.model import Entry
from tui.telling import Teller
from tui.widgets.virtual_list import Column, Row, VirtualList

if TYPE_CHECKING:
    from tui.app import Console

DOMAIN = "alarms"
LIMIT = 50
"""Entries asked for, and held."""
_LOAD_AFTER_S = 0.15
"""The cursor has rested on an alarm for this long before its account is asked for."""


class _Source:
    """Entries, the newest first."""

    def __init__(self, console: Console) -> None:
        self.entries: list[Entry] = []
        self._console = console

    def __len__(self) -> int:
        return len(self.entries)

    def key(self, index: int) -> int:
        return self.entries[index].id

    def index(self, key: object) -> int | None:
        return next((at for at, one in enumerate(self.entries) if one.id == key), None)

    def row(self, index: int) -> Row:
        entry = self.entries[index]
        teller: Teller = self._console.teller
        place = "  ".join(part for part in (teller.place(entry), teller.said(entry)) if part)
        notes = ", ".join([*teller.notes(entry), *teller.details(entry)])
        cells = (teller.time(entry.received_at), teller.event(entry), place, notes)
        return Row(entry.id, cells, teller.state(entry), version=self._console.station.names.version)


class RecentSignals(VirtualList):
    """The list. It asks the station when another account is shown, and follows the journal from there."""

    def __init__(self, console: Console, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        self._signals = _Source(console)
        self._of = console
        self._account_key = ""
        self._seen_to = 0
        say = self._say
        columns = [
            Column("time", say("column.time"), 8),
            Column("event", say("recent.title"), grow=3, least=20),
            Column("place", say("column.place"), grow=3, least=14, drop=1),
            Column("notes", say("column.notes"), grow=2, least=14, drop=2),
        ]
        super().__init__(self._signals, columns, id=id)

    def show_account(self, account_key: str) -> None:
        """Show the signals of this account; blank for none."""
        if account_key == self._account_key:
            return
        self._account_key = account_key
        journal = self._of.station.journal
        self._take(journal.of_account(account_key, LIMIT) if account_key else [])
        self.empty = self._say("recent.none") if account_key else ""
        self.refresh()
        if account_key:
            self.run_worker(self._load(account_key), exclusive=True, group="recent")

    def added_to(self, entry_id: int) -> list[Entry]:
        """What was added to an entry afterwards, as far as it is listed; the oldest first."""
        found = [one for one in self._signals.entries if one.kind == "amendment" and one.amends == entry_id]
        return found[::-1] if entry_id else []

    def follow_journal(self) -> None:
        """The journal has more entries, or things are called otherwise."""
        journal = self._of.station.journal
        if (journal.newest or 0) < self._seen_to:
            # Another journal: what is shown is not of it.
            self._seen_to = 0
            self._signals.entries = []
        new: list[Entry] = []
        for index in range(len(journal) - 1, -1, -1):
            entry = journal.at(index)
            if entry.id <= self._seen_to:
                break
            if self._account_key and entry.account_key == self._account_key:
                new.append(entry)
        self._seen_to = max(self._seen_to, journal.newest or 0)
        if new:
            self._put([*new, *self._signals.entries])
        self.changed()

    async def _load(self, account_key: str) -> None:
        await asyncio.sleep(_LOAD_AFTER_S)
        found = await self._of.feed.recent(account_key, LIMIT)
        if account_key == self._account_key and found:
            self._put([*self._signals.entries, *found])
            self.changed()

    def _take(self, entries: list[Entry]) -> None:
        self._signals.entries = []
        self._seen_to = self._of.station.journal.newest or 0
        self._put(entries)
        if self.cursor_key is not None:
            self.select(None)
        self.changed()

    def _put(self, entries: list[Entry]) -> None:
        """Each entry once, the newest first."""
        held = {one.id: one for one in reversed(entries) if one.kind != "gap"}
        self._signals.entries = sorted(held.values(), key=lambda one: -one.id)[:LIMIT]

    def _say(self, id_: str) -> str:
        return texts.text(DOMAIN, id_, self._of.language)
