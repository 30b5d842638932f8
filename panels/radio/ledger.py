"""What happened in a simulated network, and what must never happen in one.

It sees more than either side: every frame that any of them put on the air, what the panels had to say, what the centre
has on disk, and what a unit took for acknowledged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from protocols.channel import Priority
from protocols.datagram import Type, header
from protocols.datagram import open as open_datagram
from protocols.datagram.payloads import PollReply, decode
from protocols.model import Arrival
from protocols.radio.book import Outstation

Event = tuple[int, bytes]
"""Unit and payload: no two events of a unit have the same."""


class Life(Struct):
    """Of one event: when it was where, in seconds; None where it never was."""

    unit: int
    priority: Priority
    submitted: float
    sure: bool = True
    """The unit said that it has it."""
    stored: float | None = None
    acknowledged: float | None = None


class Ledger:
    """Of one network."""

    def __init__(self, units: Mapping[int, Outstation]) -> None:
        self._units = units
        self.events: dict[Event, Life] = {}
        self.said: dict[bytes, int] = {}
        """Datagrams that a side really sealed, and how often each was on the air."""
        self._numbers: dict[tuple[int, int, int, int], bytes] = {}
        """(direction, unit, key, counter) to the datagram under it."""
        self._polls: Counter[tuple[int, int]] = Counter()
        self._rows: dict[tuple[str, int], bytes] = {}
        self.rows = 0
        self.faults: list[str] = []
        """What must never happen, and did."""

    def submitted(self, unit: int, payload: bytes, priority: Priority, now: float) -> None:
        """A panel gave an event to its unit, which has it on disk."""
        self.events[unit, payload] = Life(unit, priority, now)

    def sealed(self, datagram: bytes) -> None:
        """A side put it on the air."""
        if datagram in self.said:
            self.said[datagram] += 1
            return
        self.said[datagram] = 1
        head = header.read(datagram)
        if head is None:
            self.faults.append(f"no datagram was sent: {datagram.hex()}")
            return
        number = (head.direction, head.station, head.key_id, head.counter)
        if number in self._numbers:
            self.faults.append(f"counter {number} was used for two datagrams")
        self._numbers[number] = datagram
        if head.type is Type.POLL_REPLY:
            self._answered(datagram, head.station, head.key_id)

    def _answered(self, datagram: bytes, station: int, key_id: int) -> None:
        unit = self._units.get(station)
        key = None if unit is None else unit.key(key_id)
        opened = None if key is None else open_datagram(datagram, key)
        reply = None if opened is None else decode(Type.POLL_REPLY, opened.payload)
        if not isinstance(reply, PollReply):
            self.faults.append(f"unit {station} answers a poll with something else")
            return
        self._polls[station, reply.counter] += 1
        if self._polls[station, reply.counter] > 1:
            self.faults.append(f"unit {station} answered the poll {reply.counter} twice")

    def stored(self, arrival: Arrival, now: float) -> None:
        """The centre took it as new, and it is on disk: an event, or a sign of life."""
        assert arrival.counter is not None
        self.rows += 1
        if arrival.raw not in self.said:
            self.faults.append(f"taken, but nobody sealed it: {arrival.raw.hex()}")
            return
        name = (arrival.counter.window, arrival.counter.number)
        if name in self._rows:
            self.faults.append(f"{name} was taken twice as new")
        self._rows[name] = arrival.raw
        head = header.read(arrival.raw)
        if head is None or head.type is not Type.EVENT:
            return
        life = self.events.get((head.station, arrival.plain))
        if life is None:
            self.faults.append(f"an event was stored that nobody submitted: {arrival.plain.hex()}")
        elif life.stored is None:
            life.stored = now

    def acknowledged(self, unit: int, payload: bytes, now: float) -> None:
        """A unit let go of an event."""
        life = self.events.get((unit, payload))
        if life is None:
            self.faults.append(f"unit {unit} had an event acknowledged that it was never given: {payload.hex()}")
            return
        if life.stored is None:
            self.faults.append(f"unit {unit} let go of an event that is not stored: {payload.hex()}")
        if life.acknowledged is None:
            life.acknowledged = now

    def delays(self, since: float = 0.0) -> list[float]:
        """From event to disk, the shortest first, of what is there and was born since."""
        lives = (life for life in self.events.values() if life.submitted >= since)
        return sorted(life.stored - life.submitted for life in lives if life.stored is not None)


def quantile(values: list[float], share: float) -> float:
    """Of sorted values; 0 where there are none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0
