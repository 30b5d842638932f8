"""What a payload can say: a typed struct for every type of datagram and for every form of an event.

Times are whole seconds, or milliseconds where said, since 1970 in UTC. ``odd`` holds the ids of what was found odd when
a payload was read (of ``ODD``); it plays no part in writing. Source: ``docs/radio-protocol.md``.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

from msgspec import Struct

from protocols.datagram.header import Type

ASCII_FORMS = (0x31, 0x39)
COMPACT, SIA_TEXT, WHOLE_FRAME = 0x01, 0x02, 0x0A
NONCE = 8
"""Bytes of the nonce of a time request."""
WANTS_QUEUED = 0x01
"""Flag of an acknowledgement: the centre wants the events that are still queued now."""

TOO_SHORT, EMPTY, FORM, QUALIFIER, DIGITS, RESERVED_TYPE = UNREAD = (
    "radio.payload.too-short",
    "radio.payload.empty",
    "radio.payload.form",
    "radio.payload.qualifier",
    "radio.payload.digits",
    "radio.payload.reserved-type",
)
"""Every reason why a payload stays unread."""
MORE, FLAGS, DIGIT_A, NO_TIME, ENCODING, NOT_ZERO, RESULT = ODD = (
    "radio.payload.more",
    "radio.payload.flags",
    "radio.payload.digit-a",
    "radio.payload.no-time",
    "radio.payload.encoding",
    "radio.payload.not-zero",
    "radio.payload.result",
)
"""Everything that is noted of a payload that was read."""

_QUALIFIERS = {"E": "1", "R": "3", "P": "6"}


class Result(IntEnum):
    """What became of the acknowledged datagram. Whatever it is: it must not be repeated."""

    STORED = 0
    ALIVE = 1
    NOT_UNDERSTOOD = 2
    """Kept, and shown to the operators as it is."""
    NOT_SUPPORTED = 3
    """Kept likewise."""


class ContactIdText(Struct, frozen=True, gc=False):
    """An event in ASCII."""

    qualifier: str
    """``1``, ``3``, ``6``, or ``E``, ``R``, ``P`` in their place."""
    code: str
    partition: str
    number: str
    message_type: str = "18"
    odd: tuple[str, ...] = ()

    @property
    def digit(self) -> str:
        """The qualifier as a digit."""
        return _QUALIFIERS.get(self.qualifier, self.qualifier)


class ContactId(Struct, frozen=True, gc=False):
    """An event in nibbles."""

    qualifier: str
    """``1``, ``3`` or ``6``."""
    code: str
    partition: str
    number: str
    occurred_at: int | None = None
    old: bool = False
    odd: tuple[str, ...] = ()

    @property
    def digit(self) -> str:
        """The qualifier."""
        return self.qualifier


class SiaText(Struct, frozen=True, gc=False):
    """Events as text."""

    text: str
    """``Nri1/BA015``: what DC-09 has behind the account and its ``|``."""
    occurred_at: int | None = None
    old: bool = False
    odd: tuple[str, ...] = ()


class WholeFrame(Struct, frozen=True, gc=False):
    """A frame of DC-09."""

    frame: bytes
    odd: tuple[str, ...] = ()


class Test(Struct, frozen=True, gc=False):
    """A sign of life. 0 always means: not said."""

    __test__ = False  # no class of tests

    next_s: int = 0
    """Seconds to the next one; 65535 is that or longer."""
    decivolts: int = 0
    """Supply voltage in 0.1 V."""
    level: int = 0
    """How strongly the station hears the centre, in -dBm."""
    odd: tuple[str, ...] = ()


class Ack(Struct, frozen=True, gc=False):
    """The acknowledgement of one counter."""

    counter: int
    result: Result
    wants_queued: bool = False
    odd: tuple[str, ...] = ()


class Poll(Struct, frozen=True, gc=False):
    """A question whether the station is there."""

    odd: tuple[str, ...] = ()


class PollReply(Struct, frozen=True, gc=False):
    """The answer to the POLL with that counter."""

    counter: int
    test: Test = Test()
    odd: tuple[str, ...] = ()


class SyncRequest(Struct, frozen=True, gc=False):
    """A question for the time."""

    nonce: bytes
    """8 random bytes."""
    odd: tuple[str, ...] = ()


class SyncResponse(Struct, frozen=True, gc=False):
    """The time, for who asked with that nonce."""

    nonce: bytes
    utc_ms: int
    odd: tuple[str, ...] = ()


class Unread(Struct, frozen=True, gc=False):
    """A payload that cannot be read, and why (an id of ``UNREAD``)."""

    reason: str


Event: TypeAlias = ContactIdText | ContactId | SiaText | WholeFrame
Payload: TypeAlias = Event | Test | Ack | Poll | PollReply | SyncRequest | SyncResponse


def type_of(payload: Payload) -> Type:
    """The type of the datagram that carries it."""
    match payload:
        case Test():
            return Type.TEST
        case Ack():
            return Type.ACK
        case Poll():
            return Type.POLL
        case PollReply():
            return Type.POLL_REPLY
        case SyncRequest():
            return Type.SYNC_REQ
        case SyncResponse():
            return Type.SYNC_RSP
        case _:
            return Type.EVENT
