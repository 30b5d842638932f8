"""Names of events by qualifier and language, and the words that stand beside them.

A Contact ID code has one row in the table and up to three meanings: what began, what ended, what still is.
Openings and closings have names of their own for each (401 is *Disarmed* as new and *Armed* as restore);
elsewhere a word is added. A SIA code says all of it by itself.
"""

from __future__ import annotations

from functools import cache

from protocols.catalogue import tables
from protocols.catalogue.events import CONTACT_ID, SIA, Event, find
from protocols.catalogue.tables import Names

_Wording = tuple[str, Names, Names]
"""Rule, names for ``new``, names for ``restore``."""


@cache
def _wordings() -> dict[str, _Wording]:
    return {
        row["code"]: (row["rule"], tables.names_of(row, "new_"), tables.names_of(row, "restore_"))
        for row in tables.rows("contact_id_wording.csv")
    }


@cache
def _environment() -> dict[str, Names]:
    return {row["code"]: tables.names_of(row) for row in tables.rows("sia_environment.csv")}


@cache
def _words() -> dict[tuple[str, str], Names]:
    return {(row["kind"], row["word"]): tables.names_of(row, "") for row in tables.rows("words.csv")}


def name(scheme: str, code: str, qualifier: str, language: str) -> str:
    """What happened, as a person says it: ``Perimeter (restored)``, ``Armed``, ``Fire alarm``.

    A SIA code reported as ``status`` is a measurement of an ``E`` block, where ``DA`` is a temperature and
    not an added card. Raises ValueError for a language that is not in ``LANGUAGES``.
    """
    index = tables.index_of(language)
    event = find(scheme, code)
    if scheme == SIA and qualifier == "status":
        return _environment().get(code, event.names)[index]
    if scheme != CONTACT_ID:
        return event.names[index]
    wording = _wording_of(event)
    rule = wording[0] if wording is not None else ""
    if wording is not None and rule == "each" and qualifier in ("new", "restore"):
        return wording[1 if qualifier == "new" else 2][index]
    if rule == "same" or qualifier == "new":
        return event.names[index]
    if qualifier == "restore":
        added = "ended" if rule == "ended" else "restore"
    else:
        added = "unchanged" if rule == "each" else "status"
    return f"{event.names[index]} ({word('qualifier', added, language)})"


def _wording_of(event: Event) -> _Wording | None:
    """The row for the code itself, else the one for its first digit; that of 4xx holds for openings only."""
    wordings = _wordings()
    own = wordings.get(event.code)
    if own is not None:
        return own
    first = event.code[:1]
    return None if first == "4" and event.category != "open_close" else wordings.get(first)


def word(kind: str, key: str, language: str) -> str:
    """A word of ``words.csv``, or the key itself where there is none. Raises ValueError for an unknown language."""
    index = tables.index_of(language)
    names = _words().get((kind, key))
    return names[index] if names is not None else str(key)


def category_name(category: str, language: str) -> str:
    """A category of events in words."""
    return word("category", category, language)


def subject_name(subject: str, language: str) -> str:
    """What a number counts, in words."""
    return word("subject", subject, language)


def qualifier_name(qualifier: str, language: str) -> str:
    """``new``, ``restore`` or ``status`` in words."""
    return word("qualifier", qualifier, language)


def priority_name(priority: int, language: str) -> str:
    """A priority (1 to 5) in words."""
    return word("priority", str(priority), language)


def state_name(state: str, language: str) -> str:
    """A mark of an entry or alarm in words: ``late``, ``repeat``, ``unknown``, ``encrypted``, ``seen`` ..."""
    return word("state", state, language)
