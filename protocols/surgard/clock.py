"""The clock that a receiver may put behind its lines: local time of its own, ``HH:MM:SS-dd/mm``, without a year."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from protocols import local_time

_form = re.compile(r" ?(\d{2}):(\d{2}):(\d{2})-(\d{2})/(\d{2})", re.ASCII).fullmatch


def read(text: str, time_zone: str, reference: float) -> float | None:
    """The instant, in seconds since the epoch, of the year that brings it nearest to ``reference``.

    A time that a change of the clocks makes come twice is the one nearer to it. None for what is no date or time.
    """
    match = _form(text)
    if match is None:
        return None
    hour, minute, second, day, month = (int(part) for part in match.groups())
    zone = local_time.zone_of(time_zone) or UTC
    instants = []
    for year in _years(zone, reference):
        try:
            moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
            instants += [moment.replace(fold=fold).timestamp() for fold in (0, 1)]
        except (ValueError, OverflowError, OSError):  # 31 February, hour 25, the edge of the calendar
            continue
    return min(instants, key=lambda instant: abs(instant - reference), default=None)


def _years(zone: tzinfo, reference: float) -> range:
    try:
        year = datetime.fromtimestamp(reference, zone).year
    except (ValueError, OverflowError, OSError):
        return range(0)
    return range(year - 1, year + 2)


def write(time_zone: str, now_wall: float) -> str:
    """The clock as a receiver writes it. An unknown zone is UTC."""
    return datetime.fromtimestamp(now_wall, local_time.zone_of(time_zone) or UTC).strftime("%H:%M:%S-%d/%m")
