"""What was asked, and what each word of it can mean.

A word is many things at once: an event, a site, a zone, an account's number or its beginning, a word of a
text. It is met by an entry of which any of them holds; an entry is found when every word is met, and every filter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from msgspec import Struct

from protocols.catalogue import seek
from receiver.accounts.identity import bare
from receiver.journal.entry import EntryKind
from receiver.search import tokens
from receiver.search.names import PREFIX, Names, Zone
from receiver.search.words import Term, terms

T = TypeVar("T")

WORDS_MAX = 12
QUERY_MAX = 400
"""Characters of a question."""
ACCOUNT_MAX = 16
"""Digits of an account."""
NARROW = 200
"""Sites or zones that one word may name and still be looked up one by one; of more their entries are gone through."""


class Query(Struct, frozen=True, kw_only=True):
    """A question. Empty fields ask for nothing in particular."""

    text: str = ""
    account: str = ""
    """``account`` or ``account_key``; capitals do not count."""
    categories: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    adapter: str = ""
    from_us: int | None = None
    """Received at or after this, in microseconds since the epoch."""
    to_us: int | None = None
    """Received before this."""
    priority: int | None = None
    """1 to this; what has none is left out."""
    hidden: bool = False
    """Tests and repeats, too."""
    before: int | None = None
    """Only ids below this one."""
    since: int = 0
    """Only ids above this one."""
    limit: int = 100


class Understood(Struct, frozen=True):
    """What a word was taken for. All zero: no event, site or zone is known by it (a text may have it)."""

    word: str
    """As it was typed."""
    codes: int
    categories: int
    accounts: int
    zones: int
    numbers: int = 0
    """1 where it is the number of a zone, user, partition or door."""


class Word(Struct, frozen=True):
    """How a word is met: by an expression of the full-text table, or by one of many sites or zones."""

    expression: str
    sites: frozenset[str] = frozenset()
    zones: frozenset[Zone] = frozenset()

    @property
    def wide(self) -> bool:
        """Whether entries have to be gone through."""
        return bool(self.sites or self.zones)


class Plan(Struct, frozen=True):
    """A question made ready."""

    query: Query
    words: tuple[Word, ...]
    understood: tuple[Understood, ...]
    filters: tuple[str, ...]
    """Expressions of the full-text table, all of which must hold."""
    tests: bool = False
    """A word asks for tests: they are not left out."""

    @property
    def expressions(self) -> list[str]:
        """What every entry found must meet, without the words that are wide."""
        return [*(word.expression for word in self.words if not word.wide), *self.filters]


Renamed = Callable[[Iterable[str]], Iterable[str]]
"""Names that accounts had before they were entered, by the names they have now."""


def plan(query: Query, names: Names, renamed: Renamed) -> Plan:
    """Make a question ready."""
    asked = terms(query.text)
    made = [_numbered(term, names) if term.subject else _word(term, names, renamed) for term in asked]
    return Plan(
        query,
        tuple(word for word, _ in made),
        tuple(taken for _, taken in made),
        tuple(_filters(query, renamed)),
        tests=any("test" in term.meaning.categories for term in asked),
    )


def _filters(query: Query, renamed: Renamed) -> Iterable[str]:
    if query.account:
        keys = [query.account, *renamed([query.account])]
        yield _any([tokens.number(query.account), *map(tokens.key, keys)])
    if query.categories:
        yield _any(map(tokens.category, query.categories))
    if query.kinds:
        yield _kinds(query.kinds)
    if query.adapter:
        yield _any([tokens.adapter(query.adapter)])
    if query.priority is not None:
        yield _any(map(tokens.priority, range(1, query.priority + 1)))


def _word(term: Term, names: Names, renamed: Renamed) -> tuple[Word, Understood]:
    word, meaning = term.words[0], term.meaning
    marks = [
        tokens.code(scheme, code, each)
        for scheme, code, qualifier in meaning.codes
        for each in ([qualifier] if qualifier else seek.QUALIFIERS)
    ]
    marks += map(tokens.category, meaning.categories)
    named = not term.code
    sites = _common(names.sites, term.words) if named else set()
    zones = {zone for zone in _common(names.zones_named, term.words) if zone[0] not in sites} if named else set()
    numbered = names.numbered(word) if named and len(term.words) == 1 else set()
    taken = Understood(term.typed, len(meaning.codes), len(meaning.categories), len(sites | numbered), len(zones))
    sites |= set(renamed(sites)) if sites else set()
    expression = [_any(marks)] if marks else []
    if len(sites) + len(zones) <= NARROW:
        marks = [*map(tokens.key, sites), *(tokens.zone(*zone) for zone in zones)]
        expression += [_any(marks)] if marks else []
        sites, zones = set(), set()
    if term.code:
        expression.append(f'"{word}"')
    else:
        expression += _account(word) if len(term.words) == 1 else []
        expression.append(_text(term.words))
    return Word(f"({' OR '.join(expression)})", frozenset(sites), frozenset(zones)), taken


def _numbered(term: Term, names: Names) -> tuple[Word, Understood]:
    """A zone, user, partition or door of a number; what is called so in a name or a text, too."""
    number = term.number
    mark = f'"{tokens.zones(number)}"*' if term.subject == "zone" else f'"{tokens.numbered(term.subject, number)}"'
    zones = _common(names.zones_named, term.words)
    expression = [mark, _text(term.words)]
    taken = Understood(term.typed, 0, 0, 0, len(zones), numbers=1)
    if len(zones) <= NARROW:
        expression += [_any(tokens.zone(*zone) for zone in zones)] if zones else []
        zones = set()
    return Word(f"({' OR '.join(expression)})", zones=frozenset(zones)), taken


def _common(find: Callable[[str], Collection[T]], words: Iterable[str]) -> set[T]:
    """What is called by all of the words."""
    found = [set(find(word)) for word in words]
    return set.intersection(*found)


def _account(word: str) -> list[str]:
    """Accounts whose number begins like a word. Short numbers are whole numbers, leading zeros aside."""
    if not word.isdecimal() or len(word) >= PREFIX:
        begun = [f'"{tokens.key(word)}"*', f'"{tokens.part(word)}"*']
    else:
        begun = []
    if word.isdecimal() and word.isascii():
        padded = [bare(word).zfill(length) for length in range(len(bare(word)), ACCOUNT_MAX + 1)]
        if padded:  # no account has more digits
            begun.append(_any([*map(tokens.key, padded), *map(tokens.part, padded)]))
    return begun


def _text(words: Sequence[str]) -> str:
    """A text that has all of the words."""
    return f"({' AND '.join(map(_said, words))})" if len(words) > 1 else _said(words[0])


def _said(word: str) -> str:
    """A word of a text: numbers and single letters whole, of others the beginning without their endings."""
    return f'"{word}"' if len(word) == 1 or word.isdecimal() else f'"{seek.stem(word)}"*'


def _kinds(kinds: Iterable[str]) -> str:
    """These kinds. Signals have no mark of their own: they are what has none of the others."""
    if EntryKind.SIGNAL not in kinds:
        return _any(map(tokens.kind, kinds))
    others = [kind.value for kind in EntryKind if kind not in (*kinds, EntryKind.SIGNAL)]
    everything = _any((tokens.SHOWN, tokens.TEST, tokens.REPEAT))
    return f"({everything} NOT {_any(map(tokens.kind, others))})" if others else everything


def _any(marks: Iterable[str]) -> str:
    # Marks and folded words hold no quote, so nothing that was typed is ever read as an expression.
    return f"({' OR '.join(f'{chr(34)}{mark}{chr(34)}' for mark in marks)})"
