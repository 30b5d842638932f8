"""Bytes of a stream into frames and noise.

Line faults it survives: a frame in pieces of any size, several frames in one piece, NUL or line ends between
frames, garbage before, between and after, a wrong CRC, a length too short or too long, a frame cut off.

The rule of taking up again: a frame that turns out wrong gives up only its LF; the search goes on with the very
next byte, so that a good frame is found wherever it begins. Since neither LF nor CR can stand in a body (only
the two bytes of a binary CRC can have these values), a length that is too long is known when the CR comes. The
last 20 bytes are an exception: where a time stamp should be, one maker sends memory that was never filled, with
any bytes, and length and CRC decide. That holds back no frame behind it, since each has more bytes than these; and
where a good frame begins among them, it is the one in front that is none.

Everything between two frames is one run of noise, reported when the next frame begins or the stream ends. A
frame that is right but for its CRC is reported at once.

Filler is no noise, but worth a finding: NUL bytes behind a CR are told with their frame when they come in the same
read, else with the next one; so are line ends and blanks in front of a frame.
"""

from __future__ import annotations

import re

from fastcrc import crc16
from msgspec import Struct

from protocols.dc09 import strangers
from protocols.dc09.grammar import ASCII_HEAD, BINARY_HEAD, CR, FILLER, HEAD, MAX_BODY, NEXT_HEAD, STAMP_SIZE
from protocols.model import Noise

KEPT_NOISE = 512
"""Bytes of a run of noise that are kept; the rest is counted."""

TAIL = STAMP_SIZE + 1
"""Bytes at the end of what a frame's length counts that may be anything: a time stamp's place, and a CR counted in."""

CRC_MISMATCH = "dc09.crc-mismatch"
LENGTH_MISMATCH = "dc09.length-mismatch"
INCOMPLETE = "dc09.incomplete"
GARBAGE = "garbage"

NUL_AFTER_CR = "dc09.framing.nul-after-cr"
IN_FRONT = "dc09.framing.filler"
_NULS = re.compile(rb"\0+")
_BREAK = re.compile(rb"[\r\n]")

crc = crc16.arc
"""CRC-16/ARC, the one of DC-07: ``crc(b"123456789") == 0xBB3D``."""


class Frame(Struct, frozen=True, gc=False):
    """One frame whose length and CRC are right in an accepted variant."""

    raw: bytes
    """LF to CR."""
    body: bytes
    """What length and CRC cover."""
    binary: bool = False
    """The CRC came as two raw bytes."""
    counts_cr: bool = False
    """CRC and length counted the closing CR."""
    around: tuple[str, ...] = ()
    """Ids of the findings about filler behind this frame, or in front of it."""

    @property
    def offset(self) -> int:
        """Where the body begins in ``raw``."""
        return 7 if self.binary else 9


