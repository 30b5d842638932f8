"""Every departure from the radio protocol that is named here: id, severity, and the part of a datagram it is about."""

from __future__ import annotations

from types import MappingProxyType

from protocols.datagram.payloads import ODD, UNREAD
from protocols.model import Finding, Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("radio.header.reserved-flags", _N, "radio.flags"),
    ("radio.header.fec-flag", _N, "radio.flags"),
    ("radio.payload.frame", _V, "radio.payload"),
    *((id_, _V, "radio.payload") for id_ in UNREAD),
    *((id_, _N, "radio.payload") for id_ in ODD),
)
FINDINGS = MappingProxyType({id_: Finding(id_, severity) for id_, severity, _ in _TABLE})
"""Finding id to the finding as it is when it concerns no certain bytes."""
PARTS = MappingProxyType({id_: part for id_, _, part in _TABLE})
"""Finding id to the id of the part of a datagram where it shows (``Part.id``)."""
