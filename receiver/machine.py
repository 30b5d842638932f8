"""What the station notices of its own machine: clocks that were set, a sleep, a disk that fills up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from protocols.model import Moment
from receiver.chronicle import Chronicle
from receiver.clocks import Clocks, Passed, read_clocks
from receiver.desk import Alarm
from receiver.disk import LOW, DiskWatch, Room
from receiver.settings import Settings


class Machine:
    """Watches clocks and disk, and writes what it finds into the journal. Belongs to the reactor's thread."""

    _log = Logger()

    def __init__(
        self,
        settings: Settings,
        chronicle: Chronicle,
        in_pool: Callable[[Callable[[], Room]], Deferred[Any]],
        set_back: Callable[[float, float], object],
    ) -> None:
        """``set_back(seconds, mono)`` is called when the wall clock was set back."""
        self._chronicle = chronicle
        self._set_back = set_back
        self.clocks = Clocks()
        self.disk = DiskWatch(settings.journal, settings.disk_low_mb, in_pool, self._disk_report)

    def begin(self, alarms: Iterable[Alarm]) -> None:
        """Look for the first time. ``alarms`` are those that are open: what they say of the disk is not told again."""
        low = any(one.code == LOW and not one.restored_at for alarm in alarms for one in alarm.conditions)
        self.disk.begin(low=low)
        self._look()

    def _look(self) -> Passed:
        # Read here and now: what the station did since its turn began is no step of a clock.
        read = read_clocks()
        return Passed() if read is None else self.clocks.look(*read)

    def watch_clocks(self, now: Moment) -> None:
        """Once a second."""
        passed = self._look()
        if jump := passed.jump_s:
            if jump < 0:
                self._set_back(-jump, now.mono)
            self._log.warn("the clock jumped by {jump:+.1f} s", jump=jump)
            self._chronicle.event("clock.jumped", priority=3, details={"jump_s": [f"{jump:+.1f}"]})
        if passed.asleep_s:
            self._log.error("the machine was suspended for {s:.0f} s: nothing was received", s=passed.asleep_s)
            self._chronicle.event("station.slept", priority=3, details={"asleep_s": [f"{passed.asleep_s:.1f}"]})

    def watch_disk(self, now: Moment) -> None:
        """Once a second; it asks the disk less often."""
        self.disk.tick(now.mono)

    def _disk_report(self, code: str, priority: int, details: dict[str, list[str]]) -> None:
        self._chronicle.event(code, priority=priority, details=details)
