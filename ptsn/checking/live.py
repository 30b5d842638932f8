"""A line or more for everything worth telling while a check runs."""

from __future__ import annotations

import textwrap

from panels.inspection import Note, conduct
from panels.inspection.notes import (
    ConductNote,
    ConnectionNote,
    Found,
    MessageNote,
    NoiseNote,
    NothingNote,
    RecognisedNote,
    SilenceNote,
)
from protocols.model import ArrivalKind, Protection, Severity, Verdict
from ptsn.checking.place import Place, crc_words, nothing_yet
from ptsn.checking.words import Words, clock_time
from ptsn.render import clean, pad, show_bytes

CONNECTIONS_SHOWN = 6
"""Of one host; then they are only counted."""
NOISE_SHOWN = 3
"""In full, of one kind from one host; then every tenth, hundredth ... time."""
TOLD_OTHERWISE = frozenset(
    ("dc09.cipher.no-key", "dc09.cipher.wrong-key", conduct.REFUSED, conduct.UNREAD, conduct.LINE_UNREAD)
)
"""What the line of the message itself tells, each time."""
TOLD_ONCE = frozenset(("dc09.cipher.short-padding",))
"""What nothing can be done about: once is enough, of whichever panel. The report has it of each."""
PEER_CELLS = 21
TOGETHER = "\u00a0"
"""A blank at which no line is broken. Cleaned peer text has none."""
INDENT = " " * 10

_SEVERE = {Severity.VIOLATION: "\x1b[1;31m", Severity.DEVIATION: "\x1b[33m", Severity.NOTE: "\x1b[2m"}
_MARKS = {Severity.VIOLATION: "!!", Severity.DEVIATION: "! ", Severity.NOTE: "- "}


