"""Which protocol a stream is of, by its first bytes: every wire is asked, and exactly one must be sure.

Where a stream begins in the middle of a message, or with rubbish, the places where a message may begin (behind what
ends one, and at an LF) are looked at in turn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from protocols.dc09 import Framer
from protocols.lines.scanning import KEPT_NOISE
from protocols.model import Noise
from protocols.wire import Likeness, Wire
from protocols.wires import WIRES

MOST = 4096
"""Bytes held while no protocol is sure."""
CRC_MISMATCH = "dc09.crc-mismatch"
AMBIGUOUS = "auto.ambiguous"
"""``Noise.guess`` of bytes that more than one protocol is sure of."""

_SHORT, _STEP = 512, 64
"""Of more bytes than the first figure, the wires are asked again only after so many more, or where a message may end:
whoever sends single bytes must not keep them busy."""
_ENDS = b"\n\r\x14\0"
_break = re.compile(rb"[\n\r\x14\x1b\x06\x15\0]").search


class Chooser:
    """The first bytes of a stream, and who of ``wires`` may be sure of them; None for every protocol."""

    def __init__(self, wires: Sequence[Wire] | None = None) -> None:
        self._wires = wires
        self.data = b""
        self._start = 0
        """Where the message may begin that is looked at; what is in front of it begins none."""
        self._ambiguous = False
        self._asked = 0
        """How much there was when the wires were asked last."""

    def choose(self, final: bool) -> Wire | None:
        """The protocol, if exactly one is sure. With ``final`` no more bytes will come for now."""
        size = len(self.data)
        if not final and size > _SHORT and size - self._asked < _STEP and self.data[-1] not in _ENDS:
            return None
        self._asked = size
        start: int | None = self._start
        while start is not None:
            if not final:
                self._start = start
            piece = self.data[start:]
            wires = WIRES.values() if self._wires is None else self._wires
            found = [(wire, wire.recognise(piece, final)) for wire in wires]
            sure = [wire for wire, likeness in found if likeness is Likeness.SURE]
            if len(sure) == 1:
                return sure[0]
            if sure:
                self._ambiguous = True
            elif not final and any(likeness is Likeness.MORE for _, likeness in found):
                return None
            start = self._next(start)
        return None

    def _next(self, start: int) -> int | None:
        """The next place where a message may begin: behind what ends one, and at an LF."""
        found = _break(self.data, start)
        if found is None:
            return None
        at = found.start()
        return at if at > start and self.data[at] == 0x0A else at + 1

    def overflow(self) -> bool:
        """Whether more is held than should be. What is waited for stays, unless it is too much by itself."""
        return len(self.data) > MOST

    def damaged(self) -> bool:
        """All that is held is a frame of DC-09 that is whole but for its CRC: nothing that follows will mend it."""
        return (self.data[:1], self.data[-1:]) == (b"\n", b"\r") and noise_of(self.data, False).guess == CRC_MISMATCH

    def give_up(self, *, keep: bool = False) -> tuple[bytes, bool]:
        """Let go of what is held, and say whether it was ambiguous. ``keep``: what may become a message stays."""
        at = self._start if keep and self._start > 0 and len(self.data) - self._start <= MOST else len(self.data)
        given, ambiguous = self.data[:at], self._ambiguous
        self.data, self._start, self._ambiguous, self._asked = self.data[at:], 0, False, 0
        return given, ambiguous


def noise_of(data: bytes, ambiguous: bool) -> Noise:
    """What bytes are that no protocol, or more than one, is sure of."""
    guess = AMBIGUOUS
    if not ambiguous:
        framer = Framer()
        framer.feed(data)
        item = framer.next(final=True)
        guess = item.guess if isinstance(item, Noise) else "garbage"
    return Noise(data[:KEPT_NOISE], guess, len(data))
