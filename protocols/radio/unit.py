"""One radio unit as it is set up, and what it can be made to do wrong."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from msgspec import Struct

from protocols.ax25 import Address
from protocols.datagram import RadioKey
from protocols.ends import CounterStore
from protocols.lines.speech import QuirksError
from protocols.radio.book import Ways
from protocols.radio.options import RadioOptions
from protocols.radio.shelf import Shelf

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Quirks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Departures on purpose, to try a centre. Raises QuirksError for what none can have."""

    reuse_counter: bool = False
    network: int = -1
    key_id: int = -1
    flip: int = -1
    copies: int = 1
    replay: int = 0

    def __post_init__(self) -> None:
        """Refuse what no unit can have."""
        for name, least, most in (
            ("network", -1, 0xFFFF),
            ("key_id", -1, 0xFF),
            ("flip", -1, 1599),
            ("copies", 1, 100),
            ("replay", 0, 1000),
        ):
            if not least <= getattr(self, name) <= most:
                raise QuirksError(f"{name} {getattr(self, name)}: give {least} to {most}.")


QUIRKS: Mapping[str, str] = MappingProxyType(
    {
        "reuse_counter": "Every datagram has the counter of the first: as after a reset that forgot it.",
        "network": "Datagrams name this network (0 to 65535) and not their own.",
        "key_id": "Datagrams name this key id (0 to 255) and not that of their key.",
        "flip": "This bit of every datagram, counted from 0, is turned over after sealing.",
        "copies": "Every datagram is sent so many times.",
        "replay": "Behind every datagram the one before that number of others is sent again; more than 64 are too old.",
    }
)
"""Name to an English sentence."""


class Unit(Struct, frozen=True, kw_only=True):
    """One unit."""

    station: int
    account: str
    key: RadioKey
    """What it says is sealed with."""
    former: tuple[RadioKey, ...] = ()
    """Keys from before a roll-over: answers to what was sealed with them still count."""
    ways: Ways = Ways.TWO
    test_s: float = 0.0
    copies: int = 3
    """Of everything a one-way unit sends."""
    attempts: int = 0
    """Transmissions of an event before it is given up; 0 for never, as the protocol demands."""
    mains_delay_s: float = 0.0
    """Reports of mains failure and restore wait a random time up to this: they come from many sites at once."""
    call: Address | None = None
    """Its own address; None for one made of its number."""
    path: tuple[Address, ...] = ()
    """Digipeaters on the way to the centre."""
    ascii_form: bool = False
    """Contact ID as text."""
    decivolts: int = 0
    level: int = 0
    """How it hears the centre, -dBm."""
    low_battery: bool = False

    def key_of(self, key_id: int) -> RadioKey | None:
        """The key of that id, if it has one."""
        return next((key for key in (self.key, *self.former) if key.key_id == key_id), None)

    @property
    def address(self) -> Address:
        """Its address: six digits to base 36 and the last four bits of its number."""
        if self.call is not None:
            return self.call
        digits, rest = "", self.station >> 4
        for _ in range(6):
            rest, digit = divmod(rest, 36)
            digits = _DIGITS[digit] + digits
        return Address(digits, self.station & 0xF)


class RadioSpeaker(Struct, frozen=True, kw_only=True):
    """Everything that a unit's end is made of (``Speaker.radio``)."""

    unit: Unit
    options: RadioOptions
    counters: CounterStore
    shelf: Shelf
    random: Random
    """It also draws the nonces of time requests: give a ``SystemRandom`` outside simulations."""
