"""Every departure from the Sur-Gard form that is named here: id, severity, and the part of a line it is about."""

from __future__ import annotations

from protocols.finding_table import D, FindingTable, N, V
from protocols.model import Finding

_TABLE = FindingTable(
    (
        ("surgard.framing.filler", N, "surgard.filler"),
        ("surgard.framing.glued", D, ""),
        ("surgard.terminator.line-end", D, "surgard.end"),
        ("surgard.terminator.missing", D, ""),
        ("surgard.terminator.nul", D, "surgard.trailer"),
        ("surgard.header.line-width", D, "surgard.line"),
        ("surgard.header.space-missing", D, "surgard.type"),
        ("surgard.account.space", D, "surgard.space"),
        ("surgard.account.width", N, "surgard.account"),
        ("surgard.contact-id.qualifier", D, "contact-id.qualifier"),
        ("surgard.heartbeat.form", D, "surgard.heartbeat"),
        ("surgard.basic.letter", N, "surgard.event"),
        ("surgard.basic.two-characters", N, "surgard.code"),
        ("surgard.text.brackets", D, "surgard.data"),
        ("surgard.text.no-event", N, "surgard.data"),
        ("surgard.clock.invalid", D, "surgard.clock"),
        ("surgard.format.no-event", N, "surgard.format"),
        ("surgard.format.unknown", N, "surgard.format"),
        ("surgard.unreadable", V, "surgard.data"),
        ("surgard.answer.text", D, ""),
    )
)

FINDINGS, PARTS = _TABLE.findings, _TABLE.parts
"""Of the parts, ``surgard.data`` stands for the content, whatever its own parts."""


def finding(name: str, offset: int | None = None, length: int = 0) -> Finding:
    """The finding ``surgard.NAME``, for the bytes from ``offset`` (counted in ``Arrival.raw``)."""
    return _TABLE.finding(f"surgard.{name}", offset, length)
