"""The open alarms in the operator's order: unseen first by the priority of what is unseen, then by priority, the oldest
first among equals.

The alarm that an operator has selected is held: it keeps its place whatever becomes of it, and when it is closed it
stays, as a stone that marks the place, until it is let go. So nothing moves or vanishes under a cursor; but a stone
stands above no unseen alarm that came after it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from tui.state.headline import headline, ringing_priority
from tui.state.model import Alarm, Entry

_Key = tuple[bool, int, str, int]


def order_of(alarm: Alarm) -> _Key:
    """What alarms are sorted by."""
    return (not alarm.ringing, ringing_priority(alarm), alarm.opened_at, alarm.id)


def is_same(one: Alarm, other: Alarm | None) -> bool:
    """Whether both are one alarm, or may be: another journal gives the same numbers to other alarms."""
    return other is None or (one.id, one.account_key, one.opened_at) == (other.id, other.account_key, other.opened_at)


class AlarmBoard:
    """The alarms of the station, as its stream tells them."""

    def __init__(self) -> None:
        self.last_id = 0
        """The newest entry of the journal that the last snapshot showed."""
        self.begun = 0
        """How often another journal took the place of the one before: numbers of alarms mean others since."""
        self._alarms: dict[int, Alarm] = {}
        self._places: dict[int, _Key] = {}
        self._order: list[_Key] = []
        self._versions: dict[int, int] = {}
        self._count = 0
        self._held: int | None = None
        self._closed: set[int] = set()
        self._closing: Entry | None = None
        self._unseen: dict[int | None, int] | None = None
        self._urgent: Alarm | None = None

    # What the station says

    def snapshot(self, alarms: Iterable[Alarm], last_id: int = 0) -> None:
        """All that are open: what is not among them is closed. Of another journal than before: all begins anew."""
        new = {alarm.id: alarm for alarm in alarms}
        if 0 < last_id < self.last_id or any(not is_same(held, new.get(held.id)) for held in self._alarms.values()):
            self.clear()
        for gone in [one for one in self._alarms if one not in new]:
            self.closed(gone)
        for alarm in new.values():
            self.take(alarm)
        self.last_id = last_id

    def take(self, alarm: Alarm) -> None:
        """An alarm as it is now."""
        if alarm.closed:
            self.closed(alarm.id)
            return
        if self._alarms.get(alarm.id) == alarm and alarm.id not in self._closed:
            return
        self._alarms[alarm.id] = alarm
        self._closed.discard(alarm.id)
        self._changed(alarm.id)
        if alarm.id not in self._places:
            self._put(alarm)
        elif alarm.id != self._held:
            self._move(alarm)
        if alarm.ringing and alarm.id != self._held:
            self._let_pass(alarm.id)

    def closed(self, alarm_id: int) -> None:
        """An alarm is off the list."""
        if alarm_id not in self._alarms or alarm_id in self._closed:
            return
        if alarm_id == self._held:
            self._closed.add(alarm_id)
            self._changed(alarm_id)
        else:
            self._drop(alarm_id)

    def closed_by(self, action: Entry) -> None:
        """The journal tells who closed an alarm and why; kept while that alarm is held."""
        if action.alarm == self._held:
            self._closing = action
            self._changed(action.alarm)

    def clear(self) -> None:
        """The station has another journal: none of these alarms is its own."""
        self.begun += 1
        self._held = self._closing = None
        for alarm_id in list(self._alarms):
            self._drop(alarm_id)

    # The operator

    def hold(self, alarm_id: int | None) -> None:
        """Keep this alarm where it is, and let the one that was held go to its place, or off the list."""
        if alarm_id == self._held:
            return
        before, self._held = self._held, alarm_id if alarm_id in self._alarms else None
        self._closing = None
        if before is None:
            return
        if before in self._closed:
            self._drop(before)
        elif before in self._alarms:
            self._move(self._alarms[before])

    @property
    def held(self) -> int | None:
        """The alarm that keeps its place."""
        return self._held

    # What pages read

    def __len__(self) -> int:
        return len(self._order)

    def at(self, index: int) -> Alarm:
        """The alarm at a place. Raises IndexError."""
        return self._alarms[self._order[index][-1]]

    def index(self, alarm_id: int) -> int | None:
        """Where an alarm stands; None where it is not on the list."""
        place = self._places.get(alarm_id)
        return None if place is None else bisect_left(self._order, place)

    def get(self, alarm_id: int) -> Alarm | None:
        """An alarm on the list, as it was last told."""
        return self._alarms.get(alarm_id)

    def is_closed(self, alarm_id: int) -> bool:
        """Whether it only marks its place: it was closed while it was held."""
        return alarm_id in self._closed

    def is_gone(self, alarm_id: int) -> bool:
        """Whether it is not open: off the list, or only marking its place."""
        return alarm_id not in self._alarms or alarm_id in self._closed

    def closing(self, alarm_id: int) -> Entry | None:
        """The action that closed the held alarm, where the journal has told it."""
        return self._closing if alarm_id == self._held and alarm_id in self._closed else None

    def version(self, alarm_id: int) -> int:
        """Rises with every change of that alarm; 0 where it is not on the list."""
        return self._versions.get(alarm_id, 0)

    def urgent(self) -> Alarm | None:
        """The alarm in which something of priority 1 is unseen, the newest by when that was reported last."""
        self._count_unseen()
        return self._urgent

    def first_unseen(self) -> Alarm | None:
        """The first unseen alarm in the order, wherever a held one stands."""
        unseen = (one for one in self._alarms.values() if one.ringing and one.id not in self._closed)
        return min(unseen, key=order_of, default=None)

    def unseen(self, priority: int | None = None) -> int:
        """How many alarms nobody has seen, by the priority of what is unseen, or all."""
        return self._count_unseen().get(priority, 0)

    def open(self) -> int:
        """How many alarms are open: those that only mark their place do not count."""
        return len(self._order) - len(self._closed)

    # Places

    def _put(self, alarm: Alarm) -> None:
        place = self._places[alarm.id] = order_of(alarm)
        insort(self._order, place)

    def _take_out(self, alarm_id: int) -> None:
        del self._order[bisect_left(self._order, self._places.pop(alarm_id))]

    def _move(self, alarm: Alarm) -> None:
        if self._places[alarm.id] != order_of(alarm):
            self._take_out(alarm.id)
            self._put(alarm)

    def _let_pass(self, alarm_id: int) -> None:
        """A stone stands above no alarm that is unseen and came, or rang, after it: it goes behind all the unseen."""
        stone = self._held
        if stone in self._closed and stone is not None and self._places[stone] < self._places[alarm_id]:
            self._take_out(stone)
            place = self._places[stone] = (True, 0, "", stone)
            insort(self._order, place)

    def _drop(self, alarm_id: int) -> None:
        self._take_out(alarm_id)
        del self._alarms[alarm_id]
        self._closed.discard(alarm_id)
        self._versions.pop(alarm_id, None)
        self._unseen = None

    def _changed(self, alarm_id: int) -> None:
        self._count += 1
        self._versions[alarm_id] = self._count
        self._unseen = None

    def _count_unseen(self) -> dict[int | None, int]:
        if self._unseen is None:
            counts: dict[int | None, int] = {None: 0}
            newest: tuple[int, str, int] | None = None
            urgent: Alarm | None = None
            for alarm in self._alarms.values():
                if not alarm.ringing or alarm.id in self._closed:
                    continue
                counts[None] += 1
                first = headline(alarm)
                counts[first.priority] = counts.get(first.priority, 0) + 1
                came = first.last, first.at, alarm.id
                if first.priority == 1 and (newest is None or came > newest):
                    newest, urgent = came, alarm
            self._unseen, self._urgent = counts, urgent
        return self._unseen
