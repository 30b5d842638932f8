"""What an inspection found, for programs: ids, numbers and times; the words are in ``protocols.catalogue``.

Times are :class:`datetime.datetime` in UTC, durations seconds. Bytes stand as latin-1 text, keys in them as ``*``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from panels.inspection.broken import NoiseSeen
from panels.inspection.figures import Clock, Connections, Edition, KeyInfo, LinkTests, Numbers, Protection, Retries
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
    withheld: int = 0
    """Messages of those whose acknowledgement was withheld on purpose."""
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
