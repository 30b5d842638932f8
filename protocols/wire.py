"""What every wire offers, so that adapters, commands and tools need not know one from another.

Each wire is a package that has a ``WIRE``; ``protocols.wires`` is the list of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Protocol

from msgspec import Struct

from protocols.ends import Limits, Lookup, ReceivingEnd, SendingEnd, Source
from protocols.explanation import Explanation
from protocols.lines.options import SourceOptions, Speaker
from protocols.lines.scanning import MORE
from protocols.model import Dialect, Finding, Key


class Likeness(IntEnum):
    """Whether bytes are of a protocol, by how a stream begins."""

    NO = 0
    """They are not."""
    MORE = 1
    """They may be; more bytes will tell."""
    SURE = 2
    """A whole message stands there, with everything that the protocol has to check it by."""


def likeness(
    data: bytes, at: int, final: bool, match: Callable[[bytes, int, bool], int], sure: Callable[[bytes], bool]
) -> Likeness:
    """Whether a message stands at ``at``: ``match`` as in ``Grammar``, ``sure`` is asked of what it finds."""
    size = match(data, at, final) if at < len(data) else MORE
    if size == MORE:
        return Likeness.NO if final else Likeness.MORE
    return Likeness.SURE if size > 0 and sure(data[at : at + size]) else Likeness.NO


class LineSettings(Struct, frozen=True):
    """How a serial line of this protocol is usually set."""

    baudrate: int
    bytesize: int = 8
    parity: str = "N"
    stopbits: int = 1

    def __str__(self) -> str:
        return f"baudrate={self.baudrate}:bytesize={self.bytesize}:parity={self.parity}:stopbits={self.stopbits}"


class MakeReceiving(Protocol):
    """Makes the station's end. ``first`` is a number for ``LineReceivingEnd``."""

    def __call__(
        self, source: Source, lookup: Lookup, *, options: SourceOptions, limits: Limits, first: int
    ) -> ReceivingEnd: ...


class MakeSending(Protocol):
    """Makes the panel's, or a relay's, end. Raises QuirksError and UnsendableError."""

    def __call__(self, speaker: Speaker) -> SendingEnd: ...


class Recognise(Protocol):
    """Says of the first bytes of a stream whether they are of this protocol. Never raises.

    With ``final`` no more will come: never MORE.
    """

    def __call__(self, data: bytes, final: bool) -> Likeness: ...


class Explain(Protocol):
    """Takes a message apart. Never raises; every byte belongs to a part. As ``protocols.dc09.explain``."""

    def __call__(
        self,
        data: bytes,
        *,
        keys: Sequence[Key] = (),
        plain: bytes = b"",
        findings: Sequence[Finding] = (),
        noise: str = "",
        dialect: Dialect = ...,
    ) -> Explanation: ...


class Wire(Struct, frozen=True, kw_only=True):
    """One protocol."""

    name: str
    """As in ``protocol =`` of an adapter and ``Arrival.protocol``."""
    title: str
    """For people, in every language: a proper name."""
    transports: frozenset[str]
    """Of ``tcp``, ``udp``, ``serial``."""
    receiving: MakeReceiving
    sending: MakeSending
    recognise: Recognise
    explain: Explain
    findings: Mapping[str, Finding]
    """Every departure that it names."""
    parts: Mapping[str, str]
    """Finding id to the id of the part of a message where it shows."""
    quirks: Mapping[str, str]
    """What its senders can do wrong on purpose: name to an English sentence."""
    serial: tuple[LineSettings, ...] = ()
    """Usual settings of serial lines, the likeliest first; empty where it has none."""
    edges: Mapping[str, str] = {}
    """Values of ``SourceOptions.edge`` to an English sentence."""