class Live:
    """Renders notes for one reader."""

    def __init__(self, words: Words, place: Place, *, color: bool = False) -> None:
        self._words = words
        self._place = place
        self._color = color
        self._told_once: set[str] = set()
        self.width = 100
        """Columns at which long texts are wrapped."""

    def lines(self, note: Note) -> list[str]:
        """The lines of one note; none for what is not shown."""
        if isinstance(note, MessageNote):
            return self._message(note)
        if isinstance(note, ConductNote):
            told = note.found.id in TOLD_OTHERWISE
            return [] if told else self._finding(note.found, note)
        if isinstance(note, NoiseNote):
            return self._noise(note)
        if isinstance(note, ConnectionNote):
            return self._connection(note)
        if isinstance(note, NothingNote):
            head, *hints = nothing_yet(note, self._place, self._words)
            shown = self._wrapped(f"{clock_time(note.at)}  {head}", " " * 10)
            return [*shown, *(line for hint in hints for line in self._wrapped(INDENT + hint[2:], INDENT + "  "))]
        words = self._words
        if isinstance(note, RecognisedNote):
            head = f"{clock_time(note.at)}  {pad(clean(note.peer), PEER_CELLS)}"
            return self._wrapped(f"{head}  {words('live.recognised', protocol=note.title)}", INDENT)
        assert isinstance(note, SilenceNote)
        text = words(
            "live.silent.sender" if _is_sender(note) else "live.silent",
            account=clean(note.sender) if _is_sender(note) else self._account(note.account),
            time=words.duration(note.seconds),
            usual=words.duration(note.usual),
        )
        return self._wrapped(f"{clock_time(note.at)}  {text}", INDENT)

    # Messages

    def _message(self, note: MessageNote) -> list[str]:
        head = f"{clock_time(note.at)}  {pad(clean(note.peer), PEER_CELLS)}  {self._account(note.account)}"
        events = self._events(note)
        marks = [self._words("live.encrypted")] if note.protection is Protection.KEYED else []
        marks += [self._words("live.repeat")] if note.repeat else []
        answer = f"-> {note.answer or self._words('no-answer')}".replace(" ", TOGETHER)
        tail = "  ".join([*([f"({', '.join(marks)})"] if marks else []), answer])
        if len(events) == 1:
            lines = self._wrapped(f"{head}  {events[0]}  {tail}", INDENT)
        else:
            lines = [
                *self._wrapped(f"{head}  {tail}", INDENT),
                *(line for each in events for line in self._wrapped(INDENT + each, INDENT)),
            ]
        lines += self._why(note)
        told = [found for found in note.found if found.id not in TOLD_OTHERWISE and found.id not in self._told_once]
        self._told_once |= TOLD_ONCE.intersection(found.id for found in told)
        for found in told:
            if found.count == 1:
                lines += self._finding(found)
        again = [f"{each.id} ({each.count})" for each in told if each.count > 1]
        if again:
            text = INDENT + self._words("live.again", list=", ".join(again))
            lines += [self._dim(line) for line in self._wrapped(text, INDENT)]
        return lines

    def _account(self, account: str) -> str:
        return clean(account) or self._words("no-account")

    def _events(self, note: MessageNote) -> list[str]:
        if note.signals:
            return [self._words.signal(signal) for signal in note.signals]
        if note.kind is ArrivalKind.LINK_TEST:
            return [self._words("live.link-test")]
        if note.kind is ArrivalKind.ANSWER:
            return [f"{self._words('live.answer')} ({clean(note.token)})"]
        word = "live.sealed" if note.protection is Protection.FAILED else "live.unread"
        if note.understood:
            word = "live.no-event"
        return [f"{self._words(word)} ({clean(note.token) or '?'})"]

    def _why(self, note: MessageNote) -> list[str]:
        """Why there was no acknowledgement, where the findings do not tell what to do here."""
        if note.withheld:
            return self._wrapped(INDENT + self._words("live.withheld"), INDENT)
        if note.protection is Protection.FAILED:
            id_ = "live.wrong-key" if note.keyed else "live.no-key"
        elif note.verdict is Verdict.NOT_STORED:
            id_ = "live.not-stored"
        else:
            return []
        return [self._painted(line, Severity.VIOLATION) for line in self._wrapped(INDENT + self._words(id_), INDENT)]

    def _finding(self, found: Found, of: ConductNote | None = None) -> list[str]:
        text = self._words.finding(found.id)
        if of is not None and _is_sender(of):
            text = f"{clean(of.sender)}: {text}"
        elif of is not None:
            text = self._words("live.conduct", account=self._account(of.account), text=text)
        head = f"{INDENT}{_MARKS[found.severity]} {self._words.severity(found.severity)}: {text}  ({found.id})"
        lines = [self._painted(line, found.severity) for line in self._wrapped(head, INDENT + "   ")]
        advice = self._words.advice(found.id)
        return lines + (self._wrapped(f"{INDENT}   {advice}", INDENT + "   ") if advice else [])

    # Everything else

    def _noise(self, note: NoiseNote) -> list[str]:
        head = f"{clock_time(note.at)}  {pad(clean(note.peer), PEER_CELLS)}"
        if note.count > NOISE_SHOWN:
            if str(note.count).strip("0") != "1":
                return []
            return [f"{head}  {self._words('live.noise-again', count=note.count)}: {note.guess}"]
        text = self._words("live.noise", text=self._words.noise(note.guess))
        lines = self._wrapped(f"{head}  {text}  ({note.guess})", INDENT)
        if note.begins:
            lines += self._wrapped(INDENT + self._words("noise.begins", list=", ".join(note.begins)), INDENT)
        if note.crc is not None:
            lines += self._wrapped(INDENT + crc_words(note.crc, self._words), INDENT)
        return [*lines, f"{INDENT}{show_bytes(note.sample, self.width - 20)}"]

    def _connection(self, note: ConnectionNote) -> list[str]:
        if note.count > CONNECTIONS_SHOWN:
            return []
        if note.opened:
            text = self._words("live.connected")
            if note.count == CONNECTIONS_SHOWN:
                text += f"; {self._words('live.connections-hidden')}"
        else:
            how = "live.cut-here" if note.ours else "live.closed" if note.clean else "live.cut"
            text = self._words(how, messages=note.messages)
        line = f"{clock_time(note.at)}  {pad(clean(note.peer), PEER_CELLS)}  {text}"
        return [self._dim(each) for each in self._wrapped(line, INDENT)]

    def _wrapped(self, text: str, indent: str) -> list[str]:
        lines = textwrap.wrap(
            text,
            self.width,
            subsequent_indent=indent,
            break_long_words=True,
            break_on_hyphens=False,
            replace_whitespace=False,
            drop_whitespace=True,
        )
        return [line.replace(TOGETHER, " ") for line in lines]

    def _painted(self, line: str, severity: Severity) -> str:
        return f"{_SEVERE[severity]}{line}\x1b[0m" if self._color else line

    def _dim(self, line: str) -> str:
        return f"\x1b[2m{line}\x1b[0m" if self._color else line


def _is_sender(note: ConductNote | SilenceNote) -> bool:
    """Whether it is about somebody who speaks for several accounts, or for none."""
    return bool(note.sender) and not note.account
