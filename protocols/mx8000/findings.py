"""Every departure from the records of MX8000 and Silent Knight that is named here: id, severity, part."""

from __future__ import annotations

from types import MappingProxyType

from protocols.model import Finding, Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("mx8000.v.wrong", _V, "mx8000.v"),
    ("mx8000.framing.filler", _N, ""),
    ("mx8000.clock.unreadable", _D, "mx8000.date"),
    ("mx8000.fields.missing", _D, "mx8000.data"),
    ("mx8000.system.unread", _N, "mx8000.data"),
    ("mx8000.system.argument", _D, "mx8000.system"),
    ("mx8000.event.unread", _N, "mx8000.data"),
    ("mx8000.bad-data", _N, "mx8000.dump"),
)

FINDINGS = MappingProxyType({id_: Finding(id_, severity) for id_, severity, _ in _TABLE})
"""Every finding of the package."""
PARTS = MappingProxyType({id_: part for id_, _, part in _TABLE})
"""Finding id to the id of the part of a message where it shows; ``""`` for the message as a whole."""

INCOMPLETE = "mx8000.incomplete"
NOT_AN_ANSWER = "mx8000.not-an-answer"
COMMAND = "mx8000.command"
GARBAGE = "garbage"
GUESSES = (INCOMPLETE, NOT_AN_ANSWER, COMMAND, GARBAGE)
"""Every name that bytes which are no message can get (``Noise.guess``)."""


def finding(id_: str, span: tuple[int, int] | None = None) -> Finding:
    """The finding of that id, for the bytes of ``span`` (in ``Arrival.raw``)."""
    known = FINDINGS[id_]
    return known if span is None else Finding(id_, known.severity, span[0], span[1] - span[0])
