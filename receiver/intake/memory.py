"""What the station remembers of messages, so that a repeated one raises nothing twice.

:class:`Identities` — numbered messages: the last few of every account, for a while. A message is a
duplicate only if number *and* content are those of a remembered one. A number that comes back over new
content voids what was remembered of that account: the panel restarted, or its counter is stuck. Numbers that
an end gave (``Identity.fleeting``) tell only whether a message is the one before it on that line: never more, and
nothing after a restart. Equal content without a number that tells something is stored, and marked as a repeat.

:class:`Seals` — encrypted frames, byte for byte: whoever lacks the key can only repeat a frame that he
recorded, so every frame is remembered for as long as its time stamp would still be accepted.

Both change only when a commit is done (or when there is nothing to commit), and both are rebuilt from the
journal after a restart. Times are monotonic seconds.
"""

from __future__ import annotations

from collections import deque

from msgspec import Struct

from protocols.model import Identity

PER_ACCOUNT = 16
ACCOUNTS = 200_000
SEALS_FOR_S = 61.0
"""A stamp may lie 20 s ahead and 40 s behind: a frame is acceptable for 60 s (DC-09, time window)."""
SEALS = 1_000_000
HOLD_S = 86_400.0
"""The most that a clock set back prolongs it."""


class Known(Struct, frozen=True, gc=False):
    """What is known about a message that just came."""

    duplicate: bool = False
    repeat: bool = False
    """Equal content came a moment ago, and the number cannot tell a repetition from something new: there is none, the
    end gave it, or it came back over other content meanwhile."""
    number_reused: bool = False
    """The number came a moment ago with another content."""


NEW = Known()
DUPLICATE = Known(duplicate=True)


class _Account:
    """What is remembered of one account: messages with a number that tells something, those that an end has
    numbered, and the others."""

    __slots__ = ("fleeting", "loose", "newest", "numbered")

    def __init__(self, per_account: int) -> None:
        self.numbered: dict[int, tuple[bytes, float]] = {}
        self.fleeting: dict[int, tuple[bytes, float]] = {}
        self.loose: deque[tuple[int | None, bytes, float]] = deque(maxlen=per_account)
        self.newest = 0.0


class Identities:
    """Numbers and contents of the last messages of every account."""

    def __init__(self, for_s: float, per_account: int = PER_ACCOUNT, accounts: int = ACCOUNTS) -> None:
        self._for_s = for_s
        self._per_account = per_account
        self._accounts = accounts
        self._by_scope: dict[str, _Account] = {}
        self._dated = False
        """Something was remembered since the dates were doubted."""

    def __len__(self) -> int:
        return len(self._by_scope)

    def ask(self, identity: Identity, now: float) -> Known:
        """What is known about a message of this identity; changes nothing."""
        account = self._by_scope.get(identity.scope)
        if account is None:
            return NEW
        number, content = identity.number, identity.content
        since = now - self._for_s
        reused = repeat = False
        if number is not None:
            known = (account.fleeting if identity.fleeting else account.numbered).get(number)
            if known is not None and known[1] >= since:
                if known[0] == content:
                    return DUPLICATE
                reused = not identity.fleeting
        telling = number is not None and not identity.fleeting
        if not telling:
            remembered = (*account.numbered.values(), *account.fleeting.values())
            repeat = any(old == content and at >= since for old, at in remembered)
        if account.loose and not repeat:
            # A number of its own makes equal content a second event: a button pressed again.
            repeat = any(
                old == content and at >= since and (not telling or number == its) for its, old, at in account.loose
            )
        return Known(repeat=repeat, number_reused=reused) if repeat or reused else NEW

    def remember(self, identity: Identity, at: float, *, dated: bool = True) -> None:
        """A message of this identity is on disk; not ``dated``: nobody knows since when (see ``doubt``)."""
        account = self._by_scope.get(identity.scope)
        if account is None:
            if len(self._by_scope) >= self._accounts:
                self._make_room()
            account = self._by_scope[identity.scope] = _Account(self._per_account)
        account.newest = at
        number = identity.number
        if number is None or not dated:
            account.loose.append((number, identity.content, at))
            return
        self._dated = True
        numbered = account.fleeting if identity.fleeting else account.numbered
        known = numbered.pop(number, None)
        if known is not None and known[0] != identity.content and not identity.fleeting:
            # What was remembered can no longer tell a repetition from something new; equal content is still a repeat.
            account.loose.append((number, *known))
            account.loose.extend((one, *what) for one, what in numbered.items())
            numbered.clear()
        elif len(numbered) >= self._per_account:
            del numbered[next(iter(numbered))]
        numbered[number] = (identity.content, at)

    def doubt(self) -> None:
        """Nobody knows how long ago all this came: it makes no duplicates, and equal messages are still repeats."""
        if not self._dated:
            return
        self._dated = False
        for account in self._by_scope.values():
            account.loose.extend((number, *known) for number, known in account.numbered.items())
            account.numbered.clear()

    def sweep(self, now: float) -> None:
        """Let go of accounts whose last message is too old to matter. Call it now and then."""
        since = now - self._for_s
        for scope in [scope for scope, account in self._by_scope.items() if account.newest < since]:
            del self._by_scope[scope]

    def _make_room(self) -> None:
        # The accounts remembered first; strangers who invent accounts push out strangers first only on
        # average, but the memory stays bounded and nothing is ever refused for it.
        for scope in list(self._by_scope)[: max(1, self._accounts // 100)]:
            del self._by_scope[scope]


class Sealed(Struct, frozen=True, gc=False):
    """Where an encrypted frame came from when it was accepted, under which number and with what content."""

    host: str
    number: int | None
    content: bytes
    """Token and data: what stands outside the encryption, and the blocks before the last, can be altered."""


class Seals:
    """Digests of encrypted frames, for one to two periods."""

    def __init__(self, for_s: float = SEALS_FOR_S, at_most: int = SEALS) -> None:
        self._for_s = for_s
        self._at_most = at_most
        self._young: dict[tuple[str, bytes], Sealed] = {}
        self._old: dict[tuple[str, bytes], Sealed] = {}
        self._turned_at: float | None = None

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, identity: Identity) -> Sealed | None:
        """What is known of the frame, or None when it never came."""
        key = identity.scope, identity.seal
        return self._young.get(key) or self._old.get(key)  # type: ignore[arg-type]

    def remember(self, identity: Identity, host: str, now: float) -> None:
        """This message was accepted; nothing happens when it has no seal."""
        if identity.seal is None:
            return
        if self._turned_at is None:
            self._turned_at = now
        elif now - self._turned_at >= self._for_s or len(self._young) >= self._at_most:
            self._old, self._young = self._young, {}
            self._turned_at = now
        self._young[identity.scope, identity.seal] = Sealed(host, identity.number, identity.content)

    def hold(self, for_s: float, now: float) -> None:
        """The clock was set back by so much: forget nothing for that much longer."""
        self._turned_at = max(now, self._turned_at or now) + min(for_s, HOLD_S)
