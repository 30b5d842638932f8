"""The accounts as the station uses them: on disk and in memory, always the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from protocols.model import Dialect
from receiver.accounts.account import Account
from receiver.accounts.columns import Row
from receiver.accounts.index import Accounts
from receiver.accounts.merge import Change
from receiver.accounts.store import AccountStore


class AccountBook:
    """Holds the database and the index. Use it from one thread. Changes block for one small transaction."""

    def __init__(self, path: Path) -> None:
        """Open the database, or make it. Raises :class:`~receiver.accounts.merge.AccountsError`."""
        self._store = AccountStore(path)
        self.accounts = Accounts()
        self.watchers: list[Callable[[Change], None]] = []
        """Called after each change that changed something."""
        self._all: tuple[Account, ...] = ()
        self._refresh()
        self.find = self.accounts.find
        """See :meth:`receiver.accounts.index.Accounts.find`."""
        self.dialect: Callable[[str, str | None, str | None, str], Dialect] = self.accounts.dialect
        """See :meth:`receiver.accounts.index.Accounts.dialect`; a :data:`protocols.ends.Lookup`."""

    def all(self) -> tuple[Account, ...]:
        """Every account, by account number."""
        return self._all

    def listing(self) -> list[dict[str, str | int | None]]:
        """Every account as column to value, keys masked: what the API shows."""
        return [account.row() for account in self._all]

    def import_rows(self, rows: Iterable[Row], replace: bool = False) -> Change:
        """Lay rows over the accounts, all or none, with effect at once.

        Rows map columns to values (texts; ``supervision_s`` may be an int) with given columns only;
        ``line`` may say where a row came from. Raises
        :class:`~receiver.accounts.columns.ImportErrors`, whose text is fit for the API's answer.
        """
        change = self._store.merge(rows, replace=replace)
        self._refresh(change)
        return change

    def remove(self, account: str, adapter: str = "", prefix: str = "", receiver: str = "") -> Account:
        """Take one account away, named by exactly its identity. Raises AccountsError when there is none."""
        gone = self._store.remove({"account": account, "adapter": adapter, "prefix": prefix, "receiver": receiver})
        self._refresh(Change(removed=(gone.account_key,)))
        return gone

    def close(self) -> None:
        """Close the database; lookups go on working."""
        self._store.close()

    def _refresh(self, change: Change | None = None) -> None:
        if change is not None and not any(change.counts().values()):
            return
        self._all = tuple(self._store.all())
        self.accounts.replace(self._all)
        if change is not None:
            for watcher in self.watchers:
                watcher(change)
