"""Time stamps: ``_HH:MM:SS,MM-DD-YYYY`` in GMT, the time at which a frame is sent (DC-09 5.4.6)."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from protocols import local_time
from protocols.dc09.grammar import OCCURRED

_EPOCH = date(1970, 1, 1).toordinal()
FIRST_YEAR = 1970
LAST_YEAR = 9998
"""Years that every reader of the journal can represent, in any time zone."""

EARLIEST_S = -40.0
LATEST_S = 20.0
"""Message time minus receiver time of an encrypted frame, both limits included (DC-09 5.5.1.9)."""
SKEW_S = 60.0
"""From here on the clock of a plain frame is worth a finding."""
LOCAL_S = 300.0
"""A stamp further off than this, and nearer than this when read as local time, is local time."""


@lru_cache(maxsize=4096)
def read(stamp: bytes) -> float | None:
    """Seconds since the epoch of a stamp that has the right form; None when there is no such date or time."""
    return _seconds(
        int(stamp[16:20]), int(stamp[10:12]), int(stamp[13:15]), int(stamp[1:3]), int(stamp[4:6]), int(stamp[7:9])
    )


def _seconds(year: int, month: int, day: int, hour: int, minute: int, second: int) -> float | None:
    if hour > 23 or minute > 59 or second > 59 or not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None
    return float(days * 86400 + hour * 3600 + minute * 60 + second)


def as_local(seconds: float, time_zone: str) -> float | None:
    """The same clock reading taken as local time of ``time_zone``; None when the zone is unknown.

    ``seconds`` is the reading taken as GMT, in seconds since the epoch.
    """
    zone = local_time.zone_of(time_zone)
    if zone is None:
        return None
    wall = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=zone)
    return wall.timestamp()


def is_timely(sent_at: float | None, wall: float) -> bool:
    """Whether the stamp of an encrypted frame is inside the window, in whole seconds as stamps are."""
    return sent_at is not None and EARLIEST_S <= sent_at - math.floor(wall) <= LATEST_S


@lru_cache(maxsize=64)
def _format(second: int) -> bytes:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    return b"_%02d:%02d:%02d,%02d-%02d-%04d" % (
        moment.hour,
        moment.minute,
        moment.second,
        moment.month,
        moment.day,
        moment.year,
    )


def write(wall: float) -> bytes:
    """The stamp of a wall time, 20 bytes with the underscore. Fractions of a second are cut off."""
    return _format(math.floor(wall))


def read_occurred(text: str, reference: float | None) -> float | None:
    """Seconds since the epoch of the value of ``[H...]``, or None when it cannot be read.

    Without a date it is the latest such time that is not after ``reference`` (plus a minute of clock error).
    """
    match = OCCURRED.fullmatch(text)
    if match is None:
        return None
    hour, minute, second, month, day, year = match.groups()
    if year is not None:
        return _seconds(int(year), int(month), int(day), int(hour), int(minute), int(second))
    if reference is None or int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    of_day = int(hour) * 3600 + int(minute) * 60 + int(second)
    occurred = math.floor(reference / 86400) * 86400.0 + of_day
    return occurred if occurred <= reference + SKEW_S else occurred - 86400.0
