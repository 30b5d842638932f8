"""The clock of a console: it runs on while the computer sleeps."""

from __future__ import annotations

import time


def running_s() -> float:
    """Seconds since the computer was started, sleep included.

    The monotonic clock of Linux stands still in a laptop that is suspended: what was heard an hour ago would be a
    second old. The one that counts sleep (CLOCK_BOOTTIME) is not to be had everywhere; elsewhere it is the same.
    """
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)
