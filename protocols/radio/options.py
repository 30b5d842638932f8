"""What a person settles for one radio channel; checked where it is read."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from protocols.ax25 import Address
from protocols.channel import Profile


class Modem(StrEnum):
    """What the bytes of a frame go through."""

    KISS = "kiss"
    """A TNC: frames are AX.25 UI frames behind a command byte."""
    TRANSPARENT = "transparent"
    """A modem that sends bytes as they are: a frame is the datagram alone."""


class Level(StrEnum):
    """How a transparent modem tells the strength of what it received."""

    NONE = "none"
    TRAILING_BYTE = "trailing-byte"
    """One byte behind every frame, -dBm."""


class RadioOptions(Struct, frozen=True, kw_only=True):
    """One channel."""

    network: int
    """0 to 65535."""
    profile: Profile
    modem: Modem = Modem.KISS
    call: Address = Address("PCN")
    """Our own address on a KISS modem."""
    port: int = 0
    """Of a KISS modem with several."""
    fec: int = 0
    """Reed-Solomon bytes behind a datagram on a transparent modem; 0 for none."""
    level: Level = Level.NONE
    poll: bool = True
    """Ask two-way units that miss a test."""

    @property
    def access(self) -> Profile:
        """The profile for our own waits: a KISS modem hears the carrier, and draws the slots by itself."""
        return replace(self.profile, persistence=255) if self.modem is Modem.KISS else self.profile

    def frame_bytes(self, datagram: int, hops: int = 0) -> int:
        """What a datagram of so many bytes is as a frame (:mod:`protocols.channel.profile`)."""
        return datagram + (16 + 7 * hops if self.modem is Modem.KISS else self.fec)
