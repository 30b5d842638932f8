"""How many entries of one kind one peer may cause: the rest is counted, not written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from msgspec import Struct


class _Window(Struct, eq=False):
    until: float
    left: int
    suppressed: int


class Quota:
    """At most ``per`` of a key within ``window_s`` seconds, which start with the first.

    Keys are what peers can make up: at most ``keys_max`` are remembered, the longest unused goes first. Who can
    make up hosts (datagrams) so gets more than ``per``; a second quota under one constant key bounds the whole.
    """

    def __init__(self, per: int = 10, window_s: float = 60.0, keys_max: int = 10_000) -> None:
        self._per = per
        self._window_s = window_s
        self._keys_max = keys_max
        self._windows: OrderedDict[Hashable, _Window] = OrderedDict()
        self.suppressed = 0
        """All that were ever suppressed."""

    def allow(self, key: Hashable, now: float) -> int | None:
        """Whether one more may be written at monotonic time ``now``.

        None when not (it is counted); else how many were left out since the last one that was written.
        """
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window(now + self._window_s, self._per, 0)
            if len(self._windows) > self._keys_max:
                self._windows.popitem(last=False)
        else:
            self._windows.move_to_end(key)
        if now >= window.until:
            window.until = now + self._window_s
            window.left = self._per
        if window.left <= 0:
            window.suppressed += 1
            self.suppressed += 1
            return None
        window.left -= 1
        suppressed, window.suppressed = window.suppressed, 0
        return suppressed

    def left_out(self, key: Hashable, count: int) -> None:
        """What was allowed was not written after all: so many are to be told of later."""
        window = self._windows.get(key)
        if window is not None:
            window.suppressed += count

    def overdue(self, now: float) -> list[tuple[Hashable, int]]:
        """Keys whose window has passed with something left out and nothing written since, and how many.

        Each is told once: call it now and then, so that the end of a flood is told without another message.
        """
        found = []
        for key, window in self._windows.items():
            if window.suppressed and now >= window.until:
                found.append((key, window.suppressed))
                window.suppressed = 0
        return found
