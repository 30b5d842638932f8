"""Packets of SIA event text (DC-03): modifiers, events and what follows these, in one block.

:mod:`protocols.sia_text` draws the grammar.
"""

from __future__ import annotations

import re

from msgspec import Struct

from protocols import catalogue
from protocols.sia_grammar import (
    MODIFIERS,
    event_at,
    hexadecimal_at,
    letters_at,
    modifier_at,
    modifier_in_capitals_at,
    quoted_at,
    separator_at,
    text_at,
    units_at,
    unterminated_at,
)
from protocols.sia_trace import Trace

# What a message may hold at most: a small one must neither fill the disk with events nor cost much time.
MOST_EVENTS = 64
_MOST_MODIFIERS = 32
"""So many different modifiers are kept for one event; the standard knows a dozen."""
_MOST_PACKETS = 512
"""So many packets that are no event are read; 64 events with a handful of modifiers each."""
_NO_MODIFIERS: dict[str, str] = {}


def padded(text: str) -> bool:
    """Whether a text is filled up with blanks."""
    return "  " in text or text[:1] == " " or text[-1:] == " "


class EventRead(Struct):
    """One event being read; blocks after it may add to it."""

    code: str
    address: str
    text: str
    modifiers: dict[str, str]
    old: bool
    environmental: bool
    units: list[tuple[str, str]] | None = None


