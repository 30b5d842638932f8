"""What is typed into a filter, understood: words to look for, fields, moments. Pure; the moment of asking is passed in.

::

    understand(Asked(words="fire", since="3h"), now).since
    understand(Asked(words="7007 с 22:00"), now).since      # a time among the words
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from protocols.catalogue.seek import fold, words
from tui.state.search import Query
from tui.state.when import WrongMoment, looks_like_moment, moment

URGENT = 2
"""Priorities from 1 to this are urgent."""
WORDS_MOST = 12
"""Words that the station takes in one question."""
_AFTER = frozenset(("с", "со", "от", "после", "since", "from", "after"))
_BEFORE = frozenset(("до", "until", "till", "before"))
_KAZAKH = re.compile(r"(?P<when>.*?)-?(?:(?P<after>[дтн][еа]н)|(?:[гғкқ][еа]))")
"""``22:00-ден``: since; ``22:00-ге дейін``: until."""
_KAZAKH_AFTER, _KAZAKH_BEFORE = "бері", "дейін"


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
    """``signal``, ``unread``, ``station``, ``security``, ``action``, ``amendment``."""
    adapter: str = ""
    since: str = ""
    """As ``tui.state.when`` reads it; the same for ``until``."""
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
        if looks_like_moment(typed, sure=bool(end)):
            return first + length - at, end or "since", typed
        if not end and (match := _KAZAKH.fullmatch(typed)) and looks_like_moment(match["when"], sure=False):
            following = parts[first + length].casefold() if first + length < len(parts) else ""
            if match["after"]:
                return length + (following == _KAZAKH_AFTER), "since", match["when"]
            if following == _KAZAKH_BEFORE:
                return length + 1, "until", match["when"]
    return 0, "", ""


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
        return moment(typed, now, end=end)
    except WrongMoment as error:
        raise WrongFilter(wrong, typed.strip()) from error


def matches(typed: str, texts: Iterable[str]) -> bool:
    """Whether every word stands somewhere in the texts, folded (``seek.fold``); no words match everything."""
    wanted = fold(typed).split()
    if not wanted:
        return True
    there = "\n".join([text.lower() if text.isascii() else _folded(text) for text in texts])
    return all(word in there for word in wanted)


# The names of sites, over and over: folding takes 15 us, and there may be 100,000 paths.
_folded = lru_cache(50_000)(fold)
