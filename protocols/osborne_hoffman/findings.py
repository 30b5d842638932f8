"""Every departure of the Osborne-Hoffman protocol that is seen and named here: stable id, severity, and the part.

Their words are in the catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.model import Finding, Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("osborne-hoffman.length", _D, "length"),
    ("osborne-hoffman.no-cr", _D, "end"),
    ("osborne-hoffman.poll.no-id", _N, "id"),
    ("osborne-hoffman.encrypted", _N, "data"),
    ("osborne-hoffman.token.unread", _N, "token"),
    ("osborne-hoffman.data.unreadable", _V, "data"),
    ("osborne-hoffman.data.no-event", _V, "data"),
)

FINDINGS = MappingProxyType({id_: Finding(id_, severity) for id_, severity, _ in _TABLE})
"""Finding id to the finding as it is when it concerns no certain bytes."""

PARTS = MappingProxyType({id_: f"osborne-hoffman.{part}" for id_, _, part in _TABLE})
"""Finding id to the id of the part of a message where it shows (``Part.id``)."""


def finding(id_: str, offset: int | None = None, length: int = 0) -> Finding:
    """The finding of that id, for the bytes from ``offset`` (counted in ``Arrival.raw``)."""
    known = FINDINGS[id_]
    return known if offset is None else Finding(id_, known.severity, offset, length)
