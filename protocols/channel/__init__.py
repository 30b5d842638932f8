"""Who may send when on a radio channel: one :class:`Access` for each channel and side, without clock or socket.

``profile`` says what a channel is and how long a frame is on the air, ``budget`` holds the duty cycle, ``occupancy``
how busy the channel was, ``access`` decides, ``backoff`` spaces what is said again, ``capacity`` and ``contention``
have the formulas by which a channel is planned. All times are monotonic seconds (float), handed in.
"""

from __future__ import annotations

from protocols.channel.access import Access, ChannelFullError, Priority, TooLongError, Transmission
from protocols.channel.backoff import Backoff
from protocols.channel.occupancy import Load
from protocols.channel.profile import Profile, ProfileError, ax25, transparent

__all__ = [
    "Access",
    "Backoff",
    "ChannelFullError",
    "Load",
    "Priority",
    "Profile",
    "ProfileError",
    "TooLongError",
    "Transmission",
    "ax25",
    "transparent",
]
