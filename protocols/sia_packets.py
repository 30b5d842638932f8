"""Blocks and packets of SIA event text (DC-03): the grammar, and the events a message is made of.

:mod:`protocols.sia_text` draws the grammar and turns these events into signals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from protocols import catalogue

# Grammar. Every expression is matched at a place in a block, which never holds a "|".
_modifier = re.compile(r"([a-z]{2}) *([-0-9.:]*) *").match
_modifier_in_capitals = re.compile(r"([A-Za-z]{2})([0-9.:]+)(?=(?:\^[^^]*\^)?/? *[A-Za-z])").match
_event = re.compile(r"([A-Z]{2}) *((?:[-0-9:]|[A-F](?![A-Z])|[a-f](?![a-z]))*)").match
_hexadecimal = re.compile(r"[-0-9:A-F]*").match
_text = re.compile(r"\^([^^]*)\^ *").match
_unterminated = re.compile(r"\^([^/]*)").match
_units = re.compile(r"\*([-+0-9.]+)([A-Za-z_]{0,2}) *").match
_QUOTE = "['\"`\u00b4\u2018\u2019\u201c\u201d^]"
_quoted = re.compile(rf"\*{_QUOTE}(.{{0,255}}?){_QUOTE}(?:NM)? *(?=[/^]|$)", re.DOTALL).match
_separator = re.compile(r" *(?:/[/ ]*|$)").match
_letters = re.compile(r"[A-Za-z]{2}").match

_EVENTS = frozenset("NOE")
_OTHER = frozenset("0123456789CPX@?&LVvI")
_COMMANDS = {
    "C": frozenset(["LK", "LN", "OP", "OR", "SA", "SB", "SS", "SW", "TC", "TP"]),
    "P": frozenset(
        ["AA", "AD", "CA", "CB", "CX", "DS", "EI", "EO", "OA", "OB", "OX", "PH", "RO", "RT", "TI", "TT", "UC", "UX"]
    ),
}
"""What can follow the letter of a control and of a program block."""
_MODIFIERS = frozenset(("ti", "da", "id", "ri", "pi", "ai", "ph", "lv", "va", "pt", "rg", "ss", "pm"))
# What a message may hold at most: a small one must neither fill the disk with events nor cost much time.
MOST_EVENTS = 64
_MOST_MODIFIERS = 32
"""So many different modifiers are kept for one event; the standard knows a dozen."""
_MOST_PACKETS = 512
"""So many packets that are no event are read; 64 events with a handful of modifiers each."""
_MOST_BLOCKS = 128
_MOST_REPEATED = 16_384
"""So many characters of modifiers are kept with the events that share them; then only short ones."""
_SHORT = 16
"""Longer than any number, time or date."""

_FLAWS = frozenset(("sia.packet.unreadable", "sia.modifier.unknown", "sia.separator.missing"))
"""Departures that a block without its function letter is not forgiven: it may be something else altogether."""

_NO_MODIFIERS: dict[str, str] = {}


class EventRead(Struct):
    """One event being read; blocks after it may add to it."""

    code: str
    address: str
    text: str
    modifiers: dict[str, str]
    old: bool
    environmental: bool
    units: list[tuple[str, str]] | None = None


class Message:
    """The events and departures found so far in one message."""

    __slots__ = ("events", "found", "full", "left", "waiting")

    def __init__(self, left: int = _MOST_PACKETS) -> None:
        self.events: list[EventRead] = []
        self.found: dict[str, None] = {}
        self.waiting = ""
        self.left = left
        """Packets other than events that may still come."""
        self.full = False
        """Nothing more is read."""

    def read(self, content: str) -> None:
        """Read all blocks of a content, within bounds."""
        blocks = content.split("|", _MOST_BLOCKS) if "|" in content else [content]
        for block in blocks[:_MOST_BLOCKS]:
            if block and not self.full:
                self.block(block)
        if not self.events:
            read_without_function(self, blocks[:_MOST_BLOCKS])
        if self.full or len(blocks) > _MOST_BLOCKS:
            self.found["sia.events.too-many"] = None
        if len(self.events) * len(content) > _MOST_REPEATED:
            self.bound_repeats()

    def block(self, block: str) -> None:
        """Read one block."""
        function = block[0]
        if function in _EVENTS:
            if not self.packets(block, 1, function):
                self.found["sia.block.no-event"] = None
        elif function == "A":
            self.add_text(block[1:])
        elif function == "#":
            self.found["sia.block.account"] = None
        else:
            self.found["sia.block.other" if function in _OTHER else "sia.block.unknown"] = None

    def add_text(self, text: str) -> None:
        """Give a text block to the event before it, or to the first to come."""
        if not self.events:
            self.waiting = f"{self.waiting} {text}" if self.waiting else text
            return
        event = self.events[-1]
        event.text = f"{event.text} {text}" if event.text else text

    def packets(self, block: str, at: int, function: str) -> bool:
        """Read modifiers and events from ``at`` to the end of a block. Tells whether there was an event."""
        end = len(block)
        events = self.events
        first = len(events)
        modifiers = _NO_MODIFIERS
        after: dict[str, str] = {}
        at = self.separator(block, at) if block.startswith(("/", " "), at) else at
        taken = True  # the dictionary belongs to events already read; a further modifier needs a copy
        while at < end:
            match = _event(block, at)
            if match is not None and not (match[2] and self.is_modifier(block, at, match[1])):
                if len(events) >= MOST_EVENTS:
                    return self.stop()
                code, address = match.groups()
                at = match.end()
                if at < end and block[at] in "ABCDEF":
                    address, at = _extended(block, match.start(2), at)
                event = EventRead(code, address, "", modifiers, function == "O", function == "E")
                if at < end and block[at] in "*^ ":
                    at = self.tail(block, at, event)
                events.append(event)
                taken, after = True, {}
            else:
                if not self.left:
                    return self.stop()
                self.left -= 1
                match = _modifier(block, at) or _modifier_in_capitals(block, at)
                if match is None or not (match[2] or match[1] in _MODIFIERS):
                    self.found["sia.packet.unreadable"] = None
                    at = block.find("/", at) + 1 or end
                    continue
                at, added = self.modifier(block, match)
                if taken:
                    modifiers, taken = dict(modifiers), False
                if len(modifiers) + len(added) > _MOST_MODIFIERS:
                    self.found["sia.modifier.too-many"] = None
                else:
                    modifiers.update(added)
                    after.update(added)
            if at < end:
                at = self.separator(block, at)
        if after and len(events) > first:
            self.modifiers_after(events[-1], after)
        return len(events) > first

    def stop(self) -> bool:
        """Read nothing more of this message. Tells whether there was an event."""
        self.full = True
        return bool(self.events)

    def bound_repeats(self) -> None:
        """Modifiers hold for all events after them: what is long must not be kept with each of them."""
        kept = 0
        for event in self.events:
            kept += sum(map(len, event.modifiers.values()))
            if kept > _MOST_REPEATED:
                event.modifiers = {name: value for name, value in event.modifiers.items() if len(value) <= _SHORT}
                self.found["sia.modifier.too-long"] = None

    def is_modifier(self, block: str, at: int, letters: str) -> bool:
        """Whether what looks like an event is a modifier in capitals (``RI01/BA1``)."""
        return (
            letters.lower() in _MODIFIERS
            and not catalogue.known("sia", letters)
            and _modifier_in_capitals(block, at) is not None
        )

    def modifier(self, block: str, match: re.Match[str]) -> tuple[int, dict[str, str]]:
        """Take a modifier and its text. Returns where it ends and what it says."""
        name, value = match.groups()
        at = match.end()
        if not name.islower():
            self.found["sia.modifier.case"] = None
            name = name.lower()
        if name not in _MODIFIERS:
            self.found["sia.modifier.unknown"] = None
        added = {name: value}
        if at < len(block) and block[at] == "^":
            text = _text(block, at)
            if text is None:
                text = _unterminated(block, at)
                self.found["sia.text.unterminated"] = None
            assert text is not None
            added[f"{name}-text"] = text[1]
            at = text.end()
        return at, added

    def tail(self, block: str, at: int, event: EventRead) -> int:
        """Take the measured values and texts after an event's address. Returns where they end."""
        end = len(block)
        while at < end:
            if block[at] == " ":
                at += 1
                continue
            match = _text(block, at)
            if match is None:
                match = _quoted(block, at)
                if match is not None:
                    self.found["sia.text.xsia"] = None
            if match is None:
                match = _units(block, at)
                if match is not None:
                    units = event.units = event.units or []
                    if len(units) < _MOST_MODIFIERS:
                        units.append((match[2].strip("_") or "units", match[1]))
                    at = match.end()
                    continue
                match = _unterminated(block, at)
                if match is None:
                    return at
                self.found["sia.text.unterminated"] = None
            event.text = f"{event.text} {match[1]}" if event.text else match[1]
            at = match.end()
        return at

    def separator(self, block: str, at: int) -> int:
        """Step over what parts two packets."""
        match = _separator(block, at)
        if match is not None:
            return match.end()
        if _letters(block, at) is not None:
            self.found["sia.separator.missing"] = None
            return at
        self.found["sia.packet.unreadable"] = None
        return block.find("/", at) + 1 or len(block)

    def modifiers_after(self, event: EventRead, after: dict[str, str]) -> None:
        """Modifiers that no event follows belong to the event before them, where it has no such value yet."""
        self.found["sia.modifier.after-event"] = None
        if any(event.modifiers.get(name, value) != value for name, value in after.items()):
            self.found["sia.modifier.unused"] = None
        event.modifiers = {**after, **event.modifiers}


def _extended(block: str, start: int, at: int) -> tuple[str, int]:
    """An address that runs into two capitals: they begin the next event only when they are a listed code."""
    match = _hexadecimal(block, start)
    end = match.end() if match is not None else at
    while at < end and not catalogue.known("sia", block[at : at + 2]):
        at += 1
    return block[start:at], at


def read_without_function(message: Message, blocks: Iterable[str]) -> None:
    """A last try where no event was found: blocks that lack their function letter but are flawless otherwise."""
    found: dict[str, None] = {"sia.function.missing": None}
    for block in blocks:
        start = block[:2]
        if block[1:3] in _COMMANDS.get(block[:1], ()) or not (start.islower() or catalogue.known("sia", start)):
            continue
        attempt = Message(message.left)
        if attempt.packets(block, 0, "N") and _FLAWS.isdisjoint(attempt.found):
            message.events += attempt.events
            found |= attempt.found
        message.left = attempt.left
        if attempt.full or len(message.events) > MOST_EVENTS:
            message.full = True
            break
    if message.events:
        del message.events[MOST_EVENTS:]
        message.found = found
        message.waiting = ""
