"""The departures from DC-03 that :mod:`protocols.sia_text` bears, by their stable ids.

Their words are in the catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from protocols.finding_table import D, FindingTable, N, V

_TABLE = FindingTable(
    (
        ("sia.code-unknown", N, "event"),
        ("sia.code-vendor", N, "event"),
        ("sia.pi-as-area", N, "modifier"),
        ("sia.modifier.unknown", N, "modifier"),
        ("sia.modifier.case", D, "modifier"),
        ("sia.modifier.after-event", D, "modifier"),
        ("sia.modifier.unused", V, "modifier"),
        ("sia.modifier.too-many", V, "modifier"),
        ("sia.modifier.too-long", V, "modifier"),
        ("sia.events.too-many", V, "rest"),
        ("sia.separator.missing", D, "event"),
        ("sia.packet.unreadable", V, "rest"),
        ("sia.function.missing", V, "event"),
        ("sia.block.no-event", D, "function"),
        ("sia.block.other", N, "other"),
        ("sia.block.account", V, "other"),
        ("sia.block.unknown", D, "other"),
        ("sia.text.xsia", N, "text"),
        ("sia.text.unterminated", D, "text"),
        ("sia.text.padded", N, "text"),
        ("sia.text.before-event", D, "text"),
        ("sia.text.without-event", D, "text"),
        ("sia.time.only-a-date", D, "modifier"),
        ("sia.time.invalid", V, "modifier"),
        ("sia.time.zone-unknown", N, "modifier"),
    ),
    "sia.",
)

FINDINGS, PARTS = _TABLE.findings, _TABLE.parts

VENDOR_CODES = frozenset(
    "AC AF BF BL CB CC JC NB ND NE NO NP OB PC PD PE PF PG PO SM XC YL ZY ZZ".split()  # noqa: SIM905
)
"""Codes of the table that DC-03 does not have: makers (Ajax, Galaxy) added them, and another maker's may mean else."""
