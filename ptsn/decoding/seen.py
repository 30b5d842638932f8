"""A message, or bytes that are none, with who said it to whom: what a conversation gives and everything else shows."""

from __future__ import annotations

from msgspec import Struct

from protocols.capture import Flow, Side
from protocols.model import Arrival, ArrivalKind, Noise
from ptsn.decoding.reader import DC09

ARROWS = {Side.PANEL: "->", Side.STATION: "<-", Side.UNKNOWN: "--"}
"""From the panel, to the panel, not known."""


class Seen(Struct, frozen=True, gc=False):
    """A message, or bytes that are none, as the capture had them."""

    item: Arrival | Noise
    flow: Flow
    side: Side
    """Who sent it."""
    at: float | None
    number: int
    """Of the packet, line or record in which it ended; 0 where there are none."""
    context: str = ""
    restored: str = ""
    protocol: str = ""
    """Of the flow, ``""`` where it is not known."""

    @property
    def panel(self) -> str:
        """Address of the panel; of who sent it where that is not known to be the panel."""
        return self.flow.target if self.side is Side.STATION else self.flow.source

    @property
    def station(self) -> str:
        """Address of the other end."""
        return self.flow.source if self.side is Side.STATION else self.flow.target


def broken(item: Arrival) -> bool:
    """Whether a message was damaged, or breaks its protocol. The content of DC-09 is no matter of its frame."""
    return item.kind is ArrivalKind.MALFORMED and item.protocol != DC09
