"""Enrolling units: which keys they have, how these stand, and how they are changed. Files in, files out.

A key is *in use* when it is the newest one of the unit that anything was taken under (or the oldest, while nothing
was); those after it are *next*, those before it *retired*. A key that another journal knows the counters of, or whose
id this journal knows from an earlier key, is *locked*.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from enum import StrEnum

from msgspec.structs import replace

from protocols.datagram import Suite
from protocols.radio.book import window_name
from receiver.radio.keyfile import KeyFile, KeyFileError, KeyRecord, UnitRecord, last_id

KEYS_MAX = 3
"""Keys of one unit that are kept: the one in use, its successor, and the last one, for people to see."""
LAST_KEY_ID = 255
STATION_MAX = 0xFFFFFFFF
ACCOUNT = re.compile(r"[0-9A-Z]{1,16}")

IsUsed = Callable[[str], bool]
"""Whether the journal has a window of that name: anything was taken under the key."""


class KeyState(StrEnum):
    """How a key stands."""

    IN_USE = "in use"
    NEXT = "next"
    RETIRED = "retired"
    LOCKED = "locked"


class Known:
    """A journal, as far as keys are concerned."""

    def __init__(self, journal: str, is_used: IsUsed) -> None:
        self.journal = journal
        """Its identity."""
        self.is_used = is_used

    def is_ours(self, network: int, station: int, key: KeyRecord) -> bool:
        """Whether it knows the key's counters; of a key that no station has read, whether it can."""
        if key.journal:
            return key.journal == self.journal
        return not self.is_used(window_name(network, station, key.id))

    def states(self, network: int, unit: UnitRecord) -> tuple[KeyState, ...]:
        """How each key of a unit stands."""
        ours = [at for at, key in enumerate(unit.keys) if self.is_ours(network, unit.station, key)]
        used = [at for at in ours if self.is_used(window_name(network, unit.station, unit.keys[at].id))]
        current = used[-1] if used else ours[0] if ours else -1
        found = [KeyState.LOCKED] * len(unit.keys)
        for at in ours:
            found[at] = KeyState.IN_USE if at == current else KeyState.NEXT if at > current else KeyState.RETIRED
        return tuple(found)


def new_key(network: int, unit: UnitRecord, suite: Suite, bits: int, made_at: str, known: Known | None) -> KeyRecord:
    """A key out of the system's random numbers, under an id that the unit never had. Raises KeyFileError."""
    if bits // 8 not in suite.sizes:
        allowed = " or ".join(str(size * 8) for size in suite.sizes)
        raise KeyFileError(f"a key for {suite} has {allowed} bits, not {bits}")
    for key_id in range(last_id(unit) + 1, LAST_KEY_ID + 1):
        if known is None or not known.is_used(window_name(network, unit.station, key_id)):
            return KeyRecord(id=key_id, suite=suite, key=secrets.token_hex(bits // 8), made_at=made_at)
    raise KeyFileError(
        f"station {unit.station} has had all {LAST_KEY_ID} key ids; remove it and enrol it anew under another number"
    )


def enrolled(file: KeyFile, unit: UnitRecord, suite: Suite, bits: int, made_at: str, known: Known | None) -> KeyFile:
    """With a new unit (a record without keys) and its first key. Raises KeyFileError."""
    if not ACCOUNT.fullmatch(unit.account):
        raise KeyFileError(f"{unit.account[:40]!r} is not an account's number: 1 to 16 letters and digits are allowed")
    if not 0 <= unit.station <= STATION_MAX:
        raise KeyFileError(f"station {unit.station}: 0 to {STATION_MAX} are allowed")
    there = file.unit(unit.account)
    if there is not None:
        raise KeyFileError(
            f"account {unit.account} has a unit already, station {there.station}; give it a new key with "
            f"ptsn radio key roll {unit.account}, or remove it first"
        )
    taken = next((other for other in file.units if other.station == unit.station), None)
    if taken is not None:
        raise KeyFileError(f"station {unit.station} is the unit of account {taken.account}; choose another number")
    gone = next((one for one in file.removed if one.station == unit.station), None)
    unit = replace(unit, last_id=gone.last_id if gone else 0)
    return file.with_unit(_with_key(unit, new_key(file.network, unit, suite, bits, made_at, known)))


def free_station(file: KeyFile) -> int:
    """A number that no unit of the file has or had."""
    numbers = [unit.station for unit in file.units] + [gone.station for gone in file.removed]
    return max(numbers, default=0) + 1


def rolled(
    file: KeyFile, account: str, suite: Suite | None, bits: int | None, made_at: str, known: Known | None, instead: bool
) -> KeyFile:
    """With one more key for a unit; with ``instead`` in place of a successor that was not used yet.

    Without suite or bits the key is like the last one. Raises KeyFileError.
    """
    unit = find(file, account)
    waiting = _waiting(file, unit, known)
    if waiting and not instead:
        ids = ", ".join(str(key.id) for key in waiting)
        sure = "" if known else "perhaps "
        raise KeyFileError(
            f"account {account} {sure}has a successor that was not used yet (key {ids}): type that one into the unit; "
            "or, where it was lost, have another one made in its place with --replace"
            + ("" if known else "; whether it was used stands in the journal: name the station with -c")
        )
    unit = replace(unit, last_id=last_id(unit), keys=tuple(key for key in unit.keys if key not in waiting))
    suite = suite or (unit.keys[-1].suite if unit.keys else Suite.AES_CCM_8)
    if bits is None:
        like = unit.keys[-1] if unit.keys and unit.keys[-1].suite is suite else None
        bits = len(like.key) * 4 if like else suite.sizes[0] * 8
    return file.with_unit(_with_key(unit, new_key(file.network, unit, suite, bits, made_at, known)))


def removed(file: KeyFile, account: str) -> KeyFile:
    """Without the unit of an account. Raises KeyFileError."""
    return file.without(find(file, account))


def find(file: KeyFile, account: str) -> UnitRecord:
    """The unit of an account. Raises KeyFileError."""
    unit = file.unit(account)
    if unit is None:
        raise KeyFileError(f"account {account} has no radio unit; ptsn radio key list shows who has")
    return unit


def _waiting(file: KeyFile, unit: UnitRecord, known: Known | None) -> Sequence[KeyRecord]:
    if known is None:
        return unit.keys[1:][-1:]
    states = known.states(file.network, unit)
    return [key for key, state in zip(unit.keys, states, strict=True) if state is KeyState.NEXT]


def _with_key(unit: UnitRecord, key: KeyRecord) -> UnitRecord:
    return replace(unit, last_id=key.id, keys=(*unit.keys, key)[-KEYS_MAX:])
