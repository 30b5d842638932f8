"""The keys of a panel: the one it writes with, and former ones that answers may still come under."""

from __future__ import annotations

from protocols.dc09 import cipher
from protocols.dc09.errors import UnsendableError
from protocols.model import Dialect, Edition, Key

CURRENT = "current"
_FORMER = "former"
"""``Key.owner``: whether the key that opened an answer is the one in use."""
_MOST = 4
"""Former keys kept at a time."""


class KeyRing:
    """Keys are changed by the receiver (``[K...]`` of DC-09 2021); the former one is read for a while longer."""

    __slots__ = ("_dialect", "_edition", "_former", "_grace_s", "current")

    def __init__(self, key: bytes | None, edition: Edition, grace_s: float) -> None:
        """``key`` has 16, 24 or 32 bytes, None for a panel that does not encrypt. Raises UnsendableError."""
        self.current = checked(key)
        self._edition = edition
        self._grace_s = grace_s
        self._former: list[tuple[bytes, float | None]] = []
        """Each with the monotonic second until which it is read; None while that is not known."""
        self._dialect = self._made()

    def change(self, key: bytes | None) -> None:
        """Write with ``key`` from now on. Answers under the one in use so far are read for the time of grace."""
        former = self.current
        if key == former:
            return
        self.current = checked(key)
        kept = [(old, until) for old, until in self._former if old not in (key, former)]
        self._former = ([] if former is None else [(former, None)]) + kept[: _MOST - 1]
        self._dialect = self._made()

    def dialect(self, mono: float) -> Dialect:
        """What answers are read with. The time of grace begins with the first call after a change."""
        if self._former:
            kept: list[tuple[bytes, float | None]] = [
                (key, mono + self._grace_s if until is None else until)
                for key, until in self._former
                if until is None or until > mono
            ]
            if len(kept) < len(self._former):
                self._former = kept
                self._dialect = self._made()
            self._former = kept
        return self._dialect

    def _made(self) -> Dialect:
        keys = () if self.current is None else (Key(self.current, CURRENT),)
        return Dialect(keys=(*keys, *(Key(key, _FORMER) for key, _ in self._former)), edition=self._edition)


def checked(key: bytes | None) -> bytes | None:
    """The key. Raises UnsendableError when it has a wrong length."""
    if key is not None and len(key) not in cipher.KEY_SIZES:
        raise UnsendableError(f"a DC-09 key has 16, 24 or 32 bytes, not {len(key)}: check the key and its form.")
    return key
