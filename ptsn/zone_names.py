"""The names of zones as commands show them: asked of the station account by account, when a line needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from protocols.catalogue import ZONE_SUBJECTS
from tui.state.names import bare, called

if TYPE_CHECKING:
    from ptsn.client import StationClient

Fields = Mapping[str, Any]
ZoneNames = dict[str, Mapping[str, str]]
"""By ``account_key``: number without leading zeros to the name in the reader's language."""


def by_number(rows: Iterable[Fields], language: str) -> dict[str, str]:
    """The zones of one account by number, each named in the language, else in any that it has a name in."""
    return {bare(row["number"]): called(row, language) for row in rows}


def account_to_ask(about: Fields) -> str:
    """The account whose zones a line about this entry or alarm names; ``""`` where it names none."""
    key = str(about.get("account_key", ""))
    if not key or key[0] in "?@":  # nobody entered it
        return ""
    places = (about, *(about.get("conditions") or ()))
    named = any(one.get("subject") in ZONE_SUBJECTS and bare(one.get("number", "")) for one in places)
    return key if named else ""


def fetch(station: StationClient, lines: Iterable[Fields], language: str) -> ZoneNames:
    """The names of zones that these entries or alarms need. Raises StationError."""
    from ptsn.client import StationError

    keys = list(dict.fromkeys(key for about in lines if (key := account_to_ask(about))))
    if not keys or not station.get("/v1/zones", limit=1)["zones"]:
        return {}
    names: ZoneNames = {}
    for key in keys:
        try:
            names[key] = by_number(station.get("/v1/zones", account=key)["zones"], language)
        except StationError:
            names[key] = {}  # an account that was removed meanwhile
    return names
