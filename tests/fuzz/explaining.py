"""What must hold of an explanation: every byte is said to be something, once, and nothing is said that was not read."""

from __future__ import annotations

from collections import Counter

from protocols.dc09 import explain
from protocols.dc09.explaining import taken_apart
from protocols.explanation import PLAIN, WIRE, Explanation, Layer
from protocols.model import Arrival, Key, Noise
from tests.fuzz.case import Case, Wrong


def check(case: Case, item: Arrival | Noise, stats: Counter[str]) -> None:
    """The explanation of what was read, with the keys and with the decrypted bytes alone."""
    if isinstance(item, Noise):
        taken_apart(item.raw, (), b"", (), item.guess)
        explanation = explain(item.raw, noise=item.guess)
        _holds(explanation, item.raw)
        if explanation.noise != item.guess:
            raise Wrong("explanation-of-noise", (item, explanation))
        return
    keys = tuple(Key(bytes.fromhex(key), f"key {place}") for place, key in enumerate(case.keys))
    taken_apart(item.raw, keys, b"", item.findings, "")  # explain() would hide an exception
    taken_apart(item.raw, (), item.plain, item.findings, "")
    for explanation in (
        explain(item.raw, keys=keys, findings=item.findings),
        explain(item.raw, plain=item.plain, findings=item.findings),
    ):
        _holds(explanation, item.raw)
        named = {placed.id for placed in explanation.findings}
        if named != {finding.id for finding in item.findings}:
            raise Wrong("findings-of-an-explanation", (item, named ^ {finding.id for finding in item.findings}))
        parts = [part for layer in explanation.layers for part in layer.parts]
        for id_, said in (("dc09.token", item.token), ("dc09.sequence", item.sequence), ("dc09.prefix", item.prefix)):
            values = [part.value for part in parts if part.id == id_]
            if values and values != [said]:
                raise Wrong("explanation-says-otherwise", (item, id_, values))
        if not all(part.fits for part in parts if part.id in ("dc09.crc", "dc09.length")):
            raise Wrong("explanation-doubts-the-frame", item)
    stats["explanations"] += 1


def whole(case: Case) -> None:
    """Whatever was fed, as if it were one message or noise: never an exception, every byte covered."""
    data = case.stream[:20_000]
    keys = tuple(Key(bytes.fromhex(key), "key") for key in case.keys)
    taken_apart(data, keys, b"", (), "")
    _holds(explain(data, keys=keys), data)


def _holds(explanation: Explanation, data: bytes) -> None:
    names = [layer.name for layer in explanation.layers]
    if names not in ([WIRE], [WIRE, PLAIN]):
        raise Wrong("layers", names)
    if explanation.layers[0].data != data:
        raise Wrong("explanation-of-other-bytes", (data, explanation.layers[0].data))
    for layer in explanation.layers:
        if not covers(layer):
            parts = [(part.id, part.start, part.end) for part in layer.parts]
            raise Wrong("parts-do-not-cover", (layer.name, layer.data, parts))
    sizes = {layer.name: len(layer.data) for layer in explanation.layers}
    for placed in explanation.findings:
        if placed.layer and not 0 <= placed.start <= placed.end <= sizes.get(placed.layer, -1):
            raise Wrong("finding-outside-its-layer", (placed, sizes))


def covers(layer: Layer) -> bool:
    """Whether the parts follow each other from the first byte to the last."""
    at = 0
    for part in layer.parts:
        if part.start != at or part.end <= part.start:
            return False
        at = part.end
    return at == len(layer.data)
