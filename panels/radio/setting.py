"""What is tried in a run of a radio channel."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from protocols.channel import Profile


class Way(Enum):
    """How objects are supervised."""

    ONE_WAY = "one-way"
    TESTS = "tests"
    POLLS = "polls"


class Setting(Struct, frozen=True, kw_only=True):
    """One run."""

    way: Way
    profile: Profile
    objects: int
    interval_s: float
    """Between the tests of an object; of no meaning where it is polled."""
    frame_bytes: int = 50
    """As the modem is handed it: a datagram of 34 bytes in AX.25."""
    answer_bytes: int = 47
    """An acknowledgement or a poll: 31 bytes in AX.25."""
    copies: int = 1
    gap_s: tuple[float, float] = (2.0, 20.0)
    """Between copies."""
    attempts: int = 3
    """Of a test until its acknowledgement, or of a poll. Alarms are said until they are acknowledged."""
    loss: float = 0.0
    """Share of frames that noise takes."""
    hidden: float = 0.0
    """Share of the others that a station does not hear."""
    alarm_every_s: float = 0.0
    """One alarm anywhere, on average; 0 for none."""
    saturated: bool = False
    """With tests: every station always has a message, and no acknowledgement is waited for."""
    detect_s: float = 0.02
