"""Every departure that is heard in a call: timing and levels, which no single message shows.

Stable id, severity, and the part of a message it is about (``""`` for the message as a whole). Their words are in the
catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.model import Finding, Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("telephone.handshake.timing", _D),
    ("telephone.handshake.frequency", _D),
    ("telephone.digits.slow", _D),
    ("telephone.digits.short", _D),
    ("telephone.digits.twist", _N),
    ("telephone.kissoff.short", _V),
    ("telephone.kissoff.long", _D),
    ("telephone.kissoff.late", _D),
    ("telephone.acknowledgement.short", _V),
    ("telephone.acknowledgement.late", _D),
    ("telephone.message.unanswered", _D),
    ("telephone.message.repeated", _N),
    ("telephone.fsk.v21", _N),
    ("telephone.fsk.slow", _N),
)

FINDINGS = MappingProxyType({id_: Finding(id_, severity) for id_, severity in _TABLE})
"""Every finding of the package."""

PARTS = MappingProxyType({id_: "" for id_, _ in _TABLE})
"""As the other protocols have it; these are all about the message as a whole."""

CHECK_DIGIT = "telephone.check-digit"
DIGITS = "telephone.digits"
BYTES = "telephone.bytes"
GUESSES = (CHECK_DIGIT, DIGITS, BYTES)
"""Names of what is no message (``Noise.guess``): a wrong check digit, other digits, bytes that are no block."""