class Packets:
    """The events and departures found so far in one message, and what reads the packets of a block."""

    __slots__ = ("base", "events", "found", "full", "hexadecimal", "left", "trace")

    def __init__(self, left: int = _MOST_PACKETS, trace: Trace | None = None, *, hexadecimal: bool = False) -> None:
        self.events: list[EventRead] = []
        self.found: dict[str, None] = {}
        self.left = left
        """Packets other than events that may still come."""
        self.full = False
        """Nothing more is read."""
        self.hexadecimal = hexadecimal
        """Two hex digits that are a listed code do not end a number."""
        self.trace = trace
        self.base = 0
        """Where the block begins in the content."""

    def note(self, id_: str, start: int, end: int) -> None:
        """A departure, at a place in the block."""
        self.found[id_] = None
        if self.trace is not None:
            self.trace("finding", self.base + start, self.base + end, id_)

    def text(self, of: str, form: str, text: str, start: int, end: int) -> None:
        """A text that is traced or filled up with blanks, at a place in the block."""
        if self.trace is not None:
            self.trace("text", self.base + start, self.base + end, (of, form, text))
        if padded(text):
            self.note("sia.text.padded", start, end)

    def packets(self, block: str, at: int, function: str) -> bool:
        """Read modifiers and events from ``at`` to the end of a block. Tells whether there was an event."""
        end = len(block)
        events = self.events
        first = len(events)
        modifiers = _NO_MODIFIERS
        after: dict[str, str] = {}
        trace, base = self.trace, self.base
        at = self.separator(block, at) if block.startswith(("/", " "), at) else at
        taken = True  # the dictionary belongs to events already read; a further modifier needs a copy
        while at < end:
            match = event_at(block, at)
            if match is not None and not (match[2] and self.is_modifier(block, at, match[1])):
                if len(events) >= MOST_EVENTS:
                    return self.stop(at, end)
                code, address = match.groups()
                at = match.end()
                if at < end and block[at] in "ABCDEF":
                    address, at = _extended(block, match.start(2), at, self.hexadecimal)
                event = EventRead(code, address, "", modifiers, function == "O", function == "E")
                if trace is not None:
                    trace("event", base + match.start(), base + match.end(1), event)
                    trace("address", base + match.start(2), base + at, event)
                if at < end and block[at] in "*^ ":
                    at = self.tail(block, at, event)
                events.append(event)
                taken, after = True, {}
            else:
                if not self.left:
                    return self.stop(at, end)
                self.left -= 1
                match = modifier_at(block, at) or modifier_in_capitals_at(block, at)
                if match is None or not (match[2] or match[1] in MODIFIERS):
                    start, at = at, block.find("/", at) + 1 or end
                    self.note("sia.packet.unreadable", start, at)
                    continue
                at, added = self.modifier(block, match)
                if taken:
                    modifiers, taken = dict(modifiers), False
                if len(modifiers) + len(added) > _MOST_MODIFIERS:
                    self.note("sia.modifier.too-many", match.start(), at)
                else:
                    modifiers.update(added)
                    after.update(added)
            if at < end:
                at = self.separator(block, at)
        if after and len(events) > first:
            self.modifiers_after(events[-1], after)
        return len(events) > first

    def stop(self, at: int, end: int) -> bool:
        """Read nothing more of this message. Tells whether there was an event."""
        self.full = True
        if self.trace is not None:
            self.trace("finding", self.base + at, self.base + end, "sia.events.too-many")
        return bool(self.events)

    def is_modifier(self, block: str, at: int, letters: str) -> bool:
        """Whether what looks like an event is a modifier in capitals (``RI01/BA1``)."""
        return (
            letters.lower() in MODIFIERS
            and not catalogue.known("sia", letters)
            and modifier_in_capitals_at(block, at) is not None
        )

    def modifier(self, block: str, match: re.Match[str]) -> tuple[int, dict[str, str]]:
        """Take a modifier and its text. Returns where it ends and what it says."""
        name, value = match.groups()
        at = match.end()
        if not name.islower():
            self.note("sia.modifier.case", match.start(), at)
            name = name.lower()
        if name not in MODIFIERS:
            self.note("sia.modifier.unknown", match.start(), at)
        if self.trace is not None:
            self.trace("modifier", self.base + match.start(), self.base + at, (name, value))
        added = {name: value}
        if at < len(block) and block[at] == "^":
            text = text_at(block, at)
            if text is None:
                text = unterminated_at(block, at)
                self.note("sia.text.unterminated", at, at + 1)
            assert text is not None
            added[f"{name}-text"] = text[1]
            at = text.end()
            if self.trace is not None or padded(text[1]):
                self.text(name, "caret", text[1], text.start(), at)
        return at, added

    def tail(self, block: str, at: int, event: EventRead) -> int:
        """Take the measured values and texts after an event's address. Returns where they end."""
        end = len(block)
        while at < end:
            if block[at] == " ":
                at += 1
                continue
            match, form = text_at(block, at), "caret"
            if match is None:
                match = quoted_at(block, at)
                if match is not None:
                    form = "xsia"
                    self.note("sia.text.xsia", *match.span())
            if match is None:
                match = units_at(block, at)
                if match is not None:
                    units = event.units = event.units or []
                    unit = match[2].strip("_") or "units"
                    if len(units) < _MOST_MODIFIERS:
                        units.append((unit, match[1]))
                    at = match.end()
                    if self.trace is not None:
                        self.trace("units", self.base + match.start(), self.base + at, (match[1], unit))
                    continue
                match = unterminated_at(block, at)
                if match is None:
                    return at
                self.note("sia.text.unterminated", at, at + 1)
            said = match[1]
            event.text = f"{event.text} {said}" if event.text else said
            at = match.end()
            if self.trace is not None or padded(said):
                self.text("event", form, said, match.start(), at)
        return at

    def separator(self, block: str, at: int) -> int:
        """Step over what parts two packets."""
        match = separator_at(block, at)
        if match is not None:
            return match.end()
        if letters_at(block, at) is not None:
            self.note("sia.separator.missing", at, at + 2)
            return at
        end = block.find("/", at) + 1 or len(block)
        self.note("sia.packet.unreadable", at, end)
        return end

    def modifiers_after(self, event: EventRead, after: dict[str, str]) -> None:
        """Modifiers that no event follows belong to the event before them, where it has no such value yet."""
        self.found["sia.modifier.after-event"] = None
        if any(event.modifiers.get(name, value) != value for name, value in after.items()):
            self.found["sia.modifier.unused"] = None
        event.modifiers = {**after, **event.modifiers}


def _extended(block: str, start: int, at: int, hexadecimal: bool) -> tuple[str, int]:
    """An address that runs into two capitals: they begin the next event only when they are a listed code."""
    match = hexadecimal_at(block, start)
    end = match.end() if match is not None else at
    if hexadecimal:
        return block[start:end], end
    while at < end and not catalogue.known("sia", block[at : at + 2]):
        at += 1
    return block[start:at], at
