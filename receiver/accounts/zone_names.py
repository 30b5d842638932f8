"""What the zones of the accounts are called. Pure: rows laid over what is there, all or none.

A zone is told by its account and its number; leading zeros of the number do not count (``5``, ``05`` and ``005`` are
one zone), capitals neither. Names belong to accounts that are entered, and go when their account goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

from msgspec import Struct

from receiver.accounts.account import Account
from receiver.accounts.columns import IDENTITY_CHECKS, ColumnError, ImportErrors, Row, check_columns
from receiver.accounts.csvfile import read_csv
from receiver.accounts.identity import bare
from receiver.accounts.merge import AccountsError, Change, NoAccountError
from receiver.accounts.zone_accounts import AccountsByNumber

ZONE_COLUMNS = ("account", "adapter", "prefix", "receiver", "number", "name", "name_ru", "name_kk")

_NUMBER = re.compile(r"[0-9A-Za-z]{1,8}")
_NAMES = ("name", "name_ru", "name_kk")


class Zone(Struct, frozen=True, gc=False):
    """What one zone is called. At least one of the names is there."""

    number: str
    """As it was entered, in upper case: 1 to 8 letters and digits."""
    name: str = ""
    name_ru: str = ""
    name_kk: str = ""

    def called(self, language: str) -> str:
        """Its name in the language, else in any that it has one in."""
        names = {"ru": self.name_ru, "kk": self.name_kk}
        return names.get(language) or self.name or self.name_ru or self.name_kk


ZonesOf = Mapping[str, Zone]
"""The zones of one account, by number without leading zeros."""
ZoneTable = Mapping[str, ZonesOf]
"""``Account.account_key`` to its zones, in the order of the accounts. Changed never, replaced as a whole."""


class NoZoneError(NoAccountError):
    """There is no name for such a zone."""


def check_zone(row: Row) -> dict[str, str]:
    """The given columns of a row, normalised. Raises :class:`~receiver.accounts.columns.ColumnError`."""
    checked = check_columns(row, ZONE_COLUMNS, {**IDENTITY_CHECKS, "number": _number})
    if not checked.get("number"):
        raise ColumnError("number: is missing")
    return checked


def read_zones(stream: BinaryIO) -> list[dict[str, object]]:
    """Rows of a CSV file for :func:`merge_zones`. Raises :class:`~receiver.accounts.columns.ImportErrors`."""
    return read_csv(stream, ZONE_COLUMNS, check_zone, ("account", "number"))


def zone_row(account: Account, zone: Zone) -> dict[str, str]:
    """A zone as column to value, as in files and on the API."""
    return {
        "account": account.account,
        "adapter": account.adapter,
        "prefix": account.prefix,
        "receiver": account.receiver,
        "number": zone.number,
        "name": zone.name,
        "name_ru": zone.name_ru,
        "name_kk": zone.name_kk,
    }


def merge_zones(
    accounts: Sequence[Account], current: ZoneTable, rows: Iterable[Row], *, replace: bool = False
) -> tuple[ZoneTable, Change]:
    """Lay ``rows`` over ``current``; with ``replace`` also drop, of every account that a row names, what no row names.

    ``Change`` names zones as ``"1234 5"``, and notes which account was taken for another. Raises
    :class:`~receiver.accounts.columns.ImportErrors` with one line a bad row; a row of an account that nobody entered,
    or that may be several, is one.
    """
    known = AccountsByNumber(accounts)
    new: dict[str, dict[str, Zone]] = {}
    places: dict[tuple[str, str], str] = {}
    added: list[str] = []
    changed: list[str] = []
    errors: list[str] = []
    for index, row in enumerate(rows, 1):
        place = f"line {row['line']}" if type(row.get("line")) is int else f"row {index}"
        try:
            given = check_zone(row)
            key = known.find(given).account_key
            number = bare(given["number"])
            if (key, number) in places:
                raise ColumnError(f"number: zone {number} of {key} is on {places[key, number]} already")
            places[key, number] = place
            old = current.get(key, {}).get(number)
            zone = new.setdefault(key, {})[number] = _lay_over(old, given)
            if old is None:
                added.append(f"{key} {number}")
            elif old != zone:
                changed.append(f"{key} {number}")
        except ColumnError as error:
            errors.append(f"{place}: {error}")
    if not errors and replace and not new:
        errors.append("there are no rows, so there is nothing to replace; `zones remove` takes names away")
    if errors:
        raise ImportErrors(errors)
    removed = []
    table = dict(current)
    for key, zones in new.items():
        before = current.get(key, {})
        if replace:
            removed += [f"{key} {number}" for number in before if number not in zones]
        table[key] = zones_by_number((zones if replace else {**before, **zones}).values())
    change = Change(added=tuple(added), changed=tuple(changed), removed=tuple(removed), notes=tuple(known.notes()))
    return _ordered(accounts, table), change


def without(
    accounts: Sequence[Account], current: ZoneTable, account: Account, number: str = ""
) -> tuple[ZoneTable, Change]:
    """Take the name of one zone away, or with a blank number those of all zones of the account.

    Raises :class:`NoZoneError` when there is none, :class:`~receiver.accounts.merge.AccountsError` for what is no
    number.
    """
    key = account.account_key
    zones = current.get(key, {})
    try:
        wanted = bare(_number(number.strip())) if number.strip() else ""
    except ColumnError as error:
        raise AccountsError(str(error)) from error
    gone = [one for one in zones if not wanted or one == wanted]
    if not gone:
        raise NoZoneError(f"{key} has no name for zone {number.strip()}" if wanted else f"{key} has no zone names")
    table = {**current, key: {one: zone for one, zone in zones.items() if one not in gone}}
    return _ordered(accounts, table), Change(removed=tuple(f"{key} {one}" for one in gone))


def follow(current: ZoneTable, change: Change, after: Sequence[Account]) -> tuple[ZoneTable, tuple[str, ...]]:
    """The zones after the accounts changed, and notes for a person.

    The zones of an account that goes go with it; but where exactly one of its number goes and one comes (it got
    another prefix, say), they are the same account under another name, and its zones stay with it.
    """
    gone = [key for key in change.removed if key in current]
    if not gone:
        return current, ()
    number_of = {key: _bare_number(key) for key in (*change.removed, *change.added)}
    notes = []
    table = dict(current)
    for key in gone:
        zones = table.pop(key)
        old = [other for other in change.removed if number_of[other] == number_of[key]]
        new = [other for other in change.added if number_of[other] == number_of[key]]
        if len(old) == len(new) == 1:
            table[new[0]] = zones
            notes.append(f"the zone names of {key} are now those of {new[0]}: {len(zones)}")
        else:
            notes.append(f"{key} is removed, and with it the names of its zones: {len(zones)}")
    return _ordered(after, table), tuple(notes)


def zones_by_number(zones: Iterable[Zone]) -> ZonesOf:
    """By number without leading zeros, lower numbers first."""
    found = {bare(zone.number): zone for zone in zones}
    return {number: found[number] for number in sorted(found, key=lambda number: (len(number), number))}


def _number(value: str) -> str:
    if value and not _NUMBER.fullmatch(value):
        raise ColumnError(f"number: found {value[:40]!r}; 1 to 8 letters and digits (a-z, 0-9) are allowed")
    if value and not value.strip("0"):
        raise ColumnError(f"number: found {value!r}, which means no zone in particular; allowed: 1 and above")
    return value.upper()


def _lay_over(old: Zone | None, given: Mapping[str, str]) -> Zone:
    names = [given.get(column, getattr(old, column) if old else "") for column in _NAMES]
    if not any(names):
        raise ColumnError("name: is empty, and so are name_ru and name_kk; allowed: a name in one of them")
    return Zone(given["number"], *names)


def _bare_number(key: str) -> str:
    return bare(key.rpartition("#")[2].partition("@")[0])


def _ordered(accounts: Sequence[Account], table: ZoneTable) -> ZoneTable:
    keys = (account.account_key for account in accounts)
    return {key: table[key] for key in keys if table.get(key)}
