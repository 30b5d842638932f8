"""The words every protocol speaks: what arrived, what it says, what is off about it, what was decided.

A wire (``protocols.dc09`` and its later sisters) turns bytes into an :class:`Arrival` or a piece of
:class:`Noise`. The station decides a :class:`Verdict` and hands it back; only the wire knows what a
verdict means in bytes. All records are immutable.

Times are seconds since the Unix epoch, UTC, as ``float``. Texts are ``str``; bytes that are not text stay
``bytes``. None of them can be part of a cycle, so that those made for every message are left out of the garbage
collector's rounds (``gc=False``).
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import Any

from msgspec import Struct


class Moment(Struct, frozen=True, gc=False):
    """One instant, told twice: stamps use the wall clock, deadlines the monotonic one."""

    wall: float
    """Seconds since the Unix epoch, UTC."""
    mono: float
    """Seconds of a clock that never steps."""


class Scheme(StrEnum):
    """The code table a signal's code belongs to."""

    CONTACT_ID = "contact-id"
    SIA = "sia"
    OTHER = "other"


class Qualifier(StrEnum):
    """Whether a condition began, ended, or is reported once more as still present."""

    NEW = "new"
    """New event, or an opening (Contact ID qualifier 1)."""
    RESTORE = "restore"
    """New restore, or a closing (Contact ID qualifier 3)."""
    STATUS = "status"
    """Reported before and still present (Contact ID qualifier 6)."""


class Severity(StrEnum):
    """How far a finding departs from the standard."""

    NOTE = "note"
    """Allowed, but worth knowing."""
    DEVIATION = "deviation"
    """Not what the standard says; the meaning is still certain."""
    VIOLATION = "violation"
    """Against the standard, and something was lost or had to be guessed."""


class Finding(Struct, frozen=True, gc=False):
    """A departure from the standard that was seen, named, and did not stop the decoding.

    Its words, and what to change on the panel, are in ``protocols.catalogue.texts`` under its id.
    """

    id: str
    """Stable dotted name, such as ``dc09.crc.counts-the-cr``."""
    severity: Severity
    offset: int | None = None
    """First byte concerned, counted in ``Arrival.raw``; None when it concerns the whole."""
    length: int = 0


class Signal(Struct, frozen=True, gc=False, kw_only=True):
    """One decoded thing that happened at one account."""

    account: str
    """The account the event belongs to: the inner one where a message names two."""
    scheme: Scheme
    code: str
    """``130``, ``BA``: as the code table has it. Unknown codes are kept as sent."""
    qualifier: Qualifier
    partition: str = ""
    """As sent; ``00`` is the whole system."""
    subject: str = ""
    """What ``number`` counts, as the event tables say: ``zone``, ``user``, ``area``, ``door``, ``none`` ..."""
    number: str = ""
    """Zone, user, area ... as sent, leading zeros kept."""
    user: str = ""
    """Who did it, where the code or a modifier says so."""
    text: str = ""
    """Text that the panel sent along."""
    occurred_at: float | None = None
    """When it happened by the panel's word; None when it did not say."""
    old: bool = False
    """The panel marked it as buffered and sent late."""
    details: dict[str, list[str]] = {}
    """Other modifiers and values with units, by their name on the wire."""
    latitude: float | None = None
    longitude: float | None = None
    url: str = ""
    """Address of sound or pictures that belong to the event."""
    extended: dict[str, list[str]] = {}
    """Extended data: identifier letter to its values, in the order sent."""


class ArrivalKind(StrEnum):
    """What sort of message came in."""

    EVENT = "event"
    """Carries at least one readable signal."""
    LINK_TEST = "link-test"
    """Shows only that the path lives. Nothing to store."""
    OPAQUE = "opaque"
    """Framed rightly and of a known token, but without a readable event; acknowledged like an event."""
    UNSUPPORTED = "unsupported"
    """Framed rightly, of a token that is not supported."""
    MALFORMED = "malformed"
    """Framed rightly, but the content breaks the token's grammar."""
    AMENDMENT = "amendment"
    """Adds to a message that came before it on the same wire (``Arrival.amends``): SIA sends the text of an event in a
    block of its own. Its signal repeats that event, with what is added."""
    ANSWER = "answer"
    """An answer where a message was expected (a receiver talking to a receiver, or an echo)."""


