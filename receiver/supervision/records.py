"""What supervision knows and tells of paths.

A path is one way a panel reaches the station: account, adapter, protocol and the network path letter of the
message where there is one. The peer's address is only an attribute of it.
"""

from __future__ import annotations

import math
from enum import StrEnum

from msgspec import Struct

Key = tuple[str, str, str, str]
"""account_key, adapter, protocol, path."""


class PathState(StrEnum):
    """How a path stands."""

    NEVER = "never"
    """Supervised, and nothing was ever heard of the account. No alarm: the panel may not be installed yet."""
    OK = "ok"
    """Heard in time, or not supervised."""
    LOST = "lost"
    """Silent for longer than its interval. Stays so until it is heard."""


class Expected(Struct, frozen=True):
    """An account whose paths are supervised."""

    account_key: str
    account: str
    supervision_s: float


class Lost(Struct, frozen=True):
    """A supervised path has gone silent; with ``whole``, an adapter has, and the other fields of a path are empty."""

    adapter: str
    account_key: str = ""
    account: str = ""
    protocol: str = ""
    path: str = ""
    peer: str = ""
    last_heard: float | None = None
    """Seconds since the epoch, UTC."""
    interval_s: float | None = None
    whole: bool = False
    """One report for many paths of one adapter: none of them is reported by itself."""
    count: int = 1
    """How many paths it is about."""


class Restored(Struct, frozen=True):
    """A path that was reported as lost is heard again; with ``whole``, the outage of an adapter is over."""

    adapter: str
    account_key: str = ""
    account: str = ""
    protocol: str = ""
    path: str = ""
    peer: str = ""
    silent_s: float | None = None
    """Seconds since it was heard before, by the wall clock; None where that is not known."""
    whole: bool = False
    count: int = 1


class Saved(Struct, frozen=True):
    """What outlives a restart of one path."""

    account_key: str
    adapter: str
    protocol: str
    path: str
    peer: str
    heard: float
    """Last contact, seconds since the epoch, UTC."""
    lost: bool = False
    """It was reported as lost."""


class PathRow(Struct, frozen=True):
    """One path for people."""

    account_key: str
    account: str
    adapter: str
    protocol: str
    path: str
    peer: str
    state: PathState
    supervised: bool
    last_heard: str | None
    """RFC 3339 in UTC; None when never heard."""
    interval_s: float | None
    left_s: float | None
    """Seconds until it is lost; None when it is not supervised, never heard, or lost."""


class Line(Struct, eq=False):
    """What is common to the paths of one adapter."""

    name: str
    heard_at: float = -math.inf
    """Monotonic time of the last contact on any supervised path."""
    rate: float = 0.0
    """Contacts a second to be expected at least: the sum of 1/interval over the paths that are well."""
    lapsed: int = 0
    """Paths lost since the contact at ``lapsed_since``."""
    lapsed_since: float = -math.inf
    members: dict[Key, Path] = {}
    """Its supervised paths that have been heard."""
    down: bool = False
    """The station itself has said that the adapter does not work."""
    silent: bool = False
    """Nothing at all is heard on it, and that was reported."""
    troubled: bool = False
    """``down or silent``: contacts take the slow way."""
    covered: int = 0
    """Paths that the report of an outage stands for; 0 when there is none."""


class Path(Struct, eq=False):
    """One path, as it is."""

    key: Key
    line: Line
    peer: str
    heard: float | None = None
    """Last contact, seconds since the epoch, UTC."""
    interval: float | None = None
    """Seconds; None when it is not supervised."""
    deadline: float = math.inf
    """Monotonic time at which it is lost."""
    state: PathState = PathState.OK
    reported: bool = False
    """Its loss was reported by itself, not as part of an outage."""
    slot: int = -1
    """Slot of the wheel it waits in."""


class Account(Struct, eq=False):
    """A supervised account."""

    account_key: str
    account: str
    interval: float
    paths: dict[Key, Path] = {}
    """Its supervised paths; before the first contact one without an adapter."""
