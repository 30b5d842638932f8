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

MOST = 4352
"""Bytes held while no protocol is sure: more than the longest message of any, a frame of DC-09 with 4095 in its body.
At no place more than these are looked at."""
AT_ONCE = 32
"""Places that one call looks at, so that whoever sends nothing but ends of messages keeps nobody waiting."""
CRC_MISMATCH = "dc09.crc-mismatch"
AMBIGUOUS = "auto.ambiguous"
"""``Noise.guess`` of bytes that more than one protocol is sure of."""

_SHORT, _STEP = 512, 64
"""Of more bytes than the first figure, the wires are asked again only after so many more, or where a message may end:
whoever sends single bytes must not keep them busy."""
_ENDS = b"\n\r\x14\0"
_GLANCE = 64
"""Bytes at which nearly every protocol that it is not says so; the others are shown the rest."""
_break = re.compile(rb"[\n\r\x14\x1b\x06\x15\0]").search
_filler = re.compile(rb"[\n\r\0]*(?=[\n\r\0])").match
"""Filler that every protocol passes over, but for its last byte, which may be the first of a message."""


class Chooser:
    """The first bytes of a stream, and who of ``wires`` may be sure of them; None for every protocol."""

    def __init__(self, wires: Sequence[Wire] | None = None) -> None:
        self._wires = wires
        self.data = b""
        self._start = 0
        """Where the message may begin that is looked at; what is in front of it begins none."""
        self._ambiguous = False
        self._passed = 0
        """As ``_start``, of a look at bytes behind which no more come for now."""
        self.resting = False
        """There is more to look at, without more bytes: call :meth:`choose` again."""
        self._asked = 0
        """How much there was when the wires were asked last."""

    def choose(self, final: bool) -> Wire | None:
        """The protocol, if exactly one is sure. With ``final`` no more bytes will come for now.

        None also where it is ``resting``: there is more to look at, call again.
        """
        size = len(self.data)
        unasked = size - self._asked < _STEP and self.data[-1] not in _ENDS if size > _SHORT else False
        if unasked and not final and not self.resting:
            return None
        self._asked = size
        # Where no more comes for now, what waits for more is passed by: only for now.
        start: int | None = max(self._start, self._passed) if final and self.resting else self._start
        self.resting = False
        for _ in range(AT_ONCE):
            if start is None:
                return None
            if not final:
                self._start = start
            sure, more = self._ask(start, final)
            if len(sure) == 1:
                return sure[0]
            if sure:
                self._ambiguous = True
            elif more and not final:
                return None
            start = self._next(start)
        if start is not None:
            self.resting = True
            self._passed = start
            if not final:
                self._start = start
        return None

    def choose_now(self, final: bool) -> Wire | None:
        """As ``choose``, without a rest: for captures, where nobody waits."""
        wire = self.choose(final)
        while self.resting:
            wire = self.choose(final)
        return wire

    def _ask(self, start: int, final: bool) -> tuple[list[Wire], bool]:
        """Who is sure of what begins there, and whether more bytes may make someone sure."""
        wires: Sequence[Wire] = tuple(WIRES.values()) if self._wires is None else self._wires
        sure: list[Wire] = []
        for most in (_GLANCE, MOST):
            piece = self.data[start : start + most]
            whole = start + most >= len(self.data)
            found = [(wire, wire.recognise(piece, final and whole)) for wire in wires]
            sure += [wire for wire, likeness in found if likeness is Likeness.SURE]
            wires = [wire for wire, likeness in found if likeness is Likeness.MORE]
            if whole or not wires:
                return sure, bool(wires)
        return sure, False

    def _next(self, start: int) -> int | None:
        """The next place where a message may begin: behind what ends one, and at an LF."""
        found = _break(self.data, start)
        if found is None:
            return None
        at = found.start()
        if at == start or self.data[at] != 0x0A:
            at += 1
        filler = _filler(self.data, at)
        return at if filler is None else filler.end()

    def overflow(self) -> bool:
        """Whether more is held than should be. What is waited for stays, unless it is too much by itself."""
        return len(self.data) > MOST

    def damaged(self) -> bool:
        """All that is held is a frame of DC-09 that is whole but for its CRC: nothing that follows will mend it."""
        if len(self.data) > MOST:
            return False
        return (self.data[:1], self.data[-1:]) == (b"\n", b"\r") and noise_of(self.data, False).guess == CRC_MISMATCH

    def give_up(self, *, keep: bool = False) -> tuple[bytes, bool]:
        """Let go of what is held, and say whether it was ambiguous. ``keep``: what may become a message stays."""
        at = self._start if keep and self._start > 0 and len(self.data) - self._start <= MOST else len(self.data)
        given, ambiguous = self.data[:at], self._ambiguous
        self.data, self._start, self._ambiguous, self._asked = self.data[at:], 0, False, 0
        self._passed, self.resting = 0, False
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
