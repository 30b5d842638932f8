"""The departures from DC-03 that :mod:`protocols.sia_text` bears, by their stable ids.

Their words are in the catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from types import MappingProxyType

from protocols.model import Finding, Severity

_NOTE, _DEVIATION, _VIOLATION = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION

_TABLE = (
    ("sia.code-unknown", _NOTE, "event"),
    ("sia.code-vendor", _NOTE, "event"),
    ("sia.pi-as-area", _NOTE, "modifier"),
    ("sia.modifier.unknown", _NOTE, "modifier"),
    ("sia.modifier.case", _DEVIATION, "modifier"),
    ("sia.modifier.after-event", _DEVIATION, "modifier"),
    ("sia.modifier.unused", _VIOLATION, "modifier"),
    ("sia.modifier.too-many", _VIOLATION, "modifier"),
    ("sia.modifier.too-long", _VIOLATION, "modifier"),
    ("sia.events.too-many", _VIOLATION, "rest"),
    ("sia.separator.missing", _DEVIATION, "event"),
    ("sia.packet.unreadable", _VIOLATION, "rest"),
    ("sia.function.missing", _VIOLATION, "event"),
    ("sia.block.no-event", _DEVIATION, "function"),
    ("sia.block.other", _NOTE, "other"),
    ("sia.block.account", _VIOLATION, "other"),
    ("sia.block.unknown", _DEVIATION, "other"),
    ("sia.text.xsia", _NOTE, "text"),
    ("sia.text.unterminated", _DEVIATION, "text"),
    ("sia.text.padded", _NOTE, "text"),
    ("sia.text.before-event", _DEVIATION, "text"),
    ("sia.text.without-event", _DEVIATION, "text"),
    ("sia.time.only-a-date", _DEVIATION, "modifier"),
    ("sia.time.invalid", _VIOLATION, "modifier"),
    ("sia.time.zone-unknown", _NOTE, "modifier"),
)

FINDINGS = MappingProxyType({id_: Finding(id_, severity) for id_, severity, _ in _TABLE})
"""Every finding of the module."""

PARTS = MappingProxyType({id_: f"sia.{part}" for id_, _, part in _TABLE})
"""Finding id to the id of the part of a content where it shows (``Part.id``)."""

VENDOR_CODES = frozenset(
    "AC AF BF BL CB CC JC NB ND NE NO NP OB PC PD PE PF PG PO SM XC YL ZY ZZ".split()  # noqa: SIM905
)
"""Codes of the table that DC-03 does not have: makers (Ajax, Galaxy) added them, and another maker's may mean else."""
