"""Every departure of the Osborne-Hoffman protocol that is seen and named here: stable id, severity, and the part.

Their words are in the catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from protocols.finding_table import D, FindingTable, N, V

_TABLE = FindingTable(
    (
        ("osborne-hoffman.length", D, "length"),
        ("osborne-hoffman.no-cr", D, "end"),
        ("osborne-hoffman.poll.no-id", N, "id"),
        ("osborne-hoffman.encrypted", N, "data"),
        ("osborne-hoffman.token.unread", N, "token"),
        ("osborne-hoffman.data.unreadable", V, "data"),
        ("osborne-hoffman.data.no-event", V, "data"),
    ),
    "osborne-hoffman.",
)

FINDINGS, PARTS = _TABLE.findings, _TABLE.parts
finding = _TABLE.finding
