"""Who a panel is, and how it writes and dials."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from panels.faults import NONE, Faults
from protocols.dc09.quirks import STRICT, Quirks
from protocols.dc09.reading import PROTOCOL
from protocols.model import Edition
from protocols.radio import PROTOCOL as RADIO
from protocols.radio.book import Ways
from protocols.radio.options import RadioOptions
from protocols.radio.shelf import Shelf
from protocols.radio.unit import Unit

__all__ = ["DC09", "FIRST_RECEIVER", "RADIO", "Habits", "Identity", "Outfit"]

DC09 = PROTOCOL
FIRST_RECEIVER = "01"
"""The receiver's number where a protocol must have one and nobody gave it."""


class Identity(Struct, frozen=True, kw_only=True):
    """Who a panel says it is."""

    account: str
    """3 to 16 hex digits with DC-09; what its protocol allows with others."""
    prefix: str | None = "0"
    """1 to 6 hex digits (``L`` of DC-09); empty for the letter alone, None to leave it out."""
    receiver: str | None = None
    """1 to 6 hex digits (``R`` of DC-09), None to leave it out; the receiver's number with other protocols."""
    line: str = "1"
    """The receiver's line; not with DC-09."""
    inner_account: str | None = None
    """The account inside the data where it differs."""
    key: bytes | None = None
    """16, 24 or 32 bytes to encrypt everything with, None to send in the clear."""

    def __repr__(self) -> str:
        return f"<Identity {self.counter}>"

    @property
    def counter(self) -> str:
        """Name of the panel's sequence numbers in a counter store."""
        receiver = f"R{self.receiver}" if self.receiver is not None else ""
        prefix = f"L{self.prefix}" if self.prefix is not None else ""
        return f"dc09 {receiver}{prefix}#{self.account}"


class Outfit(Struct, frozen=True, kw_only=True):
    """A radio unit: what it is, the channel that it speaks on, and where its queue is kept."""

    unit: Unit
    options: RadioOptions
    shelf: Shelf


class Habits(Struct, frozen=True, kw_only=True):
    """How a panel writes and dials."""

    protocol: str = DC09
    """The name of a wire (``protocols.wires``)."""
    edition: Edition = Edition.E2013
    quirks: Quirks = STRICT
    """Of DC-09."""
    departures: Mapping[str, bool | int | str] = {}
    """Quirks of any other protocol (``Wire.quirks``)."""
    encoding: str = ""
    """Of texts, a Python codec; empty for what is usual in the protocol. DC-09 has a quirk for it."""
    faults: Faults = NONE
    """What goes wrong on the wire."""
    keep: bool = True
    """Keep the connection open; otherwise every message has a connection of its own."""
    attempts: int = 3
    """How often one message is tried on one path before it is given up there."""
    ack_timeout_s: float = 10.0
    """How long an answer may take."""
    connect_timeout_s: float = 10.0
    link_test_s: float | None = None
    """Send a link test after so long without any message; None for never."""
    backup_link_test_s: float | None = None
    """The same on the backup path while the main one works; None for the interval of the main one."""
    clock_offset_s: float = 0.0
    """How far the panel's own clock is ahead of the true time at its start."""
    drift_s_per_day: float = 0.0
    """How much its clock gains in a day."""
    buffer: int = 500
    """How many messages wait at most; a panel that cannot get rid of them loses the next ones."""
    hold: bool = False
    """Keep what no path takes, and send it late; otherwise it is given up."""
    retry_s: float = 15.0
    """How long to wait before everything is tried again that no path took."""
    radio: Outfit | None = None
    """With the protocol radio, and no other."""
    paths: tuple[str, str] = ("", "")
    """What messages over the main and the backup path name as their network path (DC-09 2021, 2026)."""

    @property
    def one_way(self) -> bool:
        """It only sends: nothing that it says is ever acknowledged."""
        return self.radio is not None and self.radio.unit.ways is Ways.ONE
