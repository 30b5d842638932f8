"""Findings onto the bytes of an explained message.

A finding shows at its own offset, else where the reading of the same bytes finds it, else in the part that the tables
of findings name: in the decrypted layer for what is about the content, where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from protocols import contact_id, sia_findings
from protocols.dc09 import findings as dc09
from protocols.explanation import WIRE, Layer, Part, Placed
from protocols.model import Finding

_PARTS = {**dc09.PARTS, **contact_id.PARTS, **sia_findings.PARTS}
_CONTENT = ("contact-id.", "sia.", "dc09.data", "dc09.extended", "dc09.time.", "dc09.text.", "dc09.null.")
"""How ids begin of findings that are about the content of a message."""
_LETTERS = {
    "dc09.extended.position": "XY",
    "dc09.extended.decimal-degrees": "XY",
    "dc09.extended.time": "H",
    "dc09.extended.time-only": "H",
    "dc09.extended.json": "J",
    "dc09.extended.key-in-clear": "K",
}
"""Findings about fields of these letters."""
_INSTEAD = {
    "dc09.data": "dc09.close",
    "dc09.pad": "dc09.cipher",
    "dc09.trailing-pad": "dc09.cipher",
    "dc09.filler": "dc09.start",
    "dc09.trailer": "dc09.end",
}
"""Where a finding shows when a message lacks the part."""

_Places = Mapping[str, tuple[str, int, int]]


def place(
    findings: Iterable[Finding],
    layers: Sequence[Layer],
    origin: int = 0,
    found: Iterable[Finding] = (),
    places: _Places | None = None,
) -> tuple[Placed, ...]:
    """The findings with the bytes where they show.

    ``origin`` is where the message begins in the first layer. ``found`` is what the decoder finds in the same message;
    ``places`` maps the id of a finding in the content to layer, start and end.
    """
    own = {one.id: one for one in found}
    placed = []
    for one in findings:
        where = _at(layers[0], one, origin)
        if where is None and one.id in own:
            where = _at(layers[0], own[one.id], origin)
        if where is None and places is not None:
            where = places.get(one.id)
        where = where or _by_part(one.id, layers)
        placed.append(Placed(one.id, one.severity, *where) if where is not None else Placed(one.id, one.severity))
    return tuple(placed)


def _at(layer: Layer, finding: Finding, origin: int) -> tuple[str, int, int] | None:
    """The finding's own bytes; None where it names none, but at most where something is missing."""
    start = origin + (finding.offset or 0)
    end = min(len(layer.data), start + finding.length)
    return (layer.name, start, end) if finding.offset is not None and 0 <= start < end else None


def _by_part(id_: str, layers: Sequence[Layer]) -> tuple[str, int, int] | None:
    wanted = _PARTS.get(id_, "")
    order = sorted(layers, key=lambda layer: (layer.name == WIRE) is id_.startswith(_CONTENT))
    while wanted:
        for layer in order:
            part = next(filter(_test(id_, wanted, layer), layer.parts), None)
            if part is not None:
                return layer.name, part.start, part.end
        wanted = _INSTEAD.get(wanted, "")
    return None


def _test(id_: str, wanted: str, layer: Layer) -> Callable[[Part], bool]:
    """Whether a part is the one that a finding is about."""
    letters = _LETTERS.get(id_)
    if letters is not None:
        return lambda part: part.id == wanted and part.values.get("letter", " ") in letters
    if id_.startswith("dc09.text."):
        return lambda part: part.id != "dc09.pad" and not layer.data[part.start : part.end].isascii()
    if wanted == "dc09.data":
        return lambda part: part.id == wanted or part.id.startswith(("contact-id.", "sia."))
    return lambda part: part.id == wanted
