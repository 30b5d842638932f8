"""A panel's clock, by the time stamps of its messages (DC-09 5.4.6, 5.5.1.9)."""

from __future__ import annotations

from collections import deque
from statistics import median

from panels.inspection import conduct
from panels.inspection.denied import DeniedWatch
from panels.inspection.figures import Clock, Spread
from panels.inspection.measures import KEPT, slope
from protocols.model import Arrival, Moment, Protection, Verdict

HALF_A_SECOND = 0.5
"""Stamps are in whole seconds, cut off: the true time is half a second later in the mean."""
SET_S = 5.0
"""A change of the skew by more than this is a clock that was set."""
DRIFT_AFTER_S = 600.0
DRIFT_SAMPLES = 5
ZONE_SAMPLES = 3
"""Stamps that say the same, before it is called a time zone: a clock can be wrong by anything."""
ZONE_NEAR_S = 120.0
ZONES = tuple(
    sorted(
        {60 * hours for hours in range(-12, 15) if hours}
        | {-570, -210, -150, 210, 270, 330, 390, 570, 630}
        | {345, 525, 765, 825}
    )
)
"""Offsets from GMT that some place has, in minutes, daylight saving time included."""
DAY_S = 86_400.0
_NO_DATE = frozenset(("dc09.time.no-such-date", "dc09.time.unreadable"))
"""Something stands where the stamp belongs."""


class ClockWatch:
    """Collects the stamps of one panel."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._denied = DeniedWatch()
        self._wrong = False
        self._unstamped = self._undated = self._stale = self._corrected = 0

    def take(self, arrival: Arrival, verdict: Verdict, peer: str, now: Moment) -> str:
        """A message with a stamp of its own (no repetition byte by byte). Returns the id of what it shows, or none."""
        if arrival.sent_at is None:
            if _NO_DATE.isdisjoint(finding.id for finding in arrival.findings):
                self._unstamped += 1
            else:
                self._undated += 1
        else:
            skew = arrival.sent_at + HALF_A_SECOND - now.wall
            if self._samples and abs(skew - self._samples[-1][1]) > SET_S:
                self._samples.clear()
            self._samples.append((now.mono, skew))
        if verdict is Verdict.STALE:
            self._stale += 1
            self._wrong = True
            return conduct.CLOCK_NOT_CORRECTED if self._denied.refused(arrival, peer, now) else ""
        # Only what must be in time shows that the clock is right: of a message in the clear nobody asks it.
        if self._wrong and arrival.protection is Protection.KEYED and arrival.timely:
            self._wrong = False
            self._denied.clock_set()
            self._corrected += 1
            return conduct.CLOCK_CORRECTED
        return ""

    def taken(self, arrival: Arrival) -> None:
        """A message was taken, for the first time or again."""
        self._denied.taken(arrival)

    @property
    def denied(self) -> bool:
        """A stamp was refused, and no encrypted message since was in time."""
        return self._wrong

    @property
    def lost(self) -> int:
        """Messages answered with NAK that never came again."""
        return self._denied.lost

    def zone_minutes(self) -> int | None:
        """The zone whose local time the stamps look like, in minutes ahead of GMT."""
        if len(self._samples) < ZONE_SAMPLES:
            return None
        skew = median(each for _, each in self._samples)
        zone = min(ZONES, key=lambda each: abs(skew - each * 60))
        return zone if abs(skew - zone * 60) <= ZONE_NEAR_S else None

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
            undated=self._undated,
            stale=self._stale,
            corrected=self._corrected,
        )