class Protection(StrEnum):
    """What cryptography did for a message."""

    NONE = "none"
    """Came in the clear."""
    KEYED = "keyed"
    """Decrypted with the key named by ``Arrival.key_owner``."""
    FAILED = "failed"
    """Encrypted, and no known key opened it."""


class Identity(Struct, frozen=True, gc=False, kw_only=True):
    """What makes two messages the same message, however often it is sent.

    The rules are the wire's; the memory is the station's (``receiver.intake``).
    """

    scope: str
    """Whose message it is by its own words: DC-09 writes receiver, prefix and account, normalised (``R1L0#1234``).
    The station puts its own name of the account in its place where it knows the account."""
    number: int | None
    """The sequence number, or None where it says nothing (DC-09 sequence 0000)."""
    content: bytes
    """Digest of token, data and extended data, without time stamp, CRC and padding. 16 bytes."""
    seal: bytes | None = None
    """Digest of the part of the frame that only the holder of the key can make, else None. 16 bytes. Together
    with whose it is, it tells a recording whatever was altered around it."""
    fleeting: bool = False
    """The message had no number: the end gave it one, the same to a message and its repetition on that line. Equal
    content under another number may still be the same message, sent again after a new start."""


class Counter(Struct, frozen=True, gc=False):
    """A number that its sender never uses twice, under a key that nobody else has: a copy of it is a copy or a replay.

    The station remembers for ever which numbers were taken (``protocols.datagram.window``), and takes one in the
    transaction that stores the message.
    """

    window: str
    """Whose numbers they are: network, station, key and direction."""
    number: int
    mark: bytes
    """4 bytes that tell the message under this number from another."""


class Air(Struct, frozen=True, gc=False, kw_only=True):
    """How a message came over a radio channel, as far as the modem and the sender tell."""

    level: float | None = None
    """How strongly it was received, dBm."""
    corrected: int | None = None
    """Bytes that forward error correction put right; None where there is none."""
    correctable: int = 0
    """How many it could have."""
    hops: int = 0
    """Digipeaters it came through."""
    heard_level: float | None = None
    """How strongly the sender hears us, dBm."""
    volts: float | None = None
    """The sender's supply."""
    low_battery: bool = False
    next_s: float | None = None
    """When the sender means to be heard again."""


class Kept(Struct, eq=False, gc=False):
    """Where an arrival went; filled in by the station with the commit, for later messages that add to it."""

    entry: int = 0
    """The journal's id of the last event of the message; 0 before the commit."""


class Arrival(Struct, frozen=True, eq=False, gc=False):
    """One complete message as it came."""

    raw: bytes
    """The exact bytes, from the first to the last byte of the message."""
    protocol: str
    kind: ArrivalKind
    token: str = ""
    """What the message calls itself: ``SIA-DCS``, ``ADM-CID``, ``NULL``; without any mark of encryption."""
    receiver: str | None = None
    """Receiver number as sent (``R`` of DC-09), None when absent."""
    prefix: str | None = None
    """Account prefix as sent (``L`` of DC-09), ``""`` when the letter came without digits, None when absent."""
    account: str = ""
    """Account of the header as sent; the communicator's where a message names two."""
    inner: str = ""
    """The account named inside the data where it could be read, also when no signal could; empty when there is
    none, or nothing but zeros, which stand for the one of the header."""
    sequence: str = ""
    """As sent."""
    sent_at: float | None = None
    """The sender's time stamp on the message, None when there was none that could be read."""
    path: str = ""
    """The network path letter or number of the message, where it has one."""
    line: str = ""
    """The line of the receiver that handed the message on, as sent."""
    signals: tuple[Signal, ...] = ()
    findings: tuple[Finding, ...] = ()
    protection: Protection = Protection.NONE
    key_owner: str = ""
    """``Key.owner`` of the key that opened it."""
    plain: bytes = b""
    """The decrypted bytes, padding removed; empty for a message in the clear."""
    timely: bool = True
    """False when the protocol demands a current time stamp and this one is outside the window."""
    identity: Identity | None = None
    counter: Counter | None = None
    """What tells copies and replays of a radio message, in place of ``identity``."""
    air: Air | None = None
    """Of a message that came by radio."""
    refused: str = ""
    """Why the wire itself knows that this must not be believed (``forged``, ``unknown``, ``foreign``): it is named and
    never answered."""
    kept: Kept | None = None
    """Given by an end whose later messages may add to this one."""
    amends: Kept | None = None
    """What an amendment adds to: the ``kept`` of that message, which is on disk."""
    uneventful: bool = False
    """It could tell of nothing that happened: a command, its answer, a log-in. An opaque message without this may."""
    unanswered: bool = False
    """No answer of its protocol acknowledges it: nobody counts on it, and how much of it is kept may be limited."""
    dialect: str = ""
    """The variant of the protocol found, in the protocol's own words (``crc-ascii``)."""
    reply: Any = None
    """What the wire needs for its answer. Opaque; kept out of logs and journal."""

    def __repr__(self) -> str:
        return f"<Arrival {self.protocol} {self.kind} {self.token} account={self.account!r} raw={self.raw!r}>"


