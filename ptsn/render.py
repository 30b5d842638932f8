"""One line for a person out of an entry, an alarm or a record of the wire. Pure: no clock, no terminal.

State is carried by mark, word and colour, in that order of trust. What peers sent is data: control,
bidirectional and other unseen characters are shown as marks such as ``‹U+202E›``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from protocols import catalogue
from protocols.catalogue import texts
from protocols.catalogue.station_words import station_name
from ptsn.shown import clean, duration, pad, show_bytes
from ptsn.words import say
from receiver.adapters.endpoints import EndpointError, Target, parse_listen

Fields = Mapping[str, Any]

_RED, _AMBER, _BLUE, _PURPLE, _GREEN, _PLAIN = (
    "\x1b[1;38;5;231;48;5;160m",
    "\x1b[38;5;16;48;5;214m",
    "\x1b[38;5;16;48;5;74m",
    "\x1b[38;5;231;48;5;97m",
    "\x1b[38;5;16;48;5;151m",
    "",
)
_BY_PRIORITY = {1: ("▲", _RED), 2: ("◆", _AMBER), 3: ("●", _BLUE), 4: ("·", _PLAIN), 5: ("·", _PLAIN)}
_BY_KIND = {"unread": ("◆", _AMBER), "security": ("■", _PURPLE), "station": ("□", _PLAIN), "action": ("»", _PLAIN)}
_TAG_CELLS = 17
_ACCOUNT_CELLS = 6
_NOTES = {
    "connected": "note.connected",
    "disconnected: closed": "note.closed",
    "disconnected: broken off by the other side, or by the network": "note.broken-off",
}
"""What the station notes of connections, to the ids of its words; other notes are shown as they are."""
_TOLD_BY_DETAILS = frozenset(("adapter.lost",))
"""Station events whose English text says only what their name and details say, too."""

__all__ = ["Renderer", "account_names", "clean", "duration", "pad", "show_bytes"]


def account_names(rows: Iterable[Fields], language: str) -> dict[str, str]:
    """Name of each account by ``account_key``, in the language, else in any that it has one in."""
    columns = (f"name_{language}", "name", "name_ru", "name_kk")
    return {row["account_key"]: next((row[one] for one in columns if row.get(one)), "") for row in rows}


class Renderer:
    """Renders lines for one reader: a language, a time zone, with or without colour."""

    def __init__(
        self,
        language: str = "en",
        time_zone: str = "UTC",
        accounts: Mapping[str, str] | None = None,
        color: bool = False,
        today: date | None = None,
    ) -> None:
        """``accounts``: name by ``account_key``; it may be replaced at any time.

        With ``today``, in the reader's time zone, what is of another day is shown with its date.
        """
        self.language = language
        self.accounts: Mapping[str, str] = accounts or {}
        self.color = color
        self._zone = UTC if time_zone == "UTC" else ZoneInfo(time_zone)
        self._today = today

    def say(self, id_: str, /, **values: object) -> str:
        """Words of the console in the reader's language. What peers sent is to be cleaned by the caller."""
        return say(id_, self.language, **values)

    def time(self, stamp: str | None, *, millis: bool = False) -> str:
        """An RFC 3339 stamp as the reader's wall clock shows it."""
        try:
            at = datetime.fromisoformat(stamp or "").astimezone(self._zone)
        except (ValueError, OverflowError):
            return "--:--:--"
        day = "" if self._today is None or at.date() == self._today else at.strftime("%Y-%m-%d ")
        return day + at.strftime("%H:%M:%S") + (f".{at.microsecond // 1000:03d}" if millis else "")

    def entry(self, entry: Fields) -> str:
        """One line for a journal entry, as the API gives it."""
        kind = entry.get("kind", "")
        if kind == "signal":
            what = self._event(entry)
            tail = [self._place(entry), self._said(entry), self._states(entry)]
        elif kind == "unread":
            what = station_name("unread", self.language)
            tail = [clean(entry.get("token", "")), show_bytes(entry.get("raw", ""), 120), self._states(entry)]
        elif kind == "action":
            what = station_name(entry.get("code", ""), self.language)
            number = f"#{entry['alarm']}" if entry.get("alarm") else ""
            tail = [number, clean(entry.get("operator", "")), self._quoted(entry.get("note", ""))]
        else:
            what = station_name(entry.get("code", ""), self.language)
            more = f"(+{entry['count']})" if entry.get("count") else ""
            where = clean(entry.get("peer") or (entry.get("adapter", "") if entry.get("account") else ""))
            # The names of security entries say it all; of the others the text says what exactly.
            text = "" if kind == "security" and what != entry.get("code") else self._text_of(entry)
            address = [_address(entry.get("path", ""))] if entry.get("code", "").startswith("endpoint.") else []
            if entry.get("code", "").startswith("path."):
                address = [_way(entry.get("adapter", ""), entry.get("protocol", ""), entry.get("path", ""))]
            tail = [text, *address, *self._details(entry), where, more]
        return self._line(entry.get("received_at"), self._tag(entry), entry, what, tail, entry.get("id"))

    def alarm(self, alarm: Fields, code: str = "alarm.open") -> str:
        """One line for an alarm: ``code`` is what became of it (``alarm.opened``, ``alarm.rings`` ...)."""
        restored = code == "alarm.restored"
        tag = self._colored("○", _word(self.language, "category", "restore"), _GREEN) if restored else self._tag(alarm)
        what = f"{station_name(code, self.language)} #{alarm.get('id')}: {self._event(alarm)}"
        states = [self._state("ringing" if alarm.get("ringing") else "seen")]
        if alarm.get("seen_by") and not alarm.get("ringing"):
            states.append(clean(alarm["seen_by"]))
        if alarm.get("restored") == "all":
            states.append(self._state("restored"))
        conditions = alarm.get("conditions") or ()
        ways = [self._station_place(one) for one in conditions if len(conditions) == 1 and one.get("scheme") == ""]
        tail = [self._place(alarm), *ways, self._said(alarm), self._states(alarm), f"({', '.join(states)})"]
        stamp = alarm.get("restored_at" if restored else "last_at") if code != "alarm.open" else alarm.get("opened_at")
        return self._line(stamp, tag, alarm, what, tail, None)

    def conditions(self, alarm: Fields) -> list[str]:
        """A line for everything that an alarm is about, where that is more than one thing."""
        conditions = alarm.get("conditions") or []
        if len(conditions) < 2:
            return []
        lines = []
        for one in conditions:
            about = {**one, "qualifier": "new"}
            count = f"x{one['count']}" if one.get("count", 1) > 1 else ""
            restored = f"({self._state('restored')} {self.time(one['restored_at'])})" if one.get("restored_at") else ""
            place = self._station_place(one) if one.get("scheme") == "" else self._place(about)
            parts = [self.time(one.get("since")), self._event(about), place, count, self._states(one), restored]
            lines.append("          " + "  ".join(part for part in parts if part))
        if alarm.get("more_conditions"):
            lines.append(f"          ... +{alarm['more_conditions']}")
        return lines

    def verdict(self, record: Fields) -> str:
        """What was decided on a message of the wire view: ``stored, answered ACK: on disk  [ADM-CID account 1234]``."""
        answer, decrypted = record.get("answer"), record.get("decrypted")
        about = self.say("wire.account", token=clean(record.get("token", "")), account=clean(record.get("account", "")))
        if decrypted is not None:
            about += f", {self.say('wire.decrypted' if decrypted else 'wire.not-decrypted')}"
        said = self.say("wire.answered", token=clean(answer)) if answer else self.say("wire.no-answer")
        verdict = self._known("verdict", str(record.get("verdict")))
        return f"{verdict}, {said}: {self._known('why', str(record.get('why', '')))}  [{about}]"

    def severity(self, severity: str) -> str:
        """A severity of findings as a word."""
        return self._known("severity", severity)

    def wire(self, record: Fields) -> list[str]:
        """The lines of one record of the wire view."""
        head = f"{self.time(record.get('at'), millis=True)}  {pad(clean(record.get('peer', '')), 21)}"
        what = record.get("what")
        if what in ("in", "out"):
            arrow = "->" if what == "in" else "<-"
            size = self.say("wire.bytes", size=record.get("size"))
            return [f"{head}  {arrow} {show_bytes(record.get('bytes', ''))}  ({size})"]
        if what == "verdict":
            lines = [f"{head}  == {self.verdict(record)}"]
            if record.get("plain"):
                lines.append(f"{head}     {self.say('wire.plain', bytes=show_bytes(record['plain']))}")
            for one in record.get("findings", ()):
                words = texts.finding(one["id"], self.language)
                lines.append(f"{head}     {self.severity(one['severity'])}: {one['id']}: {words}")
            return lines
        if what == "noise":
            words = texts.noise(record.get("guess", ""), self.language)
            shown = show_bytes(record["bytes"], 120)
            return [f"{head}  ?? {record.get('guess')}: {words} {shown}  ({self.say('wire.no-answer')})"]
        note = str(record.get("text", ""))
        return [f"{head}  -- {self.say(_NOTES[note]) if note in _NOTES else clean(note)}"]

    # The parts of a line

    def _line(
        self, stamp: str | None, tag: str, about: Fields, what: str, tail: Iterable[str], number: int | None
    ) -> str:
        account = clean(about.get("account") or about.get("adapter", ""))
        name = clean(self.accounts.get(about.get("account_key", ""), ""))
        parts = [part for part in (what, *tail) if part]
        shown = (
            f"{self.time(stamp)}  {tag} {pad(account, _ACCOUNT_CELLS)} {name + '  ' if name else ''}{'  '.join(parts)}"
        )
        return shown.rstrip() if number is None else f"{shown}  #{number}"

    def _tag(self, about: Fields) -> str:
        kind, priority = about.get("kind", ""), about.get("priority", 0)
        ended = about.get("qualifier") == "restore" and about.get("category") != "open_close"
        if kind == "signal" and ended:
            return self._colored("○", _word(self.language, "category", "restore"), _GREEN)
        if kind == "station" and about.get("code", "").endswith((".restored", ".recovered", ".back")):
            return self._colored("○", _word(self.language, "kind", "station"), _GREEN)
        if priority in _BY_PRIORITY and kind != "unread":
            mark, color = _BY_PRIORITY[priority]
            return self._colored(mark, catalogue.priority_name(priority, self.language), color)
        mark, color = _BY_KIND.get(kind, ("·", _PLAIN))
        return self._colored(mark, _word(self.language, "kind", kind), color)

    def _colored(self, mark: str, word: str, color: str) -> str:
        text = pad(f"{mark} {word}", _TAG_CELLS)
        return f"{color}{text}\x1b[0m" if color and self.color else text

    def _event(self, about: Fields) -> str:
        scheme, code = about.get("scheme", ""), about.get("code", "")
        if about.get("kind") == "unread" or not (scheme or code):
            return station_name("unread", self.language)
        if not scheme:
            return clean(station_name(code, self.language))
        name = catalogue.name(scheme, code, about.get("qualifier", ""), self.language)
        # What no table has is told with its code.
        return clean(name if catalogue.known(scheme, code) else f"{name} ({code})")

    def _place(self, about: Fields) -> str:
        parts = []
        partition, number, user = about.get("partition", ""), about.get("number", ""), about.get("user", "")
        if partition.strip("0"):
            parts.append(f"{catalogue.subject_name('partition', self.language)} {clean(partition)}")
        if number.strip("0"):
            parts.append(f"{catalogue.subject_name(about.get('subject') or 'none', self.language)} {clean(number)}")
        if user and user != number:
            parts.append(f"{catalogue.subject_name('user', self.language)} {clean(user)}")
        return ", ".join(parts)

    @staticmethod
    def _station_place(condition: Fields) -> str:
        """Which path or adapter a condition of the station is about."""
        if not str(condition.get("code", "")).startswith("path."):
            return ""
        adapter, _, protocol = str(condition.get("partition", "")).partition("/")
        return _way(adapter, protocol, str(condition.get("number", "")))

    def _said(self, about: Fields) -> str:
        return self._quoted(about.get("text", ""))

    def _quoted(self, text: str) -> str:
        return f'"{clean(text)}"' if text else ""

    def _states(self, about: Fields) -> str:
        states = []
        if about.get("late"):
            age = f" {duration(about['age_s'], self.language)}" if about.get("age_s", 0) >= 1 else ""
            states.append(f"{self._state('late')}{age}")
        states += [self._state(name) for name in ("repeat", "unknown") if about.get(name)]
        return f"[{', '.join(states)}]" if states else ""

    def _state(self, name: str) -> str:
        return catalogue.state_name(name, self.language)

    def _details(self, about: Fields) -> list[str]:
        shown: list[str] = []
        for name, values in about.get("details", {}).items():
            if name == "listen":
                shown += map(_address, values)
            elif name == "renamed":
                shown.append(clean(", ".join(value.replace(" ", " -> ", 1) for value in values)))
            elif name == "last_run" and values == ["ended without a stop"]:
                shown.append(station_name("station.unclean-stop", self.language))
            else:
                shown.append(f"{self._label(name)}: {clean(', '.join(self._value(name, value) for value in values))}")
        return shown

    def _label(self, name: str) -> str:
        """What a detail is called; its own name where no catalogue has it."""
        short = name.removesuffix("_s")
        words = self._known("detail", short)
        return name if words == short else words

    def _known(self, kind: str, name: str) -> str:
        """The words of a name of this kind; the name itself, cleaned, where the catalogue has none."""
        id_ = f"{kind}.{name}"
        words = self.say(id_)
        return clean(name) if words == id_ else words

    def _value(self, name: str, value: str) -> str:
        """A detail's value, seconds and times as people read them."""
        if name.endswith("_s"):
            try:
                seconds = float(value)
                exact = seconds < 600 and seconds % 60
                return self.say("unit.s", n=f"{seconds:g}") if exact else duration(seconds, self.language)
            except (ValueError, OverflowError):
                return value
        shown = self.time(value) if name == "since" else ""
        return value if not shown or shown.startswith("--") else shown

    def _text_of(self, entry: Fields) -> str:
        """The English text of a station's entry, but not where it would say everything twice."""
        if self.language != "en" and entry.get("code") in _TOLD_BY_DETAILS:
            return ""
        return clean(entry.get("text", ""))


def _address(listen: str) -> str:
    """Where an adapter listens, ``tcp:5000:interface=0.0.0.0``, as people write addresses: ``tcp:0.0.0.0:5000``."""
    try:
        where = parse_listen(listen)
    except EndpointError:
        return clean(listen)
    return str(Target(where.transport, where.interface, where.port))


def _way(adapter: str, protocol: str, path: str) -> str:
    """A path as ``ptsn paths`` names it: adapter, protocol, and the letter of the message where it has one."""
    return clean(f"{adapter}/{protocol}{' ' + path if path else ''}")


def _word(language: str, kind: str, key: str) -> str:
    return catalogue.word(kind, key, language)
