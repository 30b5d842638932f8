"""What one entry of the journal holds.

A :class:`Body` is the whole record, encoded as JSON in the order of its fields with defaults left out
(canonical: the same body always gives the same bytes). The bytes are what the hash chain covers; the
columns of the table are a view of them. An :class:`Entry` is a body with its place in the journal.
"""

from __future__ import annotations

import time
from enum import StrEnum

import msgspec
from msgspec import Struct


class EntryKind(StrEnum):
    """Why an entry exists."""

    SIGNAL = "signal"
    """Something happened at an account."""
    AMENDMENT = "amendment"
    """Adds to a signal that was stored before (``Body.amends``) and repeats what it said. No event of its own."""
    UNREAD = "unread"
    """A whole message in which no event could be read. It may have been a panic: shown, never dropped."""
    STATION = "station"
    """Something happened to the station itself: start, stop, adapter or disk trouble, a path lost."""
    SECURITY = "security"
    """A message was refused, replayed or stale. Rate limited, with a count of what was left out."""
    ACTION = "action"
    """An operator did something."""


class Body(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Everything the journal knows about one entry. Times are RFC 3339 in UTC with milliseconds.

    For signals and unread messages ``code`` is the event code (empty when unread); for the other kinds it
    names what happened (``station.started``, ``path.lost``, ``security.stale``, ``alarm.seen``).
    """

    kind: EntryKind
    node: str
    received_at: str
    adapter: str = ""
    protocol: str = ""
    peer: str = ""
    token: str = ""
    account: str = ""
    account_key: str = ""
    """The station's own name of the account: accounts of equal number and different prefix stay apart."""
    header_account: str = ""
    receiver: str | None = None
    prefix: str | None = None
    line: str = ""
    """Line of the receiver that handed the message on."""
    sequence: str = ""
    path: str = ""
    scheme: str = ""
    code: str = ""
    qualifier: str = ""
    category: str = ""
    priority: int = 0
    """1 (danger to life) to 5 (log only), 0 where it does not apply."""
    partition: str = ""
    subject: str = ""
    number: str = ""
    user: str = ""
    text: str = ""
    amends: int = 0
    """Id of the entry that an amendment adds to; 0 where that is not known."""
    occurred_at: str | None = None
    sent_at: str | None = None
    details: dict[str, list[str]] = {}
    extended: dict[str, list[str]] = {}
    latitude: float | None = None
    longitude: float | None = None
    url: str = ""
    encrypted: bool = False
    repeat: bool = False
    """Equal to an earlier message that carried no identity of its own: perhaps sent twice, perhaps twice true."""
    late: bool = False
    age_s: float = 0.0
    """How old a late signal was when it came."""
    unknown: bool = False
    """The account is not in the accounts list."""
    findings: tuple[str, ...] = ()
    raw: str = ""
    """The exact bytes of the message as latin-1; a key inside is masked. In the first entry of a message only,
    like ``plain`` and the identity below."""
    plain: str = ""
    """The decrypted bytes as latin-1; a key inside is masked."""
    scope: str = ""
    number_of_message: int | None = None
    content: str = ""
    seal: str = ""
    """``Identity`` of the message, digests in hex: the duplicate memory is rebuilt from these after a restart."""
    alarm: int = 0
    """The alarm an action is about."""
    seen_to: int = 0
    """Id of the newest entry of the alarm that the operator had before him; 0 when that is not known."""
    operator: str = ""
    unverified: bool = False
    """The name in ``operator`` is the caller's word: nobody logged in."""
    note: str = ""
    count: int = 0
    """How many of the same kind were left out before this one by a rate limit."""


class Entry(Struct, frozen=True, gc=False):
    """A body in its place: committed, for good."""

    id: int
    arrival: int
    """Id of the first entry of the same message; equal to ``id`` for all others."""
    body: Body
    data: bytes
    """The body's canonical bytes."""
    received_us: int = 0
    """``received_at`` as microseconds since the epoch."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Body)

encode_body = _encoder.encode
"""``(body) -> bytes``. Raises ``UnicodeEncodeError`` on a lone surrogate."""
decode_body = _decoder.decode
"""``(bytes) -> Body``. Raises ``msgspec.DecodeError``."""
encode_text = _encoder.encode
"""``(text) -> bytes`` as it stands in a body."""

_FIRST, _LAST = -30_610_224_000.0, 253_402_300_799.0
_seconds: dict[int, str] = {}


def rfc3339(wall: float) -> str:
    """Seconds since the epoch as ``2026-11-22T14:43:06.123Z``. Raises ValueError outside the years 1000 to 9999."""
    if not _FIRST <= wall < _LAST:
        raise ValueError(f"{wall!r} is outside the years 1000 to 9999")
    second, rest = divmod(round(wall * 1000), 1000)
    text = _seconds.get(second)
    if text is None:
        if len(_seconds) >= 64:
            _seconds.clear()
        text = _seconds[second] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
    return f"{text}.{rest:03d}Z"
