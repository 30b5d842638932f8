"""Link tests and silence: whether a panel keeps the interval it has shown (DC-09 5.5.2)."""

from __future__ import annotations

from panels.inspection.figures import LinkTests
from panels.inspection.measures import Durations
from protocols.model import Moment

ENOUGH = 4
"""Intervals that show what the panel means to keep."""
TOLERANCE = 1.5
SLACK_S = 5.0
"""An interval longer than ``TOLERANCE`` times the median plus this is one not kept."""


class TimingWatch:
    """Follows the times of one panel's messages."""

    def __init__(self) -> None:
        self._tests = 0
        self._intervals = Durations()
        self._silence = 0.0
        self._last: float | None = None
        self._last_test: float | None = None
        """Time of the last message if that was an acknowledged link test."""

    def take(self, now: Moment, *, link_test: bool) -> None:
        """A message came; ``link_test`` for a link test that was acknowledged."""
        if self._last is not None:
            self._silence = max(self._silence, now.mono - self._last)
        self._last = now.mono
        if not link_test:
            self._last_test = None
            return
        self._tests += 1
        if self._last_test is not None:
            self._intervals.add(now.mono - self._last_test)
        self._last_test = now.mono

    @property
    def usual(self) -> float | None:
        """The interval the panel means to keep, in seconds; None while that is not known."""
        return self._intervals.median if self._intervals.count >= ENOUGH else None

    @property
    def irregular(self) -> bool:
        """Some interval was much longer than the usual one."""
        usual = self.usual
        return usual is not None and self._intervals.most > usual * TOLERANCE + SLACK_S

    def silent_for(self, now: Moment) -> float | None:
        """Seconds without a message, once they are more than a panel that tests its link may be silent."""
        usual = self.usual
        if usual is None or self._last is None:
            return None
        silent = now.mono - self._last
        return silent if silent > usual * TOLERANCE + SLACK_S else None

    def report(self) -> LinkTests:
        """What was measured."""
        return LinkTests(count=self._tests, interval=self._intervals.spread(), longest_silence=round(self._silence, 3))
