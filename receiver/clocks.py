"""Steps of the wall clock, and time that the machine slept through.

Three clocks of Linux (clock_gettime(2)) are compared. The wall clock (``CLOCK_REALTIME``) is stepped by people, NTP
and leap seconds. ``CLOCK_BOOTTIME`` is never stepped, and goes on while the machine is suspended: wall minus boot time
changes by steps alone. ``CLOCK_MONOTONIC``, by which the station's deadlines run, stops meanwhile: boot time minus
monotonic is the time slept. (NTP that slews moves all of them alike; that is no step.)

What cannot be seen from inside: a virtual machine that is paused or restored from a snapshot, where all three clocks
stop together. If something sets its wall clock right afterwards, that is seen as a step.
"""

from __future__ import annotations

import time

from msgspec import Struct

from protocols.model import Moment
from receiver.adapters.line import now as this_moment

JUMP_S = 2.0
"""Smaller steps are added up until they come to this."""
AT_ONCE_S = 0.1
"""Clocks that took longer to read were not read at one moment."""


def boot_seconds() -> float:
    """Seconds since the machine was started, suspension included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def read_clocks() -> tuple[Moment, float] | None:
    """Wall, monotonic and boot time of one moment; None when the process was held up between two of them.

    Time that passes between the readings looks like a step of the wall clock and like sleep.
    """
    before = boot_seconds()
    now = this_moment()
    return (now, before) if boot_seconds() - before < AT_ONCE_S else None


class Passed(Struct, frozen=True):
    """What happened between two looks, in seconds; 0.0 for nothing."""

    jump_s: float = 0.0
    """How far the wall clock was set forward (above 0) or back (below 0)."""
    asleep_s: float = 0.0
    """How long the machine was suspended."""


class Clocks:
    """Compares the clocks at every look."""

    def __init__(self) -> None:
        self._set: float | None = None
        self._slept = 0.0
        self.jumps = 0
        """Since the first look."""
        self.last_jump_s: float | None = None
        self.last_jump_at: float | None = None
        """Wall time after the jump."""

    def look(self, now: Moment, boot: float) -> Passed:
        """What passed since the last look, steps too small to be told then included."""
        offset, slept = now.wall - boot, boot - now.mono
        if self._set is None:
            self._set, self._slept = offset, slept
        jump, asleep = offset - self._set, slept - self._slept
        if abs(jump) < JUMP_S:
            jump = 0.0
        else:
            self._set = offset
            self.jumps += 1
            self.last_jump_s, self.last_jump_at = round(jump, 3), now.wall
        if asleep < JUMP_S:
            asleep = 0.0
        else:
            self._slept = slept
        return Passed(jump, asleep)
