"""Control time: an adapter from which no whole message came for too long is told of, and told of when one comes again.

A receiver that hands signals on sends heartbeats of its own; when it is silent, so are all the panels behind it. Any
message counts, whatever its verdict: it shows that the source and the line live. Bytes that are no message do not.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from protocols.ends import Source
from protocols.model import Arrival, Moment
from receiver.adapters.line import Handler, Line
from receiver.chronicle import SOURCE_HEARD, SOURCE_SILENT, Chronicle
from receiver.desk import Alarm, troubles
from receiver.journal.entry import rfc3339
from receiver.settings import AdapterSettings


class _Watched(Struct, eq=False):
    """One adapter with a control time."""

    name: str
    protocol: str
    control_s: float
    heard_at: float
    """Monotonic seconds."""
    heard_wall: float | None = None
    """Seconds since the epoch; None when nothing came since the start."""
    silent: bool = False
    from_before: bool = False
    """It was silent before the start already, nobody knows for how long."""


class Sources:
    """Knows when each adapter with a control time was heard. For the reactor's thread."""

    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle
        self._watched: list[_Watched] = []

    def watch(self, adapter: AdapterSettings, handler: Handler) -> Handler:
        """The handler that lines of this adapter shall have: it hears what passes. Without a control time the same."""
        if not adapter.control_s:
            return handler
        watched = _Watched(adapter.name, adapter.protocol, adapter.control_s, time.monotonic())
        self._watched.append(watched)
        return _Ear(self, watched, handler)

    def expect(self, now: Moment, alarms: Iterable[Alarm] = ()) -> None:
        """From now on: every source has one full interval.

        ``alarms`` are those that are open: the silence that they tell of is not told again, and its end is.
        """
        silent = troubles(alarms, SOURCE_SILENT)
        for one in self._watched:
            one.heard_at = now.mono
            one.silent = one.from_before = (one.name, one.protocol, "") in silent

    def heard(self, one: _Watched, now: Moment) -> None:
        """A whole message came."""
        silent_s, one.heard_at, one.heard_wall = now.mono - one.heard_at, now.mono, now.wall
        if one.silent:
            details = {} if one.from_before else {"silent_s": [f"{silent_s:.0f}"]}
            one.silent = one.from_before = False
            self._chronicle.event(SOURCE_HEARD, adapter=one.name, protocol=one.protocol, details=details)

    def expire(self, now: Moment) -> None:
        """Write down what has been silent for too long by now, once."""
        for one in self._watched:
            if one.silent or now.mono - one.heard_at <= one.control_s:
                continue
            one.silent = True
            details = {"interval_s": [f"{one.control_s:g}"]}
            if one.heard_wall is not None:
                details["last_heard"] = [rfc3339(one.heard_wall)]
            self._chronicle.event(SOURCE_SILENT, priority=2, adapter=one.name, protocol=one.protocol, details=details)


class _Ear:
    """A handler that tells of whole messages before it hands them on."""

    def __init__(self, sources: Sources, watched: _Watched, handler: Handler) -> None:
        self._sources = sources
        self._watched = watched
        self._handler = handler

    @property
    def full(self) -> bool:
        """While true, streams are paused and datagrams dropped."""
        return self._handler.full

    def handle(self, items: Sequence[Any], line: Line, now: Moment) -> None:
        """Take what one call of the end returned."""
        if any(type(item) is Arrival for item in items):
            self._sources.heard(self._watched, now)
        self._handler.handle(items, line, now)

    def wait_for_room(self, line: Line) -> None:
        """Resume this line when there is room."""
        self._handler.wait_for_room(line)

    def dropped(self, source: Source, size: int, why: str) -> None:
        """Bytes were thrown away unread."""
        self._handler.dropped(source, size, why)

    def opened(self, line: Line, now: Moment) -> None:
        """A connection stands."""
        self._handler.opened(line, now)

    def closed(self, line: Line, now: Moment, why: str) -> None:
        """A connection is gone."""
        self._handler.closed(line, now, why)
