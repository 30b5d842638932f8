"""Blocks of SIA event text (DC-03), and the events that a message of them is made of.

:mod:`protocols.sia_text` draws the grammar and turns these events into signals.
"""

from __future__ import annotations

from collections.abc import Iterable

from protocols import catalogue
from protocols.sia_commands import CODES
from protocols.sia_grammar import EVENT_FUNCTIONS, OTHER_FUNCTIONS
from protocols.sia_packets import MOST_EVENTS, Packets, padded
from protocols.sia_trace import Told, Trace, remember

_MOST_BLOCKS = 128
_MOST_REPEATED = 16_384
"""So many characters of modifiers are kept with the events that share them; then only short ones."""
_SHORT = 16
"""Longer than any number, time or date."""

_FLAWS = frozenset(("sia.packet.unreadable", "sia.modifier.unknown", "sia.separator.missing"))
"""Departures that a block without its function letter is not forgiven: it may be something else altogether."""


class Message(Packets):
    """The events and departures found so far in one message."""

    __slots__ = ("waiting",)

    def __init__(self, trace: Trace | None = None, *, hexadecimal: bool = False) -> None:
        super().__init__(trace=trace, hexadecimal=hexadecimal)
        self.waiting = ""
        """Text that came before any event."""

    def read(self, content: str) -> None:
        """Read all blocks of a content, within bounds."""
        blocks = content.split("|", _MOST_BLOCKS) if "|" in content else [content]
        for block in blocks[:_MOST_BLOCKS]:
            if block and not self.full:
                self.block(block)
            self.base += len(block) + 1
        if not self.events:
            read_without_function(self, blocks[:_MOST_BLOCKS])
        if self.full or len(blocks) > _MOST_BLOCKS:
            self.found["sia.events.too-many"] = None
        if len(self.events) * len(content) > _MOST_REPEATED:
            self.bound_repeats()

    def block(self, block: str) -> None:
        """Read one block."""
        function = block[0]
        if self.trace is not None:
            self.trace("block", self.base, self.base + len(block), None)
            if function in EVENT_FUNCTIONS or function == "A":
                self.trace("function", self.base, self.base + 1, None)
            else:
                self.trace("other", self.base, self.base + len(block), function)
        if function in EVENT_FUNCTIONS:
            if not self.packets(block, 1, function):
                self.note("sia.block.no-event", 0, 1)
        elif function == "A":
            if self.trace is not None or padded(block[1:]):
                self.text("event", "block", block[1:], 1, len(block))
            self.add_text(block[1:])
        elif function == "#":
            self.note("sia.block.account", 0, len(block))
        else:
            self.note("sia.block.other" if function in OTHER_FUNCTIONS else "sia.block.unknown", 0, len(block))

    def add_text(self, text: str) -> None:
        """Give a text block to the event before it, or to the first to come."""
        if not self.events:
            self.waiting = f"{self.waiting} {text}" if self.waiting else text
            return
        event = self.events[-1]
        event.text = f"{event.text} {text}" if event.text else text

    def bound_repeats(self) -> None:
        """Modifiers hold for all events after them: what is long must not be kept with each of them."""
        kept = 0
        for event in self.events:
            kept += sum(map(len, event.modifiers.values()))
            if kept > _MOST_REPEATED:
                event.modifiers = {name: value for name, value in event.modifiers.items() if len(value) <= _SHORT}
                self.found["sia.modifier.too-long"] = None


def read_without_function(message: Message, blocks: Iterable[str]) -> None:
    """A last try where no event was found: blocks that lack their function letter but are flawless otherwise."""
    found: dict[str, None] = {"sia.function.missing": None}
    base, trace = 0, message.trace
    for block in blocks:
        start, end = block[:2], base + len(block)
        told: list[Told] = []
        if not (block[1:3] in CODES.get(block[:1], ()) or not (start.islower() or catalogue.known("sia", start))):
            attempt = Packets(message.left, None if trace is None else remember(told), hexadecimal=message.hexadecimal)
            attempt.base = base
            if attempt.packets(block, 0, "N") and _FLAWS.isdisjoint(attempt.found):
                message.events += attempt.events
                found |= attempt.found
                if trace is not None:
                    trace("block", base, end, None)
                    for what in told:
                        trace(*what)
            message.left = attempt.left
            if attempt.full or len(message.events) > MOST_EVENTS:
                message.full = True
                break
        base = end + 1
    if message.events:
        del message.events[MOST_EVENTS:]
        message.found = found
        message.waiting = ""
