"""What the index knows of an entry: words of one column of a full-text table.

Words of texts stand there folded, as they are. All other facts are *marks*: words that begin with a colon and
a letter for the kind of fact (``:g:fire``, ``:c:sia:ba``), which no text can contain. So every question, whatever it
joins, is one full-text expression, answered newest first without a sort.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from protocols import catalogue
from protocols.catalogue import LANGUAGES, ZONE_SUBJECTS, seek
from receiver.accounts.identity import bare
from receiver.journal.entry import Body, EntryKind

TOKENIZER = "ascii tokenchars ':_'"
"""SQLite's simplest: letters beyond ASCII, the colon of a mark and the underscore of an escape belong to words."""

WORD_MAX = 40
"""Letters of a word that count."""
WORDS_MAX = 400
"""Words of one entry that are kept."""

_NUMBERED = {"user": "user", "partition": "partition", "area": "partition", "door": "door"}
"""What numbers count besides zones, and the word by which they are looked for."""
_PLAIN = re.compile(r"[^0-9a-z]")


class Row(Struct, gc=False):
    """The fields of a body that are indexed. A :class:`~receiver.journal.entry.Body` has them, too."""

    kind: EntryKind
    adapter: str = ""
    token: str = ""
    account: str = ""
    account_key: str = ""
    scheme: str = ""
    code: str = ""
    qualifier: str = ""
    category: str = ""
    priority: int = 0
    partition: str = ""
    subject: str = ""
    number: str = ""
    user: str = ""
    text: str = ""
    repeat: bool = False
    operator: str = ""
    note: str = ""


Indexed = Row | Body


def _escaped(value: str) -> str:
    # Peers choose accounts and codes: whatever they are, two of them never become one mark.
    if value.isascii() and value.isalnum():
        return value.lower()
    return _PLAIN.sub(lambda found: f"_{ord(found[0]):x}_", value.lower())


SHOWN, TEST, REPEAT = ":s:shown", ":s:test", ":s:repeat"
"""Every entry has one of these; the last two are hidden unless they are asked for."""


def kind(value: str) -> str:
    """An entry of this kind; signals go without."""
    return f":k:{_escaped(value)}"


def category(value: str) -> str:
    """An event of this category."""
    return f":g:{_escaped(value)}"


def adapter(value: str) -> str:
    """Came by this adapter."""
    return f":d:{_escaped(value)}"


def priority(value: int) -> str:
    """Of this priority."""
    return f":p:{value}"


def code(scheme: str, code: str, qualifier: str) -> str:
    """This code under this qualifier; ``new`` is what has none."""
    plain = f":c:{_escaped(scheme)}:{_escaped(code)}"
    return plain if qualifier in ("", "new") else f"{plain}:{_escaped(qualifier)}"


def key(account_key: str) -> str:
    """Of the account with this key."""
    return f":i:{_escaped(account_key)}"


def number(account: str) -> str:
    """Of an account of exactly this number, where its key is another; capitals do not count."""
    return f":n:{_escaped(account)}"


def part(word: str) -> str:
    """A word of a key that is no plain number: ``L5#1234`` has ``l5`` and ``1234``."""
    return f":a:{_escaped(word)}"


def zone(account_key: str, number: str) -> str:
    """About this zone of this account."""
    return f"{zones(number)}{_escaped(account_key)}"


def zones(number: str) -> str:
    """Beginning of the marks of a zone of this number, whatever the account."""
    return f":z:{_escaped(number)}:"


def numbered(subject: str, number: str) -> str:
    """About the user, partition or door of this number, without leading zeros."""
    return f":{subject[:1]}{_escaped(number)}"


@lru_cache(4096)
def _what(
    kind_: str, token: str, adapter_: str, scheme: str, code_: str, qualifier: str, category_: str, priority_: int
) -> str:
    # What nearly all entries have in common is left out: every word costs the station, for every signal.
    marks = [priority(priority_)]
    if kind_ != EntryKind.SIGNAL:
        marks += (kind(kind_), text(token))
    if adapter_:
        marks.append(adapter(adapter_))
    if category_:
        marks.append(category(category_))
    if code_:
        marks.append(code(scheme, code_, qualifier))
        if scheme and not catalogue.known(scheme, code_):
            # A code that no table has is called by its class, and no search in the tables finds it there.
            names = " ".join(catalogue.name(scheme, code_, qualifier, language) for language in LANGUAGES)
            marks.append(text(f"{code_} {names}"))
    return " ".join(marks)


@lru_cache(16_384)
def _who(account: str, account_key: str, partition: str) -> str:
    marks = [key(account_key)]
    if account != account_key:
        marks.append(number(account))
    parts = {*seek.words(account_key), *seek.words(account)}
    if parts != {_escaped(account_key)}:
        marks += map(part, parts)
    if partition and bare(partition) != "0":
        marks.append(numbered("partition", bare(partition)))
    return " ".join(marks)


@lru_cache(4096)
def text(said: str) -> str:
    """The words of a text, folded."""
    return " ".join(word[:WORD_MAX] for word in seek.words(said)[:WORDS_MAX])


def zone_of(row: Indexed) -> str:
    """Number of the zone it is about, without leading zeros; ``""`` when it is about none."""
    return bare(row.number) if row.number and row.subject in ZONE_SUBJECTS else ""


def of(row: Indexed, zone_: str, more: str = "") -> str:
    """All words of an entry; ``zone_`` is :func:`zone_of` it, ``more`` is text that stands outside of the fields."""
    said = _what(f"{row.kind}", row.token, row.adapter, row.scheme, row.code, row.qualifier, row.category, row.priority)
    said += f" {TEST if row.category == 'test' else REPEAT if row.repeat else SHOWN}"
    account_key = row.account_key
    if account_key or row.account:
        said += f" {_who(row.account, account_key, row.partition)}"
        if zone_:
            said += f" {zone(account_key, zone_)}"
        elif row.number and row.subject in _NUMBERED:
            said += f" {numbered(_NUMBERED[row.subject], bare(row.number))}"
    if row.text:
        said += f" {text(row.text)}"
    if row.user or row.operator or row.note or more:
        if row.user.isdecimal():
            said += f" {numbered('user', bare(row.user))}"
        for one in (row.user, row.operator, row.note, more):
            said += f" {text(one)}"
    return said
