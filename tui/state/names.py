"""What accounts and zones are called, in one language, else in any that they have a name in.

The names of all accounts are held; those of zones come account by account, when a page first asks for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

ZONES_MAX = 5_000
"""Accounts whose zone names are held."""
_WANTED_MAX = 200
"""Accounts whose zones are asked for at a time: no more than a few screens show."""


class Site(Struct, frozen=True, gc=False):
    """A protected place."""

    name: str = ""
    address: str = ""
    phone: str = ""
    account: str = ""
    others: tuple[str, ...] = ()
    """Its names in the other languages, where they differ."""
    time_zone: str = ""
    """IANA name, where the panel's clock goes by another zone than the station's."""


def called(row: Mapping[str, Any], language: str) -> str:
    """The name of an account or a zone in a language, else in any that it has one in."""
    columns = ("name" if language == "en" else f"name_{language}", "name", "name_ru", "name_kk")
    return next((str(row[one]) for one in columns if row.get(one)), "")


def site_of(row: Mapping[str, Any], language: str) -> Site:
    """An account as ``GET /v1/accounts`` lists it."""
    name = called(row, language)
    names = dict.fromkeys(str(row[one]) for one in ("name", "name_ru", "name_kk") if row.get(one))
    return Site(
        name,
        str(row.get("address") or ""),
        str(row.get("phone") or ""),
        str(row.get("account") or ""),
        tuple(one for one in names if one != name),
        str(row.get("time_zone") or ""),
    )


def bare(number: str) -> str:
    """A zone's number as it is compared: ``015`` and ``15`` are one zone."""
    return number.upper().lstrip("0")


class Names:
    """Names by ``account_key``. Lines may keep what they made of them while ``version`` stays the same."""

    def __init__(self) -> None:
        self.version = 0
        self._sites: dict[str, Site] = {}
        self._zones: dict[str, dict[str, str]] = {}
        self._old: set[str] = set()
        self._wanted: dict[str, None] = {}
        self._language = "en"

    def set_sites(self, sites: dict[str, Site], language: str) -> bool:
        """All accounts by ``account_key``. Whether any is called something else than before."""
        changed = sites != self._sites or language != self._language
        if language != self._language:
            self._zones.clear()
            self.renew_zones()
        self._sites, self._language = sites, language
        self.version += changed
        return changed

    def site(self, account_key: str) -> str:
        """The site's name; blank where it has none."""
        found = self._sites.get(account_key)
        return found.name if found else ""

    def address(self, account_key: str) -> str:
        """Where it is; blank where that is not known."""
        found = self._sites.get(account_key)
        return found.address if found else ""

    def phone(self, account_key: str) -> str:
        """Whom to call; blank where that is not known."""
        found = self._sites.get(account_key)
        return found.phone if found else ""

    def of(self, account_key: str) -> Site:
        """All that is known of a site; blank where it is not entered."""
        return self._sites.get(account_key) or Site()

    def sites(self) -> Mapping[str, Site]:
        """Every site by its ``account_key``."""
        return self._sites

    def zone(self, account_key: str, number: str) -> str:
        """A zone's name; blank where it has none, or where it is not known yet: then it is asked for."""
        zones = self._zones.get(account_key)
        if zones is None or account_key in self._old:
            if account_key in self._sites and len(self._wanted) < _WANTED_MAX:
                self._wanted[account_key] = None
            if zones is None:
                return ""
        return zones.get(bare(number), "")

    def set_zones(self, account_key: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """The zones of one account, as ``GET /v1/zones`` lists them."""
        zones = {bare(str(row.get("number", ""))): called(row, self._language) for row in rows}
        before = self._zones.pop(account_key, {})
        self._zones[account_key] = zones
        if len(self._zones) > ZONES_MAX:
            self._zones.pop(next(iter(self._zones)))
        self._old.discard(account_key)
        self._wanted.pop(account_key, None)
        self.version += zones != before

    def take_wanted(self) -> set[str]:
        """Accounts whose zones were asked for since this was asked last, and are not known."""
        wanted, self._wanted = set(self._wanted), {}
        return wanted

    def renew_zones(self) -> None:
        """Zones may be called something else: every one that is shown is asked for again, and shown till then."""
        self._old = set(self._zones)
        self._wanted.clear()
        self.version += 1
