"""Every departure from the lines of an Ademco 685 that is named here: id, severity, the part it is about."""

from __future__ import annotations

from protocols.finding_table import D, FindingTable, N, V

_TABLE = FindingTable(
    (
        ("ademco685.start.missing", D, "ademco685.receiver"),
        ("ademco685.terminator.missing", D, ""),
        ("ademco685.framing.filler", N, ""),
        ("ademco685.head.width", D, "ademco685.receiver"),
        ("ademco685.account.width", D, "ademco685.account"),
        ("ademco685.account.letter-a", N, "ademco685.account"),
        ("ademco685.lower-case", N, ""),
        ("ademco685.spaces", D, "ademco685.space"),
        ("ademco685.qualifier.digit", D, "contact-id.qualifier"),
        ("ademco685.partition.missing", D, "contact-id.code"),
        ("ademco685.kind.missing", D, "contact-id.number"),
        ("ademco685.kind.differs", N, "ademco685.kind"),
        ("ademco685.caps.terminator", D, "ademco685.caps"),
        ("ademco685.channel.unknown", V, "ademco685.channel-unknown"),
        ("ademco685.status.unknown", N, "ademco685.status"),
        ("ademco685.repeat-mark", N, "ademco685.mark"),
        ("ademco685.unreadable", V, "ademco685.rest"),
    )
)

FINDINGS, PARTS = _TABLE.findings, _TABLE.parts
finding = _TABLE.over

INCOMPLETE = "ademco685.incomplete"
PARITY = "ademco685.parity"
NOT_AN_ANSWER = "ademco685.not-an-answer"
GARBAGE = "garbage"
GUESSES = (INCOMPLETE, PARITY, NOT_AN_ANSWER, GARBAGE)
"""Every name that bytes which are no message can get (``Noise.guess``)."""
