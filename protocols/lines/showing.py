"""Findings onto the bytes of a line that was taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from protocols import contact_id, sia_findings
from protocols.explanation import Layer, Placed
from protocols.model import Finding

_CONTENTS = {**contact_id.PARTS, **sia_findings.PARTS}


def place(
    findings: Iterable[Finding], layer: Layer, parts: Mapping[str, str], found: Iterable[Finding] = ()
) -> tuple[Placed, ...]:
    """The findings with the bytes where they show.

    By their own offset in the layer, else by that of the same finding in ``found`` (what reading these bytes gives:
    the journal keeps ids only), else in the first part that ``parts``, or the table of the content, names.
    """
    own = {one.id: one for one in found}
    first = {part.id: part for part in reversed(layer.parts)}
    placed = []
    for finding in findings:
        where = _span(finding, layer) or _span(own.get(finding.id, finding), layer)
        if where is None:
            part = first.get(parts.get(finding.id) or _CONTENTS.get(finding.id, ""))
            where = (part.start, part.end) if part is not None else None
        placed.append(
            Placed(finding.id, finding.severity)
            if where is None
            else Placed(finding.id, finding.severity, layer.name, *where)
        )
    return tuple(placed)


def _span(finding: Finding, layer: Layer) -> tuple[int, int] | None:
    if finding.offset is None:
        return None
    start, end = finding.offset, min(len(layer.data), finding.offset + finding.length)
    return (start, end) if 0 <= start < end else None
