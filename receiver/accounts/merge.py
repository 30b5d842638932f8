"""Rows laid over what is there: given columns overwrite, absent ones keep their value.

Pure: accounts and rows in, accounts and a :class:`Change` out. Every row is checked before anything is
taken, and when one is bad none is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from protocols.errors import UserError
from receiver.accounts.account import MASK, Account
from receiver.accounts.columns import ColumnError, ImportErrors, Row, check_key, check_row
from receiver.accounts.identity import Identity, bare, parse_key


class AccountsError(UserError, ValueError):
    """Accounts that cannot be read, found or changed."""


class NoAccountError(AccountsError):
    """There is no such account."""


class StoreError(AccountsError):
    """The database of accounts cannot be opened, or is something else."""


class Change(Struct, frozen=True, kw_only=True):
    """What a change did, by the names of the accounts (``Account.account_key``)."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences for a person: done, but perhaps not what was meant."""

    def counts(self) -> dict[str, int]:
        """``{"added": n, "changed": n, "removed": n}``."""
        return {"added": len(self.added), "changed": len(self.changed), "removed": len(self.removed)}


def merge(current: Iterable[Account], rows: Iterable[Row], *, replace: bool = False) -> tuple[list[Account], Change]:
    """Lay ``rows`` over ``current``; with ``replace`` also drop what no row names.

    Raises :class:`~receiver.accounts.columns.ImportErrors` with one line a bad row.
    """
    old = {account.identity: account for account in current}
    new: dict[Identity, Account] = {}
    lines: dict[Identity, str] = {}
    errors: list[str] = []
    weakened: list[str] = []
    idle: list[str] = []
    for index, row in enumerate(rows, 1):
        place = f"line {row['line']}" if type(row.get("line")) is int else f"row {index}"
        try:
            given = check_row(row)
            identity = _identity(given)
            if identity in lines:
                raise ColumnError(f"account: {identity.key} is on {lines[identity]} already")
            lines[identity] = place
            before = old.get(identity)
            new[identity] = account = _lay_over(before, given)
            if before is not None:
                weakened += _weakened(before, account)
            if account.missed and not account.supervision_s:
                idle.append(f"{account.account_key}: missed = {account.missed} says nothing while supervision_s is off")
        except ColumnError as error:
            errors.append(f"{place}: {error}")
    result = new if replace else {**old, **new}
    keys = {account.account_key for account in result.values()}
    for identity, account in new.items():
        errors += [f"{lines[identity]}: {problem}" for problem in _strangers(account, result, keys)]
    if not errors and replace and not new:
        errors.append("there are no rows, and replacing would remove every account; use `accounts remove` for that")
    if errors:
        raise ImportErrors(errors)
    removed = [account for identity, account in old.items() if identity not in result]
    weakened += [
        f"{account.account_key} is removed, and need not encrypt any more"
        for account in removed
        if account.must_encrypt
    ]
    change = Change(
        added=tuple(new[identity].account_key for identity in new if identity not in old),
        changed=tuple(
            new[identity].account_key for identity in new if old.get(identity, new[identity]) != new[identity]
        ),
        removed=tuple(account.account_key for account in removed),
        notes=(*weakened, *idle, *_lookalikes(result, [identity for identity in new if identity not in old])),
    )
    return sorted(result.values(), key=lambda account: account.identity), change


def find_exactly(current: Sequence[Account], row: Row) -> Account:
    """The account of exactly this identity. Raises :class:`NoAccountError`, which names similar ones.

    And :class:`AccountsError` for a row that names none.
    """
    try:
        identity = _identity(check_row(row))
    except ColumnError as error:
        raise AccountsError(str(error)) from error
    for account in current:
        if account.identity == identity:
            return account
    raise NoAccountError(f"there is no account {identity.key}{similar(identity, current)}")


def _identity(given: dict[str, str]) -> Identity:
    return Identity(*(given.get(column, "") for column in ("account", "adapter", "prefix", "receiver")))


