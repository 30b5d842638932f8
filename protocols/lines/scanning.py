"""Bytes of a stream into frames and noise, by the grammar of any protocol that can say where a frame may begin.

The rule of taking up again: what turns out to be no frame gives up only its first byte; the search goes on with the
very next one, so that a good frame is found wherever it begins. Everything between two frames is one run of noise,
told when the next frame begins, when the line has been silent for too long, or when the stream ends. Filler (NUL, line
ends) is no noise.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from protocols.model import Noise

KEPT_NOISE = 512
"""Bytes of a run of noise that are kept; the rest is counted."""
MORE = -1
"""What :meth:`Grammar.match` says where more bytes are needed."""
READY = -2
"""The same where the frame may be whole already, and nothing but its terminator is missing."""


class Grammar(Protocol):
    """Where a frame begins and how long it is. Knows no buffer and changes nothing."""

    filler: bytes
    """Bytes that may stand between frames and are no noise."""
    longest: int
    """Bytes of the longest frame: what goes on for longer is none."""

    def seek(self, buffer: bytes, at: int) -> int:
        """The first offset from ``at`` on where a frame may begin; ``len(buffer)`` where there is none."""

    def match(self, buffer: bytes, at: int, final: bool) -> int:
        """Size of the frame that begins at ``at``, 0 where none does, MORE (or READY) where that needs more bytes.

        With ``final`` no more bytes will come: never MORE, and a frame that lacks only its terminator is whole.
        Whatever a tolerant reader takes in behind a frame (a second terminator) counts as part of it.
        """

    def guess(self, raw: bytes) -> str:
        """What a run of noise probably is (``Noise.guess``)."""


class Found(Struct, frozen=True, gc=False):
    """One frame."""

    raw: bytes
    filler: bytes = b""
    """What stood in front of it, and was no noise."""


class Scanner:
    """A buffer with commit and rollback. Holds one unfinished frame and what it was last fed."""

    __slots__ = ("_at", "_at_once", "_buffer", "_grammar", "_is_noise", "_run", "_size", "ready", "resting")

    def __init__(self, grammar: Grammar, at_once: int | None = None) -> None:
        """``at_once`` is how many bytes of noise one call goes through, so that others get their turn; None for all."""
        self._grammar = grammar
        self._at_once = at_once
        self._buffer = b""
        self._at = 0
        self._run = b""
        self._size = 0
        self._is_noise = False
        self.ready = False
        """What is unfinished may lack nothing but its terminator."""
        self.resting = False
        """There is more to go through, without more bytes: call :meth:`next` again."""

    def feed(self, data: bytes) -> None:
        """Append bytes of the stream. One byte behind stays: whether a frame may begin can depend on what precedes."""
        kept = max(0, self._at - 1)
        self._buffer = self._buffer[kept:] + data
        self._at -= kept

    @property
    def unread(self) -> bytes:
        """Bytes that are neither frame nor noise yet."""
        return self._buffer[self._at :]

    @property
    def run(self) -> bytes:
        """The run of noise so far, as much as is kept of it; ``b""`` where nothing but filler came."""
        return self._run if self._is_noise else b""

    @property
    def waiting(self) -> bool:
        """Whether something is unfinished: a frame, or a run of noise."""
        return self._is_noise or self._at < len(self._buffer)

    def back(self, count: int) -> None:
        """Take back the last bytes of the frame just told: it was none after all, and the search goes on there."""
        self._at -= count

    def next(self, final: bool = False) -> Found | Noise | None:
        """The next frame or run of noise; None when more bytes are needed, or the scanner is ``resting``.

        With ``final`` (the stream ended, or has been silent for too long) all that is there is told, and None means
        that nothing is left.
        """
        grammar, buffer = self._grammar, self._buffer
        end = len(buffer)
        self.ready = self.resting = False
        rest_at = end if final or self._at_once is None else self._at + self._at_once
        while self._at < end:
            if self._at > rest_at:
                self.resting = True
                return None
            at = grammar.seek(buffer, self._at)
            self._absorb(at)
            if at >= end:
                break
            size = grammar.match(buffer, at, final)
            if size > 0:
                if self._is_noise:
                    return self._take_run()
                filler, self._run, self._size = self._run, b"", 0
                self._at = at + size
                return Found(buffer[at : self._at], filler)
            if size < 0 and not final and end - at <= grammar.longest:
                self.ready = size == READY
                return None
            self._absorb(at + 1)
        return self._take_run() if final else None

    def _absorb(self, to: int) -> None:
        """Take the bytes up to ``to`` into the run."""
        piece = self._buffer[self._at : to]
        if not piece:
            return
        self._at = to
        self._size += len(piece)
        self._is_noise = self._is_noise or bool(piece.strip(self._grammar.filler))
        self._run += piece[: max(0, KEPT_NOISE - len(self._run))]

    def _take_run(self) -> Noise | None:
        """The run so far; None when it is nothing but filler."""
        run, size, is_noise = self._run, self._size, self._is_noise
        self._run, self._size, self._is_noise = b"", 0, False
        return Noise(run, self._grammar.guess(run), size) if is_noise else None
