"""The alarms stream: a snapshot, then every alarm that changed, by its id.

It is a stream of state. What a slow reader has not been told yet is a set of alarm ids; when it reads again
it gets each of those alarms once, as it is by then. So a storm is coalesced, and no alarm is ever skipped.
An alarm that opened and was closed while the reader took nothing needs no telling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from twisted.logger import Logger

from receiver.desk import Alarm, Change, Desk
from receiver.stream import CHUNK, Stream, event


class AlarmReader:
    """One reader, and what it has not been told yet. Made by :meth:`AlarmFeed.join`."""

    def __init__(self, feed: AlarmFeed, wake: Callable[[], None]) -> None:
        self.wake = wake
        self.told: dict[str, bytes] = {}
        self._feed = feed
        self._fresh = True
        self._known: set[int] = set()
        self._dirty: dict[int, Alarm | None] = {}

    def note(self, change: Change) -> None:
        """An alarm changed."""
        if self._fresh:
            return  # the snapshot will have it
        if not change.closed:
            self._dirty[change.id] = change.alarm
        elif change.id in self._known:
            self._dirty[change.id] = None
        else:
            self._dirty.pop(change.id, None)

    def pull(self) -> bytes:
        """The next bytes to write, about ``CHUNK`` of them (a snapshot is one piece); ``b""`` for nothing new."""
        if self._fresh:
            self._fresh = False
            alarms = self._feed.desk.open()
            self._known = {alarm.id for alarm in alarms}
            return event("snapshot", {"last_id": self._feed.last_id, "alarms": alarms})
        parts = list(self.told.values())
        self.told.clear()
        size = 0
        while self._dirty and size < CHUNK:
            alarm_id = next(iter(self._dirty))
            alarm = self._dirty.pop(alarm_id)
            if alarm is None:
                self._known.discard(alarm_id)
                part = event("alarm", {"id": alarm_id, "closed": True})
            else:
                self._known.add(alarm_id)
                part = self._feed.encoded(alarm)
            size += len(part)
            parts.append(part)
        return b"".join(parts)

    def close(self) -> None:
        """Read no more."""
        self._feed.leave(self)


class AlarmFeed:
    """Tells readers of the alarms. All methods belong to the reactor's thread."""

    _log = Logger()

    def __init__(self, desk: Callable[[], Desk], stream: Stream) -> None:
        """``desk`` gives the desk of now; ``stream`` is where readers are counted."""
        self._desk = desk
        self._stream = stream
        self._readers: dict[AlarmReader, None] = {}
        self._encoded: dict[int, bytes] = {}

    @property
    def desk(self) -> Desk:
        """The desk of now."""
        return self._desk()

    @property
    def readers(self) -> int:
        """How many readers of the alarms are connected."""
        return len(self._readers)

    @property
    def last_id(self) -> int:
        """The newest journal entry that the alarms already show."""
        return self._stream.last_id

    def publish(self, changes: Sequence[Change]) -> None:
        """Take what ``Desk.drain_changes`` gave."""
        if not self._readers:
            return
        for change in changes:
            self._encoded.pop(change.id, None)
        for reader in tuple(self._readers):
            for change in changes:
                reader.note(change)
            try:
                reader.wake()
            except Exception:
                self._log.failure("a reader of the alarms failed; it is let go")
                self.leave(reader)

    def encoded(self, alarm: Alarm) -> bytes:
        """The event of an alarm as it is now, encoded once for all readers."""
        made = self._encoded.get(alarm.id)
        if made is None:
            made = self._encoded[alarm.id] = b"event: alarm\ndata: %b\n\n" % msgspec.json.encode(alarm)
            if len(self._encoded) > 2 * len(self.desk) + 100:
                self._encoded = {alarm.id: made}
        return made

    def tell(self, name: str, data: Any) -> None:
        """An event to every reader; of each name only the newest waits for a slow one."""
        told = event(name, data)
        for reader in tuple(self._readers):
            reader.told[name] = told
            reader.wake()

    def join(self, wake: Callable[[], None]) -> AlarmReader:
        """A new reader; its first pull is the snapshot."""
        reader = AlarmReader(self, wake)
        self._readers[reader] = None
        self._stream.count_other(1)
        return reader

    def leave(self, reader: AlarmReader) -> None:
        """Forget a reader."""
        if reader in self._readers:
            del self._readers[reader]
            self._stream.count_other(-1)
            if not self._readers:
                self._encoded.clear()
