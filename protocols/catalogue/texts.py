"""Texts for people, by stable id: findings, noise, the parts of a message, advice, reports, the console.

The words stand in gettext catalogues, ``locale/<language>/LC_MESSAGES/<domain>.po``; those of a protocol may have a
file of their own beside it, ``<domain>.<protocol>.po``. The ``msgid`` is the id (``dc09.crc.binary``), so that whoever
has an id from the journal or the API has its words, and English is a catalogue like the others. ``{name}`` in a text
stands for a value.

============  ===========================================================================
``finding``   what a departure is, by the id of the finding
``advice``    what to change on the panel, by the id of the finding
``noise``     what bytes that are no message probably are, by ``Noise.guess``
``part``      what the bytes of a message are, by the id of the part
``report``    words of reports: headings, verdicts, severities
``console``   what commands say of a station: verdicts, severities, units, labels of details
``decode``    what ``ptsn decode`` says around the parts of a message
``shell``     the console's frame: how a row stands, banners, keys
``alarms``    the console's alarms: their list, their details, closing them, their sound
``views``     the console's other pages: journal, paths, wire, station, and their filters
============  ===========================================================================

Event names are not here: they stand in the CSV files beside this module.
"""

from __future__ import annotations

import re
from functools import cache
from gettext import GNUTranslations
from importlib import resources

from protocols.catalogue.tables import LANGUAGES, index_of

DOMAINS = ("finding", "advice", "noise", "part", "report", "console", "decode", "shell", "alarms", "views")

_SOURCE = LANGUAGES[0]
_value = re.compile(r"\{(\w+)\}")


def text(domain: str, id_: str, language: str, /, **values: object) -> str:
    """The text of an id; in English where the language has none, the id itself where there is none at all.

    ``values`` fill the places ``{name}``; they are data, never a format. Raises ValueError for a language that is
    not in ``LANGUAGES``.
    """
    index_of(language)
    found = _texts(domain, language).get(id_) or _texts(domain, _SOURCE).get(id_) or id_
    if not values:
        return found
    return _value.sub(lambda match: str(values.get(match[1], match[0])), found)


def ids(domain: str, language: str = _SOURCE) -> frozenset[str]:
    """Every id that a domain has a text for in one language."""
    return frozenset(_texts(domain, language))


def finding(id_: str, language: str) -> str:
    """What a departure is, as one sentence."""
    return text("finding", id_, language)


def noise(guess: str, language: str) -> str:
    """What bytes that are no message probably are, as one sentence."""
    return text("noise", guess, language)


def preload() -> None:
    """Read every catalogue now."""
    for language in LANGUAGES:
        for domain in DOMAINS:
            _texts(domain, language)


@cache
def _texts(domain: str, language: str) -> dict[str, str]:
    folder = resources.files(__package__ or "protocols.catalogue").joinpath("locale", language, "LC_MESSAGES")
    try:
        with folder.joinpath(f"{domain}.mo").open("rb") as file:
            read = GNUTranslations(file)
    except FileNotFoundError:
        return {}
    # What gettext keeps of a catalogue: msgid to msgstr, with the file's own header under "".
    entries: dict[object, str] = read._catalog  # type: ignore[attr-defined]
    return {id_: words for id_, words in entries.items() if isinstance(id_, str) and id_ and words}
