"""What is typed into a filter, understood: moments, fields, words to look for. Pure; the moment of asking is passed in.

::

    moment("02:00", now)              # the last two o'clock
    moment("22.11 02:00", now)        # of this year, or of the last one where that is still to come
    moment("3h", now)                 # three hours ago; also 3ч, 3 сағ, 45 min, 2 сут
    moment("вчера 22:00", now)        # also yesterday, кеше, and today
    understand(Asked(words="fire", since="3h"), now).since
    understand(Asked(words="7007 с 22:00"), now).since      # a time among the words
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from protocols.catalogue.search_words import days_back
from protocols.catalogue.seek import fold, words
from tui.state.search import Query

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
URGENT = 2
"""Priorities from 1 to this are urgent."""
WORDS_MOST = 12
"""Words that the station takes in one question."""
_AGO = re.compile(r"(?:\d{1,5}\s*[^\W\d_]+\.?\s*)+")
_PART = re.compile(r"(\d{1,5})\s*([^\W\d_]+)\.?\s*")
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_TIME = re.compile(_CLOCK)
_DAY = re.compile(rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})(?:\.(?P<year>\d{{4}})|\.)?(?:\s+{_CLOCK})?")
_DATE = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})(?:[\sT]+{_CLOCK})?")
_DAY_WORD = re.compile(rf"(?P<word>[^\W\d_]+)(?:\s+{_CLOCK})?")
_AFTER = frozenset(("с", "со", "от", "после", "since", "from", "after"))
_BEFORE = frozenset(("до", "until", "till", "before"))
_KAZAKH = re.compile(r"(?P<when>.*?)-?(?:(?P<after>[дтн][еа]н)|(?:[гғкқ][еа]))")
"""``22:00-ден``: since; ``22:00-ге дейін``: until."""
_KAZAKH_AFTER, _KAZAKH_BEFORE = "бері", "дейін"


class WrongMoment(ValueError):
    """What was typed is no moment; the text that was typed."""


class WrongFilter(ValueError):
    """A field of a filter cannot be used. ``id`` of the words in the domain ``views``, and what was typed."""

    def __init__(self, id_: str, typed: str) -> None:
        super().__init__(f"{id_}: {typed}")
        self.id = id_
        self.typed = typed


class Asked(Struct, frozen=True):
    """A filter of the journal as it was typed and chosen; everything empty: no filter."""

    words: str = ""
    category: str = ""
    """A category of the catalogue, such as ``fire``."""
    kind: str = ""
    """``signal``, ``unread``, ``station``, ``security``, ``action``."""
    adapter: str = ""
    since: str = ""
    """As ``moment`` reads it; the same for ``until``."""
    until: str = ""
    urgent: bool = False
    """Only priorities 1 and 2."""

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.words.strip() or self.since.strip() or self.until.strip()) and not (
            self.category or self.kind or self.adapter.strip() or self.urgent
        )


class Wanted(Struct, frozen=True):
    """The same, understood. Moments are aware and in UTC; None where the filter leaves that end open."""

    words: str = ""
    category: str = ""
    kind: str = ""
    adapter: str = ""
    since: datetime | None = None
    until: datetime | None = None
    urgent: bool = False


def understand(asked: Asked, now: datetime) -> Wanted:
    """What a filter asks for; ``now`` is aware, in the time zone that moments are typed in.

    A time among the words is the beginning, or behind *until* the end. Raises WrongFilter, with the id of its words,
    for an end that is said twice, for words without a letter or digit, for too many of them, for a
    moment that is none, and for an end before the beginning.
    """
    asked = _times_apart(asked)
    given = words(asked.words)
    if asked.words.strip() and not given:
        raise WrongFilter("filter.wrong-words", asked.words.strip())
    if len(given) > WORDS_MOST:
        raise WrongFilter("filter.too-many-words", str(WORDS_MOST))
    since = _end(asked.since, now, "filter.wrong-since")
    until = _end(asked.until, now, "filter.wrong-until", end=True)
    if since and until and since >= until:
        raise WrongFilter("filter.wrong-order", asked.until.strip())
    return Wanted(
        words=" ".join(asked.words.split()),
        category=asked.category,
        kind=asked.kind,
        adapter=asked.adapter.strip(),
        since=since,
        until=until,
        urgent=asked.urgent,
    )


def _times_apart(asked: Asked) -> Asked:
    """The times among the words, in their fields. Raises WrongFilter where it is not clear which end one is."""
    parts = asked.words.split()
    said: list[str] = []
    found = {"since": asked.since, "until": asked.until}
    at = 0
    while at < len(parts):
        length, end, typed = _time_at(parts, at)
        if not length:
            said.append(parts[at])
            at += 1
            continue
        if found[end].strip():
            raise WrongFilter("filter.time-twice", typed)
        found[end] = typed
        at += length
    return replace(asked, words=" ".join(said), since=found["since"], until=found["until"])


def _time_at(parts: Sequence[str], at: int) -> tuple[int, str, str]:
    """How many words from a place on say a time, which end it is, and the time; 0 where none is said."""
    word = parts[at].casefold()
    end = "since" if word in _AFTER else "until" if word in _BEFORE else ""
    first = at + 1 if end else at
    # A day and a clock, or one of them.
    for length in (2, 1):
        if first + length > len(parts):
            continue
        typed = " ".join(parts[first : first + length])
        if _is_time(typed, sure=bool(end)):
            return first + length - at, end or "since", typed
        if not end and (match := _KAZAKH.fullmatch(typed)) and _is_time(match["when"], sure=False):
            following = parts[first + length].casefold() if first + length < len(parts) else ""
            if match["after"]:
                return length + (following == _KAZAKH_AFTER), "since", match["when"]
            if following == _KAZAKH_BEFORE:
                return length + 1, "until", match["when"]
    return 0, "", ""


def _is_time(typed: str, *, sure: bool) -> bool:
    """Whether words are written like a time; a number with a full stop (``22.11``) only where that is ``sure``."""
    text = typed.casefold()
    if _TIME.fullmatch(text) or _DATE.fullmatch(text.upper()):
        return True
    if match := _DAY_WORD.fullmatch(text):
        return days_back(match["word"]) is not None
    day = _DAY.fullmatch(text)
    return day is not None and (sure or bool(day["hour"] or day["year"]))


def query_of(wanted: Wanted, *, hidden: bool, limit: int) -> Query:
    """The question for the station; ``hidden``: tests and repeats, too."""
    return Query(
        q=wanted.words,
        category=wanted.category,
        kinds=(wanted.kind,) if wanted.kind else (),
        adapter=wanted.adapter,
        from_=_stamp(wanted.since),
        to=_stamp(wanted.until),
        priority=URGENT if wanted.urgent else None,
        hidden=hidden,
        limit=limit,
    )


def _stamp(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _end(typed: str, now: datetime, wrong: str, *, end: bool = False) -> datetime | None:
    if not typed.strip():
        return None
    try:
        return moment(typed, now, end=end).astimezone(UTC)
    except (WrongMoment, OverflowError) as error:
        raise WrongFilter(wrong, typed.strip()) from error


def moment(typed: str, now: datetime, *, end: bool = False) -> datetime:
    """The moment that a person means: the newest one that fits and is not to come, in the time zone of ``now``.

    A day without a time is its beginning, with ``end`` its end. Raises WrongMoment.
    """
    text = " ".join(typed.split()).lower()
    if _AGO.fullmatch(text):
        return now - timedelta(seconds=_seconds(text, typed))
    if match := _TIME.fullmatch(text):
        at = _at(now.date(), match, now, typed, end=end)
        return at if at <= now else _at(now.date() - timedelta(days=1), match, now, typed, end=end)
    if (match := _DAY_WORD.fullmatch(text)) and (back := days_back(match["word"])) is not None:
        return _at(now.date() - timedelta(days=back), match, now, typed, end=end)
    match = _DATE.fullmatch(text.upper()) or _DAY.fullmatch(text)
    if match is None:
        raise WrongMoment(typed)
    if match["year"]:
        return _at(_day(int(match["year"]), match, typed), match, now, typed, end=end)
    # The 29th of February is of the last leap year.
    for year in range(now.year, now.year - 8, -1):
        try:
            day = _day(year, match, typed)
        except WrongMoment:
            continue
        if _at(day, match, now, typed) <= now:
            return _at(day, match, now, typed, end=end)
    raise WrongMoment(typed)


def _seconds(text: str, typed: str) -> int:
    seconds = 0
    for count, unit in _PART.findall(text):
        if unit not in _UNITS:
            raise WrongMoment(typed)
        seconds += int(count) * _UNITS[unit]
    return seconds


def _day(year: int, match: re.Match[str], typed: str) -> date:
    try:
        return date(year, int(match["month"]), int(match["day"]))
    except ValueError as error:
        raise WrongMoment(typed) from error


def _at(day: date, match: re.Match[str], now: datetime, typed: str, *, end: bool = False) -> datetime:
    if match["hour"] is None:
        return datetime.combine(day + timedelta(days=1) if end else day, time(), now.tzinfo)
    try:
        clock = time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
    except ValueError as error:
        raise WrongMoment(typed) from error
    return datetime.combine(day, clock, now.tzinfo)


def matches(typed: str, texts: Iterable[str]) -> bool:
    """Whether every word stands somewhere in the texts, folded (``seek.fold``); no words match everything."""
    wanted = fold(typed).split()
    if not wanted:
        return True
    there = "\n".join([text.lower() if text.isascii() else _folded(text) for text in texts])
    return all(word in there for word in wanted)


# The names of sites, over and over: folding takes 15 us, and there may be 100,000 paths.
_folded = lru_cache(50_000)(fold)
