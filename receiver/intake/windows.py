"""What the station knows of counters of radio stations, in the reactor's thread.

The journal takes a counter in the transaction that stores its message (:mod:`receiver.journal.store`); this is told
of it once the commit is known, and of everything that was taken when the station starts.
"""

from __future__ import annotations

from protocols.datagram.window import WIDTH, Standing, Window
from protocols.model import Counter

_UNTOUCHED = Window()
REPEATS_ANSWERED = 4
"""How often a copy of one message is acknowledged again: its acknowledgements may be lost, but not for ever."""


class Windows:
    """Which counters were taken, and how often their copies were acknowledged again."""

    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}
        self._repeats: dict[str, dict[int, int]] = {}

    def load(self, windows: dict[str, Window]) -> None:
        """Everything that is on disk."""
        self._windows = dict(windows)

    def __contains__(self, window: str) -> bool:
        return window in self._windows

    def ask(self, counter: Counter) -> Standing:
        """How a number stands: new, taken by the same message, by another one, or too old to tell."""
        return self._windows.get(counter.window, _UNTOUCHED).ask(counter.number, counter.mark)

    def taken(self, counter: Counter) -> None:
        """The message under this number is on disk."""
        window = self._windows.get(counter.window, _UNTOUCHED).taken(counter.number, counter.mark)
        self._windows[counter.window] = window
        repeats = self._repeats.get(counter.window)
        if repeats is not None:
            self._repeats[counter.window] = {
                number: count for number, count in repeats.items() if number > window.highest - WIDTH
            }

    def may_repeat(self, counter: Counter) -> bool:
        """Whether one more copy of a message that is on disk may be acknowledged. Counts it."""
        repeats = self._repeats.setdefault(counter.window, {})
        count = repeats.get(counter.number, 0)
        if count >= REPEATS_ANSWERED:
            return False
        repeats[counter.number] = count + 1
        return True
