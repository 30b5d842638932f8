"""Following the station: one timer tells the visible page what changed, and looks after the frame and the sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.timer import Timer

from tui.sound import Sound
from tui.state.health import Connection
from tui.state.station import Changed

if TYPE_CHECKING:
    from tui.app import Console

TICK_S = 0.1
"""How often the visible page is told what changed."""
INTERVAL_S = TICK_S
"""Of the timer; tests let it tick by hand."""
HEAD_TICKS = 10
"""The frame is looked at once a second, in ticks."""
SOUND_TICKS = 5
LAG_STAYS_S = 5.0
"""How long it is said that the console was slow."""


class Follower:
    """The timer of a console. What changes after a quiet moment is shown without waiting for it."""

    def __init__(self, console: Console, sound: Sound, pulse: Callable[[], float]) -> None:
        """``pulse``: monotonic seconds of the console's own delays."""
        self.ticks = 0
        """How often the timer has come."""
        self.lag_s = 0.0
        """How late it came of late."""
        self._console = console
        self._sound = sound
        self._pulse = pulse
        self._timer: Timer | None = None
        self._due: float | None = None
        self._lagged_at = 0.0
        self._looked_at = 0.0
        self._ended = False
        self._connection = console.connection
        self._gone = False
        """Whether there was no connection, and nothing was said of its return yet."""

    def begin(self) -> None:
        """The console runs."""
        self._console.station.on_change = self._woken
        self._timer = self._console.set_interval(INTERVAL_S, self.tick)

    def end(self) -> None:
        """Pages are taken down piece by piece: nothing is shown on them any more."""
        self._ended = True
        if self._timer is not None:
            self._timer.stop()

    @property
    def ended(self) -> bool:
        """Whether nothing is shown any more."""
        return self._ended

    def _woken(self) -> None:
        """Something changed after a quiet moment: show it without waiting for the timer."""
        console = self._console
        if console.is_running and console.now() - self._looked_at >= TICK_S:
            console.call_later(self._look)

    def tick(self) -> None:
        """The timer came."""
        self._measure(self._pulse())
        self.ticks += 1
        self._look()

    def _look(self) -> None:
        """Show what changed since this was done last."""
        if self._ended:
            return
        console = self._console
        self._looked_at = now = console.now()
        changed = console.station.take_changed()
        if changed & (Changed.HEALTH | Changed.NAMES):
            console.take_zone()
        if changed & Changed.HEALTH:
            self._heed_connection()
        if console.notice is not None and now >= console.notice.until:
            console.notice = None
        if self.ticks % SOUND_TICKS == 0 or changed & Changed.ALARMS:
            down = console.connection is Connection.DOWN
            console.guarded("sound", lambda: self._sound.heed(console.station.alarms, down=down, now=now))
        if changed & (Changed.ALARMS | Changed.HEALTH) or self.ticks % HEAD_TICKS == 0:
            console.refresh_frame()
        page = console.page
        if changed and page is not None and page.standing:
            console.guarded(page.ID, lambda: page.show(changed))

    def _heed_connection(self) -> None:
        """Say once that a connection that was gone is back: what could not be done without it is past, too."""
        console, before = self._console, self._connection
        self._connection = console.connection
        self._gone |= self._connection is Connection.DOWN
        if self._connection is Connection.UP and before is not Connection.UP and self._gone:
            self._gone = False
            console.tell(console.say("notice.back"), stays=True)

    def _measure(self, now: float) -> None:
        """How late this tick comes: a console that cannot keep up must say so."""
        late = 0.0 if self._due is None else now - self._due
        self._due = now + TICK_S
        if late >= self.lag_s or now - self._lagged_at > LAG_STAYS_S:
            self.lag_s, self._lagged_at = max(0.0, late), now
