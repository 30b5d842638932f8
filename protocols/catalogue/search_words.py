"""What people call things that no table calls so: ``взятие`` -> every arming, ``КТС`` -> panic, ``сработка`` -> alarms.

``search_words.csv`` has a row for each meaning and, for each language, the words and phrases for it, with semicolons
between. A single word is met without its ending, a phrase word by word as it stands. ``use`` says what for:

===========  ===========================================================================================
``event``    events: of the ``categories`` (with ``priority``: only the beginning of those up to it), and the
             ``codes`` (``R401``: as restore, ``401``: any, ``CL``, ``path.lost``)
``restore``  the same, and the end of everything that has one (qualifier ``restore``)
``subject``  what a number behind the word counts: ``zone 13``
``skip``     nothing, where there are other words
``day``      a day, in ``categories`` the number of days that it lies back
===========  ===========================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec import Struct

from protocols.catalogue import tables
from protocols.catalogue.events import CONTACT_ID, SIA, all_events
from protocols.catalogue.folding import fold, roots, words

FILE = "search_words.csv"
QUALIFIERS = ("new", "restore", "status")

Code = tuple[str, str, str]
"""Scheme (``""``: what happens to the station itself), code, qualifier (``""``: any)."""

_CODE = re.compile(r"(?P<as>[ERP])?(?P<code>[0-9A-F]{3})", re.ASCII)
_AS = {"E": "new", "R": "restore", "P": "status", None: ""}


class Meaning(Struct, frozen=True):
    """What a word can mean among events."""

    codes: frozenset[Code] = frozenset()
    categories: frozenset[str] = frozenset()


_NOTHING = Meaning()
_LEAST = 3
"""Letters of a word that may stand in another form than in the table."""


def codes_of(row: dict[str, str]) -> Iterator[Code]:
    """The codes that a row names, whether or not a table has them."""
    for shown in row["codes"].split():
        if match := _CODE.fullmatch(shown):
            yield CONTACT_ID, match["code"], _AS[match["as"]]
        elif "." in shown:
            yield "", shown, ""
        else:
            yield SIA, shown, ""


def phrases_of(row: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """The words and phrases of a row in every language, folded."""
    for language in tables.LANGUAGES:
        for text in filter(None, row[language].split(";")):
            yield tuple(words(text))


def _meant(row: dict[str, str]) -> Meaning:
    codes = set(codes_of(row))
    categories = frozenset(row["categories"].split())
    if row["use"] == "restore":
        codes |= {(CONTACT_ID, event.code, "restore") for event in all_events(CONTACT_ID) if _ends(event.category)}
    if not row["priority"]:
        return Meaning(frozenset(codes), categories)
    for scheme in (CONTACT_ID, SIA):
        codes |= {
            (scheme, event.code, "new")
            for event in all_events(scheme)
            if event.category in categories and event.priority <= int(row["priority"])
        }
    return Meaning(frozenset(codes))


def _ends(category: str) -> bool:
    # The restore of an opening is a closing, that of a test its end.
    return category not in ("open_close", "test", "access", "bypass", "disable", "cancel", "log", "program")


@cache
def _rows(use: str) -> list[dict[str, str]]:
    return [row for row in tables.rows(FILE) if row["use"] == use]


@cache
def _meanings() -> tuple[dict[tuple[str, ...], Meaning], dict[str, Meaning]]:
    """By phrases as they stand, and by roots of single words."""
    phrases: dict[tuple[str, ...], Meaning] = {}
    by_root: dict[str, Meaning] = {}
    for row in [*_rows("event"), *_rows("restore")]:
        meant = _meant(row)
        for phrase in phrases_of(row):
            phrases[phrase] = _joined((phrases.get(phrase, _NOTHING), meant))
            if len(phrase) == 1:
                for root in roots(phrase[0]):
                    by_root[root] = _joined((by_root.get(root, _NOTHING), meant))
    return phrases, by_root


def _joined(meanings: Iterable[Meaning]) -> Meaning:
    each = list(meanings)
    return Meaning(
        frozenset().union(*(one.codes for one in each)), frozenset().union(*(one.categories for one in each))
    )


def meaning(phrase: tuple[str, ...]) -> Meaning:
    """What a word or a phrase of folded words means; nothing where it is not in the table."""
    phrases, by_root = _meanings()
    found = [phrases.get(phrase, _NOTHING)]
    if len(phrase) == 1 and len(phrase[0]) >= _LEAST:
        found += [by_root[root] for root in roots(phrase[0]) if root in by_root]
    return _joined(found)


@cache
def _longest() -> int:
    return max(map(len, _meanings()[0]))


def phrase_at(folded: Sequence[str], at: int) -> int:
    """How many of the words from a place on are a phrase of the table; 0 where none begins there."""
    for length in range(min(_longest(), len(folded) - at), 1, -1):
        if tuple(folded[at : at + length]) in _meanings()[0]:
            return length
    return 0


@cache
def _single(use: str) -> dict[str, str]:
    return {phrase[0]: row["meaning"] for row in _rows(use) for phrase in phrases_of(row)}


@cache
def _subject_roots() -> dict[str, str]:
    return {root: subject for word, subject in _single("subject").items() for root in roots(word)}


def subject(word: str) -> str:
    """What a number behind this folded word counts: ``zone``, ``user``, ``partition``, ``door``; ``""``: nothing."""
    return next((_subject_roots()[root] for root in sorted(roots(word)) if root in _subject_roots()), "")


def skipped(word: str) -> bool:
    """Whether a folded word says nothing by itself: *of*, *на*, *және*."""
    return word in _single("skip")


@cache
def _days() -> dict[str, int]:
    return {phrase[0]: int(row["categories"]) for row in _rows("day") for phrase in phrases_of(row)}


def days_back(word: str) -> int | None:
    """How many days ago a day is that is called so: *today* 0, *вчера* 1; None for any other word."""
    return _days().get(fold(word))


def preload() -> None:
    """Read everything now."""
    _meanings(), _longest(), _subject_roots(), _single("skip"), _days()
