"""A message taken apart byte by byte, for whoever wants to see what it is made of.

An :class:`Explanation` covers every byte of a message, in one or two layers: the bytes as they passed over the wire,
and, where they were encrypted and could be opened, the decrypted ones. It holds ids, offsets and values; the words are
in ``protocols.catalogue.part_words``, so that every reader says them in a language of his own.
"""

from __future__ import annotations

from msgspec import Struct

from protocols.model import Severity

WIRE = "wire"
PLAIN = "plain"
"""The layers: as sent, and decrypted."""


class Part(Struct, frozen=True, gc=False):
    """Some bytes of a layer that say one thing."""

    id: str
    """Stable dotted name: ``dc09.crc``, ``dc09.stamp``, ``sia.event`` ..."""
    start: int
    end: int
    """First byte, and the one behind the last; parts follow each other without gaps."""
    value: str = ""
    """What the bytes say, without their delimiters: ``SIA-DCS``, ``1234``, ``2026-11-22T14:43:06Z``."""
    values: dict[str, str] = {}
    """More of it, by the names that the words of the part use: ``{"given": "0031", "computed": "0032"}``."""
    fits: bool = True
    """False where a check fails here: a CRC or a length that is not that of the bytes, a check digit."""


class Layer(Struct, frozen=True, gc=False):
    """All bytes of one reading of a message."""

    name: str
    data: bytes
    parts: tuple[Part, ...]
    """From the first byte to the last."""


class Placed(Struct, frozen=True, gc=False):
    """A finding with the bytes where it shows."""

    id: str
    severity: Severity
    layer: str = ""
    """``""`` where it concerns the message as a whole."""
    start: int = 0
    end: int = 0


class Explanation(Struct, frozen=True, gc=False):
    """A message, or a run of bytes that is none, in parts."""

    protocol: str
    layers: tuple[Layer, ...]
    findings: tuple[Placed, ...] = ()
    noise: str = ""
    """``Noise.guess`` where the bytes are no message."""


class Pieces(Struct, frozen=True, gc=False):
    """The content of a message in parts, as the module of its format makes them."""

    parts: tuple[Part, ...]
    """Offsets count characters of the content."""
    places: dict[str, tuple[int, int]] = {}
    """Id of a finding to the first character it is about, and the one behind the last."""


class LayerBuilder:
    """A layer in the making: parts follow each other without gaps, whatever is added."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self.at = 0
        """The first byte that belongs to no part yet."""
        self._parts: list[Part] = []

    def part(
        self, id_: str, end: int, value: str = "", values: dict[str, str] | None = None, fits: bool = True
    ) -> None:
        """Add a part up to ``end``; none where no byte is left up to there."""
        end = min(end, len(self.data))
        if end > self.at:
            self._parts.append(Part(id_, self.at, end, value, values or {}, fits))
            self.at = end

    def layer(self) -> Layer:
        """The layer as far as it has come."""
        return Layer(self.name, self.data, tuple(self._parts))
