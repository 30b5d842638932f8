"""What an event code means: how urgent it is, what its number counts, and its name in three languages.

==============  ==================================================================
``events``      code -> :class:`Event`, for every code a peer can send
``classes``     what can be said of a code that no table has
``wording``     event names by qualifier and language, and the words beside them
``codemap``     Contact ID <-> SIA, and which restore belongs to which alarm
``tables``      the CSV files of this folder
``texts``       everything else that is said to people, by id: findings, noise, parts of messages, advice
==============  ==================================================================

Schemes, qualifiers and languages are plain strings here (``contact-id`` ``sia`` ``other``, ``new``
``restore`` ``status``, ``en`` ``ru`` ``kk``), so that a reader of the journal needs nothing else of
``protocols``. The tables are read when the first code is asked for, and then kept.
"""

from protocols.catalogue.codemap import pairs, to_contact_id, to_sia
from protocols.catalogue.events import ZONE_SUBJECTS, Event, find, known
from protocols.catalogue.tables import LANGUAGES
from protocols.catalogue.wording import (
    category_name,
    name,
    priority_name,
    qualifier_name,
    state_name,
    subject_name,
    word,
)

__all__ = [
    "LANGUAGES",
    "ZONE_SUBJECTS",
    "Event",
    "category_name",
    "find",
    "known",
    "name",
    "pairs",
    "preload",
    "priority_name",
    "qualifier_name",
    "state_name",
    "subject_name",
    "to_contact_id",
    "to_sia",
    "word",
]


def preload() -> None:
    """Read every table now. A program that must answer when no file can be opened any more calls this at its start."""
    from protocols.catalogue import texts
    from protocols.catalogue.station_words import station_name

    for scheme, code, qualifier in (("contact-id", "130", "new"), ("contact-id", "1A9", "new"), ("sia", "BA", "new")):
        find(scheme, code)
        name(scheme, code, qualifier, LANGUAGES[0])
        pairs(scheme, code, code, scheme)
    find("sia", "?A")
    name("sia", "DA", "status", LANGUAGES[0])
    to_sia("130", "new")
    to_contact_id("BA")
    category_name("burglary", LANGUAGES[0])
    station_name("station.started", LANGUAGES[0])
    texts.preload()
