"""What an inspection found, for programs: ids, numbers and times; the words are in ``protocols.catalogue``.

Times are :class:`datetime.datetime` in UTC, durations seconds. Bytes stand as latin-1 text, keys in them as ``*``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from panels.inspection.broken import NoiseSeen
from protocols.explanation import Explanation
from protocols.model import Severity


class Grade(StrEnum):
    """The verdict, best first."""

    CONFORMS = "conforms"
    """No departure from the standard was seen."""
    WORKS = "works"
    """Departures, and every message was understood all the same."""
    NOT_JUDGED = "not-judged"
    """Nothing came, or nothing that could be read: no key opened it."""
    FAILS = "fails"
    """Something was lost, guessed, refused or not understood."""


class Reason(Struct, frozen=True, kw_only=True):
    """Why a verdict is not better."""

    id: str
    """One of :data:`panels.inspection.grading.REASONS`."""
    count: int = 0
    last: datetime | None = None


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


class Example(Struct, frozen=True, kw_only=True):
    """One message that shows findings."""

    number: int
    """From 1."""
    at: datetime
    peer: str
    frame: str
    plain: str = ""
    """The decrypted bytes."""
    explanation: Explanation | None = None
    parts_left_out: int = 0
    """Parts at its end of which the explanation says nothing."""


class FindingSeen(Struct, frozen=True, kw_only=True):
    """A departure, with how often it was seen."""

    id: str
    severity: Severity
    count: int
    first: datetime
    last: datetime
    frame: int = 0
    """Number of a message that shows it (``Report.frames``); 0 for conduct, and where there was no room."""


class CodeSeen(Struct, frozen=True, kw_only=True):
    """An event code that came."""

    scheme: str
    code: str
    qualifier: str
    count: int
    known: bool
    """False for a code that no table lists."""
    vendor: bool
    """A maker's own code."""


class Unrestored(Struct, frozen=True, kw_only=True):
    """An alarm or a trouble that no restore followed."""

    account: str
    scheme: str
    code: str
    partition: str
    number: str
    subject: str
    since: datetime


class Part(Struct, frozen=True, kw_only=True):
    """A part of a good test."""

    id: str
    """One of :data:`panels.inspection.checklist.PARTS`."""
    count: int
    """How often it came; 0 is still to be tried."""


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


class Sender(Struct, frozen=True, kw_only=True):
    """What is known of a sender of a line protocol besides: a panel, or a receiver that hands on what panels say."""

    title: str
    """The protocol by its name for people."""
    dialects: dict[str, int] = {}
    """Variant of the protocol, in its own words, to how many messages."""
    accounts: dict[str, int] = {}
    """Account as sent to how many messages, the most frequent first."""
    accounts_left_out: int = 0
    """Messages of further accounts."""
    receivers: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    """Receiver and line numbers, as sent."""
    answered: int = 0
    not_waited: int = 0
    """Messages that got an answer; those of them that came before the answer to the one before."""
    again: int = 0
    never_again: int = 0
    """Messages that were not acknowledged, and came again, or did not."""
    sessions: tuple[int, int] | None = None
    """Connections over which events came: that ended with the block "end of data", and without; None where the
    protocol has no such thing."""


class PanelReport(Struct, frozen=True, kw_only=True):
    """One panel: everything that came under one (R, L, #); of a line protocol, everything from one host or port."""

    account: str
    prefix: str | None
    receiver: str | None
    inner_accounts: tuple[str, ...]
    """Other accounts named inside the data."""
    grade: Grade
    reasons: tuple[Reason, ...]
    protocol: str
    first: datetime
    last: datetime
    messages: int
    events: int
    answers: dict[str, int]
    """Token answered, empty for none, to how often."""
    tokens: dict[str, int]
    tokens_left_out: int = 0
    """Messages of further types, which had no place in the list."""
    transports: tuple[str, ...]
    hosts: tuple[str, ...]
    edition: Edition = Edition()
    crc: dict[str, int] = {}
    """``crc-ascii``, ``crc-binary``, ``crc-counts-cr`` to how many messages."""
    connections: Connections
    protection: Protection = Protection()
    clock: Clock = Clock()
    link_tests: LinkTests
    retries: Retries
    numbers: Numbers = Numbers()
    codes: tuple[CodeSeen, ...]
    codes_left_out: int = 0
    unrestored: tuple[Unrestored, ...]
    unrestored_left_out: int = 0
    """Events that had no place in the lists; some of the latter may have been restored."""
    checklist: tuple[Part, ...]
    findings: tuple[FindingSeen, ...]
    """The gravest first."""
    sender: Sender | UnsetType = UNSET
    """Of a line protocol only: then nothing is said of edition, CRC, protection, clock and numbers."""


class Station(Struct, frozen=True, kw_only=True):
    """The station that the panels reported to."""

    title: str = ""
    addresses: tuple[str, ...] = ()
    """Where panels reach it, ``tcp:192.0.2.10:5000``."""
    keys: tuple[KeyInfo, ...] = ()
    """Keys given."""
    encoding: str = "utf-8"
    """Of the texts in its messages, as the check was told."""
    version: str = ""
    protocol: str | UnsetType = UNSET
    """The protocol that was named to the check; absent where it was found out."""


class Report(Struct, frozen=True, kw_only=True):
    """All of it."""

    station: Station
    started: datetime
    ended: datetime
    grade: Grade
    reasons: tuple[Reason, ...]
    messages: int
    panels: tuple[PanelReport, ...]
    panels_left_out: int
    """Messages of further panels, of which no account was kept."""
    noise: tuple[NoiseSeen, ...]
    noise_left_out: int = 0
    """The same of noise."""
    frames: tuple[Example, ...] = ()
    """Messages that findings point to."""
    connections: int
    faults: int = 0
    """Messages that this inspection could not take in, by a fault of its own."""
