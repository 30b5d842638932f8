"""Times as people type them. Pure: the clock is the caller's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from protocols.catalogue.search_words import days_back

_AGO = re.compile(r"(\d{1,6})\s*(s|min|m|h|d)", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_DAY = re.compile(r"([^\W\d_]+)(?:\s+(\d{1,2}):(\d\d)(?::(\d\d))?)?")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


class WrongTimeError(ValueError):
    """What was typed is no time; the text that was typed."""


def parse_when(text: str, time_zone: str, now: datetime) -> datetime:
    """A moment in UTC out of ``2026-11-22 02:00``, ``02:00``, ``yesterday`` or ``3h`` as is meant in the time zone.

    A time without a day is the last time the clock showed it. ``now`` is aware.
    ``yesterday`` and ``today``, in each language, are that day's beginning, or a time of it (``вчера 22:00``).
    Raises WrongTimeError.
    """
    text = text.strip()
    zone = ZoneInfo(time_zone)
    ago = _AGO.fullmatch(text)
    try:
        if ago is not None:
            return (now - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2].lower()])).astimezone(UTC)
        clock = _CLOCK.fullmatch(text)
        if clock is not None:
            at = time(int(clock[1]), int(clock[2]), int(clock[3] or 0))
            today = now.astimezone(zone).date()
            moment = datetime.combine(today, at, zone)
            if moment > now:
                moment = datetime.combine(today - timedelta(days=1), at, zone)
            return moment.astimezone(UTC)
        day = _DAY.fullmatch(text)
        if day is not None and (back := days_back(day[1])) is not None:
            at = time(int(day[2] or 0), int(day[3] or 0), int(day[4] or 0))
            return datetime.combine(now.astimezone(zone).date() - timedelta(days=back), at, zone).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongTimeError(text) from None
