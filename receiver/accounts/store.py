"""The database of accounts and of their zones' names: changed as a whole in one transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from receiver.accounts.account import COLUMNS, Account
from receiver.accounts.identity import Identity, parse_key
from receiver.accounts.merge import StoreError
from receiver.accounts.zone_names import ZONE_COLUMNS, Zone, ZonesOf, ZoneTable, zones_by_number
from receiver.sqlite import Database, Migrations

migrations = Migrations("ptsn-accounts")

_UPSERT = (
    f"insert or replace into accounts ({', '.join(COLUMNS)}) values ({', '.join(f':{column}' for column in COLUMNS)})"
)
_DIALECT = ("edition", "encoding", "numbers")
_LATER = (*_DIALECT, "missed")
"""Columns that the first release had not."""
_THIS = "account = ? and adapter = ? and prefix = ? and receiver = ?"
_DELETE = f"delete from accounts where {_THIS}"
_DELETE_ZONE = f"delete from zones where {_THIS} and number = ?"
_INSERT_ZONE = f"insert into zones ({', '.join(ZONE_COLUMNS)}) values ({', '.join('?' * len(ZONE_COLUMNS))})"


@migrations()
def first(db: Database) -> None:
    """Accounts by their identity; blank texts stand for what was not given."""
    columns = [column for column in COLUMNS if column not in _LATER]
    types: dict[str, Any] = dict.fromkeys(columns, str) | {"supervision_s": int}
    identity = ("account", "adapter", "prefix", "receiver")
    texts = [column for column in columns if column != "supervision_s"]
    db.table("accounts").create(types, pk=identity, not_null=texts, defaults=dict.fromkeys(texts, ""), strict=True)


@migrations()
def dialect(db: Database) -> None:
    """What is known of how a panel writes."""
    for column in _DIALECT:
        db.table("accounts").add_column(column, str, not_null_default="")


@migrations()
def zones(db: Database) -> None:
    """What the zones of an account are called, by the account's identity and the zone's number as entered."""
    # No foreign key: an account that changes is replaced as a row, which would take its zones along.
    db.table("zones").create(
        dict.fromkeys(ZONE_COLUMNS, str),
        pk=ZONE_COLUMNS[:5],
        not_null=ZONE_COLUMNS,
        defaults=dict.fromkeys(ZONE_COLUMNS, ""),
        strict=True,
    )


@migrations()
def missed(db: Database) -> None:
    """How many tests a path may miss before it is lost."""
    db.table("accounts").add_column("missed", str, not_null_default="")


class AccountStore:
    """Accounts and zones on disk. Belongs to the thread that opened it; changes are on disk when a call returns.

    Made when it is not there (mode 0600), unless ``read_only``, when a missing file reads as no accounts.
    Raises :class:`~receiver.accounts.merge.StoreError` when the file is something else.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._db = self._open(read_only)

    def _open(self, read_only: bool) -> Database | None:
        if read_only and not self.path.exists():
            return None
        try:
            if read_only:
                db = Database(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True))
            else:
                # Keys are in it: nobody else may read it, from its first moment.
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
                db = Database(self.path)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{self.path}: cannot be opened: {getattr(error, 'strerror', None) or error}") from error
        try:
            db.execute("pragma foreign_keys = on")
            db.execute("pragma synchronous = full")
            self._migrate(db, read_only)
        except sqlite3.Error as error:
            db.close()
            raise StoreError(f"{self.path}: not a database of accounts: {error}") from error
        except StoreError:
            db.close()
            raise
        return db

    def _migrate(self, db: Database, read_only: bool) -> None:
        with closing(Database(memory=True)) as empty:
            ours = {step.name for step in migrations.pending(empty)}
        if any(step.name not in ours for step in migrations.applied(db)):
            raise StoreError(f"{self.path}: made by a newer release of ptsn; update this one")
        if not read_only:
            migrations.apply(db)

    def close(self) -> None:
        """Close the database."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def all(self) -> list[Account]:
        """Every account, by account number."""
        if self._db is None or "accounts" not in self._db.table_names():
            return []
        accounts = [_account(row) for row in self._db["accounts"].rows]
        return sorted(accounts, key=lambda account: account.identity)

    def zones(self, accounts: Sequence[Account]) -> ZoneTable:
        """The zones of these accounts, which are all there are, in their order."""
        if self._db is None or "zones" not in self._db.table_names():
            return {}
        found: dict[str, list[Zone]] = {}
        for row in self._db["zones"].rows:
            key = Identity(row["account"], row["adapter"], row["prefix"], row["receiver"]).key
            found.setdefault(key, []).append(Zone(row["number"], row["name"], row["name_ru"], row["name_kk"]))
        return {
            account.account_key: zones_by_number(found[account.account_key])
            for account in accounts
            if account.account_key in found
        }

    def write(
        self,
        before: Sequence[Account],
        after: Sequence[Account],
        zones_before: ZoneTable | None = None,
        zones_after: ZoneTable | None = None,
    ) -> None:
        """Make ``after`` of ``before`` in one transaction. Raises ``sqlite3.Error``; nothing is changed then."""
        if self._db is None:
            raise StoreError(f"{self.path}: opened for reading only")
        old, new = zones_before or {}, zones_after or {}
        kept = {account.identity for account in after}
        known = {account.identity: account for account in before}
        gone = [_identity(account) for account in before if account.identity not in kept]
        with self._db.atomic():
            self._db.conn.executemany(_DELETE, gone)
            changed = [account for account in after if known.get(account.identity) is not account]
            self._db.conn.executemany(_UPSERT, map(_row, changed))
            if old is not new:
                self._db.conn.executemany(_DELETE_ZONE, _only_in(old, new))
                self._db.conn.executemany(_INSERT_ZONE, _only_in(new, old, names=True))


def _only_in(table: ZoneTable, other: ZoneTable, *, names: bool = False) -> Iterator[tuple[str, ...]]:
    """What the other table has not, or has otherwise: identity and number, and with ``names`` the names, too."""
    for key, zones in table.items():
        others: ZonesOf = other.get(key, {})
        if others is zones:
            continue
        identity = parse_key(key)
        assert identity is not None
        place = (identity.account, identity.adapter, identity.prefix, identity.receiver)
        for number, zone in zones.items():
            if others.get(number) != zone:
                called = (zone.name, zone.name_ru, zone.name_kk) if names else ()
                yield (*place, zone.number, *called)


def _identity(account: Account) -> tuple[str, ...]:
    return account.account, account.adapter, account.prefix, account.receiver


def _row(account: Account) -> dict[str, Any]:
    return account.row(with_key=True)


def _account(row: Mapping[str, Any]) -> Account:
    # A database of an earlier release that may only be read has not all of them.
    values = {column: row.get(column, "") for column in COLUMNS}
    values["communicators"] = tuple(values["communicators"].split())
    values["key_form"] = values["key_form"] or "hex"
    return Account(**values)
