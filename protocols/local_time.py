"""Dates and times as panels write them: local, short, and often without a date.

Nothing here raises on what a peer sent; what makes no sense is None.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

TOLERANCE_S = 60.0
"""A panel's clock may be this far ahead before its time is taken for yesterday's."""
HALF_A_DAY_S = 43_200.0
"""The same where nothing tells how far the clock is off, and what is told happened just now: the nearest such time."""

_time = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII).fullmatch
_date = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{2})", re.ASCII).fullmatch


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo | None:
    """The time zone of an IANA name, None when this machine does not know it."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path that climbs out; a folder of the database
        return None


def occurred(clock: str, day: str | None, zone: tzinfo, reference: float, ahead_s: float = TOLERANCE_S) -> float | None:
    """The instant of a panel's local ``HH:MM[:SS]`` and ``MM-DD-YY``, in seconds since the epoch.

    Without a date it is the latest such time up to ``ahead_s`` after ``reference``. A date of month 00 names a
    day of the week (1 is Sunday), and means the latest one. A time that a change of the clocks makes come
    twice is its later instant where that fits, else the earlier. None when it is no date or time.
    """
    try:
        moment = _time_of(clock)
        if moment is None:
            return None
        latest = reference + ahead_s
        today = datetime.fromtimestamp(latest, zone).date()
        if day is None:
            days = [today, today - timedelta(days=1)]
        else:
            found = _days_of(day, today)
            if found is None:
                return None
            days = found
        instant = None
        for one in days:
            for fold in (1, 0):
                instant = datetime.combine(one, moment.replace(fold=fold), zone).timestamp()
                if instant <= latest:
                    return instant
        return instant
    except (ValueError, OverflowError, OSError):  # 31 February, hour 25, the edge of the calendar
        return None


def _time_of(text: str) -> time | None:
    match = _time(text)
    return time(int(match[1]), int(match[2]), int(match[3] or 0)) if match is not None else None


def _days_of(text: str, today: date) -> list[date] | None:
    """The days that a date can mean, latest first."""
    match = _date(text)
    if match is None:
        return None
    month, day, year = (int(part) for part in match.groups())
    if month:
        return [date(2000 + year, month, day)]
    if not 1 <= day <= 7:
        return None
    # date.weekday() counts from Monday as 0, the panel from Sunday as 1.
    back = (today.weekday() - (day - 2)) % 7
    return [today - timedelta(days=back), today - timedelta(days=back + 7)]
