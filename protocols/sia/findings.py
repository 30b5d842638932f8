"""Every departure from DC-03 that is seen in blocks and sessions; those inside events are ``protocols.sia_findings``.

Stable id, severity, and the part of a message it is about. Their words are in the catalogues
(``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from protocols.finding_table import D, FindingTable, N, V

_TABLE = FindingTable(
    (
        ("sia.function.unknown", D, "function"),
        ("sia.function.reserved", N, "function"),
        ("sia.account.form", D, "account"),
        ("sia.account.empty", V, "function"),
        ("sia.session.no-account", V, "function"),
        ("sia.group.not-asked", D, "header"),
        ("sia.data.surplus", D, "data"),
        ("sia.data.control-characters", D, "function"),
        ("sia.texecom.terminator", D, "line-end"),
        ("sia.texecom.contact-id", V, "texecom.contact-id"),
        ("sia.texecom.blocks", V, "texecom.blocks"),
    ),
    "sia.",
)

FINDINGS, PARTS = _TABLE.findings, _TABLE.parts

PARITY = "sia.parity"
ENCRYPTED = "sia.encrypted"
GARBAGE = "garbage"
SOCKS = "socks"
GUESSES = (PARITY, ENCRYPTED, GARBAGE, SOCKS)
"""Every name that a run of noise gets (``Noise.guess``): a damaged block, an encrypted session of a Galaxy, others."""