class Noise(Struct, frozen=True, gc=False):
    """Bytes that are not a message, and what they probably are. Hardly ever answered: see ``answer``."""

    raw: bytes
    """At most a few hundred bytes of it."""
    guess: str
    """Stable dotted name of what it probably is, such as ``garbage``, ``http``, ``dc09.crc-mismatch``. Its words are
    in ``protocols.catalogue.texts``."""
    size: int = 0
    """How many bytes there were in all."""
    answer: str = ""
    """Name of the answer that the station's end gives to them by themselves; empty where it gives none."""


class Verdict(StrEnum):
    """What the station decided about an arrival. Only the protocol knows what that means on the wire."""

    STORED = "stored"
    """On disk."""
    ALIVE = "alive"
    """A link test: nothing to store."""
    DUPLICATE = "duplicate"
    """Stored before; acknowledge again."""
    STALE = "stale"
    """Outside the time window."""
    REFUSED = "refused"
    """Must not be answered: wrong key, no key, plain where encryption is required, unknown where silent."""
    MALFORMED = "malformed"
    """Kept, and answered as not understood."""
    UNSUPPORTED = "unsupported"
    """Kept, and answered as not supported."""
    NOT_STORED = "not-stored"
    """Storing failed; nothing may be answered, the sender will repeat or take another path."""


class Key(Struct, frozen=True):
    """A shared secret. Its bytes never reach a log: only the owner is shown."""

    material: bytes
    owner: str
    """Key of the account it belongs to (``Dialect.account_key``)."""

    def __repr__(self) -> str:
        return f"<Key of {self.owner}>"

    __str__ = __repr__


class Base(IntEnum):
    """Number base of zone and user numbers, for whoever needs an integer."""

    DECIMAL = 10
    HEX = 16


class Edition(Enum):
    """Edition of DC-09 to speak when there is a choice."""

    E2007 = 2007
    E2013 = 2013
    E2017 = 2017
    E2021 = 2021
    E2026 = 2026


class Dialect(Struct, frozen=True, kw_only=True):
    """What is known beforehand of whoever sends under an account."""

    known: bool = False
    """False for accounts nobody has entered."""
    account_key: str = ""
    """The station's own name of the account; empty when it is not known."""
    keys: tuple[Key, ...] = ()
    """Keys to try, most likely first."""
    time_zone: str = "UTC"
    """IANA name; for times the panel gives in local time."""
    own_time_zone: bool = True
    """False for an entered account that leaves its zone open: that of the source counts, where it has one."""
    encoding: str = "utf-8"
    """Text encoding tried first; Windows-1252 is the fallback."""
    own_encoding: bool = True
    """The same of its encoding."""
    base: Base = Base.DECIMAL
    edition: Edition | None = None
    """The edition its panel follows, None where that is not known."""
