"""Every departure from DC-03 that is seen in blocks and sessions; those inside events are ``protocols.sia_findings``.

Stable id, severity, and the part of a message it is about. Their words are in the catalogues
(``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.model import Finding, Severity

_N, _D, _V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("sia.function.unknown", _D, "function"),
    ("sia.function.reserved", _N, "function"),
    ("sia.account.form", _D, "account"),
    ("sia.account.empty", _V, "function"),
    ("sia.session.no-account", _V, "function"),
    ("sia.group.not-asked", _D, "header"),
    ("sia.data.surplus", _D, "data"),
    ("sia.data.control-characters", _D, "function"),
    ("sia.texecom.terminator", _D, "line-end"),
    ("sia.texecom.contact-id", _V, "texecom.contact-id"),
    ("sia.texecom.blocks", _V, "texecom.blocks"),
)

FINDINGS = MappingProxyType({id_: Finding(id_, severity) for id_, severity, _ in _TABLE})
"""Every finding of the package."""

PARTS = MappingProxyType({id_: f"sia.{part}" for id_, _, part in _TABLE})
"""Finding id to the id of the part of a message where it shows (``Part.id``)."""

PARITY = "sia.parity"
ENCRYPTED = "sia.encrypted"
GARBAGE = "garbage"
SOCKS = "socks"
GUESSES = (PARITY, ENCRYPTED, GARBAGE, SOCKS)
"""Every name that a run of noise gets (``Noise.guess``): a damaged block, an encrypted session of a Galaxy, others."""
