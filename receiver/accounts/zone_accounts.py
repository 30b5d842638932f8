"""Which account a row of zone names is about. Pure.

Exactly the one it names, else the only one that has its number: lists of zones are written by installers, who know the
number of a panel and not how the station tells it from others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from receiver.accounts.account import Account
from receiver.accounts.columns import ColumnError
from receiver.accounts.identity import Identity
from receiver.accounts.merge import similar

_SHOWN = 5
_TELLING = ("adapter", "prefix", "receiver")


class AccountsByNumber:
    """The accounts that are entered, and what rows were taken for."""

    def __init__(self, accounts: Sequence[Account]) -> None:
        self._known = {account.identity: account for account in accounts}
        self._by_number: dict[str, list[Account]] = {}
        for account in accounts:
            self._by_number.setdefault(account.account, []).append(account)
        self._taken: dict[tuple[str, str], int] = {}

    def find(self, given: Mapping[str, str]) -> Account:
        """The account of a checked row.

        What is blank in the row or in the account may be anything in the other; what both say must be the same, for
        names of another site's zones would send help to the wrong door.

        Raises :class:`~receiver.accounts.columns.ColumnError`, which says what to write.
        """
        wanted = Identity(*(given.get(column, "") for column in ("account", *_TELLING)))
        account = self._known.get(wanted)
        if account is not None:
            return account
        same = self._by_number.get(wanted.account, [])
        if len(same) > 1:
            raise ColumnError(
                f"account: {wanted.key} is none of the {len(same)} accounts of that number; "
                f"fill in adapter, prefix and receiver as one of them has them: {_choices(same)}"
            )
        if not same or not _agree(wanted, same[0].identity):
            raise ColumnError(
                f"account: there is no account {wanted.key}{similar(wanted, self._known.values())}; "
                "allowed: accounts that are entered, with adapter, prefix and receiver as they have them"
            )
        taken = (wanted.key, same[0].account_key)
        self._taken[taken] = self._taken.get(taken, 0) + 1
        return same[0]

    def notes(self) -> Iterator[str]:
        """A sentence for every account that stood in for another."""
        for (named, meant), rows in self._taken.items():
            count = "1 row" if rows == 1 else f"{rows} rows"
            yield f"{named} was taken for {meant}, the only account of that number: {count}"


def _agree(one: Identity, other: Identity) -> bool:
    pairs = ((getattr(one, column), getattr(other, column)) for column in _TELLING)
    return all(left == right or not left or not right for left, right in pairs)


def _choices(accounts: Sequence[Account]) -> str:
    """``L5#77 (prefix 5), L6#77 (prefix 6)``."""
    said = []
    for account in accounts[:_SHOWN]:
        filled = [f"{column} {value}" for column in _TELLING if (value := getattr(account, column))]
        said.append(f"{account.account_key} ({', '.join(filled) or 'all three blank'})")
    rest = len(accounts) - _SHOWN
    return ", ".join(said) + (f" and {rest} more" if rest > 0 else "")
