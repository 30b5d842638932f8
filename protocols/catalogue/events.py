"""Code -> event, for every code a peer can send.

A listed code costs one look-up in a table that is read once. Any other is described by its class each time
it is asked for: peers choose their codes, so nothing of them is remembered.
"""

from __future__ import annotations

from msgspec import Struct

from protocols.catalogue import tables
from protocols.catalogue.tables import Names

CONTACT_ID = "contact-id"
SIA = "sia"

ZONE_SUBJECTS = frozenset(("zone", "point"))
"""Subjects whose number is a zone's, so that the name of the zone is about it."""

_FILES = {CONTACT_ID: "contact_id_events.csv", SIA: "sia_events.csv"}


class Event(Struct, frozen=True):
    """What the tables say of one code."""

    scheme: str
    code: str
    category: str
    """``fire``, ``panic``, ``burglary``, ``trouble``, ``restore``, ``open_close`` ...: see ``words.csv``."""
    subject: str
    """What the number sent along counts: ``zone``, ``user``, ``area``, ``door``, ``none`` ..."""
    priority: int
    """1 (danger to life) to 5 (log only)."""
    names: Names
    """In the order of ``LANGUAGES``."""
    known: bool = True
    """False for a code that no table has: all of this is then told by its class."""


_events: dict[str, dict[str, Event]] = {}


def find(scheme: str, code: str) -> Event:
    """What a code means. Never fails: an unlisted code is described by its class and stays as urgent as that is."""
    try:
        return _events[scheme][code]
    except KeyError:
        return _find_unlisted(scheme, code)


def known(scheme: str, code: str) -> bool:
    """Whether the tables list a code."""
    if not _events:
        _load()
    return code in _events.get(scheme, ())


def all_events(scheme: str) -> list[Event]:
    """Every listed event of a scheme, in the order of its table."""
    _load()
    return list(_events.get(scheme, {}).values())


def _load() -> None:
    if _events:
        return
    loaded = {}
    for scheme, file in _FILES.items():
        loaded[scheme] = {
            row["code"]: Event(
                scheme, row["code"], row["category"], row["subject"], int(row["priority"]), tables.names_of(row)
            )
            for row in tables.rows(file)
        }
    _events.update(loaded)


def _find_unlisted(scheme: str, code: str) -> Event:
    if not _events:
        _load()
        return find(scheme, code)
    # Classes are needed by few; they are imported and read when the first unlisted code comes.
    from protocols.catalogue import classes

    if scheme == CONTACT_ID:
        category, subject, priority, names = classes.of_contact_id(code)
    elif scheme == SIA:
        category, subject, priority, names = classes.of_sia(code)
    else:
        category, subject, priority, names = classes.of_contact_id("")
    return Event(str(scheme), code, category, subject, priority, names, known=False)
