"""What is worth telling while an inspection runs, at once and in order. Ids and values; the words are the reader's."""

from __future__ import annotations

from msgspec import Struct

from panels.inspection.broken import BadCrc
from protocols.model import ArrivalKind, Protection, Severity, Signal, Verdict


class Found(Struct, frozen=True, gc=False):
    """A finding of one message."""

    id: str
    severity: Severity
    count: int
    """How often this panel showed it so far; 1 is the first time."""


class MessageNote(Struct, frozen=True, kw_only=True, gc=False):
    """A message was decided."""

    at: float
    """Seconds since the epoch."""
    peer: str
    account: str
    kind: ArrivalKind
    token: str
    sequence: str
    verdict: Verdict
    answer: str
    """``ACK``, ``NAK``, ``DUH``, or empty for silence."""
    protection: Protection
    signals: tuple[Signal, ...]
    """Without extended data, which may hold a key."""
    repeat: bool
    """The same message came before."""
    found: tuple[Found, ...]
    keyed: bool
    """Keys were there to be tried."""
    understood: bool = False
    """It is known to hold no event: there is nothing to be understood."""
    withheld: bool = False
    """It was stored, and its acknowledgement was withheld on purpose."""


class ConductNote(Struct, frozen=True, kw_only=True, gc=False):
    """The conduct of a panel shows something for the first time."""

    at: float
    account: str
    found: Found
    sender: str = ""
    """Who it is, where that is not one account: its host, or its port."""


class NoiseNote(Struct, frozen=True, kw_only=True, gc=False):
    """Bytes came that are no message."""

    at: float
    peer: str
    guess: str
    size: int
    sample: str
    """As latin-1, keys as ``*``."""
    count: int
    """How often this host sent such."""
    crc: BadCrc | None = None
    begins: tuple[str, ...] = ()
    """Protocols, for people, of which it may be the beginning of a message."""


class ConnectionNote(Struct, frozen=True, kw_only=True, gc=False):
    """A connection was opened or closed."""

    at: float
    peer: str
    opened: bool
    clean: bool
    """False where it was broken off."""
    ours: bool = False
    """It was broken off by the station."""
    messages: int
    """That came over it."""
    count: int
    """Connections of this host so far."""


class NothingNote(Struct, frozen=True, kw_only=True, gc=False):
    """No message has come since the start."""

    at: float
    seconds: float
    connections: int
    """Opened, though no message came over them."""
    noise: int
    broken: int = 0
    """Of the noise, frames that were not whole."""


class SilenceNote(Struct, frozen=True, kw_only=True, gc=False):
    """A panel that tested its link has been silent for longer than usual."""

    at: float
    account: str
    seconds: float
    usual: float
    sender: str = ""


class RecognisedNote(Struct, frozen=True, kw_only=True, gc=False):
    """A sender of a line protocol is heard for the first time."""

    at: float
    peer: str
    protocol: str
    title: str
    """The protocol by its name for people."""


Note = MessageNote | ConductNote | NoiseNote | ConnectionNote | NothingNote | SilenceNote | RecognisedNote
