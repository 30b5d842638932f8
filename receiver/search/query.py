"""What was asked, and what each word of it can mean.

A word is many things at once: an event, a site, a zone, the beginning of an account's number, a word of a text. It is
met by an entry of which any of them holds; an entry is found when every word is met, and every filter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from protocols.catalogue import seek
from receiver.journal.entry import EntryKind
from receiver.search import tokens
from receiver.search.names import Names, Zone

WORDS_MAX = 12
QUERY_MAX = 400
"""Characters of a question."""
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
    codes: int
    categories: int
    accounts: int
    zones: int


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

    @property
    def expressions(self) -> list[str]:
        """What every entry found must meet, without the words that are wide."""
        return [*(word.expression for word in self.words if not word.wide), *self.filters]


Renamed = Callable[[Iterable[str]], Iterable[str]]
"""Names that accounts had before they were entered, by the names they have now."""


def split(text: str) -> list[str]:
    """The words of a question, folded, each once."""
    return list(dict.fromkeys(word[: tokens.WORD_MAX] for word in seek.words(text)))


def plan(query: Query, names: Names, renamed: Renamed) -> Plan:
    """Make a question ready."""
    words, understood = [], []
    for word in split(query.text):
        met, taken = _word(word, names, renamed)
        words.append(met)
        understood.append(taken)
    return Plan(query, tuple(words), tuple(understood), tuple(_filters(query, renamed)))


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


def _word(word: str, names: Names, renamed: Renamed) -> tuple[Word, Understood]:
    meaning = seek.meaning(word)
    marks = [
        tokens.code(scheme, code, each)
        for scheme, code, qualifier in meaning.codes
        for each in ([qualifier] if qualifier else seek.QUALIFIERS)
    ]
    marks += map(tokens.category, meaning.categories)
    sites, zones = names.sites(word), set(names.zones_named(word))
    zones = {zone for zone in zones if zone[0] not in sites}
    taken = Understood(word, len(meaning.codes), len(meaning.categories), len(sites | names.numbered(word)), len(zones))
    sites |= set(renamed(sites)) if sites else set()
    expression = [_any(marks)] if marks else []
    if len(sites) + len(zones) <= NARROW:
        marks = [*map(tokens.key, sites), *(tokens.zone(*zone) for zone in zones)]
        expression += [_any(marks)] if marks else []
        sites, zones = set(), set()
    expression += [f'"{tokens.key(word)}"*', f'"{tokens.part(word)}"*', _said(word)]
    return Word(f"({' OR '.join(expression)})", frozenset(sites), frozenset(zones)), taken


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
