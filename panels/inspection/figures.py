"""What is measured of one panel: times, connections, encryption, repetitions, numbers. Part of the report."""

from __future__ import annotations

from msgspec import Struct


class Spread(Struct, frozen=True, kw_only=True):
    """Some measured durations, in seconds."""

    count: int = 0
    median: float = 0.0
    least: float = 0.0
    most: float = 0.0


class KeyInfo(Struct, frozen=True, kw_only=True):
    """One of the keys tried, without its bytes."""

    number: int
    """Which of those given, from 1."""
    bits: int
    """128, 192 or 256."""
    form: str
    """``hex`` or ``text``: what the characters that were given stand for."""
    as_given: bool = True
    """False where the same characters were taken in the other form."""


class Edition(Struct, frozen=True, kw_only=True):
    """What the messages tell of the edition of DC-09."""

    least: int | None = None
    most: int | None = None
    """The panel follows the first or a later one, the other or an earlier one; None when no message tells."""
    reasons: dict[str, int] = {}
    """What told it: id of the sign, and the edition it is of."""


class Connections(Struct, frozen=True, kw_only=True):
    """How the panel uses TCP connections."""

    habit: str = ""
    """``kept``, ``per-message``, ``mixed``; empty where it cannot be said (UDP, or one message only)."""
    opened: int = 0
    empty: int = 0
    cut: int = 0
    """Closed without a message; broken off instead of closed."""
    unanswered: int = 0
    """Messages whose connection was gone before the answer."""


class Protection(Struct, frozen=True, kw_only=True):
    """How the panel encrypts."""

    clear: int = 0
    opened: int = 0
    """Encrypted messages that a key opened."""
    closed: int = 0
    """The same, opened by no key."""
    keys: tuple[KeyInfo, ...] = ()
    """Those that opened messages."""
    padding: tuple[str, ...] = ()
    """``random``, ``constant``, ``printable``."""
    pad_bytes: tuple[int, int] | None = None
    """Fewest and most bytes of padding."""


class Clock(Struct, frozen=True, kw_only=True):
    """The panel's clock against this machine's, by the time stamps of its messages."""

    skew: Spread = Spread()
    """Positive where the panel is ahead; accurate to half a second."""
    drift_per_day: float | None = None
    """None before ten minutes have passed."""
    zone_minutes: int | None = None
    """The stamps look like local time of a zone so many minutes ahead of GMT."""
    unstamped: int = 0
    undated: int = 0
    """Messages without a stamp; with one that names no date and time."""
    stale: int = 0
    """Answered with NAK."""
    corrected: int = 0
    """How often the clock was set after a NAK."""


class LinkTests(Struct, frozen=True, kw_only=True):
    """Link tests, and how long the panel was silent."""

    count: int = 0
    interval: Spread = Spread()
    """Between two link tests with nothing in between."""
    longest_silence: float = 0.0
    """Between any two messages."""


class Retries(Struct, frozen=True, kw_only=True):
    """Messages that came again."""

    count: int = 0
    delay: Spread = Spread()
    fresh_stamp: int = 0
    same_stamp: int = 0
    no_stamp: int = 0
    acknowledged: int = 0
    refused: int = 0
    """Repeated although acknowledged; although answered as not understood."""
    unanswered: int = 0
    after_nak: int = 0
    parallel: int = 0
    """Sent over two connections at once."""
    damaged: int = 0
    """Sent again because they had come damaged, so that no message could be made of them."""


class Numbers(Struct, frozen=True, kw_only=True):
    """The sequence numbers of events."""

    first: int | None = None
    last: int | None = None
    count: int = 0
    zero: int = 0
    """Events numbered 0000."""
    gaps: int = 0
    skipped: int = 0
    """How often, and how many numbers were left out."""
    restarts: int = 0
    """How often counting began anew."""
    reused: int = 0
    """How often the number of the event before came with other content."""
