"""The alarms' stream: all that are open, then every one that changes. Nothing here waits."""

from __future__ import annotations

from msgspec import Struct

from tui.feeding.stream import Stream, read
from tui.link import Event
from tui.state.model import Alarm
from tui.state.station import Changed


class Snapshot(Struct, frozen=True):
    """All that are open."""

    alarms: tuple[Alarm, ...]
    last_id: int = 0


class AlarmStream(Stream):
    """Keeps ``state.alarms``."""

    name = "alarms"
    url = "/v1/alarms/events"

    def take(self, item: Event) -> None:
        """What cannot be read begins the stream anew: its snapshot has everything, and no alarm is passed over."""
        if item.name == "snapshot":
            snapshot = read(item, Snapshot)
            self.state.alarms.snapshot(snapshot.alarms, snapshot.last_id)
            # Only now is what is on the screen true.
            self.up()
        elif item.name == "alarm":
            self.state.alarms.take(read(item, Alarm))
        else:
            return
        self.state.mark(Changed.ALARMS)
