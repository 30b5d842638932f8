"""Every departure from the lines of an Ademco 685 that is named here: id, severity, the part it is about."""

from __future__ import annotations

from types import MappingProxyType

from protocols.model import Finding, Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("ademco685.start.missing", _D, "ademco685.receiver"),
    ("ademco685.terminator.missing", _D, ""),
    ("ademco685.framing.filler", _N, ""),
    ("ademco685.head.width", _D, "ademco685.receiver"),
    ("ademco685.account.width", _D, "ademco685.account"),
    ("ademco685.account.letter-a", _N, "ademco685.account"),
    ("ademco685.lower-case", _N, ""),
    ("ademco685.spaces", _D, "ademco685.space"),
    ("ademco685.qualifier.digit", _D, "contact-id.qualifier"),
    ("ademco685.partition.missing", _D, "contact-id.code"),
    ("ademco685.kind.missing", _D, "contact-id.number"),
    ("ademco685.kind.differs", _N, "ademco685.kind"),
    ("ademco685.caps.terminator", _D, "ademco685.caps"),
    ("ademco685.channel.unknown", _V, "ademco685.channel-unknown"),
    ("ademco685.status.unknown", _N, "ademco685.status"),
    ("ademco685.repeat-mark", _N, "ademco685.mark"),
    ("ademco685.unreadable", _V, "ademco685.rest"),
)

FINDINGS = MappingProxyType({id_: Finding(id_, severity) for id_, severity, _ in _TABLE})
"""Finding id to the finding as it is when it concerns no certain bytes."""
PARTS = MappingProxyType({id_: part for id_, _, part in _TABLE})
"""Finding id to the id of the part of a message where it shows; ``""`` for the message as a whole."""

INCOMPLETE = "ademco685.incomplete"
PARITY = "ademco685.parity"
NOT_AN_ANSWER = "ademco685.not-an-answer"
GARBAGE = "garbage"
GUESSES = (INCOMPLETE, PARITY, NOT_AN_ANSWER, GARBAGE)
"""Every name that bytes which are no message can get (``Noise.guess``)."""


def finding(id_: str, span: tuple[int, int] | None = None) -> Finding:
    """The finding of that id, for the bytes of ``span`` (in ``Arrival.raw``)."""
    known = FINDINGS[id_]
    return known if span is None else Finding(id_, known.severity, span[0], span[1] - span[0])
