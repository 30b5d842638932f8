"""What a panel hears: answers to its blocks, and where each begins and ends in the stream."""

from __future__ import annotations

import re

from protocols.lines.scanning import MORE
from protocols.sia.blocks import BlockGrammar

_poll_reply = re.compile(rb"P#[0-9A-Fa-f]{0,16}\r?\n").match
_poll_begun = re.compile(rb"P#[0-9A-Fa-f]{0,16}\r?\Z").match
_OLD = b"\x08\x09"


class AnswerGrammar(BlockGrammar):
    """Answers: blocks, the text that answers a Galaxy's poll, and the single bytes of old modules.

    A lone byte 08 or 09 may be the header of a block on its way. It is an answer at once only where ``old`` says that
    the receiver speaks so, else when nothing follows it in time.
    """

    filler = b"\r\n"

    def __init__(self, *, old: bool = False) -> None:
        self._old = old

    def seek(self, buffer: bytes, at: int) -> int:
        """The first offset from ``at`` on where an answer may begin."""
        found = super().seek(buffer, at)
        if self._old:
            return next((place for place in range(at, found) if buffer[place] in _OLD), found)
        return found

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of the answer that begins at ``at``; 0 where none does, MORE where that needs more bytes."""
        text = _poll_reply(buffer, at)
        if text is not None:
            return text.end() - at
        if not final and _poll_begun(buffer, at) is not None:
            return MORE
        size = super().match(buffer, at, final)
        if buffer[at] in _OLD and size <= 0 and (self._old or (final and at + 1 == len(buffer))):
            return 1
        return size
