"""How well each unit is received: means of level and quality for every path, and a word before a path is lost.

The level is what the modem measures. The *quality* is what is left of the error correction, where there is one: 1 when
nothing was wrong with the frames, 0 when not one more wrong byte could have been put right. Each new frame counts for a
fifth of its mean, the first ones alike. A mean that is too low is told once, and its end when it is clearly above that
again. Only what is authentic, new and on disk counts: a recording says nothing about the unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from protocols.ends import Source
from protocols.model import Air, Arrival
from receiver.accounts import Account, key_for
from receiver.chronicle import Chronicle
from receiver.desk import Alarm
from receiver.radio.bounds import Bounds
from receiver.supervision import PathRow
from receiver.supervision.records import Key

LEVEL_LOW, LEVEL_RESTORED = "radio.level.low", "radio.level.restored"
SHARE = 0.2
"""What the newest frame counts for in a mean."""
LEAST = 4
"""Frames that a mean is made of before it is judged."""
QUALITY_STEP = 0.15
"""By so much a quality must be above its bound until it is well again."""


class Mean(Struct):
    """An exponential mean that begins as the plain one."""

    value: float = 0.0
    count: int = 0

    def take(self, value: float) -> None:
        """One more."""
        self.count += 1
        self.value += (value - self.value) * max(SHARE, 1 / self.count)

    @property
    def known(self) -> float | None:
        """None before the first."""
        return self.value if self.count else None


class Received(Struct, omit_defaults=True):
    """One path: what is known of its radio, and kept over a restart."""

    key: Key
    level: Mean = msgspec.field(default_factory=Mean)
    """dBm."""
    quality: Mean = msgspec.field(default_factory=Mean)
    """0 to 1."""
    hops: int = 0
    """Digipeaters of the newest frame."""
    heard_level: float | None = None
    """How strongly the unit hears us by its own word, dBm."""
    supply: float | None = None
    """Its supply by its own word, V."""
    low_battery: bool = False
    low: bool = False
    """It was told to be low."""

    def take(self, air: Air) -> None:
        """One more frame."""
        if air.level is not None:
            self.level.take(air.level)
        if air.corrected is not None and air.correctable > 0:
            self.quality.take(max(0.0, 1 - air.corrected / air.correctable))
        self.hops = air.hops
        self.heard_level = air.heard_level if air.heard_level is not None else self.heard_level
        self.supply = air.volts if air.volts is not None else self.supply
        self.low_battery = air.low_battery

    def stands(self, bounds: Bounds) -> bool | None:
        """Whether it is low; None while it is neither low nor well again, or nothing can be said."""
        found: list[bool | None] = []
        for mean, bound, step in (
            (self.level, bounds.low_dbm, bounds.hysteresis_db),
            # Somebody may set the bound so high that nothing is clearly above it.
            (self.quality, bounds.low_quality or None, min(QUALITY_STEP, (1 - bounds.low_quality) / 2)),
        ):
            if bound is not None and mean.count >= LEAST:
                found.append(True if mean.value < bound else None if mean.value < bound + step else False)
        if True in found:
            return True
        return None if None in found or not found else False

    def details(self, bounds: Bounds) -> dict[str, list[str]]:
        """For the journal: the means, and the bounds that they are held against."""
        told: dict[str, list[str]] = {}
        if self.level.count:
            told["level_dbm"] = [f"{self.level.value:.1f}"]
            if bounds.low_dbm is not None:
                told["low_dbm"] = [f"{bounds.low_dbm:g}"]
        if self.quality.count and bounds.low_quality:
            told["quality_percent"] = [f"{100 * self.quality.value:.1f}"]
            told["low_quality_percent"] = [f"{100 * bounds.low_quality:g}"]
        return told


_decode = msgspec.json.Decoder(list[Received]).decode


class Levels:
    """Of all radio paths. For the reactor's thread."""

    def __init__(
        self,
        bounds: Mapping[str, Bounds] = MappingProxyType({}),
        chronicle: Chronicle | None = None,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        """``bounds`` by the name of the adapter; ``told`` is called when :meth:`saved` ought to be kept soon."""
        self._bounds = bounds
        self._chronicle = chronicle
        self._told = told
        self._paths: dict[Key, Received] = {}

    def heard(self, arrival: Arrival, header: Account | None, source: Source) -> None:
        """A message that is new and on disk."""
        if arrival.air is None or not arrival.account:
            return
        name = key_for(arrival.receiver, arrival.prefix, arrival.account) if header is None else header.account_key
        key = (name, source.adapter, source.protocol, arrival.path)
        path = self._paths.get(key)
        if path is None:
            path = self._paths[key] = Received(key)
        path.take(arrival.air)
        bounds = self._bounds.get(source.adapter)
        if bounds is None or self._chronicle is None:
            return
        low = path.stands(bounds)
        if low is None or low == path.low:
            return
        path.low = low
        # The event first: were the mark alone on disk, nobody would ever be told.
        self._chronicle.event(
            LEVEL_LOW if low else LEVEL_RESTORED,
            priority=2 if low else 0,
            adapter=source.adapter,
            protocol=source.protocol,
            peer=source.peer,
            path=arrival.path,
            account=arrival.account if header is None else header.account,
            account_key=name,
            details=path.details(bounds),
        )
        self._told()

    def saved(self) -> str:
        """What :meth:`restore` wants."""
        return msgspec.json.encode(list(self._paths.values())).decode()

    def restore(self, saved: str, alarms: Iterable[Alarm]) -> None:
        """Take up what an earlier run knew. Raises msgspec.MsgspecError when it cannot be read.

        What lasts in the open ``alarms`` was told, whatever was saved: between the two the power may have failed.
        """
        told = {
            (alarm.account_key, *condition.partition.rpartition("/")[::2], condition.number)
            for alarm in alarms
            for condition in alarm.conditions
            if condition.code == LEVEL_LOW and not condition.scheme and condition.restored_at is None
        }
        for key in told:
            self._paths.setdefault(key, Received(key)).low = True
        for path in _decode(saved.encode()) if saved else ():
            if all(math.isfinite(mean.value) for mean in (path.level, path.quality)):
                path.low = path.low or path.key in told
                self._paths[path.key] = path

    def shown(self, row: PathRow) -> PathRow:
        """A row of supervision with what is known of its radio."""
        path = self._paths.get((row.account_key, row.adapter, row.protocol, row.path))
        if path is None:
            return row
        level, quality = path.level.known, path.quality.known
        return replace(
            row,
            level=None if level is None else round(level, 1),
            quality=None if quality is None else round(quality, 3),
            low=path.low,
            hops=path.hops,
            heard_level=path.heard_level,
            supply=path.supply,
            low_battery=path.low_battery,
        )
