"""The records of the station's API as the console holds them (``docs/api.md``). Unknown fields are passed over."""

from __future__ import annotations

from msgspec import Struct


class Entry(Struct, frozen=True, gc=False):
    """An entry of the journal: the fields that lines and pages show. Times are RFC 3339 in UTC."""

    id: int
    arrival: int = 0
    kind: str = ""
    received_at: str = ""
    adapter: str = ""
    protocol: str = ""
    peer: str = ""
    token: str = ""
    account: str = ""
    account_key: str = ""
    receiver: str | None = None
    """Number of the receiver that handed the message on, and of its line; for the detail page, like ``amends``."""
    line: str = ""
    sequence: str = ""
    path: str = ""
    scheme: str = ""
    code: str = ""
    qualifier: str = ""
    category: str = ""
    priority: int = 0
    partition: str = ""
    subject: str = ""
    number: str = ""
    user: str = ""
    text: str = ""
    amends: int = 0
    """The entry that an amendment adds to."""
    occurred_at: str | None = None
    sent_at: str | None = None
    details: dict[str, list[str]] = {}
    latitude: float | None = None
    longitude: float | None = None
    url: str = ""
    encrypted: bool = False
    repeat: bool = False
    late: bool = False
    age_s: float = 0.0
    unknown: bool = False
    findings: tuple[str, ...] = ()
    raw: str = ""
    """Cut to what a line shows; the detail page asks for the whole."""
    alarm: int = 0
    operator: str = ""
    unverified: bool = False
    note: str = ""
    count: int = 0


class Condition(Struct, frozen=True, gc=False):
    """One thing that was reported in an alarm: a code at a place."""

    scheme: str = ""
    code: str = ""
    partition: str = ""
    subject: str = ""
    number: str = ""
    priority: int = 0
    since: str = ""
    last_at: str = ""
    last: int = 0
    count: int = 1
    late: bool = False
    age_s: float = 0.0
    occurred_at: str | None = None
    restored_at: str | None = None
    added: str = ""
    """Text that came afterwards."""


class Alarm(Struct, frozen=True, gc=False):
    """An open alarm, as the alarms stream tells it."""

    id: int
    account: str = ""
    account_key: str = ""
    opened_at: str = ""
    occurred_at: str | None = None
    late: bool = False
    age_s: float = 0.0
    unknown: bool = False
    rang: int = 0
    signal: int = 0
    kind: str = ""
    adapter: str = ""
    priority: int = 2
    scheme: str = ""
    code: str = ""
    qualifier: str = ""
    category: str = ""
    partition: str = ""
    subject: str = ""
    number: str = ""
    user: str = ""
    text: str = ""
    ringing: bool = False
    rings: int = 0
    seen_by: str = ""
    seen_unverified: bool = False
    seen_at: str | None = None
    seen_to: int = 0
    signals: int = 0
    unread: int = 0
    last_at: str = ""
    latest: tuple[int, ...] = ()
    conditions: tuple[Condition, ...] = ()
    more_conditions: int = 0
    restored: str = "no"
    restored_at: str | None = None
    closed: bool = False


class PathRow(Struct, frozen=True, gc=False):
    """A way a panel reaches the station, and how it stands."""

    account: str = ""
    account_key: str = ""
    adapter: str = ""
    protocol: str = ""
    path: str = ""
    peer: str = ""
    state: str = ""
    """``ok``, ``lost`` or ``never``."""
    supervised: bool = False
    last_heard: str | None = None
    interval_s: float | None = None
    left_s: float | None = None
    missed: int = 1
    of: int = 1
    """Lost when ``missed`` of the last ``of`` tests were missed."""
    tests: tuple[bool, ...] = ()
    """Whether each of those came, the newest last."""
    loss: float | None = None
    """Share of them that was missed."""
    level: float | None = None
    """Of a radio path, like all below: dBm."""
    quality: float | None = None
    low: bool = False
    hops: int | None = None
    """None on a path that is no radio's."""


class WireRecord(Struct, frozen=True, gc=False):
    """What passed over the wire: bytes in or out, a verdict, noise, a note."""

    n: int
    at: str = ""
    what: str = ""
    adapter: str = ""
    protocol: str = ""
    peer: str = ""
    bytes: str = ""
    size: int = 0
    kind: str = ""
    token: str = ""
    account: str = ""
    inside: tuple[str, ...] = ()
    """Accounts that the data names besides that of the header, as they are stored."""
    sequence: str = ""
    encrypted: bool = False
    decrypted: bool | None = None
    verdict: str = ""
    answer: str = ""
    why: str = ""
    findings: tuple[dict[str, object], ...] = ()
    plain: str = ""
    guess: str = ""
    values: dict[str, str] = {}
    """Of a frame that was not whole: account, given, computed, length, counted; what is known of it."""
    text: str = ""


class Hello(Struct, frozen=True):
    """The first event of every stream."""

    name: str = ""
    node: str = ""
    version: str = ""
    mode: str = "live"
    language: str = "en"
    time_zone: str = "UTC"
    now: str = ""
    last_id: int = 0
