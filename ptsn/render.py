"""One line for a person out of an entry, an alarm or a record of the wire. Pure: no clock, no terminal.

The words are those of the console (``tui.telling``); here they get their columns and colours. State is carried by mark,
word and colour, in that order of trust. What peers sent is data: control, bidirectional and other unseen characters
are shown as marks such as ``‹U+202E›``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from datetime import date
from typing import Any

import msgspec

from protocols import catalogue
from protocols.catalogue.station_words import station_name
from tui.look import State, mark
from tui.shown import clean, duration, pad, show_bytes
from tui.state.model import Alarm, Entry, WireRecord
from tui.state.names import bare, called
from tui.telling import Teller, headline, wire_lines
from tui.telling.teller import quoted

Fields = Mapping[str, Any]
ZonesOf = MutableMapping[str, Mapping[str, str]]

_RED, _AMBER, _BLUE, _PURPLE, _GREEN = (
    "\x1b[1;38;5;231;48;5;160m",
    "\x1b[38;5;16;48;5;214m",
    "\x1b[38;5;16;48;5;74m",
    "\x1b[38;5;231;48;5;97m",
    "\x1b[38;5;16;48;5;151m",
)
_COLORS = {
    State.ALARM: _RED,
    State.URGENT: _AMBER,
    State.TROUBLE: _BLUE,
    State.UNREAD: _AMBER,
    State.SECURITY: _PURPLE,
    State.RESTORED: _GREEN,
}
_TAG_CELLS = 17
_ACCOUNT_CELLS = 6

__all__ = ["Renderer", "account_names", "clean", "duration", "pad", "show_bytes"]


def account_names(rows: Iterable[Fields], language: str) -> dict[str, str]:
    """Name of each account by ``account_key``, in the language, else in any that it has one in."""
    return {row["account_key"]: called(row, language) for row in rows}


class Renderer:
    """Renders lines for one reader: a language, a time zone, with or without colour.

    Entries, alarms and records are as the API gives them. Raises msgspec.ValidationError for what is none.
    """

    def __init__(
        self,
        language: str = "en",
        time_zone: str = "UTC",
        accounts: Mapping[str, str] | None = None,
        color: bool = False,
        today: date | None = None,
        zones: ZonesOf | None = None,
    ) -> None:
        """``accounts``: name by ``account_key``; ``zones``: names of zones by ``account_key`` and by number without
        leading zeros. Both may be replaced at any time.

        With ``today``, in the reader's time zone, what is of another day is shown with its date.
        """
        self.language = language
        self.color = color
        self.accounts: Mapping[str, str] = accounts or {}
        self.zones: ZonesOf = zones if zones is not None else {}
        self.teller = Teller(language, time_zone, _Names(self), today)

    def say(self, id_: str, /, **values: object) -> str:
        """Words of the console in the reader's language. What peers sent is to be cleaned by the caller."""
        return self.teller.say(id_, **values)

    def time(self, stamp: str | None, *, millis: bool = False) -> str:
        """An RFC 3339 stamp as the reader's wall clock shows it."""
        return self.teller.time(stamp, millis)

    def entry(self, fields: Fields) -> str:
        """One line for a journal entry, as the API gives it."""
        teller = self.teller
        entry = msgspec.convert({"id": 0, **fields}, Entry)
        if entry.kind == "signal":
            tail = [teller.place(entry), teller.said(entry), self._handed_on(entry), self._notes(entry)]
        elif entry.kind == "amendment":
            tail = [teller.amended(entry), teller.place(entry), self._handed_on(entry), self._notes(entry)]
        elif entry.kind == "unread":
            said = [teller.said(entry), show_bytes(entry.raw, 120)]
            tail = [clean(entry.token), *said, self._handed_on(entry), self._notes(entry)]
        elif entry.kind == "action":
            number = f"#{entry.alarm}" if entry.alarm else ""
            tail = [number, clean(entry.operator), quoted(entry.note), self._notes(entry)]
        else:
            tail = [teller.place(entry), *teller.details(entry)]
        return self._line(entry.received_at, self._tag(entry), entry, teller.event(entry), tail, fields.get("id"))

    def alarm(self, fields: Fields, code: str = "alarm.open") -> str:
        """One line for an alarm: ``code`` is what became of it (``alarm.opened``, ``alarm.rings`` ...)."""
        teller, alarm = self.teller, msgspec.convert(fields, Alarm)
        restored = code == "alarm.restored"
        word = catalogue.category_name("restore", self.language)
        tag = self._colored(State.RESTORED, word) if restored else self._tag(alarm)
        event, place = teller.event(alarm), teller.place(alarm)
        if alarm.ringing and not restored:  # what nobody has seen yet
            event, place = headline.event(alarm, teller), headline.place(alarm, teller)
        what = f"{station_name(code, self.language)} #{alarm.id}: {event}"
        states = [teller.state_name("ringing" if alarm.ringing else "seen")]
        if alarm.seen_by and not alarm.ringing:
            states.append(teller.operator(alarm.seen_by, alarm.seen_unverified))
        if alarm.restored == "all":
            states.append(teller.state_name("restored"))
        tail = [place, teller.said(alarm), self._notes(alarm), f"({', '.join(states)})"]
        stamp = alarm.restored_at if restored else alarm.last_at
        return self._line(stamp if code != "alarm.open" else alarm.opened_at, tag, alarm, what, tail, None)

    def conditions(self, fields: Fields, least: int = 2) -> list[str]:
        """A line for everything that an alarm is about, where that is at least so many things."""
        teller, alarm = self.teller, msgspec.convert(fields, Alarm)
        if len(alarm.conditions) < least:
            return []
        lines = []
        for one in alarm.conditions:
            count = f"x{one.count}" if one.count > 1 else ""
            restored = f"({teller.state_name('restored')} {teller.time(one.restored_at)})" if one.restored_at else ""
            place = teller.place(one, alarm.account_key)
            said = teller.said(one)
            parts = [teller.time(one.since), teller.event(one), place, said, count, self._notes(one), restored]
            lines.append("          " + "  ".join(part for part in parts if part))
        if alarm.more_conditions:
            lines.append(f"          ... +{alarm.more_conditions}")
        return lines

    def verdict(self, record: Fields) -> str:
        """What was decided on a message of the wire view: ``stored, answered ACK: on disk  [ADM-CID account 1234]``."""
        return self.teller.verdict(_record(record))

    def severity(self, severity: str) -> str:
        """A severity of findings as a word."""
        return self.teller.severity(severity)

    def wire(self, record: Fields) -> list[str]:
        """The lines of one record of the wire view."""
        return wire_lines(self.teller, _record(record))

    def place(self, fields: Fields) -> str:
        """Where an alarm is: partition, zone, user, or the path."""
        return self.teller.place(msgspec.convert(fields, Alarm))

    def signed(self, fields: Fields, name: str, unverified: str) -> str:
        """Who did something, by the names of two fields: the name, and whether nobody checked it."""
        return self.teller.operator(str(fields.get(name) or ""), bool(fields.get(unverified)))

    def jump(self, seconds: float) -> str:
        """By how much a clock jumped."""
        return self.teller.jump(seconds)

    # The parts of a line

    def _line(
        self, stamp: str | None, tag: str, about: Entry | Alarm, what: str, tail: Iterable[str], number: int | None
    ) -> str:
        account = clean(about.account or about.adapter)
        name = self.teller.site_name(about.account_key)
        parts = [part for part in (what, *tail) if part]
        shown = (
            f"{self.time(stamp)}  {tag} {pad(account, _ACCOUNT_CELLS)} {name + '  ' if name else ''}{'  '.join(parts)}"
        )
        return shown.rstrip() if number is None else f"{shown}  #{number}"

    def _tag(self, about: Entry | Alarm) -> str:
        return self._colored(self.teller.state(about), self.teller.kind(about))

    def _colored(self, state: State, word: str) -> str:
        text = pad(f"{mark(state)} {word}", _TAG_CELLS)
        color = _COLORS.get(state, "")
        return f"{color}{text}\x1b[0m" if color and self.color else text

    def _handed_on(self, entry: Entry) -> str:
        """Receiver and line, of what a line protocol brought."""
        return self.teller.receiver(entry) if entry.line else ""

    def _notes(self, about: Any) -> str:
        notes = self.teller.notes(about)
        return f"[{', '.join(notes)}]" if notes else ""


class _Names:
    """The names that a renderer has now."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def site(self, account_key: str) -> str:
        return self._renderer.accounts.get(account_key, "")

    def zone(self, account_key: str, number: str) -> str:
        return self._renderer.zones.get(account_key, {}).get(bare(number), "")


def _record(fields: Fields) -> WireRecord:
    return msgspec.convert({"n": 0, **fields}, WireRecord)
