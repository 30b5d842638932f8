"""A panel's clock, by the time stamps of its messages (DC-09 5.4.6, 5.5.1.9)."""

from __future__ import annotations

from collections import deque
from statistics import median

from panels.inspection import conduct
from panels.inspection.measures import KEPT, slope
from panels.inspection.report import Clock, Spread
from protocols.model import Arrival, Moment, Verdict

HALF_A_SECOND = 0.5
"""Stamps are in whole seconds, cut off: the true time is half a second later in the mean."""
SET_S = 5.0
"""A change of the skew by more than this is a clock that was set."""
DRIFT_AFTER_S = 600.0
DRIFT_SAMPLES = 5
ZONE_STEP_S = 900.0
ZONE_NEAR_S = 120.0
ZONE_MOST_S = 14 * 3600.0
"""Time zones lie at quarters of an hour, up to fourteen hours from GMT."""
DAY_S = 86_400.0


class ClockWatch:
    """Collects the stamps of one panel."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._denied: float | None = None
        """The skew that was answered with NAK, until the next stamp shows what came of it."""
        self._unstamped = self._stale = self._corrected = 0

    def take(self, arrival: Arrival, verdict: Verdict, now: Moment) -> str:
        """A message with a stamp of its own (no repetition byte by byte). Returns the id of what it shows, or none."""
        if arrival.sent_at is None:
            self._unstamped += 1
            if verdict is Verdict.STALE:
                self._stale += 1
                return self._again(None)
            return ""
        skew = arrival.sent_at + HALF_A_SECOND - now.wall
        if self._samples and abs(skew - self._samples[-1][1]) > SET_S:
            self._samples.clear()
        self._samples.append((now.mono, skew))
        if verdict is Verdict.STALE:
            self._stale += 1
            return self._again(skew)
        if self._denied is not None:
            self._denied = None
            self._corrected += 1
            return conduct.CLOCK_CORRECTED
        return ""

    def _again(self, skew: float | None) -> str:
        """Outside the window: for the second time in a row the clock was not set by the NAK."""
        before, self._denied = self._denied, skew if skew is not None else 0.0
        return conduct.CLOCK_NOT_CORRECTED if before is not None else ""

    @property
    def denied(self) -> bool:
        """The last stamp was refused, and none since was accepted."""
        return self._denied is not None

    def zone_minutes(self) -> int | None:
        """The zone whose local time the stamps look like, in minutes ahead of GMT."""
        if not self._samples:
            return None
        skew = median(each for _, each in self._samples)
        near = round(skew / ZONE_STEP_S) * ZONE_STEP_S
        if not near or abs(near) > ZONE_MOST_S or abs(skew - near) > ZONE_NEAR_S:
            return None
        return round(near / 60)

    def report(self) -> Clock:
        """What is known of it: the skew since the clock was set last."""
        skews = [skew for _, skew in self._samples]
        spread = Spread()
        if skews:
            spread = Spread(
                count=len(skews), median=round(median(skews), 1), least=round(min(skews), 1), most=round(max(skews), 1)
            )
        drift = None
        if len(skews) >= DRIFT_SAMPLES and self._samples[-1][0] - self._samples[0][0] >= DRIFT_AFTER_S:
            per_second = slope(self._samples)
            drift = None if per_second is None else round(per_second * DAY_S, 1)
        return Clock(
            skew=spread,
            drift_per_day=drift,
            zone_minutes=self.zone_minutes(),
            unstamped=self._unstamped,
            stale=self._stale,
            corrected=self._corrected,
        )
