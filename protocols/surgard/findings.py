"""Every departure from the Sur-Gard form that is named here: id, severity, and the part of a line it is about."""

from __future__ import annotations

from types import MappingProxyType

from protocols.model import Finding, Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("surgard.framing.filler", _N, "filler"),
    ("surgard.framing.glued", _D, ""),
    ("surgard.terminator.line-end", _D, "end"),
    ("surgard.terminator.missing", _D, ""),
    ("surgard.terminator.nul", _D, "trailer"),
    ("surgard.header.line-width", _D, "line"),
    ("surgard.header.space-missing", _D, "type"),
    ("surgard.account.space", _D, "space"),
    ("surgard.account.width", _N, "account"),
    ("surgard.contact-id.qualifier", _D, "contact-id.qualifier"),
    ("surgard.heartbeat.form", _D, "heartbeat"),
    ("surgard.basic.letter", _N, "event"),
    ("surgard.basic.two-characters", _N, "code"),
    ("surgard.text.brackets", _D, "data"),
    ("surgard.text.no-event", _N, "data"),
    ("surgard.clock.invalid", _D, "clock"),
    ("surgard.format.no-event", _N, "format"),
    ("surgard.format.unknown", _N, "format"),
    ("surgard.unreadable", _V, "data"),
    ("surgard.answer.text", _D, ""),
)

FINDINGS = MappingProxyType({id_: Finding(id_, severity) for id_, severity, _ in _TABLE})
"""Finding id to the finding as it is when it concerns no certain bytes."""


def _part(part: str) -> str:
    return part if not part or "." in part else f"surgard.{part}"


PARTS = MappingProxyType({id_: _part(part) for id_, _, part in _TABLE})
"""Finding id to the id of the part of a line where it shows (``Part.id``); ``""`` for the line as a whole.
``surgard.data`` stands for the content, whatever its parts."""


def finding(name: str, offset: int | None = None, length: int = 0) -> Finding:
    """The finding ``surgard.NAME``, for the bytes from ``offset`` (counted in ``Arrival.raw``)."""
    known = FINDINGS[f"surgard.{name}"]
    return known if offset is None else Finding(known.id, known.severity, offset, length)
