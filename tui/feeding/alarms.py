"""The alarms' stream: all that are open, then every one that changes. Nothing here waits."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from tui.feeding.stream import Stream, read
from tui.link import Event
from tui.state.model import Alarm
from tui.state.station import Changed


class Snapshot(Struct, frozen=True):
    """All that are open."""

    alarms: tuple[dict[str, Any], ...]
    last_id: int = 0


class _Barely(Struct, frozen=True):
    """What even an alarm must have that cannot be read otherwise."""

    id: int


def alarm_of(item: Event) -> Alarm:
    """An alarm of the stream. One that this console cannot read, as one of a newer station, is shown all the same:
    by its number, as urgent as can be. Raises msgspec.MsgspecError where not even the number can be read.
    """
    try:
        return read(item, Alarm)
    except msgspec.MsgspecError:
        return Alarm(id=read(item, _Barely).id, kind="unread", priority=1, ringing=True, rings=1)


class AlarmStream(Stream):
    """Keeps ``state.alarms``."""

    name = "alarms"
    url = "/v1/alarms/events"

    def take(self, item: Event) -> None:
        """What cannot be read begins the stream anew: its snapshot has everything, and no alarm is passed over."""
        if item.name == "snapshot":
            snapshot = read(item, Snapshot)
            self.state.alarms.snapshot([alarm_of(Event("alarm", one)) for one in snapshot.alarms], snapshot.last_id)
            # Only now is what is on the screen true.
            self.up()
        elif item.name == "alarm":
            self.state.alarms.take(alarm_of(item))
        else:
            return
        self.state.mark(Changed.ALARMS)
