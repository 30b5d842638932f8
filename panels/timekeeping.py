"""A panel's time: a clock that is wrong and drifts, and link tests at an interval that may change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from protocols.model import Moment

DAY_S = 86_400.0


class PanelClock:
    """The time by the panel's own clock. Deadlines stay true: only the wall time is wrong."""

    __slots__ = ("_drift", "_offset", "_since", "_true")

    def __init__(self, true: Callable[[], Moment], offset_s: float = 0.0, drift_s_per_day: float = 0.0) -> None:
        self._true = true
        self._offset = offset_s
        self._drift = drift_s_per_day
        self._since = true().mono

    def __call__(self) -> Moment:
        """This instant, as the panel has it."""
        now = self._true()
        return Moment(now.wall + self._error(now), now.mono)

    @property
    def error_s(self) -> float:
        """How far it is ahead of the true time."""
        return self._error(self._true())

    @property
    def drift_s_per_day(self) -> float:
        """How much it gains in a day."""
        return self._drift

    def shift(self, seconds: float) -> None:
        """Put it forward by so many seconds, or back."""
        self._offset += seconds

    def drift(self, seconds_per_day: float) -> None:
        """Let it gain so much a day from now on, or lose it."""
        now = self._true()
        self._offset, self._since, self._drift = self._error(now), now.mono, seconds_per_day

    def _error(self, now: Moment) -> float:
        return self._offset + self._drift * (now.mono - self._since) / DAY_S


class Tested(Protocol):
    """What link tests are sent on."""

    @property
    def interval(self) -> float | None:
        """Between two of them, in seconds; None for no link tests."""

    @property
    def busy(self) -> bool:
        """Something is being sent already, whose answer will show as well that the path lives."""

    def test(self) -> None:
        """Send one."""


class LinkTests:
    """Link tests of one path: one timer, which looks when it comes whether anything else was sent meanwhile."""

    __slots__ = ("_clock", "_last", "_path", "_reactor", "_started", "_stopped", "_timer")

    def __init__(self, path: Tested, reactor: Any, clock: Callable[[], Moment]) -> None:
        self._path = path
        self._reactor = reactor
        self._clock = clock
        self._timer: Any = None
        self._started = self._stopped = False
        self._last = clock().mono

    @property
    def running(self) -> bool:
        """Whether another one will come."""
        return self._timer is not None

    def start(self, after_s: float) -> None:
        """Begin with one after a while."""
        self._started = True
        if self._path.interval is not None and self._timer is None and not self._stopped:
            self._timer = self._reactor.callLater(after_s, self._now)

    def sent(self) -> None:
        """Something was sent over the path: the interval begins anew (DC-09 5.5.2)."""
        self._last = self._clock().mono

    def again(self) -> None:
        """The interval may have changed, to none or from none too: look anew when the next test is due."""
        if self._timer is not None:
            self._timer.cancel()
        if self._started and not self._stopped:
            self._look()

    def stop(self) -> None:
        """Send no more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        interval = self._path.interval
        if interval is None:
            return
        rest = self._last + interval - self._clock().mono
        if rest > 0:
            self._timer = self._reactor.callLater(rest, self._look)
        elif self._path.busy:
            self._timer = self._reactor.callLater(interval, self._look)
        else:
            self._now()

    def _now(self) -> None:
        interval = self._path.interval
        self._timer = None if interval is None else self._reactor.callLater(interval, self._look)
        self._path.test()
