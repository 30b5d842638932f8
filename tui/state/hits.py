"""What a search found, oldest first, as far as it was asked for: more above, more to come below. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from tui.state.model import Entry

LIMIT = 100_000


def _id(entry: Entry) -> int:
    return entry.id


class Hits:
    """The entries that fit, in the order of the journal."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.complete = False
        """There is nothing older that fits."""
        self.upto = 0
        """The newest entry of the journal that was looked at."""
        self._rows: list[Entry] = []

    def add_older(self, entries: Sequence[Entry], *, more: bool) -> None:
        """A page from the station, newest first, that goes before what is held; ``more``: it was not the last one."""
        room = self.limit - len(self._rows)
        new = [entry for entry in reversed(entries) if not self._rows or entry.id < self._rows[0].id]
        self._rows[:0] = new[-room:] if room > 0 else []
        self.complete = not more or len(self._rows) >= self.limit

    def add_newer(self, entries: Sequence[Entry]) -> None:
        """What was found since, newest first."""
        newest = self._rows[-1].id if self._rows else 0
        self._rows += [entry for entry in reversed(entries) if entry.id > newest]
        surplus = len(self._rows) - self.limit
        if surplus > 0:
            del self._rows[:surplus]
            self.complete = False

    @property
    def oldest(self) -> int | None:
        """The oldest id held."""
        return self._rows[0].id if self._rows else None

    def __len__(self) -> int:
        return len(self._rows)

    def at(self, index: int) -> Entry:
        """The entry at a place, 0 the oldest. Raises IndexError."""
        return self._rows[index]

    def index(self, entry_id: int) -> int | None:
        """Where an entry stands; None where it is not held."""
        place = bisect_left(self._rows, entry_id, key=_id)
        return place if place < len(self._rows) and self._rows[place].id == entry_id else None
