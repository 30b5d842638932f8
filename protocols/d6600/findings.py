"""Every departure of a D6600 in either mode that is seen and named here: stable id, severity, and the part it is about.

Their words are in the catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.model import Finding, Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("d6600.framing.no-lf", _D, "crc"),
    ("d6600.framing.no-cr", _D, "close"),
    ("d6600.crc.covering", _D, "crc"),
    ("d6600.crc.lower-case", _N, "crc"),
    ("d6600.crc.wrong", _V, "crc"),
    ("d6600.sequence.zero", _D, "sequence"),
    ("d6600.type.unread", _N, "type"),
    ("d6600.type.unknown", _D, "type"),
    ("d6600.account.missing", _N, "data"),
    ("d6600.contact-id.letter", _D, "data"),
    ("d6600.data.unreadable", _V, "data"),
    ("d6600.data.no-event", _V, "data"),
    ("d6600.caller", _N, "data"),
    ("d6600.reject", _N, "data"),
    ("d6600.command", _N, "data"),
    ("d6600.answer", _N, "type"),
    ("d6500.framing.header", _N, "header"),
    ("d6500.framing.trailer", _D, "end"),
    ("d6500.contact-id.letter", _N, "data"),
    ("d6500.account.missing", _N, "data"),
    ("d6500.record.unread", _N, "type"),
    ("d6500.data.unreadable", _V, "data"),
    ("d6500.data.no-event", _V, "data"),
    ("d6500.reject", _N, "data"),
    ("d6500.command", _N, "data"),
)

_FOUND = {id_: Finding(id_, severity) for id_, severity, _ in _TABLE}
_PARTS = {id_: f"{id_.partition('.')[0]}.{part}" for id_, _, part in _TABLE}

FINDINGS = MappingProxyType({id_: one for id_, one in _FOUND.items() if id_.startswith("d6600.")})
PARTS = MappingProxyType({id_: part for id_, part in _PARTS.items() if id_.startswith("d6600.")})
"""Of SIA mode: finding id to the finding, and to the id of the part of a message where it shows."""

D6500_FINDINGS = MappingProxyType({id_: one for id_, one in _FOUND.items() if id_.startswith("d6500.")})
D6500_PARTS = MappingProxyType({id_: part for id_, part in _PARTS.items() if id_.startswith("d6500.")})
"""The same of D6500 mode."""


def finding(id_: str, offset: int | None = None, length: int = 0) -> Finding:
    """The finding of that id, for the bytes from ``offset`` (counted in ``Arrival.raw``)."""
    known = _FOUND[id_]
    return known if offset is None else Finding(id_, known.severity, offset, length)
