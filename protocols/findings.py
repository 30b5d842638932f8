"""Every finding of every protocol: what a report, a document or a test goes by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from protocols import contact_id, sia_findings
from protocols.dc09 import WIRE as DC09
from protocols.model import Finding, Severity
from protocols.telephone.findings import FINDINGS as CALL_FINDINGS
from protocols.telephone.findings import PARTS as CALL_PARTS
from protocols.wires import BY_NAME

_OTHERS = [wire for wire in BY_NAME.values() if wire is not DC09]
_TABLES: tuple[tuple[Mapping[str, Finding], Mapping[str, str]], ...] = (
    (DC09.findings, DC09.parts),
    (contact_id.FINDINGS, contact_id.PARTS),
    (sia_findings.FINDINGS, sia_findings.PARTS),
    *((wire.findings, wire.parts) for wire in _OTHERS),
    (CALL_FINDINGS, CALL_PARTS),
)

SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {id_: each.severity for findings, _ in _TABLES for id_, each in findings.items()}
)
"""Finding id to its severity, in the order of the protocols' tables."""

PARTS: Mapping[str, str] = MappingProxyType({id_: part for _, parts in _TABLES for id_, part in parts.items()})
"""Finding id to the id of the part of a message where it shows; ``""`` for the message as a whole."""
