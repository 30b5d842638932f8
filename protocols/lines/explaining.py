"""What is common to all protocols in which nothing is encrypted when a message is taken apart: one layer, and a net."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from protocols.explanation import WIRE, Explanation, LayerBuilder
from protocols.lines.showing import place
from protocols.model import Dialect, Finding, Key
from protocols.secrets import codeless, codeless_damaged


class TakenApart(Protocol):
    """Takes a message (``Arrival.raw``), or bytes that are none (``Noise.raw``), apart, and may raise anything."""

    def __call__(self, data: bytes, findings: Sequence[Finding], noise: str, dialect: Dialect) -> Explanation: ...


class Explainer:
    """``protocols.wire.Explain`` of one protocol: never raises, and every byte belongs to a part.

    ``keys`` and ``plain`` are not used. Remote codes stand as ``*`` in the bytes, too.
    """

    def __init__(self, protocol: str, taken_apart: TakenApart) -> None:
        self._protocol = protocol
        self._taken_apart = taken_apart

    def __call__(
        self,
        data: bytes,
        *,
        keys: Sequence[Key] = (),
        plain: bytes = b"",
        findings: Sequence[Finding] = (),
        noise: str = "",
        dialect: Dialect = Dialect(),  # noqa: B008 - immutable
    ) -> Explanation:
        """The parts of a message; ``findings`` are placed onto its bytes."""
        data = codeless_damaged(data, sia=True) if noise and self._protocol == "sia" else codeless(data)
        try:
            return self._taken_apart(data, findings, noise, dialect)
        except Exception:  # an error of ours must not hide the bytes
            return explanation(self._protocol, LayerBuilder(WIRE, data), findings, {}, noise=noise)


def explanation(
    protocol: str,
    layer: LayerBuilder,
    findings: Iterable[Finding],
    parts: Mapping[str, str],
    found: Iterable[Finding] = (),
    *,
    noise: str = "",
) -> Explanation:
    """All parts of the one layer: what has none yet is the rest. Findings are placed as ``showing.place`` says."""
    layer.part(f"{protocol}.rest", len(layer.data), layer.data[layer.at :].decode("latin-1"))
    done = layer.layer()
    return Explanation(protocol, (done,), place(findings, done, parts, found), noise)
