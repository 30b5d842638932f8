"""The list of open alarms, made from journal entries alone.

What an entry does::

    signal, priority 1-2, new       opens the account's alarm, or joins it; rings
    signal, priority 1-2, status    opens it and rings, or joins silently
    signal, restore                 joins; marks the condition it ends. Never opens, never rings
    other signals                   join silently as context, except tests. Never open
    amendment                       adds its text to the alarm of the entry it amends. Never opens, rings or counts
    unread                          like a new signal of priority 2: it may have been a panic
    unread with a priority          was none for certain (a command, a log-in): joins silently. Never opens
    station, priority 1-2           like a new signal (path.lost); ``x.restored`` ends the condition ``x.lost``
    station disk.recovered          ends the condition ``disk.low``
    station source.heard            ends the condition ``source.silent``
    station x.removed               ends what lasted of an adapter, endpoint or source that the settings have no more
    station accounts.changed        may give the account of an open alarm its name: ``details.renamed``
    action alarm.seen               ends the ringing, unless something rang that the operator had not before him
    action alarm.closed             takes it off the list, unless it rings: what came meanwhile is unseen

An account has at most one open alarm. Entries without an account of their own (an adapter's outage, a message
whose account could not be read) share one alarm for each adapter. Accounts that nobody entered can be made
up by anyone who reaches the station: from ``unknown_max`` open alarms on, further such accounts share one
alarm with the code ``unknown.more``.
"""

from __future__ import annotations

from collections import OrderedDict

from protocols import catalogue
from receiver.desk.alarm import Alarm, Change, Pairs, account_of, ends_station, is_restore, station_pairs
from receiver.desk.checkpoint import Checkpoint, Closed, Closures, Earlier, Name
from receiver.journal.entry import Entry, EntryKind

SEEN = "alarm.seen"
"""Code of the action that ends the ringing."""
CLOSED = "alarm.closed"
"""Code of the action that takes an alarm off the list."""
MORE = "?*"
"""The desk's name for all accounts beyond ``unknown_max``."""
MORE_CODE = "unknown.more"
CHANGED = "accounts.changed"
"""Code of the station's entry when accounts were changed. ``details["renamed"]`` holds ``"?L0#1234 1234"``: accounts
that nobody had entered, and what the accounts that they are now are called."""
CLOSED_MAX = 1_000
"""How many closed alarms are remembered, to tell "already closed" from "no such alarm"."""

_SIGNAL = EntryKind.SIGNAL
_UNREAD = EntryKind.UNREAD
_STATION = EntryKind.STATION
_ACTION = EntryKind.ACTION
_AMENDMENT = EntryKind.AMENDMENT


class DeskError(Exception):
    """An action that cannot be done. Its text is for the operator."""


