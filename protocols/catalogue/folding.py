"""Words as they are compared: folded, and without their endings.

Letter case, diacritics and the letters that Kazakh adds to the Russian alphabet do not count, so that a keyboard
without them finds all the same. Endings are taken off by two short lists, one of Russian and one of Kazakh
(:func:`stems`): light on purpose, since finding a little too much is better than missing a fire.
"""

from __future__ import annotations

import re
import unicodedata

# Letters that no decomposition takes apart: Kazakh to Russian, the Ukrainian ones beside them, European Latin.
_LETTERS = str.maketrans("қғңүұөәіһўєґłøđı", "кгнууоаихуегlodi")
_WORD = re.compile(r"[^\W_]+")
_WRITTEN = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")
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
    return _WORD.findall(fold(_bare(text)))


def _bare(text: str) -> str:
    # The sign decomposes to letters, which would make one word of №7.
    return text.replace("№", " ")


def spelled(text: str) -> list[tuple[str, str]]:
    """The words of a text as they were written, each with its folded form."""
    folded = words(text)
    written = _WRITTEN.findall(unicodedata.normalize("NFC", _bare(text)))
    if [fold(one) for one in written] != folded:
        # Signs that are several words, or none, by themselves: rare enough to be shown folded.
        written = folded
    return list(zip(written, folded, strict=True))


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
