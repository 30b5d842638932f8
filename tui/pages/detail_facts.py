"""Everything known of an alarm or an entry, as labelled lines: what, where, when, by which way. No widgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from rich.cells import cell_len

from protocols import catalogue
from protocols.catalogue import texts
from tui import look
from tui.look import State
from tui.pages.acting import DOMAIN, closed_words
from tui.pages.alarm_words import age_s, condition, course, full_age, station_now
from tui.pages.detail_bytes import wrapped
from tui.state.model import Alarm, Entry
from tui.telling.reasons import reason
from tui.telling.teller import quoted
from tui.widgets.cells import fit, visible

if TYPE_CHECKING:
    from tui.app import Console

_LABEL_MAX = 22
"""Cells of the labels."""

_ANSWERED = {"security.stale": "nak", "security.replayed": "again", "security.renumbered": "again"}
"""What a message got that a security entry is about; any other one nothing."""


class Fact(Struct, frozen=True):
    """A label and what is said; a heading has no words."""

    label: str
    words: str = ""
    state: State | None = None


def facts_of(entry: Entry | None, alarm: Alarm | None, console: Console, added: Sequence[Entry] = ()) -> list[Fact]:
    """All facts, in the order they are asked for at night: what, where, when, the alarm, the way, what it showed.

    ``added``: the amendments of the entry.
    """
    about = entry or alarm
    if about is None:
        return []
    writer = _Writer(entry, alarm, console, added)
    return [
        *writer.section("what", writer.what()),
        *writer.section("where", writer.where()),
        *writer.section("when", writer.when()),
        *writer.section("alarm", writer.of_alarm()),
        *writer.section("way", writer.way()),
        *writer.section("findings", writer.findings()),
    ]


def lay_out(facts: Sequence[Fact], width: int) -> Iterator[tuple[str, str, State | None]]:
    """``(label, words, state)`` of every line: the label padded, the words wrapped; a heading has neither."""
    cells = min(_LABEL_MAX, max((cell_len(one.label) for one in facts if one.words), default=0))
    for fact in facts:
        if not fact.words:
            yield fact.label, "", None
            continue
        for at, line in enumerate(wrapped(fact.words, max(16, width - cells - 4))):
            yield "  " + fit("" if at else fact.label, cells) + "  ", line, fact.state


class _Writer:
    """Makes the facts of one entry or alarm."""

    def __init__(self, entry: Entry | None, alarm: Alarm | None, console: Console, added: Sequence[Entry] = ()) -> None:
        self._entry = entry
        self._added = added
        self._alarm = alarm
        self._about: Entry | Alarm = entry or alarm  # type: ignore[assignment]
        self._console = console
        self._teller = console.teller
        self._language = console.language

    def section(self, id_: str, facts: Iterator[Fact]) -> Iterator[Fact]:
        """A heading and its facts; nothing where nothing is known."""
        found = [one for one in facts if one.words.strip()]
        if found:
            yield Fact(self._say(f"detail.{id_}"))
            yield from found

    def what(self) -> Iterator[Fact]:
        """The event, how urgent it is, what the panel said of it."""
        about, teller, language = self._about, self._teller, self._language
        if self._entry is not None:
            state = teller.state(self._entry)
        else:
            state = self._alarm_state(self._alarm) if self._alarm is not None else State.PLAIN
        yield self._fact("event", f"{look.mark(state)} {teller.event(about)}", state)
        if about.priority:
            yield self._fact("priority", catalogue.priority_name(about.priority, language))
        entry = self._entry
        details = "" if entry is None else "; ".join(teller.details(entry))
        if about.kind in ("security", "station"):
            words = reason(about.text, language)
            yield self._fact("station-said", "" if words in details else words)
        else:
            yield self._fact("said", teller.said(about))
            yield from self._added_texts()
        if entry is not None:
            if entry.kind == "amendment":
                yield self._fact("adds-to", teller.amended(entry) + (f", #{entry.amends}" if entry.amends else ""))
            if entry.kind == "action":
                yield self._fact("operator", teller.operator(entry.operator, entry.unverified))
                yield self._fact("note", visible(entry.note))
                yield self._fact("of-alarm", f"#{entry.alarm}" if entry.alarm else "")
            yield self._fact("notes", ", ".join(teller.notes(entry)))
            yield self._fact("details", details)
            yield self._fact("url", visible(entry.url))
            if entry.kind == "security":
                yield self._fact("answered", self._say(f"answered.{_ANSWERED.get(entry.code, 'nothing')}"))
                todo = f"todo.{entry.code}"
                yield self._fact("todo", self._say(todo) if todo in texts.ids(DOMAIN) else "")

    def _added_texts(self) -> Iterator[Fact]:
        """What was added to the entry afterwards: by the entries that say so, else as its alarm has it."""
        entry, alarm = self._entry, self._alarm
        texts_added = [quoted(one.text) for one in self._added if one.text]
        if not texts_added and entry is not None and alarm is not None and alarm.signal == entry.id:
            more = alarm.text.removeprefix(entry.text).removeprefix("; ")
            texts_added = [quoted(more)]
        for words in texts_added:
            yield self._fact("added", words)

    def where(self) -> Iterator[Fact]:
        """The site and the place in it."""
        about, names = self._about, self._console.station.names
        site = names.of(about.account_key)
        yield self._fact("site", visible(site.name))
        yield self._fact("other-names", ", ".join(visible(one) for one in site.others))
        yield self._fact("account", visible(about.account))
        yield self._fact("address", visible(site.address))
        yield self._fact("phone", visible(site.phone))
        yield self._fact("place", self._teller.place(about))
        entry = self._entry
        if entry is not None and entry.latitude is not None and entry.longitude is not None:
            yield self._fact("position", f"{entry.latitude:.6f}, {entry.longitude:.6f}")

    def when(self) -> Iterator[Fact]:
        """When it happened, was sent, came; by the station's clock, and by the panel's beside it."""
        entry = self._entry
        came = entry.received_at if entry is not None else self._alarm.opened_at if self._alarm is not None else ""
        age = age_s(came, station_now(self._console))
        yield self._fact("received", self._time(came) + ("" if age is None else f"  ({self._ago(came)})"))
        yield self._fact("occurred", self._time(self._about.occurred_at))
        if entry is not None and entry.sent_at != entry.occurred_at:
            yield self._fact("sent", self._time(entry.sent_at))
        if self._about.age_s >= 1:
            yield self._fact("late", self._teller.duration(self._about.age_s))

    def of_alarm(self) -> Iterator[Fact]:
        """What became of the alarm."""
        alarm, teller, language = self._alarm, self._teller, self._language
        if alarm is None:
            return
        board = self._console.station.alarms
        state = self._alarm_state(alarm)
        yield self._fact("number", f"#{alarm.id} {look.mark(state)} {look.word(state, language)}", state)
        if board.is_gone(alarm.id):
            yield self._fact("closed", closed_words(board.closing(alarm.id), teller, language))
        yield self._fact("opened", f"{self._time(alarm.opened_at)}  ({self._ago(alarm.opened_at)})")
        if alarm.seen_by:
            who = teller.operator(alarm.seen_by, alarm.seen_unverified)
            yield self._fact("seen", f"{who}, {self._time(alarm.seen_at)}")
        yield self._fact("state", ", ".join(course(alarm, teller, language)))
        yield self._fact("signals", str(alarm.signals) if alarm.signals > 1 else "")
        if len(alarm.conditions) > 1 or any(one.count > 1 or one.restored_at for one in alarm.conditions):
            for one in alarm.conditions:
                yield self._fact("condition", condition(one, alarm, teller, language))
        if alarm.more_conditions:
            yield self._fact("condition", f"+{alarm.more_conditions}")

    def way(self) -> Iterator[Fact]:
        """How it came."""
        if self._about.category:
            yield self._fact("category", catalogue.category_name(self._about.category, self._language))
        if self._about.code:
            yield self._fact(
                "code",
                visible(" ".join(one for one in (self._about.scheme, self._about.code, self._about.qualifier) if one)),
            )
        entry = self._entry
        if entry is None:
            return
        yield self._fact("adapter", visible("/".join(one for one in (entry.adapter, entry.protocol) if one)))
        yield self._fact("path", visible(entry.path))
        yield self._fact("peer", visible(entry.peer))
        yield self._fact("receiver", self._teller.receiver(entry))
        if entry.kind in ("signal", "amendment", "unread"):
            yield self._fact("token", visible(entry.token))
            yield self._fact("sequence", visible(entry.sequence))
            state = "encrypted" if entry.encrypted else "clear"
            yield self._fact("protection", catalogue.state_name(state, self._language))
        yield self._fact("entry", f"#{entry.id}")

    def findings(self) -> Iterator[Fact]:
        """What departs from the standard; where in the bytes, the second tab says."""
        for id_ in self._entry.findings if self._entry is not None else ():
            yield Fact("■", texts.finding(id_, self._language))

    def _time(self, stamp: str | None) -> str:
        """A stamp by the station's zone, and by the site's where that is another one."""
        if not stamp:
            return ""
        shown = self._teller.date_time(stamp)
        zone = self._console.station.names.of(self._about.account_key).time_zone
        try:
            at = datetime.fromisoformat(stamp)
            theirs = at.astimezone(ZoneInfo(zone)) if zone else None
            ours = at.astimezone(self._teller.zone)
        except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
            return shown
        if theirs is None or theirs.utcoffset() == ours.utcoffset():
            return shown
        return f"{shown}  {self._say('panel-time', time=theirs.strftime('%Y-%m-%d %H:%M:%S'), zone=zone)}"

    def _alarm_state(self, alarm: Alarm) -> State:
        return self._teller.alarm_state(alarm, self._console.station.alarms.is_gone(alarm.id))

    def _ago(self, stamp: str) -> str:
        return self._say("ago", age=full_age(stamp, self._console))

    def _fact(self, id_: str, words: str, state: State | None = None) -> Fact:
        return Fact(self._say(f"fact.{id_}"), words, state)

    def _say(self, id_: str, **values: object) -> str:
        return texts.text(DOMAIN, id_, self._language, **values)
