"""What an entry, an alarm or a condition is called, where it was and how it stands, for one reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from protocols import catalogue
from protocols.catalogue import ZONE_SUBJECTS, texts
from protocols.catalogue.station_words import station_name
from tui.look import State
from tui.shown import clean, duration
from tui.state.headline import ringing_priority
from tui.state.journal import GAP
from tui.state.model import Alarm, Condition, Entry, PathRow, WireRecord
from tui.telling import details, wire
from tui.telling.address import way, way_of
from tui.telling.reasons import reason

About = Entry | Alarm | Condition

_BY_PRIORITY = {1: State.ALARM, 2: State.URGENT, 3: State.TROUBLE, 4: State.PLAIN, 5: State.PLAIN}
_BY_KIND = {
    "unread": State.UNREAD,
    "security": State.SECURITY,
    "station": State.STATION,
    "action": State.ACTION,
    GAP: State.PLAIN,
}
_OVER = (".restored", ".recovered", ".back")


class Called(Protocol):
    """Names of sites and zones, as ``tui.state.names.Names`` has them."""

    def site(self, account_key: str) -> str:
        """Blank where there is none."""

    def zone(self, account_key: str, number: str) -> str:
        """Blank where there is none."""


class _Sites:
    """Names of sites alone."""

    def __init__(self, sites: Mapping[str, str]) -> None:
        self._sites = sites

    def site(self, account_key: str) -> str:
        return self._sites.get(account_key, "")

    def zone(self, account_key: str, number: str) -> str:
        return ""


class Teller:
    """Words in one language and time zone. Everything it returns can stand on a terminal: see ``tui.shown.clean``."""

    def __init__(
        self,
        language: str = "en",
        time_zone: str = "UTC",
        names: Called | Mapping[str, str] | None = None,
        today: date | None = None,
    ) -> None:
        """``names``: a mapping holds names of sites by ``account_key``. ``today``: what is of another day in the
        reader's time zone is told with its date; None: times stand alone.

        Raises zoneinfo.ZoneInfoNotFoundError for a time zone that this machine does not know.
        """
        self.language = language
        self.today = today
        self.zone = UTC if time_zone == "UTC" else ZoneInfo(time_zone)
        self.name_by(names if names is not None else {})

    def name_by(self, names: Called | Mapping[str, str]) -> None:
        """Take names from here from now on."""
        self._names: Called = _Sites(names) if isinstance(names, Mapping) else names

    def say(self, id_: str, /, **values: object) -> str:
        """Words of the domain ``console``. What peers sent is to be cleaned by the caller."""
        return texts.text("console", id_, self.language, **values)

    # Times

    def time(self, stamp: str | None, millis: bool = False) -> str:
        """An RFC 3339 stamp as the reader's wall clock shows it; with its date where that is another day's."""
        at = self._at(stamp)
        if at is None:
            return "--:--:--"
        day = "" if self.today is None or at.date() == self.today else at.strftime("%Y-%m-%d ")
        return day + _clock(at, millis)

    def date_time(self, stamp: str | None, millis: bool = False) -> str:
        """The same with its date, always."""
        at = self._at(stamp)
        return "---- -- -- --:--:--" if at is None else f"{at:%Y-%m-%d} {_clock(at, millis)}"

    def duration(self, seconds: float) -> str:
        """Two units at most: ``3 h 5 min``."""
        return duration(seconds, self.language)

    def _at(self, stamp: str | None) -> datetime | None:
        try:
            return datetime.fromisoformat(stamp or "").astimezone(self.zone)
        except (ValueError, OverflowError):
            return None

    # What, where, who

    def event(self, about: About) -> str:
        """What happened: ``Fire alarm``. What no table has is told with its code."""
        kind = "" if isinstance(about, Condition) else about.kind
        if kind == GAP and isinstance(about, Entry):
            return self.say("gap.entries", count=about.count, first=about.id, last=about.id + about.count - 1)
        if kind == "amendment" and isinstance(about, Entry):
            return self.say("amendment.text", text=quoted(about.text)) if about.text else self.say("amendment.other")
        if kind == "unread":
            return station_name("unread", self.language)
        if kind in ("station", "security", "action") or (about.code and not about.scheme):
            return clean(station_name(about.code, self.language))
        return self._named(about)

    def amended(self, entry: Entry) -> str:
        """What an amendment adds to, by its name; blank for any other entry."""
        return self._named(entry) if entry.kind == "amendment" else ""

    def _named(self, about: About) -> str:
        if not (about.scheme or about.code):
            return station_name("unread", self.language)
        qualifier = "new" if isinstance(about, Condition) else about.qualifier
        name = catalogue.name(about.scheme, about.code, qualifier, self.language)
        return clean(name if catalogue.known(about.scheme, about.code) else f"{name} ({about.code})")

    def site(self, about: Entry | Alarm | PathRow | WireRecord) -> str:
        """The name of the site, else its account, else the adapter."""
        key = "" if isinstance(about, WireRecord) else about.account_key
        return clean((key and self._names.site(key)) or about.account or about.adapter)

    def site_name(self, account_key: str) -> str:
        """The name of the site; blank where it has none."""
        return clean(self._names.site(account_key))

    def place(self, about: About, account_key: str = "") -> str:
        """The zone by its name, user, partition: what tells most first, the rest may be cut; of a lost path the path.

        ``account_key``: of a condition's alarm.
        """
        if isinstance(about, Condition):
            if not about.scheme:
                return way_of(self, about)
            user = ""
        else:
            account_key, user = about.account_key, about.user
            if isinstance(about, Alarm) and not about.scheme and len(about.conditions) == 1:
                return way_of(self, about.conditions[0])
            if isinstance(about, Entry) and about.kind == "station" and about.code.startswith("path."):
                return way(self, about.adapter, about.protocol, about.path)
        parts = []
        if about.number.strip("0"):
            number = f"{clean(catalogue.subject_name(about.subject or 'none', self.language))} {clean(about.number)}"
            named = account_key and about.subject in ZONE_SUBJECTS
            name = self._names.zone(account_key, about.number) if named else ""
            parts.append(f"{clean(name)} ({number})" if name else number)
        if user and user != about.number:
            parts.append(f"{catalogue.subject_name('user', self.language)} {clean(user)}")
        if about.partition.strip("0"):
            parts.append(f"{catalogue.subject_name('partition', self.language)} {clean(about.partition)}")
        return ", ".join(parts)

    def said(self, about: About) -> str:
        """The text that the panel sent, in quotation marks; blank where there is none, or it is the event's name here.

        Of a condition what was added afterwards.
        """
        if isinstance(about, Condition):
            return quoted(about.added)
        if about.code.startswith("endpoint.") and not about.scheme:
            return reason(about.text, self.language)
        return "" if about.kind == "amendment" else quoted(about.text)

    def receiver(self, entry: Entry) -> str:
        """The receiver that handed a message on, and its line: ``receiver 01, line 1``; blank where it names none."""
        if entry.receiver and entry.line:
            return self.say("receiver.line", receiver=clean(entry.receiver), line=clean(entry.line))
        if entry.line:
            return self.say("receiver.only-line", line=clean(entry.line))
        return self.say("receiver.no-line", receiver=clean(entry.receiver)) if entry.receiver else ""

    def operator(self, name: str, unverified: bool = False) -> str:
        """Who did something; a name that is only its bearer's word is told as that."""
        shown = clean(name)
        return f"{shown} [{self.state_name('unverified')}]" if shown and unverified else shown

    # How it stands

    def state(self, about: Entry | Alarm) -> State:
        """How an entry, or what an alarm is about, is marked: by what it is, else by its priority."""
        if about.kind == "amendment":
            return State.PLAIN  # the event it adds to has its mark already
        if about.kind == "signal" and about.qualifier == "restore" and about.category != "open_close":
            return State.RESTORED
        if about.kind == "station" and about.code.endswith(_OVER):
            return State.RESTORED
        # An unread message with a low priority of its own is known to be no alarm.
        if about.priority in _BY_PRIORITY and (about.kind != "unread" or about.priority > 2):
            return _BY_PRIORITY[about.priority]
        return _BY_KIND.get(about.kind, State.PLAIN)

    def alarm_state(self, alarm: Alarm, closed: bool = False) -> State:
        """How an alarm stands with the operators: unseen by the priority of what is unseen, else restored or seen."""
        if closed or alarm.closed:
            return State.CLOSED
        if alarm.ringing:
            return State.ALARM if ringing_priority(alarm) == 1 else State.URGENT
        return State.RESTORED if alarm.restored == "all" else State.SEEN

    def kind(self, about: Entry | Alarm) -> str:
        """The word beside the mark: the priority, else what kind of entry it is."""
        state = self.state(about)
        if state is State.RESTORED:
            return self._word("kind", "station") if about.kind == "station" else self._word("category", "restore")
        if about.priority in _BY_PRIORITY and about.kind not in ("amendment", "unread"):
            return catalogue.priority_name(about.priority, self.language)
        return clean(self._word("kind", about.kind))

    def notes(self, about: About) -> list[str]:
        """What is out of the ordinary: late and by how much, a repeat, an unknown account, a name nobody checked."""
        notes = []
        if about.late:
            age = f" {self.duration(about.age_s)}" if about.age_s >= 1 else ""
            notes.append(f"{self.state_name('late')}{age}")
        if isinstance(about, Entry) and about.repeat:
            notes.append(self.state_name("repeat"))
        if not isinstance(about, Condition) and about.unknown:
            notes.append(self.state_name("unknown"))
        if isinstance(about, Entry) and about.unverified and about.operator:
            notes.append(self.state_name("unverified"))
        return notes

    def state_name(self, name: str) -> str:
        """A state as the catalogue has it: ``late``, ``ringing``, ``restored`` ..."""
        return catalogue.state_name(name, self.language)

    # What an entry tells besides

    def details(self, entry: Entry) -> list[str]:
        """What a line of the station's or a security entry says after its name, and a signal's further values."""
        return details.details(self, entry)

    def values(self, entry: Entry) -> list[str]:
        """The details of an entry with their labels."""
        return details.values(self, entry)

    def jump(self, seconds: float) -> str:
        """By how much a clock jumped, with its sign: ``+1 h``, ``-2.5 s``."""
        return details.jump(self, seconds)

    # Single words

    def verdict(self, record: WireRecord) -> str:
        """What was decided on a message of the wire, and why."""
        return wire.verdict(self, record)

    def wire_line(self, record: WireRecord) -> str:
        """A record of the wire on one line, without its time and peer."""
        return wire.wire_line(self, record)

    def note(self, text: str) -> str:
        """What the station notes of a connection."""
        return wire.note(self, text)

    def finding(self, id_: str) -> str:
        """What a departure from the standard is, as one sentence."""
        return clean(texts.finding(id_, self.language))

    def noise(self, guess: str) -> str:
        """What bytes that are no message probably are."""
        return clean(texts.noise(guess, self.language))

    def damaged(self, record: WireRecord) -> list[str]:
        """Of a frame that was not whole: what does not fit in it, and what to do."""
        return wire.damaged(self, record)

    def severity(self, severity: str) -> str:
        """A severity of findings as a word."""
        return self.known("severity", severity)

    def known(self, kind: str, name: str) -> str:
        """The words of a name of this kind; the name itself, cleaned, where the catalogue has none."""
        id_ = f"{kind}.{name}"
        words = self.say(id_)
        return clean(name) if words == id_ else words

    def clean(self, text: object) -> str:
        """Any text of a peer or a person, fit for a line."""
        return clean(text)

    def _word(self, kind: str, key: str) -> str:
        return catalogue.word(kind, key, self.language)


def quoted(text: str) -> str:
    """In quotation marks, cleaned; nothing for nothing."""
    return f'"{clean(text)}"' if text else ""


def _clock(at: datetime, millis: bool) -> str:
    return at.strftime("%H:%M:%S") + (f".{at.microsecond // 1000:03d}" if millis else "")
