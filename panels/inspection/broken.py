"""Bytes that are no message: what is known of them, and of a frame whose CRC does not fit."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from protocols.dc09 import damaged
from protocols.model import Noise
from protocols.wire import Likeness
from protocols.wires import WIRES

GARBAGE = "garbage"
TELLING = 3
"""Bytes that may begin a message of more protocols say nothing."""

CRC_MISMATCH = "dc09.crc-mismatch"


class BadCrc(Struct, frozen=True, kw_only=True):
    """What can be told of a frame whose CRC does not fit its bytes."""

    account: str
    """As the bytes have it, empty where they have none; it may be what was damaged."""
    given: str
    computed: str
    """Four hex digits each."""


class NoiseSeen(Struct, frozen=True, kw_only=True):
    """Bytes that are no message, of one kind from one host."""

    guess: str
    host: str
    count: int
    size: int
    first: datetime
    last: datetime
    sample: str
    crc: BadCrc | None = None
    """Of the first of them."""
    begins: tuple[str, ...] | UnsetType = UNSET
    """Protocols, for people, of which the first of them may be the beginning of a message; absent where none is."""


def bad_crc(noise: Noise) -> BadCrc | None:
    """What a frame whose CRC does not fit says of itself; None for other noise, and where it was cut off."""
    values = damaged(noise) if noise.guess == CRC_MISMATCH else {}
    if "computed" not in values:
        return None
    return BadCrc(account=values.get("account", ""), given=values["given"], computed=values["computed"])


def beginnings(noise: Noise) -> tuple[str, ...]:
    """Names, for people, of protocols of which it may be the beginning of a message; empty where that says nothing."""
    if noise.guess != GARBAGE:
        return ()
    found = [wire.title for wire in WIRES.values() if wire.recognise(noise.raw, False) is not Likeness.NO]
    return tuple(found) if len(found) < TELLING else ()
