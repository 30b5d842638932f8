"""Sequence numbers for a whole fleet."""

from __future__ import annotations

from protocols.ends import CounterStore


class SharedBlocks:
    """Numbers for many counters out of few reservations.

    Every counter of a fleet takes its numbers from the same reserved block, so that starting 10,000 panels
    writes to the disk once and not 10,000 times. Blocks only rise, so no counter repeats a number, in this
    run or a later one.
    """

    def __init__(self, store: CounterStore, name: str = "fleet", block: int = 1000) -> None:
        self._store = store
        self._name = name
        self._block = block
        self._current: tuple[int, int] | None = None
        self._next: dict[str, tuple[int, int]] = {}
        """Counter to its next number and the end of the block that it lies in."""

    def take(self, name: str, count: int = 1) -> int:
        """The first of ``count`` consecutive numbers. Raises OSError when a block cannot be reserved."""
        first, end = self._next.get(name, (0, 0))
        if end - first < count:
            first, end = self._fresh(end, count)
        self._next[name] = (first + count, end)
        return first

    def _fresh(self, used_up_to: int, count: int) -> tuple[int, int]:
        current = self._current
        if current is None or current[1] <= used_up_to or current[1] - current[0] < count:
            size = max(self._block, count)
            begin = self._store.take(self._name, size)
            self._current = current = (begin, begin + size)
        return current
