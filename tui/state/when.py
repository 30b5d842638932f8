"""Moments as people type them. Pure; the moment of asking is passed in.

::

    moment("02:00", now)              # the last two o'clock
    moment("22.11 02:00", now)        # of this year, or of the last one where that is still to come
    moment("3h", now)                 # three hours ago; also 3ч, 3 сағ, 45 min, 2 сут
    moment("вчера 22:00", now)        # also yesterday, кеше, and today
    moment("2026-11-22T02:00Z", now)  # as the station writes it, in any of the forms of ISO 8601
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from protocols.catalogue.search_words import days_back

_UNITS = {
    "s": 1,
    "sec": 1,
    "с": 1,
    "сек": 1,
    "m": 60,
    "min": 60,
    "м": 60,
    "мин": 60,
    "h": 3600,
    "ч": 3600,
    "час": 3600,
    "сағ": 3600,
    "d": 86_400,
    "д": 86_400,
    "дн": 86_400,
    "сут": 86_400,
    "күн": 86_400,
    "тәул": 86_400,
    "w": 604_800,
    "нед": 604_800,
    "апта": 604_800,
}
"""Seconds of each unit, as it is written in one of the three languages; a full stop may follow."""
_AGO = re.compile(r"(?:\d{1,6}\s*[^\W\d_]+\.?\s*)+")
_PART = re.compile(r"(\d{1,6})\s*([^\W\d_]+)\.?\s*")
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_TIME = re.compile(_CLOCK)
_DAY = re.compile(rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})(?:\.(?P<year>\d{{4}})|\.)?(?:\s+{_CLOCK})?")
_DATE = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})(?:[\sT]+{_CLOCK})?")
_DAY_WORD = re.compile(rf"(?P<word>[^\W\d_]+)(?:\s+{_CLOCK})?")


class WrongMoment(ValueError):
    """What was typed is no moment; the text that was typed."""


def moment(typed: str, now: datetime, *, end: bool = False) -> datetime:
    """The moment that a person means, in UTC: the newest one that fits and is not to come.

    ``now`` is aware, in the time zone that is meant. A day without a time is its beginning, with ``end`` its end.
    Raises WrongMoment.
    """
    try:
        return _moment(" ".join(typed.split()).lower(), now, end=end).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise WrongMoment(typed) from error


def looks_like_moment(typed: str, *, sure: bool) -> bool:
    """Whether words are written like a moment; a number with a full stop (``22.11``) only where that is ``sure``."""
    text = typed.casefold()
    if _TIME.fullmatch(text) or _DATE.fullmatch(text.upper()):
        return True
    if match := _DAY_WORD.fullmatch(text):
        return days_back(match["word"]) is not None
    day = _DAY.fullmatch(text)
    return day is not None and (sure or bool(day["hour"] or day["year"]))


def _moment(text: str, now: datetime, *, end: bool) -> datetime:
    """Raises ValueError and OverflowError."""
    if _AGO.fullmatch(text):
        # In UTC: where clocks were changed since, the hours on the wall are others.
        return now.astimezone(UTC) - timedelta(seconds=_seconds(text))
    if match := _TIME.fullmatch(text):
        at = _at(now.date(), match, now, end=end)
        return at if at <= now else _at(now.date() - timedelta(days=1), match, now, end=end)
    if (match := _DAY_WORD.fullmatch(text)) and (back := days_back(match["word"])) is not None:
        return _at(now.date() - timedelta(days=back), match, now, end=end)
    match = _DATE.fullmatch(text.upper()) or _DAY.fullmatch(text)
    if match is None:
        stamp = datetime.fromisoformat(text.upper())
        return stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=now.tzinfo)
    if match["year"]:
        return _at(_day(int(match["year"]), match), match, now, end=end)
    # The 29th of February is of the last leap year.
    for year in range(now.year, now.year - 8, -1):
        try:
            day = _day(year, match)
        except ValueError:
            continue
        if _at(day, match, now) <= now:
            return _at(day, match, now, end=end)
    raise ValueError


def _seconds(text: str) -> int:
    seconds = 0
    for count, unit in _PART.findall(text):
        if unit not in _UNITS:
            raise ValueError
        seconds += int(count) * _UNITS[unit]
    return seconds


def _day(year: int, match: re.Match[str]) -> date:
    return date(year, int(match["month"]), int(match["day"]))


def _at(day: date, match: re.Match[str], now: datetime, *, end: bool = False) -> datetime:
    if match["hour"] is None:
        return datetime.combine(day + timedelta(days=1) if end else day, time(), now.tzinfo)
    clock = time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
    return datetime.combine(day, clock, now.tzinfo)
