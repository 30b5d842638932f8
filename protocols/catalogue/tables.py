"""The CSV files of this folder, as rows.

==========================  ========================================================================
``contact_id_events.csv``   Contact ID event codes (DC-05)
``sia_events.csv``          SIA two-letter codes (DC-03) and vendor codes seen in the field
``cid_sia_map.csv``         Contact ID <-> SIA; the first matching row wins, in each direction
``contact_id_wording.csv``  names that depend on the qualifier (rule ``each``), codes whose name never
                            does (``same``), and codes whose qualifier 3 says ended, not repaired (``ended``)
``contact_id_classes.csv``  what the first digits of an unlisted code tell; the longest prefix wins
``sia_classes.csv``         what the two letters of an unlisted code tell
``sia_environment.csv``     the measurements of SIA ``E`` blocks, whose letters mean other things elsewhere
``search_words.csv``        what people call events, subjects and days when they look for them
``words.csv``               categories, subjects, qualifiers, priorities, kinds and states of entries
==========================  ========================================================================
"""

from __future__ import annotations

import csv
from importlib import resources

LANGUAGES = ("en", "ru", "kk")
"""English, Russian, Kazakh: the order of every tuple of names."""

Names = tuple[str, str, str]
"""One text in each of :data:`LANGUAGES`."""


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one file, as dictionaries of its header. Raises FileNotFoundError on a broken installation."""
    with resources.files(__package__ or "protocols.catalogue").joinpath(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def names_of(row: dict[str, str], prefix: str = "name_") -> Names:
    """The three texts of a row, from the columns ``<prefix>en``, ``<prefix>ru``, ``<prefix>kk``."""
    return row[f"{prefix}en"], row[f"{prefix}ru"], row[f"{prefix}kk"]


def index_of(language: str) -> int:
    """Place of a language in :data:`LANGUAGES`. Raises ValueError for any other."""
    try:
        return LANGUAGES.index(language)
    except ValueError:
        raise ValueError(f"language {language!r} is not one of {', '.join(LANGUAGES)}") from None
