"""Names of what happens to the station itself: the codes of entries that are no signals."""

from __future__ import annotations

from functools import cache

from protocols.catalogue import tables
from protocols.catalogue.tables import Names

FILE = "station_events.csv"


@cache
def station_codes() -> dict[str, Names]:
    """Every code of the table with its names, in the order of ``LANGUAGES``."""
    return {row["code"]: tables.names_of(row) for row in tables.rows(FILE)}


def station_name(code: str, language: str) -> str:
    """What happened, as a person says it: ``Path lost``; the code itself where the table has none.

    Raises ValueError for a language that is not in ``LANGUAGES``.
    """
    index = tables.index_of(language)
    names = station_codes().get(code)
    return code if names is None else names[index]
