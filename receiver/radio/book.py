"""The units of a network as the ends of its channel see them: the file of keys, and what the journal knows of them.

Which keys of a unit are accepted: once a newer one was used, the older ones are retired, whatever the file says. A key
that belongs to another journal is locked (:mod:`receiver.radio.keyfile`), and so are all keys when the numbers that we
send under them were lost: no number may seal two different datagrams.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from protocols.datagram import FROM_CENTRE
from protocols.radio.book import Outstation, counter_name, window_name
from receiver.adapters.counters import CounterError, FileCounters
from receiver.radio.enrolment import IsUsed, KeyState, Known
from receiver.radio.keyfile import LOST, WAIT_S, KeyFile, KeyFileError, KeyRecord, UnitRecord, change, load


class Locked(Struct, frozen=True):
    """A unit that must be enrolled anew."""

    station: int
    account: str
    why: str
    """For the log, with what to do."""


class RadioBook:
    """Implements :class:`protocols.radio.book.Book` over a file that people change while the station runs."""

    def __init__(self, path: Path, journal: str, is_used: IsUsed, counters: FileCounters | None = None) -> None:
        """``journal`` is the identity of the station's journal, ``counters`` what our own datagrams are numbered from.

        Raises KeyFileError.
        """
        self._path = path
        self._known = Known(journal, is_used)
        self._counters = counters
        self._stamped: tuple[int, ...] = ()
        self._units: dict[int, UnitRecord] = {}
        self._found: dict[int, Outstation] = {}
        self.network = 0
        self.locked: tuple[Locked, ...] = ()
        """Units none of whose keys may be used with this journal."""
        self.trouble = ""
        """Why the file cannot be read now; what it said before stays in force."""
        self._read(WAIT_S)

    def find(self, station: int) -> Outstation | None:
        """The unit of that number."""
        found = self._found.get(station)
        if found is not None and self._is_current(found):
            return found
        unit = self._units.get(station)
        made = None if unit is None else self._outstation(unit)
        if made is None:
            self._found.pop(station, None)
        else:
            self._found[station] = made
        return made

    def all(self) -> Iterable[Outstation]:
        """Every unit that has a key to be used."""
        return [found for station in self._units if (found := self.find(station)) is not None]

    def look(self) -> bool:
        """Read the file again if it was changed, without waiting for anybody. Call it now and then.

        Whether anything is new. While it cannot be read it is tried again at every call.
        """
        if self._stamp() == self._stamped and not self.trouble:
            return False
        try:
            self._read(0.0)
        except KeyFileError as error:
            new = str(error) != self.trouble
            self.trouble = str(error)
            return new
        return True

    def _stamp(self) -> tuple[int, ...]:
        try:
            status = os.stat(self._path)
        except OSError:
            return ()
        return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size

    def _read(self, wait_s: float) -> None:
        # Before reading: what is changed meanwhile is read at the next look.
        stamp = self._stamp()
        file = load(self._path)
        if self._stamped and file.network != self.network:
            raise KeyFileError(
                f"{self._path}: the network is {file.network} now and was {self.network}; restart the station for it"
            )
        try:
            if self._settled(file) != file:
                change(self._path, self._settled, wait_s)
                stamp = self._stamp()
                file = load(self._path)
        except OSError as error:
            assert self._counters is not None
            why = str(error) if isinstance(error, CounterError) else f"{self._counters.path}: {error.strerror}"
            raise KeyFileError(why) from error
        self._stamped = stamp
        self.trouble = ""
        self.network = file.network
        self._units = {unit.station: unit for unit in file.units}
        self._found.clear()
        self.locked = tuple(
            Locked(unit.station, unit.account, _why(unit))
            for unit in file.units
            if unit.keys and set(self._known.states(file.network, unit)) == {KeyState.LOCKED}
        )

    def _settled(self, file: KeyFile | None) -> KeyFile:
        """With keys that no station has read bound to this journal, and those locked whose counter was lost.

        A key has a counter, at 0, before it is bound.
        """
        if file is None:
            raise KeyFileError(f"{self._path}: was removed meanwhile; restore it from a copy")
        there = frozenset[str]() if self._counters is None else self._counters.names()
        fresh: list[str] = []

        def settle(unit: UnitRecord, key: KeyRecord) -> KeyRecord:
            name = counter_name(file.network, unit.station, key.id, FROM_CENTRE)
            if self._is_bound(key) and self._counters is not None and name not in there:
                return replace(key, journal=LOST)
            if key.journal or not self._known.is_ours(file.network, unit.station, key):
                return key
            fresh.append(name)
            return replace(key, journal=self._known.journal)

        units = tuple(replace(unit, keys=tuple(settle(unit, key) for key in unit.keys)) for unit in file.units)
        if fresh and self._counters is not None:
            self._counters.begin(fresh)
        return replace(file, units=units)

    def _is_bound(self, key: KeyRecord) -> bool:
        return key.journal == self._known.journal

    def _outstation(self, unit: UnitRecord) -> Outstation | None:
        states = self._known.states(self.network, unit)
        accepted = [
            key.radio_key()
            for key, state in zip(unit.keys, states, strict=True)
            if state in (KeyState.IN_USE, KeyState.NEXT)
        ]
        if not accepted:
            return None
        return Outstation(
            station=unit.station,
            account=unit.account,
            ways=unit.ways,
            keys=tuple(accepted),
            speaks=accepted[0].key_id,
            test_s=unit.test_s,
        )

    def _is_current(self, found: Outstation) -> bool:
        """Whether none of its newer keys was used since it was made."""
        return not any(
            self._known.is_used(window_name(self.network, found.station, key.key_id)) for key in found.keys[1:]
        )


def _why(unit: UnitRecord) -> str:
    journals = {key.journal for key in unit.keys}
    if LOST in journals:
        what = "the file of counters was lost, and a number may not come twice under one key"
    elif journals == {""}:
        what = "this journal knows the id of its key from an earlier one"
    else:
        what = "its key was used with another journal, and recordings from then would pass for new"
    return f"{what}; give the unit a new key: ptsn radio key roll {unit.account}"
