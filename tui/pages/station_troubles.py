"""What is wrong with a station, and what to do about each: read from its status, worst first. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from tui.state.health import Connection
from tui.telling import listening

LEAST_FREE = 1_000_000_000
"""Bytes; with less free space it is time to act."""
LEAST_SHARE = 0.05
APART_S = 5.0
"""Clocks that differ by more call for somebody."""
JUMP_FOR = timedelta(days=1)
"""How long a jump of the clock is spoken of."""
QUEUE_LONG = 1_000
"""So many messages on their way to the disk are no longer usual."""


class Trouble(Struct, frozen=True):
    """One of them. ``trouble.<id>`` says what is wrong, ``remedy.<id>`` what to do (domain ``views``)."""

    id: str
    values: dict[str, object] = {}


class Seen(Struct, frozen=True):
    """What the console itself knows beside the status."""

    connection: Connection
    trouble: str = ""
    trouble_since: str | None = None
    stalled: bool = False
    now: datetime | None = None
    """The station's clock."""
    apart_s: float | None = None
    """Station's clock less this computer's; None where one is not known."""


def apart_s(station: datetime | None, here: datetime) -> float | None:
    """Seconds that the station's clock is ahead of this computer's."""
    return None if station is None else (station - here).total_seconds()


def number(status: Mapping[str, Any], name: str) -> float | None:
    """A number of the status, None where it has none."""
    value = status.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def part(status: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object of the status, empty where it has none."""
    value = status.get(name)
    return value if isinstance(value, Mapping) else {}


def endpoints(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Where the station listens."""
    value = status.get("endpoints")
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def channels(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Its radio channels."""
    value = status.get("radio")
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def address_of(endpoint: Mapping[str, Any]) -> str:
    """Where an adapter listens, or should."""
    return listening(str(endpoint.get("address") or endpoint.get("listen") or "–"))


def being_opened(endpoint: Mapping[str, Any]) -> bool:
    """Whether the station connects to it at this moment, and nothing is wrong with that yet."""
    return bool(endpoint.get("connects") and not endpoint.get("open") and not endpoint.get("trouble"))


def troubles(status: Mapping[str, Any], seen: Seen) -> Iterator[Trouble]:
    """All that is wrong."""
    if seen.connection is not Connection.UP:
        yield Trouble("no-connection")
    yield from _disk(status, seen)
    for one in endpoints(status):
        if not one.get("open", True) and not being_opened(one):
            values = {name: str(one.get(name) or "") for name in ("adapter", "protocol", "trouble")}
            id_ = "connection" if one.get("connects") else "endpoint"
            yield Trouble(id_, {**values, "address": address_of(one)})
    for one in channels(status):
        name = str(one.get("adapter") or "")
        if one.get("jammed"):
            yield Trouble("radio-jammed", {"adapter": name})
        if trouble := str(one.get("trouble") or ""):
            yield Trouble("radio-keys", {"adapter": name, "trouble": trouble})
    yield from _clock(status, seen)
    counters = part(status, "counters")
    for name in ("dropped", "not_stored"):
        if count := number(counters, name):
            yield Trouble(name.replace("_", "-"), {"count": int(count)})
    if (queued := number(status, "queued")) and queued >= QUEUE_LONG:
        yield Trouble("queue", {"count": int(queued)})
    if lost := number(part(status, "paths"), "lost"):
        yield Trouble("paths", {"count": int(lost)})


def _disk(status: Mapping[str, Any], seen: Seen) -> Iterator[Trouble]:
    disk = part(status, "disk")
    journal = str(status.get("journal") or "")
    if seen.trouble or disk:
        since = seen.trouble_since or disk.get("since")
        yield Trouble("disk", {"since": since, "error": seen.trouble or str(disk.get("error", "")), "journal": journal})
    elif seen.stalled or status.get("stalled"):
        yield Trouble("stalled", {"journal": journal})
    free, total = number(status, "disk_free_bytes"), number(status, "disk_total_bytes")
    if free is not None and (free < LEAST_FREE or (total and free < total * LEAST_SHARE)):
        yield Trouble("space", {"free": free, "journal": journal})


def _clock(status: Mapping[str, Any], seen: Seen) -> Iterator[Trouble]:
    if seen.apart_s is not None and abs(seen.apart_s) > APART_S:
        yield Trouble("clocks-apart", {"apart_s": seen.apart_s})
    clock = part(status, "clock")
    at, by = clock.get("last_jump_at"), number(clock, "last_jump_s")
    if not isinstance(at, str) or by is None or seen.now is None:
        return
    try:
        recent = seen.now - datetime.fromisoformat(at) < JUMP_FOR
    except (ValueError, TypeError, OverflowError):
        return
    if recent:
        yield Trouble("clock-jumped", {"at": at, "by_s": by})
