"""The units at the other ends of a radio channel, as an end must know them: whose they are, and their keys."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, TypeAlias

from msgspec import Struct

from protocols.datagram import FROM_CENTRE, FROM_STATION, RadioKey

Name: TypeAlias = tuple[int, int]
"""Key id and counter: what tells a datagram of a unit from all its others, and what an acknowledgement names."""


class Ways(StrEnum):
    """Whether a unit can hear."""

    ONE = "one-way"
    """It sends copies of everything, and is never answered."""
    TWO = "two-way"


class Outstation(Struct, frozen=True, kw_only=True):
    """One radio unit at a site; ``station`` of its datagrams."""

    station: int
    account: str
    ways: Ways = Ways.TWO
    keys: tuple[RadioKey, ...]
    """Those that are accepted, the oldest first."""
    speaks: int
    """Key id that it is answered under where nothing was heard yet."""
    test_s: float = 0.0
    """It sends a test so often; 0 for never."""

    def key(self, key_id: int) -> RadioKey | None:
        """The key of that id, if it is accepted."""
        return next((key for key in self.keys if key.key_id == key_id), None)


class Book(Protocol):
    """All units of one network. What it says may change from call to call: keys are rolled over while it runs."""

    def find(self, station: int) -> Outstation | None:
        """The unit of that number."""

    def all(self) -> Iterable[Outstation]:
        """Every unit."""


class Units:
    """A book that does not change."""

    def __init__(self, units: Iterable[Outstation]) -> None:
        self._units = {unit.station: unit for unit in units}

    def find(self, station: int) -> Outstation | None:
        """The unit of that number."""
        return self._units.get(station)

    def all(self) -> Iterable[Outstation]:
        """Every unit."""
        return self._units.values()


def window_name(network: int, station: int, key_id: int) -> str:
    """Whose counters are kept together: ``0a01/00001234/1``. The direction has a window of its own on each side."""
    return f"{network:04x}/{station:08x}/{key_id}"


def counter_name(network: int, station: int, key_id: int, direction: int) -> str:
    """The counter that a side numbers its datagrams from (:class:`protocols.ends.CounterStore`)."""
    assert direction in (FROM_STATION, FROM_CENTRE)
    return f"radio/{window_name(network, station, key_id)}/{direction}"
