"""The journal as rows of a list: what stands in which column, and what a row is made from."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from rich.cells import cell_len

from protocols import catalogue
from protocols.catalogue import texts
from tui import look
from tui.look import State
from tui.shown import clean, show_bytes
from tui.state.journal import GAP, is_hidden
from tui.state.model import Entry
from tui.state.names import Names
from tui.telling import Teller
from tui.telling.teller import quoted
from tui.widgets.virtual_list import Column, Row

WIDE = 120
"""From so many cells on, event, place and text have columns of their own."""
ADAPTER = 145
"""From so many cells of the list on, there is room for the adapter, too."""
_MADE_MOST = 500
"""Rows that are kept as they were made: the list asks ten times a second for all that are in view."""
_RAW = 120
"""Bytes of an unread message that a line shows."""


class Entries(Protocol):
    """Entries in the order of the journal."""

    def __len__(self) -> int:
        """How many."""

    def at(self, index: int) -> Entry:
        """The entry at a place, 0 the oldest."""

    def index(self, entry_id: int) -> int | None:
        """Where an entry stands, or None."""


def columns(language: str, *, wide: bool, days: bool) -> list[Column]:
    """The columns; in a narrow list place and text stand behind the event. ``days``: there are days besides today."""

    def title(name: str) -> str:
        return texts.text("views", f"journal.{name}", language)

    word = max(cell_len(look.word(state, language)) for state in State)
    shown = [
        Column("time", title("time"), 11 if days else 8),
        Column("word", title("word"), word, drop=5),
        Column("account", title("account"), max(6, cell_len(title("account")))),
        Column("site", title("site"), grow=2, least=15, most=28, drop=3, named=True),
        Column("event", title("event"), grow=2, least=22 if wide else 26),
    ]
    if wide:
        shown += [
            Column("place", title("place"), grow=3, least=22, drop=2),
            Column("text", title("text"), grow=2, least=14, drop=1),
            Column("adapter", title("adapter"), 10, drop=6, since=ADAPTER),
        ]
    return shown


class JournalSource:
    """Rows over entries, whichever they are."""

    def __init__(
        self, entries: Entries, teller: Teller, names: Names, language: str, *, wide: bool, today: str
    ) -> None:
        """``today``: the day that is shown without its date, as ``Teller.date_time`` begins."""
        self._names = names
        self._made: dict[int, Row] = {}
        self._made_with = names.version
        self.entries = entries
        self._teller = teller
        self._language = language
        self._wide = wide
        self._today = today

    def __len__(self) -> int:
        return len(self.entries)

    def key(self, index: int) -> Hashable:
        """The id of the entry."""
        return self.entries.at(index).id

    def index(self, key: Hashable) -> int | None:
        """Where an entry stands."""
        return self.entries.index(key) if isinstance(key, int) else None

    def row(self, index: int) -> Row:
        """An entry in words."""
        entry = self.entries.at(index)
        if self._made_with != self._names.version or len(self._made) > _MADE_MOST:
            self._made.clear()
            self._made_with = self._names.version
        row = self._made.get(entry.id)
        if row is None:
            row = self._row(entry)
            if entry.kind != GAP:  # the first entry that is missing has the same id
                self._made[entry.id] = row
        return row

    def _row(self, entry: Entry) -> Row:
        if entry.kind == GAP:
            words = texts.text("views", "journal.gap", self._language, count=entry.count)
            return Row(entry.id, ("", "", "", "", words), State.NEVER, version=entry.count, dim=True)
        teller = self._teller
        state = teller.state(entry)
        word = look.word(state, self._language)
        if entry.kind == "amendment":
            word = catalogue.word("kind", entry.kind, self._language)
        said = self._said(entry)
        event, place = teller.event(entry), teller.place(entry)
        rest = (event, place, "  ".join(said), entry.adapter) if self._wide else (_joined(event, place, said),)
        account = entry.account or (f"#{entry.alarm}" if entry.kind == "action" and entry.alarm else "")
        return Row(
            entry.id,
            (
                self._time(entry.received_at),
                word,
                account,
                teller.site_name(entry.account_key),
                *rest,
            ),
            state,
            dim=is_hidden(entry),
            strong=state in (State.ALARM, State.URGENT, State.UNREAD),
        )

    def _said(self, entry: Entry) -> list[str]:
        """What the panel said, what an operator did, and everything out of the ordinary."""
        teller = self._teller
        said = [teller.said(entry)] if entry.kind == "signal" else []
        if entry.kind == "unread":
            said = [clean(entry.token), teller.said(entry), show_bytes(entry.raw, _RAW)]
        if entry.kind == "amendment":
            said = [teller.amended(entry)]
        if entry.kind == "action":
            said = [clean(entry.operator), quoted(entry.note)]
        return [part for part in (*said, *teller.details(entry), *teller.notes(entry)) if part]

    def _time(self, stamp: str) -> str:
        """The time of today, day and minute of another day."""
        whole = self._teller.date_time(stamp)
        return whole[11:] if whole.startswith(self._today) else f"{whole[8:10]}.{whole[5:7]} {whole[11:16]}"


def _joined(event: str, place: str, said: list[str]) -> str:
    what = ", ".join(part for part in (event, place) if part)
    return "  ".join((what, *said))
