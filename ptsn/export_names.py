"""What the rows of an exported journal are called: event, site, zone, in one language.

Names are those of now, as the accounts have them; the journal itself keeps codes and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from protocols import catalogue
from protocols.catalogue.station_words import station_name
from ptsn.render import account_names
from tui.state.names import bare

if TYPE_CHECKING:
    from receiver.settings import Settings


def names(settings: Settings, language: str) -> Callable[[Mapping[str, Any]], Sequence[str]]:
    """``(row) -> (event, site, zone)``. Reads the accounts' database, also beside a running station."""
    from receiver.accounts import AccountStore

    with closing(AccountStore(settings.accounts, read_only=True)) as store:
        accounts = store.all()
        zones = store.zones(accounts)
    sites = account_names([{**one.row(), "account_key": one.account_key} for one in accounts], language)

    def named(row: Mapping[str, Any]) -> tuple[str, str, str]:
        key = row["account_key"]
        zone = zones.get(key, {}).get(bare(row["number"])) if row["subject"] in catalogue.ZONE_SUBJECTS else None
        return _event(row, language), sites.get(key, ""), zone.called(language) if zone else ""

    return named


def _event(row: Mapping[str, Any], language: str) -> str:
    kind, code = row["kind"], row["code"]
    if kind == "signal" or (kind == "amendment" and code):
        return catalogue.name(row["scheme"], code, row["qualifier"], language)
    return station_name("unread" if kind in ("unread", "amendment") else code, language)
