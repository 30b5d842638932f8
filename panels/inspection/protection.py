"""How a panel encrypts: with which of the keys, and how it pads (DC-09 5.4.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from panels.inspection.figures import KeyInfo, Protection
from protocols.model import Arrival
from protocols.model import Protection as Seen

CONSTANT, PRINTABLE, RANDOM = "constant", "printable", "random"
_BY_FINDING = {"dc09.cipher.constant-padding": CONSTANT, "dc09.cipher.printable-padding": PRINTABLE}
_NO_BAR = frozenset(("dc09.cipher.no-bar", "dc09.cipher.no-bar-in-link-test"))
_TRAILING = "dc09.cipher.trailing-padding"
_CIPHER = re.compile(rb"\[([0-9A-Fa-f]+)\]?\r?\x00*\Z")


class ProtectionWatch:
    """Follows one panel's encryption."""

    def __init__(self, keys: Mapping[str, KeyInfo]) -> None:
        """``keys``: owner of a key (``Key.owner``) to what may be told of it."""
        self._keys = keys
        self._clear = self._opened = self._closed = 0
        self._used: dict[str, KeyInfo] = {}
        self._padding: set[str] = set()
        self._pads: list[int] = []

    def take(self, arrival: Arrival) -> None:
        """A message."""
        if arrival.protection is Seen.NONE:
            self._clear += 1
            return
        if arrival.protection is Seen.FAILED:
            self._closed += 1
            return
        self._opened += 1
        if arrival.key_owner in self._keys:
            self._used[arrival.key_owner] = self._keys[arrival.key_owner]
        ids = {finding.id for finding in arrival.findings}
        kinds = {kind for id_, kind in _BY_FINDING.items() if id_ in ids}
        self._padding |= kinds or {RANDOM}
        match = _CIPHER.search(arrival.raw)
        if match is not None and arrival.plain and _TRAILING not in ids:
            pad = len(match[1]) // 2 - len(arrival.plain) - (not ids & _NO_BAR)
            if pad >= 0:
                self._pads = [min([*self._pads, pad]), max([*self._pads, pad])]

    @property
    def mixed(self) -> bool:
        """Some messages were encrypted, others not."""
        return self._clear > 0 and self._opened > 0

    @property
    def encrypts(self) -> bool:
        """Some message was encrypted, whether or not a key opened it."""
        return self._opened > 0 or self._closed > 0

    @property
    def opened(self) -> int:
        """Encrypted messages that a key opened."""
        return self._opened

    @property
    def other_form(self) -> bool:
        """A key fitted only when its characters were taken in the other form."""
        return any(not key.as_given for key in self._used.values())

    def report(self) -> Protection:
        """What was seen of it."""
        return Protection(
            clear=self._clear,
            opened=self._opened,
            closed=self._closed,
            keys=tuple(sorted(self._used.values(), key=lambda key: (key.number, not key.as_given))),
            padding=tuple(sorted(self._padding)),
            pad_bytes=(self._pads[0], self._pads[1]) if self._pads else None,
        )
