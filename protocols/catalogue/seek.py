"""From the words people type to the codes they mean: ``пожара`` -> every fire event, in any of the languages.

Everything is compared folded and without endings (:mod:`~protocols.catalogue.folding`). A word finds the names that
have a word beginning like it, and what :mod:`~protocols.catalogue.search_words` says it means besides.

Where a code is called differently when it begins and when it ends (*Disarmed*, *Armed*; *... (restored)*), the
words decide which of the two is meant.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from typing import Generic, TypeVar

from protocols.catalogue import search_words, tables
from protocols.catalogue.events import CONTACT_ID, SIA, all_events
from protocols.catalogue.folding import fold, roots, spelled, stem, stems, words
from protocols.catalogue.search_words import QUALIFIERS, Code, Meaning
from protocols.catalogue.station_words import station_codes
from protocols.catalogue.wording import name

T = TypeVar("T")

__all__ = [
    "QUALIFIERS",
    "Code",
    "Meaning",
    "WordIndex",
    "capitals",
    "categories",
    "fold",
    "meaning",
    "phrase",
    "preload",
    "roots",
    "spelled",
    "stem",
    "stems",
    "words",
]

_SHOWN_CODE = re.compile(r"([erp])?([0-9a-f]{3})", re.ASCII)
_SHOWN_QUALIFIER = {"e": "new", "r": "restore", "p": "status"}
_BOTH = frozenset(("open_close",))
"""Categories called by two opposite words (*arm/disarm*); what is in them is found by its own names."""


class WordIndex(Generic[T]):
    """Things by the words of their names, in any number of languages."""

    def __init__(self, named: Iterable[tuple[str, T]]) -> None:
        """``named``: texts, and what each of them is a name of."""
        self._by_word: dict[str, set[T]] = {}
        for text, item in named:
            for word in words(text):
                self._by_word.setdefault(word, set()).add(item)
        self._words = sorted(self._by_word)
        self._by_root: dict[str, set[T]] = {}
        for word, items in self._by_word.items():
            for root in roots(word):
                self._by_root.setdefault(root, set()).update(items)

    def find(self, word: str) -> set[T]:
        """All that is meant by a folded word; numbers and single letters must be whole words."""
        if len(word) == 1 or word.isdecimal():
            return set(self._by_word.get(word, ()))
        found = self.beginning(stem(word))
        for root in roots(word):
            found |= self._by_root.get(root, set())
        return found

    def beginning(self, beginning: str) -> set[T]:
        """All that has a word with this beginning."""
        found: set[T] = set()
        for at in range(bisect_left(self._words, beginning), len(self._words)):
            if not self._words[at].startswith(beginning):
                break
            found |= self._by_word[self._words[at]]
        return found


@cache
def categories() -> tuple[str, ...]:
    """Every category there is."""
    return tuple(row["word"] for row in tables.rows("words.csv") if row["kind"] == "category")


@cache
def _codes() -> WordIndex[Code]:
    named: list[tuple[str, Code]] = []
    for scheme in (CONTACT_ID, SIA):
        for event in all_events(scheme):
            named += [
                (name(scheme, event.code, qualifier, language), (scheme, event.code, qualifier))
                for qualifier in QUALIFIERS
                for language in tables.LANGUAGES
            ]
    for code, names in station_codes().items():
        named += [(each, ("", code, qualifier)) for each in names for qualifier in QUALIFIERS]
    return WordIndex(named)


@cache
def _categories() -> WordIndex[str]:
    return WordIndex(
        (text, row["word"])
        for row in tables.rows("words.csv")
        if row["kind"] == "category" and row["word"] not in _BOTH
        for text in tables.names_of(row, "")
    )


@cache
def _listed() -> frozenset[str]:
    return frozenset(event.code.casefold() for event in all_events(SIA))


def preload() -> None:
    """Read and sort everything now."""
    _codes(), _categories(), _listed(), categories()
    search_words.preload()


def capitals(written: str) -> Meaning | None:
    """What two capital letters mean that are exactly a listed SIA code: that code alone. None for anything else."""
    if len(written) != 2 or not written.isupper() or written.casefold() not in _listed():
        return None
    return Meaning(frozenset(((SIA, written, ""),)))


def meaning(word: str) -> Meaning:
    """The codes and categories of a folded word: by their names, or the code itself (``130``, ``e130``, ``ba``)."""
    found = _codes().find(word)
    shown = _SHOWN_CODE.fullmatch(word)
    if shown is not None:
        qualifiers = (_SHOWN_QUALIFIER[shown[1]],) if shown[1] else QUALIFIERS
        found |= {(CONTACT_ID, shown[2].upper(), qualifier) for qualifier in qualifiers}
    if word in _listed():
        found |= {(SIA, word.upper(), qualifier) for qualifier in QUALIFIERS}
    more = search_words.meaning((word,))
    return Meaning(frozenset(_whole(found | more.codes)), frozenset(_categories().find(word)) | more.categories)


def phrase(folded: tuple[str, ...]) -> Meaning:
    """What several folded words mean together: as a phrase of the table, and the codes called by all of them."""
    called = [
        {(scheme, code, each) for scheme, code, one in _codes().find(word) for each in ([one] if one else QUALIFIERS)}
        for word in folded
    ]
    meant = search_words.meaning(folded)
    return Meaning(frozenset(_whole(set.intersection(*called) | meant.codes)), meant.categories)


def _whole(found: set[Code]) -> Iterable[Code]:
    """A code that is meant under each of its qualifiers is meant under any."""
    for scheme, code, qualifier in found:
        if qualifier and (scheme, code, "") in found:
            continue
        if all((scheme, code, each) in found for each in QUALIFIERS):
            yield scheme, code, ""
        else:
            yield scheme, code, qualifier
