"""The accounts and their zones' names as the station uses them: on disk and in memory, always the same.

A change has two halves. :meth:`AccountBook.prepare_import` checks, merges, writes to the disk and builds the new
index; it may take long, and any thread may do it. :meth:`AccountBook.apply` lets the station use the result, and
takes no time. Changes are made one at a time: whoever prepares applies (or fails) before the next one prepares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from msgspec import Struct, structs

from protocols.ends import Lookup
from protocols.model import Dialect
from receiver.accounts.account import Account
from receiver.accounts.columns import Row
from receiver.accounts.identity import parse_key
from receiver.accounts.index import Accounts, Snapshot
from receiver.accounts.merge import AccountsError, Change, NoAccountError, find_exactly, merge
from receiver.accounts.store import AccountStore
from receiver.accounts.zone_names import ZoneTable, follow, merge_zones, without, zone_row


class Prepared(Struct, frozen=True):
    """A change that is on disk, ready for :meth:`AccountBook.apply`."""

    change: Change
    before: tuple[Account, ...]
    after: tuple[Account, ...]
    index: Snapshot
    zones_before: ZoneTable
    zones_after: ZoneTable

    def __repr__(self) -> str:
        return f"<Prepared {self.change.counts()}>"


class AccountBook:
    """Holds the accounts; the database is open only while it is read or written.

    Lookups and :meth:`apply` belong to one thread, the preparing halves to any.
    """

    def __init__(self, path: Path, strangers: Dialect | None = None) -> None:
        """Read the database, or make it. Raises :class:`~receiver.accounts.merge.StoreError`.

        ``strangers``: what ends are told of accounts that nobody has entered, such as keys to try on them.
        """
        self._path = path
        self._closed = False
        with closing(AccountStore(path)) as store:
            self._all = tuple(store.all())
            self._zones = store.zones(self._all)
        self.accounts = Accounts(self._all)
        self.find = self.accounts.find
        """See :meth:`receiver.accounts.index.Accounts.find`."""
        self.dialect: Lookup = self.accounts.dialect if strangers is None else self._or(strangers)
        """See :meth:`receiver.accounts.index.Accounts.dialect`."""

    def _or(self, strangers: Dialect) -> Lookup:
        def dialect(adapter: str, receiver: str | None, prefix: str | None, account: str) -> Dialect:
            found = self.accounts.dialect(adapter, receiver, prefix, account)
            return found if found.known else strangers

        return dialect

    def all(self) -> tuple[Account, ...]:
        """Every account, by account number."""
        return self._all

    def listing(self) -> list[dict[str, str | int | None]]:
        """Every account as column to value, keys masked."""
        return [account.row() for account in self._all]

    def renamed(self, keys: Iterable[str]) -> list[str]:
        """Which of these names of accounts that nobody had entered (``?L0#1234``) have an account by now.

        ``"?L0#1234 1234"``: the old name, a blank, the account's. A name under which several accounts may report,
        each by an adapter of its own, is left out.
        """
        found = []
        for key in keys:
            identity = parse_key(key[1:]) if key[:1] == "?" else None
            if identity is not None:
                account = self.accounts.wherever(identity.receiver, identity.prefix, identity.account)
                if account is not None:
                    found.append(f"{key} {account.account_key}")
        return found

    def prepare_import(self, rows: Iterable[Row], replace: bool = False) -> Prepared:
        """Lay rows over the accounts, all or none, and write them to the disk.

        Rows map columns to values (texts; ``supervision_s`` may be a number) with given columns only; ``line`` may
        say where a row came from. Raises :class:`~receiver.accounts.columns.ImportErrors`, whose text is fit for
        the API's answer, and ``sqlite3.Error`` or :class:`~receiver.accounts.merge.StoreError` when the disk fails.
        """
        after, change = merge(self._all, rows, replace=replace)
        return self._prepared(tuple(after), change)

    def prepare_removal(self, account: str, adapter: str = "", prefix: str = "", receiver: str = "") -> Prepared:
        """Take one account away, named by exactly its identity.

        Raises :class:`~receiver.accounts.merge.NoAccountError` when there is none, and as
        :meth:`prepare_import` does.
        """
        before = self._all
        gone = find_exactly(before, {"account": account, "adapter": adapter, "prefix": prefix, "receiver": receiver})
        after = tuple(other for other in before if other is not gone)
        return self._prepared(after, Change(removed=(gone.account_key,)))

    def apply(self, prepared: Prepared) -> Change:
        """Use what was prepared, from now on."""
        if prepared.before is not self._all or prepared.zones_before is not self._zones:
            raise RuntimeError("accounts were changed while a change was prepared")
        self.accounts.replace(prepared.index)
        self._all = prepared.after
        self._zones = prepared.zones_after
        return prepared.change

    def import_rows(self, rows: Iterable[Row], replace: bool = False) -> Change:
        """Prepare and apply; it blocks for the disk."""
        return self.apply(self.prepare_import(rows, replace))

    def remove(self, account: str, adapter: str = "", prefix: str = "", receiver: str = "") -> Change:
        """Prepare and apply; it blocks for the disk."""
        return self.apply(self.prepare_removal(account, adapter, prefix, receiver))

    # Zones

    @property
    def zone_table(self) -> ZoneTable:
        """The names of all zones as they are now; replaced as a whole. Any thread may read it."""
        return self._zones

    def zones(self, account_key: str) -> list[dict[str, str]]:
        """The zones of one account as column to value, lower numbers first.

        Any thread may ask. Raises :class:`~receiver.accounts.merge.NoAccountError`.
        """
        account = self.accounts.snapshot.hits.get(account_key)
        if account is None:
            raise NoAccountError(f"there is no account {account_key!r}")
        return [zone_row(account.account, zone) for zone in self._zones.get(account_key, {}).values()]

    def zone_listing(self, offset: int = 0, limit: int = 1 << 62) -> list[dict[str, str]]:
        """Zones of all accounts as column to value, by account and number. Any thread may ask."""
        return list(self._zone_rows(offset, limit))

    def _zone_rows(self, offset: int, limit: int) -> Iterator[dict[str, str]]:
        hits, table = self.accounts.snapshot.hits, self._zones
        for key, zones in table.items():
            if limit <= 0:
                return
            if offset >= len(zones):
                offset -= len(zones)
                continue
            some = list(zones.values())[offset : offset + limit]
            offset, limit = 0, limit - len(some)
            if key in hits:  # not one that was removed a moment ago
                yield from (zone_row(hits[key].account, zone) for zone in some)

    def prepare_zones(self, rows: Iterable[Row], replace: bool = False) -> Prepared:
        """Lay rows over the names of zones, all or none, and write them to the disk.

        With ``replace`` also drop, of every account that a row names, the zones that no row names. Raises as
        :meth:`prepare_import` does; a row of an account that nobody entered is a bad one.
        """
        zones, change = merge_zones(self._all, self._zones, rows, replace=replace)
        return self._prepared(self._all, change, zones)

    def prepare_zone_removal(
        self, account: str, adapter: str = "", prefix: str = "", receiver: str = "", number: str = ""
    ) -> Prepared:
        """Take the name of one zone away, or of all zones of the account where no number is given.

        Raises :class:`~receiver.accounts.merge.NoAccountError` when there is no such account or zone.
        """
        found = find_exactly(
            self._all, {"account": account, "adapter": adapter, "prefix": prefix, "receiver": receiver}
        )
        zones, change = without(self._all, self._zones, found, number)
        return self._prepared(self._all, change, zones)

    def close(self) -> None:
        """Take no more changes; lookups go on working."""
        self._closed = True

    def _prepared(self, after: tuple[Account, ...], change: Change, zones: ZoneTable | None = None) -> Prepared:
        """Write a change of the accounts, or (with ``zones``) of the zones, to the disk."""
        if self._closed:
            raise AccountsError("the station stops: accounts cannot be changed now; try again")
        before, zones_before = self._all, self._zones
        if not any(change.counts().values()):
            return Prepared(change, before, before, self.accounts.snapshot, zones_before, zones_before)
        if zones is None:
            zones, notes = follow(zones_before, change, after)
            change = structs.replace(change, notes=(*change.notes, *notes))
        with closing(AccountStore(self._path)) as store:
            store.write(before, after, zones_before, zones)
        index = self.accounts.snapshot if after is before else self.accounts.prepare(after)
        return Prepared(change, before, after, index, zones_before, zones)
