"""The units of a network as the ends of its channel see them: the file of keys, and what the journal knows of them.

Which keys of a unit are accepted: once a newer one was used, the older ones are retired, whatever the file says. A key
that belongs to another journal is locked (:mod:`receiver.radio.keyfile`), and so are all keys when the numbers that we
send under them were lost: no number may seal two different datagrams.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from protocols.radio.book import Outstation, window_name
from receiver.adapters.counters import FileCounters
from receiver.radio.enrolment import IsUsed, KeyState, Known
from receiver.radio.keyfile import LOST, WAIT_S, KeyFile, KeyFileError, KeyRecord, UnitRecord, change, load

ENROLMENT = "radio/enrolments"
"""A counter that is there from the first key on: without it, all were lost."""


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
        if self._counters_lost(file):
            change(self._path, self._all_lost, wait_s)
            stamp = self._stamp()
            file = load(self._path)
        if self._unbound(file):
            self._begin_counters()
            change(self._path, self._bound, wait_s)
            stamp = self._stamp()
            file = load(self._path)
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

    def _unbound(self, file: KeyFile) -> bool:
        return any(self._may_bind(file, unit, key) for unit in file.units for key in unit.keys)

    def _may_bind(self, file: KeyFile, unit: UnitRecord, key: KeyRecord) -> bool:
        return not key.journal and self._known.is_ours(file.network, unit.station, key)

    def _bound(self, file: KeyFile | None) -> KeyFile:
        """Keys that no station has read so far belong to this journal from now on."""
        if file is None:
            raise KeyFileError(f"{self._path}: was removed meanwhile; restore it from a copy")
        return _mapped(
            file,
            lambda unit, key: replace(key, journal=self._known.journal) if self._may_bind(file, unit, key) else key,
        )

    def _counters_lost(self, file: KeyFile) -> bool:
        if self._counters is None or self._counters.path.exists():
            return False
        return any(self._is_bound(key) for unit in file.units for key in unit.keys)

    def _all_lost(self, file: KeyFile | None) -> KeyFile:
        if file is None:
            raise KeyFileError(f"{self._path}: was removed meanwhile; restore it from a copy")
        return _mapped(file, lambda _, key: replace(key, journal=LOST) if self._is_bound(key) else key)

    def _begin_counters(self) -> None:
        if self._counters is None or self._counters.path.exists():
            return
        try:
            self._counters.take(ENROLMENT)
        except OSError as error:
            raise KeyFileError(f"{self._counters.path}: cannot be written: {error.strerror or error}") from error

    def _is_bound(self, key: KeyRecord) -> bool:
        return key.journal == self._known.journal

    def _outstation(self, unit: UnitRecord) -> Outstation | None:
        states = self._known.states(self.network, unit)
        accepted = [
            key.radio_key()
            for key, state in zip(unit.keys, states, strict=True)
            if self._is_bound(key) and state in (KeyState.IN_USE, KeyState.NEXT)
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


def _mapped(file: KeyFile, how: Callable[[UnitRecord, KeyRecord], KeyRecord]) -> KeyFile:
    return replace(
        file, units=tuple(replace(unit, keys=tuple(how(unit, key) for key in unit.keys)) for unit in file.units)
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
