"""Whether the units of one channel are heard, or it is jammed: what the detector is given, and when it is over.

The detector (:mod:`protocols.channel.jamming`) is asked once a second. A modem that is away is an endpoint that is
lost, which is told by itself: meanwhile nothing is judged, and then every unit has one whole interval to be heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from protocols.channel.jamming import BACK, Jamming, Sign, Why
from protocols.radio.channel import RadioChannel


class Watch:
    """One channel. Times are monotonic seconds."""

    def __init__(self, channel: RadioChannel) -> None:
        self._channel = channel
        self._jamming = Jamming(channel.options.profile.carrier_limit_s)
        self._since: dict[int, float] = {}
        """From when on each unit can have been heard."""
        self._up_at: float | None = None
        """None while the modem is away."""
        self._earlier = False
        """An earlier run told that it is jammed, and nobody was heard since."""
        self.why: Why | None = None
        """How it shows that it is jammed; None while it is clear, or while it is only known from an earlier run."""
        self.jammed = False
        """It was told to be jammed."""

    def restore(self) -> None:
        """An earlier run told that the channel is jammed."""
        self.jammed = self._earlier = True

    @property
    def units(self) -> int:
        """How many are expected to be heard."""
        return len(self._since)

    def look(self, now: float, is_up: bool) -> bool:
        """How things stand; whether :attr:`jammed` changed."""
        if not is_up:
            self._up_at = None
            return False
        if self._up_at is None:
            self._up_at = now
            self._since.clear()
        busy_since = self._channel.access.busy_since
        self.why = self._jamming.look(now, list(self._signs(now)), busy_since)
        before = self.jammed
        if self.why is not None:
            self.jammed, self._earlier = True, False
        elif not self._earlier or self._is_heard():
            self.jammed = self._earlier = False
        return self.jammed != before

    def _signs(self, now: float) -> Iterator[Sign]:
        units = {unit.station: unit.test_s for unit in self._channel.book.all() if unit.test_s > 0}
        self._since = {station: self._since.get(station, now) for station in units}
        for station, every_s in units.items():
            heard_at = self._channel.polls.heard_at(station)
            since = self._since[station]
            if heard_at is None or heard_at < since:
                if now < since + every_s:
                    continue
                heard_at = since + every_s
            yield Sign(station, heard_at, every_s)

    def _is_heard(self) -> bool:
        """Whether enough of the units were heard since the modem is there."""
        if not self._since:
            return self._channel.counted.accepted > 0
        heard = sum(
            at is not None and self._up_at is not None and at >= self._up_at
            for at in map(self._channel.polls.heard_at, self._since)
        )
        return heard >= max(1, ceil(BACK * len(self._since)))
