"""Bytes of peers as they may be shown: bounded, and without the keys that they may carry (extended data K)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec.structs import replace

from panels.inspection.report import Example
from protocols.explanation import Explanation
from protocols.model import Arrival

SAMPLE = 256
"""Bytes shown of what is no message."""

Explain = Callable[[Arrival], Explanation | None]
"""Takes a message apart; None where nothing is to be said."""

_KEY = re.compile(r"\[K([0-9A-Fa-f]+)")
_KEY_BYTES = re.compile(rb"\[K([0-9A-Fa-f]+)")
_REST_OF_A_KEY = re.compile(r"\A[0-9A-Fa-f]{8,}(?=\]|\Z)")
"""A piece whose beginning is not known may begin inside a key."""


def masked(data: bytes) -> str:
    """A message as text, the digits of a key as ``*``; the length stays."""
    return _KEY.sub(lambda found: "[K" + "*" * len(found[1]), data.decode("latin-1"))


def sample(data: bytes) -> str:
    """The beginning of bytes that are no message."""
    text = masked(data[:SAMPLE])
    return _REST_OF_A_KEY.sub(lambda found: "*" * len(found[0]), text)


def example(arrival: Arrival, peer: str, at: float, explain: Explain | None) -> Example:
    """A message that shows a finding, received at ``at`` (seconds since the epoch)."""
    explanation = explain(arrival) if explain is not None else None
    return Example(
        at=datetime.fromtimestamp(at, UTC),
        peer=peer,
        frame=masked(arrival.raw),
        plain=masked(arrival.plain),
        explanation=None if explanation is None else keyless(explanation),
    )


def keyless(explanation: Explanation) -> Explanation:
    """The same without the digits of keys."""
    layers = []
    for layer in explanation.layers:
        secrets = {found[1].decode("ascii") for found in _KEY_BYTES.finditer(layer.data)}
        if not secrets:
            layers.append(layer)
            continue
        data = _KEY_BYTES.sub(lambda found: b"[K" + b"*" * len(found[1]), layer.data)
        parts = tuple(
            replace(
                part,
                value=_without(part.value, secrets),
                values={name: _without(value, secrets) for name, value in part.values.items()},
            )
            for part in layer.parts
        )
        layers.append(replace(layer, data=data, parts=parts))
    return replace(explanation, layers=tuple(layers))


def _without(text: str, secrets: set[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "*" * len(secret))
    return text
