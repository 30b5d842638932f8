"""What the API asks of the station, and the record of how it is doing."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct
from twisted.internet.defer import Deferred
from twisted.python.threadpool import ThreadPool

from receiver.accounts import AccountBook, Change
from receiver.desk import Desk
from receiver.journal.entry import Entry
from receiver.radio.levels import Levels
from receiver.radio.standing import RadioStatus
from receiver.search import Search
from receiver.settings import Settings
from receiver.stream import Stream
from receiver.supervision import Paths
from receiver.wire import Wire


class Trouble(Struct, frozen=True):
    """Something that does not work."""

    since: str
    """RFC 3339 in UTC; empty where it is not known."""
    error: str


class EndpointStatus(Struct, frozen=True, kw_only=True):
    """One endpoint of an adapter: an address it listens on, or what it connects to."""

    adapter: str
    protocol: str
    listen: str
    """As the settings have it: ``tcp:5000:interface=127.0.0.1``, ``serial:/dev/ttyUSB0:baudrate=9600...``."""
    address: str
    """Where it can be reached: ``tcp:127.0.0.1:5000``; as ``listen`` if it connects."""
    connects: bool = False
    """The station opens it towards somebody, a serial port too; else it listens there."""
    open: bool
    """It is listened on; or the connection stands."""
    since: str = ""
    """When it was opened, or ceased to be open; RFC 3339 in UTC."""
    state: str = ""
    """How it stands while it is being opened; nothing is wrong with it yet."""
    trouble: str = ""
    """Why it cannot be opened."""


class ClockStatus(Struct, frozen=True, kw_only=True):
    """Jumps of the wall clock since the start."""

    jumps: int = 0
    last_jump_at: str | None = None
    """RFC 3339 in UTC, by the clock after the jump."""
    last_jump_s: float | None = None
    """Forward above 0, back below."""


class Status(Struct, frozen=True, kw_only=True):
    """How the station is doing. The API adds name, alarms, readers, consoles and the newest entry's id."""

    pid: int
    started_at: str
    uptime_s: float
    endpoints: tuple[EndpointStatus, ...]
    journal: str
    """Path of the journal."""
    disk: Trouble | None = None
    """Set while nothing can be stored."""
    stalled: bool = False
    """A commit has been running for long."""
    queued: int = 0
    """Messages on their way to the disk."""
    rates: dict[str, float] = {}
    """Over the last minute: ``messages_per_s`` and others."""
    counters: dict[str, int] = {}
    """Since the start: ``arrivals``, ``stored``, ``link_tests``, ``duplicates``, ``refused`` and others."""
    paths: dict[str, int] = {}
    """How many supervised paths are ``ok``, ``lost``, ``never``, and how many paths are ``unwatched``."""
    connections: int | None = None
    """Open connections of panels, where known."""
    journal_bytes: int | None = None
    """Size of the journal with its write-ahead log; None while it is not known, like the two below."""
    disk_free_bytes: int | None = None
    """Room on the journal's disk that the station can use."""
    disk_total_bytes: int | None = None
    disk_low: bool = False
    """There is less room than ``[station] disk_low_mb``."""
    clock: ClockStatus = ClockStatus()
    radio: tuple[RadioStatus, ...] = ()
    """One for each radio channel."""


class StationView(Protocol):
    """The station as its API sees it. Everything here belongs to the reactor's thread."""

    settings: Settings
    stream: Stream
    wire: Wire
    desk: Desk
    """May be another one after the station has read its journal: never kept by the API."""
    book: AccountBook
    paths: Paths
    levels: Levels
    """How well radio units are received."""
    pool: ThreadPool
    """Where pages of the journal are read, and changes of the accounts prepared."""
    search: Search

    def status(self) -> Status:
        """How the station is doing."""

    def act(
        self, code: str, alarm: int, operator: str, note: str = "", seen_to: int = 0, unverified: bool = False
    ) -> Deferred[Entry]:
        """Write an operator's action; fires once it is on disk and the desk has taken it.

        ``seen_to`` is the newest entry of the alarm that the operator had before him, 0 for the newest there is;
        ``unverified`` says that the operator's name is the caller's word.

        Raises :class:`~receiver.desk.DeskError` when it cannot be done now; fails with OSError when it was
        not stored.
        """

    def accounts_changed(self, text: str, operator: str) -> Any:
        """The accounts are not what they were: supervise them as they are now, and write it into the journal.

        Called in the turn of the reactor in which they changed. Where ``book.renamed`` says that open alarms go on
        under another name, the entry says so to the desk (``Body.details["renamed"]``).
        """

    def zones_changed(self, change: Change, operator: str) -> Any:
        """Names of zones are not what they were: write it into the journal."""
