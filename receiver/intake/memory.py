"""What the station remembers of messages, so that a repeated one raises nothing twice.

:class:`Identities` — numbered messages: the last few of every account, for a while. A message is a
duplicate only if number *and* content are those of a remembered one. A number that comes back over new
content voids what was remembered of that account: the panel restarted, or its counter is stuck.

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


class Known(Struct, frozen=True):
    """What is known about a message that just came."""

    duplicate: bool = False
    repeat: bool = False
    """Equal content came a moment ago, from a message without an identity of its own, or to one."""
    number_reused: bool = False
    """The number came a moment ago with another content."""


NEW = Known()

_Remembered = tuple[int | None, bytes, float]


class Identities:
    """Numbers and contents of the last messages of every account."""

    def __init__(self, for_s: float, per_account: int = PER_ACCOUNT, accounts: int = ACCOUNTS) -> None:
        self._for_s = for_s
        self._per_account = per_account
        self._accounts = accounts
        self._by_scope: dict[str, deque[_Remembered]] = {}

    def __len__(self) -> int:
        return len(self._by_scope)

    def ask(self, identity: Identity, now: float) -> Known:
        """What is known about a message of this identity; changes nothing."""
        memory = self._by_scope.get(identity.scope)
        if memory is None:
            return NEW
        number, content = identity.number, identity.content
        since = now - self._for_s
        repeat = reused = False
        for old_number, old_content, at in memory:
            if at < since:
                continue
            if old_content == content:
                if number is not None and old_number == number:
                    return Known(duplicate=True)
                if number is None or old_number is None:
                    repeat = True
            elif number is not None and old_number == number:
                reused = True
        if repeat or reused:
            return Known(repeat=repeat, number_reused=reused)
        return NEW

    def remember(self, identity: Identity, at: float) -> None:
        """A message of this identity is on disk."""
        memory = self._by_scope.get(identity.scope)
        number = identity.number
        if memory is None:
            if len(self._by_scope) >= self._accounts:
                self._make_room()
            memory = self._by_scope[identity.scope] = deque(maxlen=self._per_account)
        elif number is not None:
            for old_number, old_content, _ in memory:
                if old_number == number and old_content != identity.content:
                    self._void(memory)
                    break
        memory.append((number, identity.content, at))

    @staticmethod
    def _void(memory: deque[_Remembered]) -> None:
        """What was remembered can no longer tell a repetition from something new; equal content is still a repeat."""
        voided = [(None, content, at) for _, content, at in memory]
        memory.clear()
        memory.extend(voided)

    def sweep(self, now: float) -> None:
        """Let go of accounts whose last message is too old to matter. Call it now and then."""
        since = now - self._for_s
        for scope in [scope for scope, memory in self._by_scope.items() if memory[-1][2] < since]:
            del self._by_scope[scope]

    def _make_room(self) -> None:
        # The accounts remembered first; strangers who invent accounts push out strangers first only on
        # average, but the memory stays bounded and nothing is ever refused for it.
        for scope in list(self._by_scope)[: max(1, self._accounts // 100)]:
            del self._by_scope[scope]


class Sealed(Struct, frozen=True):
    """Where an encrypted frame came from when it was accepted, and under which number."""

    host: str
    number: int | None


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
        self._young[identity.scope, identity.seal] = Sealed(host, identity.number)

    def hold(self, for_s: float, now: float) -> None:
        """The clock was set back by so much: forget nothing for that much longer."""
        self._turned_at = max(now, self._turned_at or now) + min(for_s, HOLD_S)
