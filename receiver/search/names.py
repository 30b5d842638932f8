"""Sites and zones by the words of their names, as the accounts have them now.

Whoever renames a site finds its old entries under the new name: the index keeps accounts, never names.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence

from protocols.catalogue import seek
from receiver.accounts import Account
from receiver.accounts.identity import bare
from receiver.accounts.zone_names import ZoneTable

Zone = tuple[str, str]
"""``(account_key, number without leading zeros)``."""

PREFIX = 3
"""Digits from which on a number may be the beginning of an account's."""
_SLICE = 50
_SLICE_S = 0.0005


class Names:
    """The words of all accounts at one moment. Any thread may make one, and ask it."""

    def __init__(self, accounts: Sequence[Account] = (), zones: ZoneTable | None = None) -> None:
        self.accounts = accounts
        self.zones: ZoneTable = {} if zones is None else zones
        self._sites = seek.WordIndex(self._named_sites())
        self._zones = seek.WordIndex(self._named_zones())
        self._numbers = sorted(
            (word, account.account_key)
            for account in accounts
            for word in {*seek.words(account.account_key), *seek.words(account.account)}
        )

        self._whole: dict[str, set[str]] = {}
        for number, key in self._numbers:
            self._whole.setdefault(bare(number), set()).add(key)

    def _named_sites(self) -> Iterator[tuple[str, str]]:
        for number, account in enumerate(self.accounts):
            if number % _SLICE == 0:
                # The interpreter is the station's: tens of thousands of sites must not keep it for long.
                time.sleep(_SLICE_S)
            for text in (account.name, account.name_ru, account.name_kk, account.address):
                if text:
                    yield text, account.account_key

    def _named_zones(self) -> Iterator[tuple[str, Zone]]:
        for key, zones in self.zones.items():
            time.sleep(0)
            for number, zone in zones.items():
                for text in (zone.name, zone.name_ru, zone.name_kk):
                    if text:
                        yield text, (key, number)

    def sites(self, word: str) -> set[str]:
        """``account_key`` of every site that a folded word names."""
        return self._sites.find(word)

    def zones_named(self, word: str) -> Collection[Zone]:
        """Every zone that a folded word names."""
        return self._zones.find(word)

    def numbered(self, word: str) -> set[str]:
        """``account_key`` of every account whose number begins like a folded word.

        A number of fewer than ``PREFIX`` digits must be all of it, leading zeros aside.
        """
        found = set(self._whole.get(bare(word), ())) if word.isdecimal() else set()
        if word.isdecimal() and len(word) < PREFIX:
            return found
        for at in range(bisect_left(self._numbers, (word, "")), len(self._numbers)):
            number, key = self._numbers[at]
            if not number.startswith(word):
                break
            found.add(key)
        return found