class Desk:
    """Open alarms. Every method belongs to one thread.

    ``checkpoint`` is where the entries given to :meth:`take` begin: a new desk wants the journal's first entry.
    """

    def __init__(
        self, checkpoint: Checkpoint | None = None, *, pairs: Pairs = catalogue.pairs, unknown_max: int = 1_000
    ) -> None:
        self._pairs = pairs
        self._unknown_max = unknown_max
        self._origin = checkpoint or Checkpoint()
        self._last = self._origin.start - 1
        self._open: OrderedDict[int, Alarm] = OrderedDict()
        self._of: dict[str, Alarm] = {}
        self._changed: dict[int, Alarm] = {}
        self._closed: OrderedDict[int, None] = OrderedDict()
        self._closures = Closures()
        self._names: dict[int, tuple[Name, ...]] = {}
        """What the accounts of open alarms were called before, for those that have another name now."""
        self._before = Earlier(self._origin.settled)
        self._unknown = sum(settled.unknown for settled in self._origin.settled)

    def take(self, entry: Entry) -> None:
        """Take a committed entry, by rising id. Never raises on what an entry says."""
        self._last = entry.id
        if self._before:
            self._pass(entry.id)
        body = entry.body
        kind = body.kind
        if kind is _SIGNAL:
            key = body.account_key or account_of(body)
            alarm = self._of.get(key)
            urgent = 1 <= body.priority <= 2
            if alarm is None:
                if urgent and not is_restore(body):
                    self._raise(key, entry, body.priority, rings=body.qualifier != "status")
            elif is_restore(body):
                self._restore(alarm, entry)
            elif urgent:
                self._add(alarm, entry, body.priority, rings=body.qualifier != "status")
            elif body.category != "test":
                self._join(alarm, entry)
        elif kind is _ACTION:
            self._act(entry)
        elif kind is _UNREAD:
            if not body.priority:
                self._raise(account_of(body), entry, 2, rings=True)
            elif (alarm := self._of.get(account_of(body))) is not None:
                self._join(alarm, entry)
        elif kind is _AMENDMENT:
            self._amend(entry)
        elif kind is _STATION:
            if body.code == CHANGED:
                self._rename(entry)
            if 1 <= body.priority <= 2 and not ends_station(body.code):
                self._raise(account_of(body), entry, body.priority, rings=True)
            elif ends_station(body.code):
                alarm = self._of.get(account_of(body))
                if alarm is not None:
                    self._restore(alarm, entry)

    def check(self, action: str, alarm_id: int) -> None:
        """Say whether an action can be done now. Raises :class:`DeskError`.

        A signal may still come before the action is committed: a close is then without effect, and the alarm
        is still on the list (:meth:`get`).
        """
        if action not in (SEEN, CLOSED):
            raise DeskError(f"{action!r} is no action on an alarm: use {SEEN} or {CLOSED}.")
        alarm = self._open.get(alarm_id)
        if alarm is None:
            if alarm_id in self._closed:
                raise DeskError(f"Alarm {alarm_id} is already closed.")
            raise DeskError(f"There is no open alarm {alarm_id}: `ptsn alarms list` shows those there are.")
        if action == CLOSED and alarm.ringing:
            raise DeskError(f"Alarm {alarm_id} is not seen yet: mark it as seen before closing it.")

    def get(self, alarm_id: int) -> Alarm | None:
        """The open alarm with this id."""
        return self._open.get(alarm_id)

    def of_account(self, account_key: str) -> Alarm | None:
        """The open alarm of an account."""
        return self._of.get(account_key)

    def open(self) -> list[Alarm]:
        """Open alarms: ringing first, then by priority, then the oldest first."""
        return sorted(self._open.values(), key=lambda alarm: (not alarm.ringing, alarm.priority, alarm.id))

    def __len__(self) -> int:
        return len(self._open)

    def drain_changes(self) -> list[Change]:
        """Every alarm that changed since the last call, once, in the order of its first change."""
        if not self._changed:
            return []
        changes = [Change(alarm.id, alarm, alarm.closed) for alarm in self._changed.values()]
        self._changed.clear()
        return changes

    @property
    def floor(self) -> int:
        """First journal id that a restart has to read."""
        if self._before:
            return self._origin.start
        return next(iter(self._open), self._last + 1)

    def checkpoint(self) -> Checkpoint:
        """Where a restart can begin. It changes only when :attr:`floor` does; saving it then is enough."""
        if self._before:
            return self._origin
        start = self.floor
        return Checkpoint(start, self._closures.settled(start), self._last)

    def _raise(self, key: str, entry: Entry, priority: int, *, rings: bool) -> None:
        """Open the account's alarm, or add to it."""
        if key in self._before:
            return
        alarm = self._of.get(key)
        body = entry.body
        unknown = body.unknown or key[:1] == "?"
        if alarm is None and unknown and self._unknown >= self._unknown_max:
            key = MORE
            if key in self._before:
                return
            alarm = self._of.get(key)
        if alarm is not None:
            self._add(alarm, entry, priority, rings=rings)
            return
        alarm = Alarm(
            id=entry.id,
            account=body.account,
            account_key=key,
            opened_at=body.received_at,
            occurred_at=body.occurred_at,
            late=body.late,
            age_s=body.age_s,
            unknown=unknown,
            priority=priority,
            rang=entry.id,
            latest=[],
            conditions=[],
        )
        if key == MORE:
            alarm.account = ""
        elif unknown:
            self._unknown += 1
        self._show(alarm, entry, priority)
        self._open[alarm.id] = alarm
        self._of[key] = alarm
        self._count(alarm, entry, priority)

    def _add(self, alarm: Alarm, entry: Entry, priority: int, *, rings: bool) -> None:
        if priority < alarm.priority:
            self._show(alarm, entry, priority)
        if rings:
            alarm.rang = entry.id
            if not alarm.ringing:
                alarm.ringing = True
                alarm.rings += 1
        self._count(alarm, entry, priority)

    def _show(self, alarm: Alarm, entry: Entry, priority: int) -> None:
        alarm.show(entry, priority)
        if alarm.account_key == MORE:
            alarm.scheme, alarm.code, alarm.text = "", MORE_CODE, ""

    def _count(self, alarm: Alarm, entry: Entry, priority: int) -> None:
        if entry.body.kind is _UNREAD:
            alarm.unread += 1
        if alarm.account_key == MORE:
            alarm.more_conditions += 1
        else:
            alarm.report(entry, priority)
        self._join(alarm, entry)

    def _amend(self, entry: Entry) -> None:
        body = entry.body
        alarm = self._of.get(account_of(body))
        # All that came of an account since its alarm was opened belongs to that alarm.
        if alarm is not None and body.text and body.amends >= alarm.id:
            alarm.amend(body)
            self._changed[alarm.id] = alarm

    def _restore(self, alarm: Alarm, entry: Entry) -> None:
        alarm.restore(entry.body, station_pairs if entry.body.kind is _STATION else self._pairs)
        self._join(alarm, entry)

    def _join(self, alarm: Alarm, entry: Entry) -> None:
        alarm.join(entry)
        self._changed[alarm.id] = alarm

    def _act(self, entry: Entry) -> None:
        body = entry.body
        alarm = self._open.get(body.alarm)
        if alarm is None:
            return
        if body.code == SEEN:
            # What came while the action was on its way nobody has seen: it rings on.
            if not body.seen_to or alarm.rang <= body.seen_to:
                alarm.ringing = False
            alarm.seen_by = body.operator
            alarm.seen_unverified = body.unverified
            alarm.seen_at = body.received_at
            alarm.seen_to = max(alarm.seen_to, body.seen_to or entry.id)
        elif body.code == CLOSED and not alarm.ringing:
            self._close(alarm, entry)
        else:
            return
        self._changed[alarm.id] = alarm

    def _close(self, alarm: Alarm, entry: Entry) -> None:
        alarm.closed = True
        alarm.closed_by = entry.body.operator
        alarm.closed_unverified = entry.body.unverified
        alarm.closed_at = entry.body.received_at
        alarm.note = entry.body.note
        del self._open[alarm.id]
        del self._of[alarm.account_key]
        if alarm.unknown and alarm.account_key != MORE:
            self._unknown -= 1
        self._closed[alarm.id] = None
        if len(self._closed) > CLOSED_MAX:
            self._closed.popitem(last=False)
        names = self._names.pop(alarm.id, None) or (_first_name(alarm),)
        self._closures.add(Closed(alarm.id, entry.id, names), self._open)

    def _rename(self, entry: Entry) -> None:
        """Let open alarms go on under the names that their accounts have now."""
        for renamed in entry.body.details.get("renamed", ()):
            old, _, new = renamed.partition(" ")
            if old[:1] != "?" or old == MORE or new[:1] in ("", "?", "@") or new in self._of or new in self._before:
                continue
            name = Name(entry.id, new)
            if old in self._before:
                self._unknown -= self._before.rename(old, name)
            elif old in self._of:
                alarm = self._of[new] = self._of.pop(old)
                self._names[alarm.id] = (*self._names.get(alarm.id, (_first_name(alarm),)), name)
                self._unknown -= alarm.unknown
                alarm.account_key = new
                alarm.unknown = False
                self._changed[alarm.id] = alarm

    def _pass(self, entry_id: int) -> None:
        """Let go the alarms of before the start whose closing entry is reached."""
        for closed in self._before.take_passed(entry_id):
            self._unknown -= closed.names[-1].unknown
            self._closures.add(closed, self._open)


def _first_name(alarm: Alarm) -> Name:
    return Name(alarm.id, alarm.account_key, alarm.unknown and alarm.account_key != MORE)
