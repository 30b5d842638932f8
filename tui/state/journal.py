"""The newest entries of the journal, in their order, oldest first.

What is not held stands as a gap: an entry of kind ``gap`` whose ``id`` is the first that is missing and whose
``count`` says how many there are. Tests and repeats are left out until they are asked for, and counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from tui.state.model import Entry

LIMIT = 100_000
GAP = "gap"


def is_hidden(entry: Entry) -> bool:
    """Whether an entry is routine: a test, or a repeat. Never an unread message, never what is urgent."""
    if entry.kind == "unread" or entry.priority in (1, 2):
        return False
    return entry.category == "test" or entry.repeat


def _id(entry: Entry) -> int:
    return entry.id


class JournalRows:
    """What the console holds of the journal."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.complete = False
        """There is nothing older than what is held."""
        self.begun = 0
        """How often another journal took the place of the one before."""
        self._all: list[Entry] = []
        self._shown: list[Entry] = []
        self._show_hidden = False
        self._gaps: list[tuple[int, int]] = []

    # What comes

    def add(self, entries: Sequence[Entry]) -> None:
        """Entries that follow those held, by rising id; what is held already is passed over."""
        newest = self.newest or 0
        if entries and entries[0].id <= newest:
            entries = [entry for entry in entries if entry.id > newest]
        self._all += entries
        self._shown += self._chosen(entries)
        self._cut()

    def add_older(self, entries: Sequence[Entry]) -> None:
        """Entries that go before those held, by rising id; as many of the newest of them as there is room for."""
        oldest = self.oldest
        if oldest is not None:
            entries = [entry for entry in entries if entry.id < oldest]
        room = self.limit - len(self._all)
        entries = entries[-room:] if room > 0 else []
        self._all[:0] = entries
        self._shown[:0] = self._chosen(entries)

    def gap(self, first: int, last: int) -> None:
        """These entries, both included, were not sent."""
        first = max(first, (self.newest or 0) + 1)
        if last < first:
            return
        self._gaps.append((first, last))
        row = _gap(first, last)
        self._all.append(row)
        self._shown.append(row)
        self._cut()

    def fill(self, first: int, last: int, entries: Sequence[Entry]) -> None:
        """These are all the entries from ``first`` to ``last``: put them where a gap held their place."""
        index = next((at for at, gap in enumerate(self._gaps) if gap[0] <= last and first <= gap[1]), None)
        if index is None:
            return
        begin, end = self._gaps[index]
        first, last = max(first, begin), min(last, end)
        left = [(begin, first - 1)] if begin < first else []
        left += [(last + 1, end)] if last < end else []
        self._gaps[index : index + 1] = left
        new = [entry for entry in entries if first <= entry.id <= last]
        rows = [_gap(*one) for one in left]
        rows[1 if begin < first else 0 : 0] = new
        for kept, chosen in ((self._all, rows), (self._shown, self._chosen(rows))):
            place = bisect_left(kept, begin, key=_id)
            kept[place : place + 1] = chosen
        self._cut()

    def clear(self) -> None:
        """The station has another journal."""
        self.begun += 1
        self._all, self._shown, self._gaps = [], [], []
        self.complete = False

    # What pages read

    @property
    def show_hidden(self) -> bool:
        """Whether tests and repeats stand among the rows."""
        return self._show_hidden

    @show_hidden.setter
    def show_hidden(self, show: bool) -> None:
        if show != self._show_hidden:
            self._show_hidden = show
            self._shown = list(self._chosen(self._all))

    @property
    def hidden(self) -> int:
        """How many entries are held and left out now."""
        return len(self._all) - len(self._shown)

    @property
    def oldest(self) -> int | None:
        """The oldest id held."""
        return self._all[0].id if self._all else None

    @property
    def newest(self) -> int | None:
        """The newest id held, or known to be missing."""
        if not self._all:
            return None
        last = self._all[-1]
        return last.id + last.count - 1 if last.kind == GAP else last.id

    @property
    def newest_entry(self) -> Entry | None:
        """The newest entry held."""
        return next((entry for entry in reversed(self._all) if entry.kind != GAP), None)

    @property
    def held(self) -> int:
        """How many are held, left out or not; a gap counts as one."""
        return len(self._all)

    @property
    def full(self) -> bool:
        """Whether nothing older finds room."""
        return len(self._all) >= self.limit

    @property
    def missing(self) -> int:
        """How many entries stand in gaps."""
        return sum(last - first + 1 for first, last in self._gaps)

    @property
    def gaps(self) -> Sequence[tuple[int, int]]:
        """First and last id of every gap, the oldest first."""
        return tuple(self._gaps)

    def __len__(self) -> int:
        return len(self._shown)

    def at(self, index: int) -> Entry:
        """The entry at a place, 0 the oldest. Raises IndexError."""
        return self._shown[index]

    def index(self, entry_id: int) -> int | None:
        """Where an entry stands; None where it is left out or not held."""
        place = bisect_left(self._shown, entry_id, key=_id)
        return place if place < len(self._shown) and self._shown[place].id == entry_id else None

    def get(self, entry_id: int) -> Entry | None:
        """An entry that is held, left out or not."""
        place = bisect_left(self._all, entry_id, key=_id)
        if place == len(self._all) or self._all[place].id != entry_id or self._all[place].kind == GAP:
            return None
        return self._all[place]

    def of_account(self, account_key: str, limit: int) -> list[Entry]:
        """The newest held entries of an account, the newest first."""
        found: list[Entry] = []
        for entry in reversed(self._all):
            if entry.account_key == account_key:
                found.append(entry)
                if len(found) == limit:
                    break
        return found

    is_hidden = staticmethod(is_hidden)

    def _chosen(self, entries: Sequence[Entry]) -> Iterable[Entry]:
        return entries if self._show_hidden else [entry for entry in entries if not is_hidden(entry)]

    def _cut(self) -> None:
        surplus = len(self._all) - self.limit
        if surplus <= 0:
            return
        del self._all[:surplus]
        oldest = self._all[0].id if self._all else 0
        del self._shown[: bisect_left(self._shown, oldest, key=_id)]
        self._gaps = [one for one in self._gaps if one[0] >= oldest]
        self.complete = False


def _gap(first: int, last: int) -> Entry:
    return Entry(id=first, kind=GAP, count=last - first + 1)
