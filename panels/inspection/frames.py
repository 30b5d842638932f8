"""Messages that stand as examples, as they may be shown: without the keys that they may carry, and bounded.

One message may show dozens of findings, and a peer can send thousands of them: each message is kept, and taken apart,
once, however many findings point to it; there is an end to their number, and to the parts of each.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from panels.inspection.report import Example
from protocols.auto import NAME as AUTO
from protocols.explanation import Explanation, Layer, Part
from protocols.model import Arrival
from protocols.secrets import STAR, is_key, masked, masked_bytes, masked_damaged, masked_piece, places
from protocols.sia.blocks import LONGEST as _BLOCK
from protocols.sia.reading import PROTOCOL as SIA

SAMPLE = 256
"""Bytes shown of what is no message."""
FRAMES_MAX = 40
"""Messages kept as examples, of all panels together."""
OF_ONE_PANEL_MAX = 20
"""The same of one panel, so that one does not take the place of all others."""
PARTS_MAX = 300
"""Parts shown of one message; the frame itself is always whole."""
_REST_OF_A_KEY = 8
"""So many digits at the beginning of a sample may be the rest of a key."""

_BLOCKS = frozenset((SIA, AUTO))
"""Protocols of sources that may say blocks of SIA."""

Explain = Callable[[Arrival], Explanation | None]
"""Takes a message apart; None where nothing is to be said."""


def sample(data: bytes, protocol: str) -> str:
    """The beginning of bytes that are no message, of a source of that protocol."""
    text = data[: SAMPLE + _BLOCK].decode("latin-1")
    if protocol in _BLOCKS:
        text = masked_damaged(text, sia=protocol == SIA)
    return masked_piece(text[:SAMPLE], _REST_OF_A_KEY)


class _Kept(Struct):
    arrival: Arrival
    peer: str
    at: float


class FrameBook:
    """The messages that findings of all panels show, each once and under a number from 1."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._by_panel: dict[str, int] = {}
        self._newest: tuple[Arrival | None, int] = (None, 0)

    def keep(self, panel: str, arrival: Arrival, peer: str, at: float) -> int:
        """The number of a message just received at ``at`` (seconds since the epoch); 0 where there is no room."""
        newest, number = self._newest
        if newest is arrival:
            return number
        number = 0
        of_panel = self._by_panel.get(panel, 0)
        if len(self._kept) < FRAMES_MAX and of_panel < OF_ONE_PANEL_MAX:
            self._by_panel[panel] = of_panel + 1
            # Signals may be many times the size of their message, and an explanation does not need them.
            self._kept.append(_Kept(replace(arrival, signals=(), reply=None), peer, at))
            number = len(self._kept)
        self._newest = (arrival, number)
        return number

    def report(self, explain: Explain | None) -> tuple[Example, ...]:
        """All of them in the order of their numbers."""
        return tuple(_example(number, kept, explain) for number, kept in enumerate(self._kept, 1))


def _example(number: int, kept: _Kept, explain: Explain | None) -> Example:
    arrival = kept.arrival
    explanation, left_out = None, 0
    if explain is not None:
        found = explain(arrival)
        if found is not None:
            explanation, left_out = bounded(keyless(found))
    return Example(
        number=number,
        at=datetime.fromtimestamp(kept.at, UTC),
        peer=kept.peer,
        frame=masked(arrival.raw.decode("latin-1")),
        plain=masked(arrival.plain.decode("latin-1")),
        explanation=explanation,
        parts_left_out=left_out,
    )


def bounded(explanation: Explanation) -> tuple[Explanation, int]:
    """The same with at most :data:`PARTS_MAX` parts and findings, and how many parts were left out."""
    layers, room, left_out = [], PARTS_MAX, 0
    for layer in explanation.layers:
        parts = layer.parts[:room]
        room -= len(parts)
        left_out += len(layer.parts) - len(parts)
        layers.append(layer if len(parts) == len(layer.parts) else replace(layer, parts=parts))
    return replace(explanation, layers=tuple(layers), findings=explanation.findings[:PARTS_MAX]), left_out


def keyless(explanation: Explanation) -> Explanation:
    """The same without the values of keys."""
    return replace(explanation, layers=tuple(_keyless(layer) for layer in explanation.layers))


def _keyless(layer: Layer) -> Layer:
    text = layer.data.decode("latin-1")
    hidden = places(text)
    if not hidden:
        return layer
    # Where a value is short it may stand anywhere; where it is long it must not stand anywhere else.
    secrets = {text[start:end].strip() for start, end in hidden}
    secrets = {each for each in secrets if len(each) >= _REST_OF_A_KEY}
    parts = []
    for part in layer.parts:
        inside = any(part.start < end and start < part.end for start, end in hidden)
        parts.append(_hidden(part, secrets, inside=inside))
    return replace(layer, data=masked_bytes(layer.data), parts=tuple(parts))


def _hidden(part: Part, secrets: set[str], *, inside: bool) -> Part:
    if inside and is_key(part.values.get("letter", "-")):
        values = {name: value if name == "letter" else STAR * len(value) for name, value in part.values.items()}
        return replace(part, value=STAR * len(part.value), values=values)
    values = {name: _without(value, secrets) for name, value in part.values.items()}
    return replace(part, value=_without(part.value, secrets), values=values)


def _without(text: str, secrets: set[str]) -> str:
    text = masked(text)
    for secret in secrets:
        text = text.replace(secret, STAR * len(secret))
    return text