def _lay_over(old: Account | None, given: dict[str, str]) -> Account:
    values = {column: str(value or "") for column, value in old.row(with_key=True).items()} if old else {}
    if given.get("key") == MASK:
        if not values.get("key"):
            raise ColumnError("key: it is masked; `accounts export --with-keys` writes keys out")
        given = {column: value for column, value in given.items() if column not in ("key", "key_form")}
    meant = given.get("encryption") == "optional"
    if old is not None and old.key and given.get("key") == "" and not meant:
        raise ColumnError(
            f"key: is empty and would take the key of {old.account_key} away; leave the column out to keep keys, "
            "or give encryption = optional with it to take it away"
        )
    values |= given
    form = values.get("key_form") or "hex"
    key = check_key(values["key"], form) if values.get("key") else ""
    communicators = tuple(values.get("communicators", "").split())
    account = Account(
        account=values["account"],
        adapter=values.get("adapter", ""),
        prefix=values.get("prefix", ""),
        receiver=values.get("receiver", ""),
        name=values.get("name", ""),
        name_ru=values.get("name_ru", ""),
        name_kk=values.get("name_kk", ""),
        address=values.get("address", ""),
        phone=values.get("phone", ""),
        key=key,
        key_form=form if key else "hex",
        encryption=_encryption(values.get("encryption", ""), given.get("encryption", ""), key, communicators),
        time_zone=values.get("time_zone", ""),
        supervision_s=int(values["supervision_s"]) if values.get("supervision_s") else None,
        missed=values.get("missed", ""),
        communicators=communicators,
        edition=values.get("edition", ""),
        encoding=values.get("encoding", ""),
        numbers=values.get("numbers", ""),
    )
    if old is not None and old.must_encrypt and not account.must_encrypt and not meant:
        column = "encryption" if communicators else "communicators"
        raise ColumnError(
            f"{column}: with this {old.account_key} would not have to encrypt any more; "
            "give encryption = optional with it if that is meant"
        )
    return account


def _weakened(old: Account, new: Account) -> Iterable[str]:
    """What a row took away that kept others from speaking for the account."""
    lost = ["its key is taken away"] if old.key and not new.key else []
    if old.must_encrypt and not new.must_encrypt:
        lost.append("what comes in the clear is accepted from now on")
    if lost:
        yield f"{new.account_key}: {', and '.join(lost)}"


def _encryption(value: str, given: str, key: str, communicators: tuple[str, ...]) -> str:
    """``required`` where there is a key and nothing else is said; blank where there is nothing to encrypt with."""
    if value == "none":
        if key:
            raise ColumnError("encryption: found 'none', but there is a key; allowed: required, optional")
        value = ""
    if key:
        return value or "required"
    if communicators:
        return value
    if given == "required":
        raise ColumnError("encryption: required, but there is no key (and no communicators)")
    return ""


def _strangers(account: Account, accounts: dict[Identity, Account], keys: set[str]) -> Iterable[str]:
    for key in account.communicators:
        identity = parse_key(key)
        if key not in keys and identity is not None:
            yield f"communicators: there is no account {key}{similar(identity, accounts.values())}"
        elif key == account.account_key:
            yield f"communicators: {key} is the account itself"


def similar(identity: Identity, accounts: Iterable[Account]) -> str:
    """The end of a sentence that names accounts of the same number; blank where there is none."""
    keys = [account.account_key for account in accounts if bare(account.account) == bare(identity.account)]
    return f"; there is {', '.join(keys[:5])}" if keys else ""


def _lookalikes(accounts: dict[Identity, Account], added: Iterable[Identity]) -> Iterable[str]:
    """Spreadsheets strip leading zeros: a new 123 beside 0123 would take messages away from it."""
    by_bare: dict[Identity, list[str]] = {}
    for identity, account in accounts.items():
        stripped = Identity(bare(identity.account), identity.adapter, identity.prefix, identity.receiver)
        by_bare.setdefault(stripped, []).append(account.account_key)
    for identity in added:
        stripped = Identity(bare(identity.account), identity.adapter, identity.prefix, identity.receiver)
        others = [key for key in by_bare[stripped] if key != identity.key]
        if others:
            yield f"{identity.key} is new beside {', '.join(others)}: they differ only in leading zeros"
