"""The newest records of the wire, all of them or those of one account or peer; they can be stopped to be read.

The station counts its records from 0 with each start. Here the counting goes on, so that ``n`` names one record.
Records that were lost stand as one of kind ``lost`` whose ``size`` says how many there are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from tui.state.model import WireRecord

LIMIT = 20_000
LOST = "lost"
_PEERS_MAX = 1_000
_HELD_BACK = 200
"""Records of one connection that wait for the account to be told."""
_BEGINS = "connected"
"""What the station notes where a connection begins."""

_Kept = TypeVar("_Kept")


def _n(record: WireRecord) -> int:
    return record.n


def _lost(first: int, last: int) -> WireRecord:
    return WireRecord(n=first, what=LOST, size=last - first + 1)


class Choice:
    """What belongs to an account: all that its peers sent and got on the connections that brought a message of it.

    A peer is an adapter with address and port, so a connection; the next one of the same address begins anew.
    Noise, connecting and cut-off frames name no account: they are held back until a message tells whose they are.
    """

    def __init__(self, accounts: Iterable[str] = (), peer: str = "") -> None:
        """``accounts``: any of them, as the header, the data or a frame with a wrong CRC has it; none: all."""
        self._accounts = frozenset(accounts)
        self._peer = peer
        self._waiting: dict[tuple[str, str], deque[WireRecord]] = {}
        self._mine: dict[tuple[str, str], None] = {}

    def of(self, record: WireRecord) -> Iterator[WireRecord]:
        """The records that this one brings, often none."""
        if record.what == LOST:
            yield record
        elif self._peer and self._peer not in record.peer:
            return
        elif not self._accounts:
            yield record
        else:
            yield from self._of_account(record)

    def _of_account(self, record: WireRecord) -> Iterator[WireRecord]:
        key = record.adapter, record.peer
        if record.what == "note" and record.text == _BEGINS:
            self._mine.pop(key, None)
            self._waiting.pop(key, None)
        if key in self._mine:
            yield record
        elif not self._accounts.isdisjoint((record.account, *record.inside, record.values.get("account", ""))):
            _put(self._mine, key, None)
            yield from self._waiting.pop(key, ())
            yield record
        else:
            held = self._waiting.get(key)
            if held is None:
                held = deque(maxlen=_HELD_BACK)
                _put(self._waiting, key, held)
            held.append(record)


def _put(known: dict[tuple[str, str], _Kept], key: tuple[str, str], value: _Kept) -> None:
    known[key] = value
    if len(known) > _PEERS_MAX:
        known.pop(next(iter(known)))


class WireLog:
    """What the console holds of the wire."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.accounts: tuple[str, ...] = ()
        self.peer = ""
        self.why = ""
        """Id of the words (domain ``console``) for why nothing comes; blank while the stream is there."""
        self.values: Mapping[str, str] = {}
        """What stands in the places of those words."""
        self._all: deque[WireRecord] = deque(maxlen=limit)
        self._shown: list[WireRecord] = []
        self._waiting: deque[WireRecord] = deque(maxlen=limit)
        self._paused = False
        self._choice = Choice()
        self._base = 0
        self._last = -1

    def add(self, records: Sequence[WireRecord]) -> None:
        """Records as they passed, by rising ``n``; what is held already is passed over."""
        new = []
        for record in records:
            n = self._base + record.n
            if n <= self._last:
                held = self._held(n)
                if held is not None and (held.at, held.what, held.bytes) == (record.at, record.what, record.bytes):
                    continue
                # The station was started anew and counts from 0 again.
                self._base = self._last + 1
                n = self._base + record.n
            if 0 <= self._last < n - 1:
                new.append(_lost(self._last + 1, n - 1))
            new.append(record if n == record.n else replace(record, n=n))
            self._last = n
        self._take(new)

    def lost(self, first: int, last: int) -> None:
        """These records, both included, were lost on the way here."""
        first = max(self._base + first, self._last + 1)
        last += self._base
        if last >= first:
            self._last = last
            self._take([_lost(first, last)])

    def filter(self, account: str | Iterable[str] = "", peer: str = "") -> None:
        """Show what belongs to any of some accounts (see :class:`Choice`) and to peers that contain a text.

        Blank: all.
        """
        accounts = (account,) if isinstance(account, str) else tuple(account)
        accounts = tuple(one for one in accounts if one)
        if (accounts, peer) == (self.accounts, self.peer):
            return
        self.accounts, self.peer = accounts, peer
        self._again()

    @property
    def paused(self) -> bool:
        """Whether the rows stand still; what comes meanwhile waits."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        if not paused:
            self._show(list(self._waiting))
            self._waiting.clear()

    @property
    def waiting(self) -> int:
        """How many rows wait for the end of the pause."""
        return len(self._waiting)

    @property
    def held(self) -> int:
        """How many records are held, shown or not."""
        return len(self._all)

    @property
    def last(self) -> int | None:
        """The number of the newest record, as counted here; None: there was none."""
        return self._last if self._last >= 0 else None

    def __len__(self) -> int:
        return len(self._shown)

    def at(self, index: int) -> WireRecord:
        """The record at a place, 0 the oldest. Raises IndexError."""
        return self._shown[index]

    def index(self, n: int) -> int | None:
        """Where a record stands; None where it is left out or not held."""
        place = bisect_left(self._shown, n, key=_n)
        return place if place < len(self._shown) and self._shown[place].n == n else None

    def clear(self) -> None:
        """Forget them all."""
        self._all.clear()
        self._again()

    def _again(self) -> None:
        self._choice = Choice(self.accounts, self.peer)
        self._waiting.clear()
        self._shown = self._chosen(self._all)

    def _take(self, records: Sequence[WireRecord]) -> None:
        self._all.extend(records)
        chosen = self._chosen(records)
        if self._paused:
            self._waiting.extend(chosen)
        else:
            self._show(chosen)

    def _chosen(self, records: Sequence[WireRecord] | deque[WireRecord]) -> list[WireRecord]:
        # What came before a message is chosen with its verdict, others may stand between: so they are put in order.
        return sorted((one for record in records for one in self._choice.of(record)), key=_n)

    def _show(self, records: list[WireRecord]) -> None:
        in_order = not (self._shown and records and records[0].n < self._shown[-1].n)
        self._shown += records
        if not in_order:
            self._shown.sort(key=_n)
        surplus = len(self._shown) - self.limit
        if surplus > 0:
            del self._shown[:surplus]

    def _held(self, n: int) -> WireRecord | None:
        if not self._all or n < self._all[0].n:
            return None
        place = bisect_left(self._all, n, key=_n)
        return self._all[place] if place < len(self._all) and self._all[place].n == n else None
