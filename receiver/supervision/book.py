"""Which paths there are, whose they are, and which of them have a deadline. What a silence means is not its matter."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from protocols.model import Moment
from receiver.supervision.records import EVERY, Account, Expected, Key, Line, Path, PathState, Rule, Saved
from receiver.supervision.wheel import Wheel

PATHS_MAX = 16
"""Supervised paths of one account; further ones are kept like those of other accounts, unsupervised."""

_OK = PathState.OK


class Book:
    """Paths by account and by adapter. Supervised ones wait in the wheel, others are bounded in number."""

    def __init__(self, margin_s: float, grain_s: float, others_max: int) -> None:
        self._margin = margin_s
        self._others_max = others_max
        self._wheel = Wheel(grain_s)
        self._paths: dict[Key, Path] = {}
        self._others: OrderedDict[Key, Path] = OrderedDict()
        self._accounts: dict[str, Account] = {}
        self._lines: dict[str, Line] = {}

    def expect(self, accounts: Iterable[Expected], now: Moment) -> None:
        """Load which accounts are supervised; call it at start and when accounts change.

        The paths of accounts that are gone from it are supervised no more; new and changed ones get one full
        interval.
        """
        expected = {one.account_key: one for one in accounts if one.supervision_s > 0}
        for account in [one for key, one in self._accounts.items() if key not in expected]:
            self._release(account)
        others: dict[str, list[Path]] = {}
        for path in self._others.values():
            others.setdefault(path.key[0], []).append(path)
        for key, one in expected.items():
            known = self._accounts.get(key)
            if known is not None:
                known.account = one.account
                self._retime(known, one.supervision_s, one.rule, now)
                continue
            account = self._supervise(one)
            for path in others.get(key, ()):
                if self._hook(path, account, now):
                    del self._others[path.key]

    def forget(self, account_key: str, adapter: str, protocol: str, path: str) -> bool:
        """Drop a path that is in use no more; it comes back when it is heard. False when there is none."""
        key = (account_key, adapter, protocol, path)
        if self._others.pop(key, None) is not None:
            return True
        found = self._paths.get(key)
        if found is None or found.state is PathState.NEVER:
            return False
        self._unhook(found)
        account = self._accounts[account_key]
        if not account.paths:
            self._await(account)
        return True

    def dump(self) -> list[Saved]:
        """What :meth:`restore` wants after a restart: every path that was ever heard."""
        return [
            Saved(*path.key, path.peer, path.heard, path.reported, path.tests if path.gone and path.rule[1] > 1 else ())
            for path in self._all()
            if path.heard is not None
        ]

    def restore(self, rows: Iterable[Saved], now: Moment) -> None:
        """Take up what an earlier run saved, after :meth:`expect`. Paths heard meanwhile stay as they are.

        Each has one full interval, except those reported as lost: they stay lost until heard. The tests it missed
        before are remembered.
        """
        for row in sorted(rows, key=lambda row: row.heard):
            key = (row.account_key, row.adapter, row.protocol, row.path)
            if key in self._paths or key in self._others:
                continue
            path = Path(key, self._line(row.adapter), row.peer, row.heard)
            if row.lost:
                path.state = PathState.LOST
                path.reported = True
            account = self._accounts.get(row.account_key)
            if account is None or not self._hook(path, account, now):
                self._keep(path)
                continue
            for came in row.tests[-path.rule[1] :]:
                path.test(not came)

    def _note(self, key: Key, peer: str, now: Moment, interval_s: float | None, rule: Rule) -> Path:
        """The path, known or made, and supervised as its account is now."""
        account = self._accounts.get(key[0])
        if interval_s is None or interval_s <= 0:
            if account is not None:
                self._release(account)
                account = None
        elif account is None:
            account = self._supervise(Expected(key[0], key[0], interval_s, *rule))
        else:
            self._retime(account, interval_s, rule, now)
        path = self._paths.get(key)
        if path is None:
            path = self._others.pop(key, None) or Path(key, self._line(key[1]), peer)
            if account is None or not self._hook(path, account, now):
                self._keep(path)
        return path

    def _grant(self, path: Path, now: Moment) -> None:
        """Give a path one full interval from now."""
        if path.interval is not None:
            path.deadline = now.mono + path.interval + self._margin
            self._wheel.put(path)

    def _supervise(self, one: Expected) -> Account:
        account = Account(one.account_key, one.account, one.supervision_s, one.rule, {})
        self._accounts[one.account_key] = account
        self._await(account)
        return account

    def _await(self, account: Account) -> None:
        """Have a path that says: never heard."""
        key = (account.account_key, "", "", "")
        path = Path(key, self._line(""), "", None, account.interval, math.inf, account.rule, state=PathState.NEVER)
        account.paths[key] = self._paths[key] = path

    def _hook(self, path: Path, account: Account, now: Moment) -> bool:
        """Supervise a path that was heard. False when the account has as many as it may."""
        never = (account.account_key, "", "", "")
        if never in account.paths:
            del account.paths[never], self._paths[never]
        if len(account.paths) >= PATHS_MAX:
            return False
        path.interval = account.interval
        path.rule = account.rule
        account.paths[path.key] = self._paths[path.key] = path
        line = path.line
        if not line.members:
            line.heard_at = now.mono
        line.members[path.key] = path
        if path.state is _OK:
            line.rate += 1 / path.interval
        if not path.reported:
            self._grant(path, now)
        return True

    def _unhook(self, path: Path) -> None:
        """Supervise a path no more."""
        del self._paths[path.key], self._accounts[path.key[0]].paths[path.key]
        line = path.line
        if line.members.pop(path.key, None) is not None and path.state is _OK and path.interval:
            line.rate -= 1 / path.interval
        if not line.members:
            line.rate = 0.0
        path.interval = None
        path.deadline = math.inf
        path.rule = EVERY
        path.forget_tests()
        self._wheel.drop(path)

    def _release(self, account: Account) -> None:
        """Supervise an account no more."""
        for path in list(account.paths.values()):
            self._unhook(path)
            if path.state is not PathState.NEVER:
                self._keep(path)
        del self._accounts[account.account_key]

    def _retime(self, account: Account, interval: float, rule: Rule, now: Moment) -> None:
        """Supervise an account by another interval or rule from now on, if it is another."""
        if (account.interval, account.rule) == (interval, rule):
            return
        account.interval = interval
        account.rule = rule
        for path in account.paths.values():
            if path.state is _OK and path.interval:
                path.line.rate += 1 / interval - 1 / path.interval
            path.interval = interval
            path.rule = rule
            path.forget_tests()
            if path.state is not PathState.NEVER and not path.reported:
                self._grant(path, now)

    def _keep(self, path: Path) -> None:
        """Keep an unsupervised path, the newest last."""
        path.state = _OK
        path.reported = False
        self._others[path.key] = path
        if len(self._others) > self._others_max:
            self._others.popitem(last=False)

    def _line(self, name: str) -> Line:
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = Line(name, members={})
        return line

    def _all(self) -> Iterator[Path]:
        yield from self._paths.values()
        yield from self._others.values()
