"""Every departure from the records of MX8000 and Silent Knight that is named here: id, severity, part."""

from __future__ import annotations

from protocols.finding_table import D, FindingTable, N, V

_TABLE = FindingTable(
    (
        ("mx8000.v.wrong", V, "mx8000.v"),
        ("mx8000.framing.filler", N, ""),
        ("mx8000.clock.unreadable", D, "mx8000.date"),
        ("mx8000.fields.missing", D, "mx8000.data"),
        ("mx8000.system.unread", N, "mx8000.data"),
        ("mx8000.system.argument", D, "mx8000.system"),
        ("mx8000.event.unread", N, "mx8000.data"),
        ("mx8000.bad-data", N, "mx8000.dump"),
    )
)

FINDINGS, PARTS = _TABLE.findings, _TABLE.parts
finding = _TABLE.over

INCOMPLETE = "mx8000.incomplete"
NOT_AN_ANSWER = "mx8000.not-an-answer"
COMMAND = "mx8000.command"
GARBAGE = "garbage"
GUESSES = (INCOMPLETE, NOT_AN_ANSWER, COMMAND, GARBAGE)
"""Every name that bytes which are no message can get (``Noise.guess``)."""