class Framer:
    """A buffer with commit and rollback. Holds one unfinished frame, at most about 4 KiB, and what it was last fed."""

    __slots__ = (
        "_around",
        "_at",
        "_base",
        "_buffer",
        "_run",
        "_run_at",
        "_run_guess",
        "_run_is_noise",
        "_run_size",
        "_told",
    )

    def __init__(self) -> None:
        self._around: tuple[str, ...] = ()
        self._told = 0
        self._buffer = b""
        self._at = 0
        self._base = 0
        self._forget_run()

    def feed(self, data: bytes) -> None:
        """Append bytes of the stream."""
        if self._at == len(self._buffer):
            self._base += self._at
            self._buffer = data
        else:
            self._base += self._at
            self._buffer = self._buffer[self._at :] + data
        self._at = 0

    @property
    def unread(self) -> int:
        """Bytes not yet handed out as a frame or as noise, without the run being collected."""
        return len(self._buffer) - self._at

    @property
    def waiting_since(self) -> int:
        """Offset in the stream of what is unfinished, a frame or a run of noise; -1 when there is nothing."""
        if self._run_is_noise:
            return self._run_at
        return self._base + self._at if self._at < len(self._buffer) else -1

    def next(self, final: bool = False) -> Frame | Noise | None:
        """The next frame or run of noise; None when more bytes are needed.

        With ``final`` no more bytes will come: what is unfinished is noise, and None means that nothing is left.
        """
        buffer = self._buffer
        size = len(buffer)
        at = self._at
        while at < size:
            head = ASCII_HEAD.match(buffer, at)
            if head is not None:
                begin = at + 9
            else:
                head = BINARY_HEAD.match(buffer, at)
                if head is None:
                    start = at
                    at = self._next_head(at, final)
                    self._absorb(start, at)
                    if at > start:
                        continue
                    break
                if size - at < HEAD and not final:
                    break
                begin = at + 7
            if self._run:
                self._at = at
                self._around = self._filler()
                noise = self.take_run()
                if noise is not None:
                    self._around = ()
                    return noise
            given, digits = head.groups()
            sum_ = int(given, 16) if len(given) == 4 else int.from_bytes(given, "big")
            length = int(digits, 16)
            end = begin + length
            if length > MAX_BODY:
                self._fail(at, LENGTH_MISMATCH)
                at += 1
                continue
            tail = max(begin, end - TAIL)
            inner = buffer.find(b"\n", begin, end)
            if buffer.find(b"\r", begin, tail) >= 0 or (
                inner >= 0 and (inner < tail or self._holds_a_frame(inner, end))
            ):
                self._fail(at, LENGTH_MISMATCH)
            elif size >= end and buffer[end - 1] == CR and crc(buffer[begin:end]) == sum_:
                self._at = end
                return Frame(buffer[at:end], buffer[begin : end - 1], len(given) == 2, True, self._take_around())
            elif size > end:
                if buffer[end] == CR:
                    body = buffer[begin:end]
                    if crc(body) == sum_:
                        self._at = end + 1
                        if self._around or (end + 1 < size and buffer[end + 1] == 0):
                            return Frame(buffer[at : end + 1], body, len(given) == 2, False, self._take_around())
                        return Frame(buffer[at : end + 1], body, len(given) == 2)
                    if _BREAK.search(buffer, at + 1, end) is None:
                        self._at = end + 1
                        self._around = ()
                        return Noise(
                            buffer[at : min(end + 1, at + KEPT_NOISE)],
                            strangers.disguised(buffer[at : at + 16]) or CRC_MISMATCH,
                            end + 1 - at,
                        )
                    self._fail(at, CRC_MISMATCH)
                else:
                    self._fail(at, LENGTH_MISMATCH)
            elif final:
                self._fail(at, self._unfinished(begin))
            else:
                break
            at += 1
        self._at = at
        return self.take_run() if final else None

    def _holds_a_frame(self, at: int, end: int) -> bool:
        """Whether a good frame begins at the LF at ``at`` or a later one, so that what seems to end there is none."""
        buffer = self._buffer
        while at >= 0:
            head = ASCII_HEAD.match(buffer, at) or BINARY_HEAD.match(buffer, at)
            if head is not None:
                given, digits = head.groups()
                begin = at + 5 + len(given)
                close = begin + int(digits, 16)
                if buffer[close : close + 1] == b"\r":
                    sum_ = int(given, 16) if len(given) == 4 else int.from_bytes(given, "big")
                    if crc(buffer[begin:close]) == sum_:
                        return True
            at = buffer.find(b"\n", at + 1, end)
        return False

    def _take_around(self) -> tuple[str, ...]:
        """What is to be told of the filler around the frame that ends here."""
        around, self._around = self._around, ()
        behind = _NULS.match(self._buffer, self._at)
        if behind is not None:
            self._told = self._base + behind.end()
            if NUL_AFTER_CR not in around:
                around += (NUL_AFTER_CR,)
        return around

    def _filler(self) -> tuple[str, ...]:
        """What is to be told of the run so far, if it is nothing but filler in front of a frame."""
        filler = self._run
        is_first = self._run_at == 0
        fresh = filler[max(0, self._told - self._run_at) :]
        told = (NUL_AFTER_CR,) if b"\0" in fresh and not is_first else ()
        return (*told, IN_FRONT) if is_first or filler.strip(b"\0") else told

    def _next_head(self, at: int, final: bool) -> int:
        """Where the next frame may begin at or behind ``at``; the buffer's end when there is none.

        However much of it there is, rubbish costs one search, not one turn a byte.
        """
        buffer = self._buffer
        found = NEXT_HEAD.search(buffer, at)
        if found is not None:
            return found.start()
        if final:
            return len(buffer)
        # The last bytes may be the beginning of a head that is still to come.
        begun = buffer.find(b"\n", max(at, len(buffer) - HEAD + 1))
        return len(buffer) if begun < 0 else begun

    def give_up(self) -> None:
        """What is unfinished has waited too long: its frame, unless a run of noise came before it, is noise now.

        Then ask for :meth:`next` until None, and for :meth:`take_run`.
        """
        if not self._run_is_noise and self._at < len(self._buffer):
            self._fail(self._at, self._unfinished(self._at + 1))
            self._at += 1

    def _unfinished(self, begin: int) -> str:
        """What a frame is whose end does not come: its CR did, or not even that."""
        return INCOMPLETE if self._buffer.find(b"\r", begin) < 0 else LENGTH_MISMATCH

    def take_run(self) -> Noise | None:
        """The run of noise collected so far; None when there is none, or nothing but filler."""
        noise = None
        if self._run_is_noise:
            noise = Noise(self._run, strangers.guess(self._run) or self._run_guess, self._run_size)
        self._forget_run()
        return noise

    def _fail(self, at: int, guess: str) -> None:
        """Begin a run of noise with the LF of a frame that turned out wrong."""
        self._around = ()
        self._absorb(at, at + 1)
        self._run_guess = guess
        self._run_is_noise = True

    def _absorb(self, start: int, end: int) -> None:
        piece = self._buffer[start:end]
        if not self._run:
            self._run_at = self._base + start
        self._run_size += end - start
        self._run_is_noise = self._run_is_noise or bool(piece.strip(FILLER))
        room = KEPT_NOISE - len(self._run)
        if room > 0:
            self._run += piece[:room]

    def _forget_run(self) -> None:
        self._run = b""
        self._run_at = 0
        self._run_size = 0
        self._run_guess = GARBAGE
        self._run_is_noise = False
