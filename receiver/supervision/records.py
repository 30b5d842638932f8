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

Rule = tuple[int, int]
"""(m, n): a path is lost when m of its last n tests were missed."""
EVERY: Rule = (1, 1)
"""The first test that is missed is a loss."""


class PathState(StrEnum):
    """How a path stands."""

    NEVER = "never"
    """Supervised, and nothing was ever heard of the account. No alarm: the panel may not be installed yet."""
    OK = "ok"
    """Heard in time, or not supervised."""
    LOST = "lost"
    """Silent for longer than its interval, or in too many of its last ones. Stays so until it is heard."""


class Expected(Struct, frozen=True):
    """An account whose paths are supervised."""

    account_key: str
    account: str
    supervision_s: float
    missed: int = 1
    """So many tests missed ..."""
    of: int = 1
    """... of the last so many are a loss."""

    @property
    def rule(self) -> Rule:
        """``(missed, of)``."""
        return self.missed, self.of


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
    missed: int = 1
    of: int = 1
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


class Saved(Struct, frozen=True, omit_defaults=True):
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
    tests: tuple[bool, ...] = ()
    """Whether each of its last tests came, the newest last; blank where none was missed."""


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
    """Seconds until it is lost if nothing more is heard; None when it is not supervised, never heard, or lost."""
    missed: int = 1
    """So many tests missed ..."""
    of: int = 1
    """... of the last so many are a loss."""
    tests: tuple[bool, ...] = ()
    """Whether each of the last ``of`` tests came, the newest last; fewer where fewer are known."""
    loss: float | None = None
    """Share of those that were missed; None where the first that is missed is a loss, or none is known."""
    level: float | None = None
    """Of a radio path, like all below: mean level at which the unit is received, dBm; None where nobody measures it."""
    quality: float | None = None
    """Mean share of the error correction that was not needed, 0 to 1; None where there is none."""
    low: bool = False
    """Level or quality is too low by the settings, and that was told."""
    hops: int | None = None
    """Digipeaters on its way; None on a path that is no radio's."""
    heard_level: float | None = None
    """At which the unit hears the station by its own word, dBm."""
    supply: float | None = None
    """Its supply by its own word, V."""
    low_battery: bool = False


class Line(Struct, eq=False):
    """What is common to the paths of one adapter."""

    name: str
    heard_at: float = -math.inf
    """Monotonic time of the last contact on any supervised path."""
    rate: float = 0.0
    """Contacts a second to be expected at least: the sum of 1/interval over the paths that are well."""
    lapsed: int = 0
    """Paths lost since the contact at ``lapsed_since``, and tests missed since on those that were lost before."""
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
    """Monotonic time at which its next test is missed."""
    rule: Rule = EVERY
    gone: int = 0
    """Its last tests, the newest as bit 0: set where it was missed."""
    known: int = 0
    """How many of them are known."""
    state: PathState = PathState.OK
    reported: bool = False
    """Its loss was reported by itself, not as part of an outage."""
    slot: int = -1
    """Slot of the wheel it waits in."""

    def test(self, missed: bool) -> bool:
        """Remember one more test. Whether by its rule too many were missed."""
        most, of = self.rule
        self.gone = (self.gone << 1 | missed) & (1 << of) - 1
        if self.known < of:
            self.known += 1
        return self.gone.bit_count() >= most

    def forget_tests(self) -> None:
        """Begin anew: what was missed before says nothing any more."""
        self.gone = self.known = 0

    @property
    def tests(self) -> tuple[bool, ...]:
        """Whether each test that is known came, the newest last."""
        if self.rule[1] == 1:  # contacts do not note it
            return () if self.state is PathState.NEVER else (self.state is PathState.OK,)
        return tuple(not self.gone >> at & 1 for at in reversed(range(self.known)))

    @property
    def patience(self) -> int:
        """How many tests from now on may pass, the last of them being the loss, if none comes."""
        most, of = self.rule
        gone, more = self.gone, 0
        while True:
            more += 1
            gone = (gone << 1 | 1) & (1 << of) - 1
            if gone.bit_count() >= most:
                return more


class Account(Struct, eq=False):
    """A supervised account."""

    account_key: str
    account: str
    interval: float
    rule: Rule = EVERY
    paths: dict[Key, Path] = {}
    """Its supervised paths; before the first contact one without an adapter."""
