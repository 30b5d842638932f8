"""One packet as a capture file holds it, before anything in it is looked at."""

from __future__ import annotations

from msgspec import Struct

MAX_PACKET = 1 << 18
"""Bytes of the longest packet believed: capture programs cut at 262,144."""
_LAST = 253_402_300_799
"""The end of the year 9999."""


def moment(seconds: float) -> float | None:
    """A time stamp, or None for one that no calendar has."""
    return seconds if 0 < seconds < _LAST else None


class Packet(Struct, frozen=True, gc=False):
    """Captured bytes, from the link layer's first."""

    number: int
    """Counted from 1 through the file, as other programs number them."""
    at: float | None
    """Seconds since the epoch, UTC."""
    link: int
    """The link type, as pcap counts them (``protocols.capture.links``)."""
    data: bytes
    size: int
    """Bytes the packet had on the wire; more than ``data`` where the capture cut it."""
    interface: int = 0
    """Which of the interfaces of the file it came over."""
