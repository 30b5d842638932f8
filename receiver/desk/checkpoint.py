"""Where in the journal a desk can begin after a restart and still end with exactly the same alarms.

The obvious start is the oldest alarm that is open. It is not enough: alarm 10 of one account may have been
open when alarm 20 of another opened, and be closed by entry 30. Whoever begins at 20 meets signal 25, which
had joined alarm 10, and would open an alarm that nobody will ever close. So a checkpoint also says which
alarms were open at its start and have been closed since, and by which entry: entries of such an account
up to that one belong to work that is done.

An account that is entered while its alarm is open takes the alarm over under another name. A checkpoint names the
account as it was called at its start; the entries after it tell the rest.

A checkpoint stays good for ever: every alarm older than its start is closed when it is made. One made long
ago only means that more is read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct


class Settled(Struct, frozen=True):
    """An alarm opened before a checkpoint's start and closed at or after it."""

    alarm: int
    closed_at: int
    """Journal id of the action that closed it."""
    account_key: str
    unknown: bool = False


class Name(Struct, frozen=True):
    """What an alarm's account was called from an entry on."""

    since: int
    """Journal id of the entry that opened the alarm, or gave its account another name."""
    account_key: str
    unknown: bool = False


class Closed(Struct, frozen=True):
    """An alarm that was closed."""

    alarm: int
    closed_at: int
    names: tuple[Name, ...]
    """By rising ``since``; at least one."""

    def at(self, start: int) -> Settled:
        """As a checkpoint with this start has to name it."""
        name = [name for name in self.names if name.since < start][-1]
        return Settled(self.alarm, self.closed_at, name.account_key, name.unknown)


class Checkpoint(Struct, frozen=True):
    """Everything a new desk needs besides the journal's entries from ``start`` on."""

    start: int = 1
    """First journal id to read: the oldest open alarm, or the next entry when none is open."""
    settled: tuple[Settled, ...] = ()
    """By rising ``closed_at``."""
    last: int = 0
    """The newest entry known when it was made."""

    def fits(self, last: int) -> bool:
        """Whether it can belong to a journal whose newest entry is ``last``.

        False means that the journal is another one, or an older copy: begin at its first entry then.
        """
        return last >= self.last


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Checkpoint)

encode_checkpoint = _encoder.encode
"""``(checkpoint) -> bytes`` (JSON)."""
decode_checkpoint = _decoder.decode
"""``(bytes) -> Checkpoint``. Raises ``msgspec.DecodeError``."""


class Closures:
    """Closed alarms that a later checkpoint will have to name.

    Such a checkpoint starts at an alarm that is open now, or later than now. So a closed alarm counts only
    while an alarm is open that was opened during its life; the others are let go.
    """

    def __init__(self) -> None:
        self._closed: deque[Closed] = deque()
        self._sweep_at = 64

    def add(self, closed: Closed, opened: Iterable[int]) -> None:
        """Note a closed alarm. ``opened`` are the ids of the alarms open now, rising. Call by rising ``closed_at``."""
        self._closed.append(closed)
        if len(self._closed) >= self._sweep_at:
            ids = list(opened)
            self._closed = deque(one for one in self._closed if _spans(one, ids))
            self._sweep_at = 64 + 2 * len(self._closed)

    def settled(self, start: int) -> tuple[Settled, ...]:
        """Those a checkpoint with this start names. Starts only rise; what lies wholly before is let go."""
        while self._closed and self._closed[0].closed_at < start:
            self._closed.popleft()
        return tuple(one.at(start) for one in self._closed if one.alarm < start)

    def __len__(self) -> int:
        return len(self._closed)


class Earlier:
    """The alarms that were open at a checkpoint's start and are closed later, until the closing entry has passed."""

    def __init__(self, settled: Iterable[Settled]) -> None:
        self._order = deque(sorted(settled, key=lambda one: one.closed_at))
        self._of = {
            one.account_key: Closed(one.alarm, one.closed_at, (Name(one.alarm, one.account_key, one.unknown),))
            for one in self._order
        }
        self._keys = {one.alarm: one.account_key for one in self._order}

    def __contains__(self, account_key: str) -> bool:
        return account_key in self._of

    def __len__(self) -> int:
        return len(self._of)

    def rename(self, old: str, name: Name) -> bool:
        """Let the alarm of an account go on under another name. Returns whether it counted as an unknown one."""
        closed = self._of.pop(old)
        self._of[name.account_key] = Closed(closed.alarm, closed.closed_at, (*closed.names, name))
        self._keys[closed.alarm] = name.account_key
        return closed.names[-1].unknown

    def take_passed(self, entry_id: int) -> Iterator[Closed]:
        """Let go, one by one, those whose closing entry is reached."""
        while self._order and self._order[0].closed_at <= entry_id:
            yield self._of.pop(self._keys.pop(self._order.popleft().alarm))


def _spans(closed: Closed, ids: list[int]) -> bool:
    after = bisect_right(ids, closed.alarm)
    return after < len(ids) and ids[after] <= closed.closed_at
