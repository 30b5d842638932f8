"""Messages that nobody answered, as far as a capture shows.

It is said of none to a station that was never heard: then the capture may have one direction only. What came back and
cannot be told apart is taken for an answer, so that what is called unanswered is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from msgspec import Struct

from protocols.capture import Flow, Side
from protocols.model import Arrival, ArrivalKind, Noise

WAITING = 20_000
"""Messages that wait for an answer at once; of more, the oldest is told of while the file is still read."""
STATIONS = 40_000
"""Stations whose answers were heard."""

_Talk = tuple[str, str]
"""Addresses of panel and station."""


class Unanswered(Struct, frozen=True, gc=False):
    """A message to which nothing came back."""

    count: int
    """Which of what was shown it is, from 1."""
    number: int
    """Of the packet, line or record in which it ended; 0 where there are none."""
    at: float | None
    panel: str
    station: str
    token: str
    account: str
    sequence: str
    packets: bool
    """``number`` is that of a packet."""


class Waiting:
    """Takes messages in the order in which they were sent."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[int, Unanswered] = OrderedDict()
        """By ``count``."""
        self._talks: dict[_Talk, OrderedDict[int, str]] = {}
        """Sequence numbers by ``count``."""
        self._heard: OrderedDict[str, None] = OrderedDict()
        """Stations that said something."""

    def seen(
        self,
        item: Arrival | Noise,
        flow: Flow,
        side: Side,
        at: float | None,
        number: int,
        count: int,
        awaited: bool = True,
    ) -> Iterator[Unanswered]:
        """Something was said; gives what there is no more room for. Nothing is missed of what is not ``awaited``."""
        if not flow.ports and flow.side is Side.UNKNOWN:
            return
        panel, station = (flow.target, flow.source) if side is Side.STATION else (flow.source, flow.target)
        if side is Side.STATION:
            self._heard[station] = None
            if len(self._heard) > STATIONS:
                self._heard.popitem(last=False)
            if isinstance(item, Noise):
                self.lost(panel, station)
            elif item.kind is ArrivalKind.ANSWER:
                self._answered((panel, station), item.sequence)
        elif awaited and side is Side.PANEL and isinstance(item, Arrival) and item.kind is not ArrivalKind.ANSWER:
            self._waiting[count] = Unanswered(
                count, number, at, panel, station, item.token, item.account, item.sequence, bool(flow.ports)
            )
            self._talks.setdefault((panel, station), OrderedDict())[count] = item.sequence
            if len(self._waiting) > WAITING:
                yield from self._told([next(iter(self._waiting))])

    def lost(self, panel: str, station: str) -> None:
        """Something of what the station said cannot be read: it may have been any answer."""
        for count in self._talks.pop((panel, station), ()):
            del self._waiting[count]

    def ended(self, panel: str, station: str) -> Iterator[Unanswered]:
        """The two are done with each other. Of a station that was not heard so far, what waits is kept for the end."""
        counts = list(self._talks.pop((panel, station), ()))
        if station in self._heard:
            yield from self._told(counts)

    def rest(self) -> Iterator[Unanswered]:
        """Everything that still waits at the end."""
        yield from self._told(list(self._waiting))

    def _answered(self, talk: _Talk, sequence: str) -> None:
        """Each copy of the message with that number; where there is none, the message that waits longest."""
        waiting = self._talks.get(talk)
        if not waiting:
            return
        for count in [count for count, its in waiting.items() if its == sequence] or [next(iter(waiting))]:
            self._forget(talk, count)

    def _told(self, counts: list[int]) -> Iterator[Unanswered]:
        for count in counts:
            one = self._waiting[count]
            self._forget((one.panel, one.station), count)
            if one.station in self._heard:
                yield one

    def _forget(self, talk: _Talk, count: int) -> None:
        del self._waiting[count]
        waiting = self._talks.get(talk)
        if waiting is not None:
            waiting.pop(count, None)
            if not waiting:
                del self._talks[talk]
