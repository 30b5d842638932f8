"""Every finding of every protocol: what a report, a document or a test goes by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from protocols import contact_id, sia_findings
from protocols.dc09 import findings as dc09
from protocols.model import Severity

_ALL = (dc09, contact_id, sia_findings)

SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {id_: each.severity for module in _ALL for id_, each in module.FINDINGS.items()}
)
"""Finding id to its severity, in the order of the protocols' tables."""

PARTS: Mapping[str, str] = MappingProxyType({id_: part for module in _ALL for id_, part in module.PARTS.items()})
"""Finding id to the id of the part of a message where it shows; ``""`` for the message as a whole."""
