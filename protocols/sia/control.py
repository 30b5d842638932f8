"""Control of a Galaxy at SIA level 4: the client's end. One log-in, one command, its answer, and the connection closes.

::

    client : ? remote code        panel : @ AL4B15       or reject (9)
    client : C SA1*1              panel : C SA1*1        or reject
    client : X ZS201              panel : X ZS201*bytes

An answer is split at its first ``*`` only: bitmaps may hold the byte. A log-in is tried as often as any block; the
command goes out once, for nobody may set an area twice because an answer was lost. The remote code is kept out of
every repr, error and result. Sans-IO, shaped like the other ends. Source: contact_id_and_sia.md, 5.3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from protocols.errors import UserError
from protocols.lines.scanning import Scanner
from protocols.model import Moment, Noise
from protocols.sia import blocks
from protocols.sia.blocks import Block, BlockGrammar

PORT = 10005
"""Where a Galaxy listens for clients."""
ANSWER_S = 2.5
ATTEMPTS = 4
LONGEST_S = 30.0
"""A session is over by then, however often the panel says that it is to be waited for."""
AREAS = 32
AREA_ACTIONS = ("unset", "set", "part set", "reset", "abort set", "force set")
"""By the figure behind ``SA<area>*``."""
AREA_ALARMS = ("normal", "alarm", "reset needed")
"""By the figures of ``SA91``."""
ZONE_STATES = (
    "tamper short",
    "low resistance",
    "closed",
    "high resistance",
    "open",
    "tamper open",
    "masked",
    "tamper cover",
    "fault",
)
"""By the figure behind ``ZS<zone>*``."""
BITMAPS = {
    "ready": 0,
    "alarm": 1,
    "open": 2,
    "tamper": 3,
    "resistance": 4,
    "omitted": 5,
    "masked": 6,
    "fault": 7,
}
"""What a bitmap of all zones shows, to the hundreds of its number: ``ZS201`` is open, first half."""
EXPANDERS, ZONES = 16, 8
"""On a line, and on an expander. A zone is line, expander (two figures) and zone: 1001 to 4158."""
HALF = 2 * EXPANDERS
"""Bytes of a bitmap: the expanders of two lines `[inferred beyond the first line]`."""

_code = re.compile(r"[0-9]{4,8}").fullmatch
_command = re.compile(r"[CX][A-Z]{2}[0-9]*(?:\*[0-9](?:G[0-9]{1,2})?)?").fullmatch
_level = re.compile(r"AL([0-9])").match


class ControlError(UserError, ValueError):
    """A code or a command that cannot be sent. Never carries the code."""


class Outcome(StrEnum):
    """How a control session ended."""

    ANSWERED = "answered"
    DENIED = "denied"
    """The panel rejected the log-in: a wrong code, or remote access is not allowed now."""
    REJECTED = "rejected"
    """The panel rejected the command."""
    SILENT = "silent"
    """No answer to the log-in: nothing was done."""
    UNKNOWN = "unknown"
    """The command went out and found no answer: ask for the state before it is sent again."""


class Result(Struct, frozen=True):
    """What became of a command."""

    command: str
    """As sent, with its block in front: ``CSA1*1``."""
    outcome: Outcome
    level: int | None = None
    """The highest SIA level of the panel, by its own words."""
    about: str = ""
    """What the answer is about: ``SA1``."""
    value: bytes = b""
    """What stands behind its first ``*``."""

    @property
    def figures(self) -> tuple[int, ...]:
        """The value as decimal figures: states of areas, of a zone. Empty where it is none."""
        return tuple(byte - 0x30 for byte in self.value) if self.value.isdigit() else ()

    @property
    def zones(self) -> frozenset[int]:
        """The zones that a bitmap of all zones (``ZS201``) marks. Empty for any other answer."""
        kind = re.fullmatch(r"ZS([0-7]0)?([12])", self.about)
        return marked(self.value, second=kind[2] == "2") if kind is not None else frozenset()


def marked(bitmap: bytes, *, second: bool = False) -> frozenset[int]:
    """The zones whose bit is set: byte by byte the expanders of two lines, the lowest bit is the first zone.

    ``second`` is the bitmap of lines 3 and 4. Bytes beyond two lines are passed over.
    """
    first = 3 if second else 1
    return frozenset(
        (first + at // EXPANDERS) * 1000 + at % EXPANDERS * 10 + bit + 1
        for at, byte in enumerate(bitmap[:HALF])
        for bit in range(ZONES)
        if byte >> bit & 1
    )


def bitmap(zones: frozenset[int], *, second: bool = False) -> bytes:
    """The bytes that mark zones, as :func:`marked` reads them; zones of the other half are left out."""
    made = bytearray(HALF)
    for zone in zones:
        line, rest = divmod(zone, 1000)
        at = (line - (3 if second else 1)) * EXPANDERS + rest // 10
        if 0 <= at < HALF and 1 <= rest % 10 <= ZONES:
            made[at] |= 1 << rest % 10 - 1
    return bytes(made)


def bitmap_command(kind: str, *, second: bool = False) -> str:
    """The command that asks for a bitmap of all zones. Raises ControlError for a kind that is not in ``BITMAPS``."""
    if kind not in BITMAPS:
        raise ControlError(f"bitmap {kind!r} is not known; there are: {', '.join(BITMAPS)}.")
    hundreds = BITMAPS[kind]
    return f"XZS{hundreds}0{2 if second else 1}" if hundreds else f"XZS{2 if second else 1}"


class ControlClient:
    """One session. ``command`` has its block in front: ``CSA1*1``, ``XZS1011``.

    Raises ControlError for a code that is not 4 to 8 figures, or a command that cannot be one.
    """

    def __init__(self, code: str, command: str, now: Moment) -> None:
        if _code(code) is None:
            raise ControlError("the remote code has 4 to 8 figures.")
        if _command(command) is None:
            raise ControlError(
                f"command {command!r}: give C or X, two capitals, a number, and what it shall become: CSA1*1, XZS1011."
            )
        if len(command) - 1 > blocks.MOST_DATA:
            raise ControlError(
                f"a command of {len(command)} characters is too long: {blocks.MOST_DATA + 1} are the most."
            )
        self._login = blocks.build(Block(blocks.LOGIN, code.encode("ascii")))
        self._command = command
        self._scanner = Scanner(BlockGrammar())
        self._out = [self._login]
        self._attempts = 1
        self._over_at = now.mono + LONGEST_S
        self._deadline: float | None = now.mono + ANSWER_S
        self._level: int | None = None
        self._in = False
        """The panel let us in, and the command is on its way."""
        self.result: Result | None = None
        self.closing = False

    def __repr__(self) -> str:
        return f"<ControlClient {self._command} {self.result.outcome if self.result else 'under way'}>"

    def receive(self, data: bytes, now: Moment) -> Sequence[Result | Noise]:
        """Take bytes of the panel. Never raises on any bytes."""
        self._scanner.feed(bytes(data))
        items: list[Result | Noise] = []
        while self.result is None and (found := self._scanner.next()) is not None:
            if isinstance(found, Noise):
                items.append(found)
            else:
                self._heard(blocks.parse(found.raw), now)
        return [*items, self.result] if self.result is not None and not self._told() else items

    def receive_eof(self, now: Moment) -> Sequence[Result | Noise]:
        """The panel closed the connection."""
        if self.result is None:
            self._end(Outcome.UNKNOWN if self._in else Outcome.SILENT)
        return [self.result] if self.result is not None and not self._told() else []

    def expire(self, now: Moment) -> Sequence[Result | Noise]:
        """An answer did not come in time."""
        if self._deadline is None or now.mono < self._deadline:
            return ()
        if self._in:
            self._end(Outcome.UNKNOWN)
        elif self._attempts >= ATTEMPTS or now.mono >= self._over_at:
            self._end(Outcome.SILENT)
        else:
            self._attempts += 1
            self._out.append(self._login)
            self._deadline = now.mono + ANSWER_S
        return [self.result] if self.result is not None and not self._told() else []

    def next_timeout(self) -> float | None:
        """When to call :meth:`expire`, in monotonic seconds."""
        return self._deadline

    def data_to_send(self) -> bytes:
        """The blocks due, once."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _heard(self, block: Block, now: Moment) -> None:
        function = block.function
        if function in (blocks.REJECT, blocks.OLD_REJECT, blocks.ABORT):
            if not self._in:
                self._end(Outcome.DENIED)
            else:
                # A log-in that was sent again has an answer of its own: which of the two this is nobody can tell.
                self._end(Outcome.REJECTED if self._attempts == 1 else Outcome.UNKNOWN)
        elif function == blocks.WAIT:
            self._deadline = min(now.mono + ANSWER_S, self._over_at)
        elif function == blocks.CONFIGURATION and not self._in:
            level = _level(block.data.decode("latin-1"))
            self._level = int(level[1]) if level is not None else None
            self._in = True
            body = self._command.encode("ascii")
            self._out.append(blocks.build(Block(self._command[0], body[1:])))
            self._deadline = now.mono + ANSWER_S
        elif self._in and function == self._command[0]:
            about, _, value = block.data.partition(b"*")
            if about.decode("latin-1") != self._command[1:].partition("*")[0]:
                return  # an answer to something else
            self._end(Outcome.ANSWERED, about.decode("latin-1"), value)
        elif self._in and function in (blocks.ACKNOWLEDGE, blocks.OLD_ACKNOWLEDGE, blocks.STAND_BY, blocks.DISCONNECT):
            self._end(Outcome.ANSWERED)

    def _end(self, outcome: Outcome, about: str = "", value: bytes = b"") -> None:
        self.result = Result(self._command, outcome, self._level, about, value)
        self._deadline = None
        self._out.clear()

    def _told(self) -> bool:
        """Whether the result was told; it is now."""
        told, self.closing = self.closing, True
        return told
