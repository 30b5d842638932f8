"""Every departure that is heard in a call: timing and levels, which no single message shows.

Stable id, severity, and the part of a message it is about (``""`` for the message as a whole). Their words are in the
catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from protocols.finding_table import D, FindingTable, N, V

_TABLE = FindingTable(
    (
        ("telephone.handshake.timing", D, ""),
        ("telephone.handshake.frequency", D, ""),
        ("telephone.digits.slow", D, ""),
        ("telephone.digits.short", D, ""),
        ("telephone.digits.twist", N, ""),
        ("telephone.kissoff.short", V, ""),
        ("telephone.kissoff.long", D, ""),
        ("telephone.kissoff.late", D, ""),
        ("telephone.acknowledgement.short", V, ""),
        ("telephone.acknowledgement.late", D, ""),
        ("telephone.message.unanswered", D, ""),
        ("telephone.message.repeated", N, ""),
        ("telephone.fsk.v21", N, ""),
        ("telephone.fsk.slow", N, ""),
    )
)

FINDINGS, PARTS = _TABLE.findings, _TABLE.parts

CHECK_DIGIT = "telephone.check-digit"
DIGITS = "telephone.digits"
BYTES = "telephone.bytes"
GUESSES = (CHECK_DIGIT, DIGITS, BYTES)
"""Names of what is no message (``Noise.guess``): a wrong check digit, other digits, bytes that are no block."""
