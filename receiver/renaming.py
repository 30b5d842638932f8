"""Accounts and zones that are changed while the station runs: what supervision, alarms and journal are told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from receiver.accounts import AccountBook, Change
from receiver.adapters.line import now as this_moment
from receiver.chronicle import Chronicle
from receiver.desk import Desk
from receiver.supervisor import Supervisor

RENAME_S = 2.0
ACCOUNTS_TOLD = 10
"""Accounts that an entry names whose zones got other names."""


class Renaming:
    """Tells of changes, in the reactor's thread. ``desk`` gives the desk as it is now."""

    def __init__(
        self, book: AccountBook, supervisor: Supervisor, chronicle: Chronicle, desk: Callable[[], Desk], reactor: Any
    ) -> None:
        self._book = book
        self._supervisor = supervisor
        self._chronicle = chronicle
        self._desk = desk
        self._reactor = reactor

    def accounts_changed(self, text: str, operator: str) -> None:
        """The accounts were changed over the API. Open alarms of accounts entered now go on under their names."""
        self._supervisor.expect(this_moment())
        self._tell_accounts(text, {"operator": [operator]})
        # A signal on its way to the disk may open one more alarm under the old name.
        self._reactor.callLater(RENAME_S, self.rename)

    def zones_changed(self, change: Change, operator: str) -> None:
        """Names of zones were changed over the API."""
        zones = (*change.added, *change.changed, *change.removed)
        accounts = list(dict.fromkeys(zone.rpartition(" ")[0] for zone in zones))
        details = {name: [str(count)] for name, count in change.counts().items() if count}
        if len(accounts) <= ACCOUNTS_TOLD:
            details["accounts"] = accounts
        details["operator"] = [operator]
        self._chronicle.event("zones.changed", details=details)

    def rename(self) -> None:
        """Let open alarms of accounts that were entered meanwhile go on under their names."""
        if self._book.renamed(alarm.account_key for alarm in self._desk().open()):
            self._tell_accounts("", {})

    def _tell_accounts(self, text: str, details: dict[str, list[str]]) -> None:
        renamed = self._book.renamed(alarm.account_key for alarm in self._desk().open())
        if renamed:
            details["renamed"] = renamed
        self._chronicle.event("accounts.changed", text=text, details=details)
