"""The words of a question, as they belong together: phrases, numbers of zones, codes in capitals.

=================  ===============================================================================
``шлейф 013``      the zone of this number, also ``13-аймақ``; so with users, partitions and doors
``связь потеряна``  a phrase of the catalogue's ``search_words``
``PA``             two capitals that are a SIA code: that code, and no word that begins like it
``на``, ``of``     nothing, where there are other words
=================  ===============================================================================
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from protocols.catalogue import search_words, seek
from receiver.accounts.identity import bare
from receiver.search import tokens


class Term(Struct, frozen=True):
    """What must be met as one."""

    typed: str
    """As the person wrote it."""
    words: tuple[str, ...]
    """Folded."""
    meaning: seek.Meaning
    subject: str = ""
    """What the number counts; blank: there is none."""
    number: str = ""
    code: bool = False
    """Two capitals that are a code: no name is meant."""


def split(text: str) -> list[str]:
    """The words of a question, folded, each once."""
    return list(dict.fromkeys(word[: tokens.WORD_MAX] for word in seek.words(text)))


def terms(text: str) -> list[Term]:
    """What a question asks for, each once. Any text."""
    found = {(one.words, one.subject, one.code): one for one in _terms(text)}
    telling = [one for one in found.values() if not _says_nothing(one)]
    return telling or list(found.values())


def _says_nothing(term: Term) -> bool:
    # A capital is the letter of a building or a class: 7 В.
    return len(term.words) == 1 and term.typed.islower() and search_words.skipped(term.words[0])


def _terms(text: str) -> Iterator[Term]:
    both = [(typed[: tokens.WORD_MAX], word[: tokens.WORD_MAX]) for typed, word in seek.spelled(text)]
    folded = [word for _, word in both]
    at = 0
    while at < len(both):
        typed, word = both[at]
        following = folded[at + 1] if at + 1 < len(both) else ""
        length = 1
        if length_of_phrase := search_words.phrase_at(folded, at):
            length = length_of_phrase
            phrase = tuple(folded[at : at + length])
            yield Term(_typed(both, at, length), phrase, seek.phrase(phrase))
        elif _is_number(following) and (subject := search_words.subject(word)):
            length = 2
            yield _numbered(f"{typed} {both[at + 1][0]}", subject, word, following)
        elif _is_number(word) and following and (subject := search_words.subject(following)):
            pair = f"{typed}-{both[at + 1][0]}"
            if pair in text:
                length = 2
                yield _numbered(pair, subject, following, word)
            else:
                yield Term(typed, (word,), seek.meaning(word))
        elif (code := seek.capitals(typed)) is not None:
            yield Term(typed, (word,), code, code=True)
        else:
            yield Term(typed, (word,), seek.meaning(word))
        at += length


def _typed(both: list[tuple[str, str]], at: int, length: int) -> str:
    return " ".join(typed for typed, _ in both[at : at + length])


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal()


def _numbered(typed: str, subject: str, word: str, number: str) -> Term:
    return Term(typed, (word, number), seek.Meaning(), subject, bare(number))
