"""Who of the two that talk is the station.

Of DC-09, whoever opens a connection is the panel; of the other protocols either may call, and what is said tells the
panel (or receiver) from the station. An address that was a station once is one to everybody else.
"""

from __future__ import annotations

from collections import OrderedDict

from protocols.capture import Flow, Side
from protocols.model import Arrival, ArrivalKind, Noise
from ptsn.decoding.reader import DC09

KNOWN = 40_000
"""Addresses that are remembered; of more, the longest silent is forgotten."""


class Stations:
    """The stations of a capture, as far as it was read."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, None] = OrderedDict()

    def have(self, flow: Flow) -> bool:
        """Whether either end of a flow is a station."""
        return flow.source in self._known or flow.target in self._known

    def side(self, item: Arrival | Noise, flow: Flow, protocol: str, *, answering: bool) -> Side:
        """Who sends: by the capture, else by what is known of the addresses, else by what it says.

        Of protocols whose receivers may be called, too, what it says goes first. ``answering``: the flow is known to
        hold answers.
        """
        said = Side.UNKNOWN
        if isinstance(item, Arrival):
            said = Side.STATION if answering or item.kind is ArrivalKind.ANSWER else Side.PANEL
        side = flow.side
        if protocol not in ("", DC09):
            side = said or (Side.STATION if answering else side)
        if side is Side.UNKNOWN and flow.source:
            from_station, to_station = flow.source in self._known, flow.target in self._known
            if from_station != to_station:
                side = Side.STATION if from_station else Side.PANEL
        side = side or said
        if isinstance(item, Arrival) and flow.ports:
            self._remember(flow.source if side is Side.STATION else flow.target)
        return side

    def _remember(self, station: str) -> None:
        self._known[station] = None
        self._known.move_to_end(station)
        if len(self._known) > KNOWN:
            self._known.popitem(last=False)
