"""Every departure of a D6600 in either mode that is seen and named here: stable id, severity, and the part it is about.

Their words are in the catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from protocols.finding_table import D, FindingTable, N, V
from protocols.model import Finding

_D6600 = FindingTable(
    (
        ("d6600.framing.no-lf", D, "crc"),
        ("d6600.framing.no-cr", D, "close"),
        ("d6600.crc.covering", D, "crc"),
        ("d6600.crc.lower-case", N, "crc"),
        ("d6600.crc.wrong", V, "crc"),
        ("d6600.sequence.zero", D, "sequence"),
        ("d6600.type.unread", N, "type"),
        ("d6600.type.unknown", D, "type"),
        ("d6600.account.missing", N, "data"),
        ("d6600.contact-id.letter", D, "data"),
        ("d6600.data.unreadable", V, "data"),
        ("d6600.data.no-event", V, "data"),
        ("d6600.caller", N, "data"),
        ("d6600.reject", N, "data"),
        ("d6600.command", N, "data"),
        ("d6600.answer", N, "type"),
    ),
    "d6600.",
)
_D6500 = FindingTable(
    (
        ("d6500.framing.header", N, "header"),
        ("d6500.framing.trailer", D, "end"),
        ("d6500.contact-id.letter", N, "data"),
        ("d6500.account.missing", N, "data"),
        ("d6500.record.unread", N, "type"),
        ("d6500.data.unreadable", V, "data"),
        ("d6500.data.no-event", V, "data"),
        ("d6500.reject", N, "data"),
        ("d6500.command", N, "data"),
    ),
    "d6500.",
)

FINDINGS, PARTS = _D6600.findings, _D6600.parts
"""Of SIA mode."""
D6500_FINDINGS, D6500_PARTS = _D6500.findings, _D6500.parts
"""Of D6500 mode."""


def finding(id_: str, offset: int | None = None, length: int = 0) -> Finding:
    """The finding of that id in either mode, for the bytes from ``offset`` (counted in ``Arrival.raw``)."""
    return (_D6500 if id_ in D6500_FINDINGS else _D6600).finding(id_, offset, length)
