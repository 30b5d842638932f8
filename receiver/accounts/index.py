"""From what a message names to the account: asked for every message, so it must cost next to nothing.

An account is looked for as it was sent, in upper case, and then without leading zeros. Of the accounts of
that number the most specific one whose filled fields all match wins: (adapter, R, L, #), then (R, L, #),
then (L, #), then # alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from protocols.model import Base, Dialect, Edition, Key
from receiver.accounts.account import Account
from receiver.accounts.identity import bare, number

UNKNOWN = Dialect(known=False)
"""What is known of an account that nobody has entered."""

CACHE_SIZE = 65_536
"""Names remembered with their answer. Peers choose the names, so there is an end to it."""


class _Hit(Struct, frozen=True, gc=False):
    """An account, and what an end is told of it. Tens of thousands of them: they are kept from the cycle collector."""

    account: Account
    dialect: Dialect


class Snapshot:
    """The accounts at one moment; changed never, replaced as a whole. What did not change is taken from ``before``."""

    def __init__(self, accounts: Iterable[Account], before: Mapping[str, _Hit]) -> None:
        self.hits: dict[str, _Hit] = {}
        self.cache: dict[tuple[str, str | None, str | None, str], _Hit] = {}
        for account in accounts:
            hit = before.get(account.account_key)
            if hit is None or (hit.account is not account and hit.account != account):
                hit = _Hit(account, _dialect(account))
            self.hits[account.account_key] = hit
        self.exact = _by_name(self.hits.values(), lambda account: account.account)
        self.bare = _by_name(self.hits.values(), lambda account: bare(account.account))

    def look(self, adapter: str, receiver: str | None, prefix: str | None, account: str) -> _Hit | None:
        for hits in (self.exact.get(account.upper()), self.bare.get(bare(account)) if account else None):
            if hits:
                r, l = number(receiver), number(prefix)  # noqa: E741 - the letters of DC-09
                for hit in hits:
                    row = hit.account
                    if (
                        (not row.adapter or row.adapter == adapter)
                        and (not row.receiver or row.receiver == r)
                        and (not row.prefix or row.prefix == l)
                    ):
                        return self.remember((adapter, receiver, prefix, account), hit)
        return None

    def look_on_each_adapter(self, receiver: str | None, prefix: str | None, account: str) -> Iterator[_Hit]:
        adapters = {hit.account.adapter for hit in self.bare.get(bare(account), ())}
        for adapter in {"", *adapters}:
            hit = self.look(adapter, receiver, prefix, account)
            if hit is not None:
                yield hit

    def remember(self, name: tuple[str, str | None, str | None, str], hit: _Hit) -> _Hit:
        # Unknown names are not remembered: finding nothing is as quick as remembering it.
        if len(self.cache) >= CACHE_SIZE:
            self.cache.clear()
        self.cache[name] = hit
        return hit


class Accounts:
    """Accounts in memory. ``replace`` swaps all of them at once; readers never see half a change."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self.snapshot = Snapshot(accounts, {})
        """The accounts of now."""

    def prepare(self, accounts: Iterable[Account]) -> Snapshot:
        """All the work of :meth:`replace`, which any thread may do beforehand."""
        return Snapshot(accounts, self.snapshot.hits)

    def replace(self, snapshot: Snapshot) -> None:
        """Let these be the accounts from now on."""
        self.snapshot = snapshot

    def find(self, adapter: str, receiver: str | None, prefix: str | None, account: str) -> Account | None:
        """The account that a message names, R and L as sent, or None when nobody has entered it."""
        snapshot = self.snapshot
        hit = snapshot.cache.get((adapter, receiver, prefix, account))
        if hit is None:
            hit = snapshot.look(adapter, receiver, prefix, account)
        return hit.account if hit else None

    def dialect(self, adapter: str, receiver: str | None, prefix: str | None, account: str) -> Dialect:
        """The same for an end (:data:`protocols.ends.Lookup`): the account's own key, its time zone."""
        snapshot = self.snapshot
        hit = snapshot.cache.get((adapter, receiver, prefix, account))
        if hit is None:
            hit = snapshot.look(adapter, receiver, prefix, account)
        return hit.dialect if hit else UNKNOWN

    def wherever(self, receiver: str | None, prefix: str | None, account: str) -> Account | None:
        """The account that a message names, whichever adapter it comes by; None when that makes a difference."""
        hits = self.snapshot.look_on_each_adapter(receiver, prefix, account)
        found = {hit.account.account_key: hit.account for hit in hits}
        return next(iter(found.values())) if len(found) == 1 else None


def may_bring(inner: Account, key_owner: str, header: Account | None = None) -> bool:
    """Whether a message may bring signals of ``inner`` (law 5).

    ``key_owner`` is the owner of the key that opened the message, empty for one in the clear; ``header``
    the account in its header. An account that must encrypt is reached only under its own key or that of
    a communicator listed for it, and then only by a message that the key's owner sent as itself.
    """
    if not inner.must_encrypt:
        return True
    if not key_owner:
        return False
    if key_owner == inner.account_key:
        return True
    return key_owner in inner.communicators and (header is None or header.account_key == key_owner)


def _by_name(hits: Iterable[_Hit], name_of: Callable[[Account], str]) -> dict[str, tuple[_Hit, ...]]:
    """Under each name its accounts, the most specific one first."""
    shared: dict[str, list[_Hit]] = {}
    table: dict[str, tuple[_Hit, ...]] = {}
    for hit in hits:
        name = name_of(hit.account)
        if table.setdefault(name, (hit,))[0] is not hit:
            shared.setdefault(name, list(table[name])).append(hit)
    for name, several in shared.items():
        table[name] = tuple(sorted(several, key=lambda hit: _rank(hit.account)))
    return table


def _rank(account: Account) -> tuple[int, int, bool, int, str]:
    """Most specific first; among spellings of one number the one without leading zeros, then the shortest."""
    filled = (account.prefix != "", account.receiver != "", account.adapter != "")
    weight = sum(1 << place for place, field in enumerate(filled) if field)
    return -sum(filled), -weight, account.account != bare(account.account), len(account.account), account.account_key


def _dialect(account: Account) -> Dialect:
    keys = (Key(account.material, account.account_key),) if account.key else ()
    return Dialect(
        known=True,
        account_key=account.account_key,
        keys=keys,
        time_zone=account.time_zone or UNKNOWN.time_zone,
        own_time_zone=bool(account.time_zone),
        encoding=account.encoding or UNKNOWN.encoding,
        own_encoding=bool(account.encoding),
        base=Base.HEX if account.numbers == "hex" else Base.DECIMAL,
        edition=Edition(int(account.edition)) if account.edition else None,
    )
