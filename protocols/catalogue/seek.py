"""From the words people type to the codes they mean: ``пожара`` -> every fire event, in any of the languages.

Everything is compared *folded* (:func:`fold`): letter case, diacritics and the letters that Kazakh adds to the
Russian alphabet do not count, so that a keyboard without them finds all the same. A word finds the names that have
a word beginning like it, endings aside. Endings are taken off by two short lists, one of Russian and one of Kazakh
(:func:`stems`): light on purpose, since finding a little too much is better than missing a fire.

Where a code is called differently when it begins and when it ends (*Disarmed*, *Armed*; *... (restored)*), the
words decide which of the two is meant.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from typing import Generic, TypeVar

from msgspec import Struct

from protocols.catalogue import tables
from protocols.catalogue.events import CONTACT_ID, SIA, all_events
from protocols.catalogue.station_words import station_codes
from protocols.catalogue.wording import name

T = TypeVar("T")

Code = tuple[str, str, str]
"""Scheme (``""``: what happens to the station itself), code, qualifier (``""``: any)."""

QUALIFIERS = ("new", "restore", "status")

# Letters that no decomposition takes apart: Kazakh to Russian, the Ukrainian ones beside them, European Latin.
_LETTERS = str.maketrans("қғңүұөәіһўєґłøđı", "кгнууоаихуегlodi")
_WORD = re.compile(r"[^\W_]+")
_SHOWN_CODE = re.compile(r"([erp])?([0-9a-f]{3})", re.ASCII)
_SHOWN_QUALIFIER = {"e": "new", "r": "restore", "p": "status"}
_BOTH = frozenset(("open_close",))
"""Categories called by two opposite words (*arm/disarm*); what is in them is found by its own names."""
_LEAST = 3
"""Letters that are left of a word at least."""


def fold(text: str) -> str:
    """A text without what tells spellings apart. Any text; folding twice changes nothing more."""
    if text.isascii():
        return text.lower()
    # Taking a mark or the case away can bring out something that has one itself.
    while True:
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        plain = "".join(one for one in plain if unicodedata.category(one) != "Mn").translate(_LETTERS)
        if plain == text:
            return plain
        text = plain


def words(text: str) -> list[str]:
    """The words of a text, folded: runs of letters and digits, in order."""
    return _WORD.findall(fold(text))


def _endings(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.split(), key=len, reverse=True))


# All of them folded: й is и, ң is н, ғ is г.
_RU_ADJECTIVE = _endings("ая яя ое ее ые ие ыи ии ои еи ого его ому ему ым им ом ем ую юю ых их ыми ими")
_RU_NOUN = _endings(
    "а я ы и у ю е о ь ью ои еи ом ем ам ям ами ями ах ях ов ев ию ия ие ии ием иям иями иях ость ости остью"
    " ено ена ены ен ение ения ению ением"
)
_RU_RELATION = _endings("ов ев н")
_KK_CASE = _endings(
    "нын нин дын дин тын тин ны ни ды ди ты ти га ге ка ке на не да де та те дан ден тан тен нан нен мен бен пен"
)
_KK_OWNER = _endings("сы си ы и")
_KK_MANY = _endings("лар лер дар дер тар тер")
_EN = _endings("s ed ing")
_EN_WHOLE = ("ss", "us", "is", "eed")
_SOFTENED = str.maketrans("гжб", "ккп")
_CYRILLIC = re.compile("[а-я]")


def _without(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            return word[: -len(ending)]
    return word


def stems(word: str) -> frozenset[str]:
    """What is left of a folded word without its endings: as Russian, as Kazakh, or as English.

    Each is a beginning of the word: пожара, пожарная -> пожар; датчигінің -> датчиг.
    """
    if not _CYRILLIC.search(word):
        if word.endswith(_EN_WHOLE):
            return frozenset((word,))
        return frozenset((word[:-3] if word.endswith("ies") and len(word) > 5 else _without(word, _EN),))
    kazakh = _without(_without(_without(word, _KK_CASE), _KK_OWNER), _KK_MANY)
    # Adjectives: пожарная, пожарн-, пожар; сетевой, сетев-, сет.
    related = _without(_without(word, _RU_ADJECTIVE), _RU_RELATION) if word.endswith(_RU_ADJECTIVE) else word
    russian = related if related != word and len(related) >= _LEAST else _without(word, _RU_NOUN)
    if word.endswith(("ность", "ности", "ностью")):
        russian = _without(russian, ("н",))
    return frozenset((russian, kazakh))


def stem(word: str) -> str:
    """The shortest of :func:`stems`: whatever begins like it may be meant."""
    return min(stems(word), key=len)


def roots(word: str) -> frozenset[str]:
    """Stems with their last consonant hardened, to be compared whole: датчик and датчигі, тревога and тревожная."""
    return frozenset(each[:-1] + each[-1:].translate(_SOFTENED) for each in stems(word))


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


class Meaning(Struct, frozen=True):
    """What a word can mean among events."""

    codes: frozenset[Code] = frozenset()
    categories: frozenset[str] = frozenset()


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


def meaning(word: str) -> Meaning:
    """The codes and categories of a folded word: by their names, or the code itself (``130``, ``e130``, ``ba``)."""
    found = _codes().find(word)
    shown = _SHOWN_CODE.fullmatch(word)
    if shown is not None:
        qualifiers = (_SHOWN_QUALIFIER[shown[1]],) if shown[1] else QUALIFIERS
        found |= {(CONTACT_ID, shown[2].upper(), qualifier) for qualifier in qualifiers}
    if word in _listed():
        found |= {(SIA, word.upper(), qualifier) for qualifier in QUALIFIERS}
    return Meaning(frozenset(_whole(found)), frozenset(_categories().find(word)))


def _whole(found: set[Code]) -> Iterable[Code]:
    """A code that is meant under each of its qualifiers is meant under any."""
    for scheme, code, qualifier in found:
        if all((scheme, code, each) in found for each in QUALIFIERS):
            yield scheme, code, ""
        else:
            yield scheme, code, qualifier
