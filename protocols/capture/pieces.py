"""What a capture consists of, whatever the file was: pieces of flows, gaps in them, their ends, and notes.

A flow is one direction of one conversation. Its pieces come in the order of its bytes; those of different flows in
the order in which they were captured.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Side(StrEnum):
    """Which end of a conversation sends a flow."""

    PANEL = "panel"
    """The one that opened the conversation, or that the file says to be the panel."""
    STATION = "station"
    UNKNOWN = ""


class Flow(Struct, frozen=True):
    """One direction of one conversation. Equal flows are the same one only between its first piece and its end."""

    transport: str = ""
    """``tcp``, ``udp``; empty where the file does not say."""
    source: str = ""
    """``192.0.2.7:41122``, ``[2001:db8::7]:41122``; empty where it is not known."""
    target: str = ""
    side: Side = Side.UNKNOWN
    """Who sends it, as far as the file tells."""
    whole: bool = False
    """Every piece stands for itself, as datagrams do; else the pieces are parts of one stream."""
    ports: tuple[int, ...] = ()
    """Source and target port, where there are ports."""
    tag: str = ""
    """Tells conversations apart that have all of the above in common."""


class Piece(Struct, frozen=True, gc=False):
    """Some bytes of a flow."""

    flow: Flow
    data: bytes
    at: float | None = None
    """When they were captured, in seconds since the epoch, UTC; None where the file does not say."""
    number: int = 0
    """Number of the packet, the line or the record, counted from 1; 0 where there is nothing to count."""
    context: str = ""
    """What stood in front of it in a line of a log. Text of others: not to be shown as it is."""
    restored: str = ""
    """What the file had dropped or replaced and was put back: ``lf``, ``cr`` and ``quotes``, with ``-`` between."""
    protocol: str = ""
    """Of what protocol the file says it is; empty where it does not say."""


class Gap(Struct, frozen=True, gc=False):
    """Bytes of a flow that the capture does not have: what comes next does not continue what came before."""

    flow: Flow
    size: int = 0
    """How many are missing; 0 where that is not known."""
    at: float | None = None
    """Time and number of what comes behind it."""
    number: int = 0


class End(Struct, frozen=True, gc=False):
    """No more of a flow comes."""

    flow: Flow
    at: float | None = None
    number: int = 0


class Note(Struct, frozen=True, gc=False):
    """Something about the file that its reader should know. Words for it are the caller's, by ``id``."""

    id: str
    """``capture.cut-off``, ``capture.no-frame-in-lines`` ..."""
    number: int = 0
    """As :attr:`Piece.number`."""
    values: dict[str, str] = {}
    grave: bool = True
    """False for what is only worth knowing: nothing was lost or guessed."""


Item = Piece | Gap | End | Note
"""What reading a capture gives."""
