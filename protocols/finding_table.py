"""The departures that a protocol names, as one table: id, severity, and the part of a message where each shows.

Their words are in the catalogues (``protocols.catalogue.texts``), and ``docs/findings.md`` lists them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from protocols.model import Finding, Severity

N, D, V = Severity.NOTE, Severity.DEVIATION, Severity.VIOLATION
"""As the tables write them."""


class FindingTable:
    """The table of one protocol. ``begins`` is how the ids of its parts begin (``"dc09."``); rows leave it out."""

    def __init__(self, rows: Iterable[tuple[str, Severity, str]], begins: str = "") -> None:
        rows = tuple(rows)
        self.findings = MappingProxyType({id_: Finding(id_, severity) for id_, severity, _ in rows})
        """Finding id to the finding as it is when it concerns no certain bytes."""
        self.parts = MappingProxyType({id_: begins + part if part else "" for id_, _, part in rows})
        """Finding id to the id of the part of a message where it shows (``Part.id``); ``""`` for all of it."""

    def finding(self, id_: str, offset: int | None = None, length: int = 0) -> Finding:
        """The finding of that id, for the bytes from ``offset`` (counted in ``Arrival.raw``)."""
        known = self.findings[id_]
        return known if offset is None else Finding(id_, known.severity, offset, length)

    def over(self, id_: str, span: tuple[int, int] | None = None) -> Finding:
        """The same, for the bytes of a span: the first, and the one behind the last."""
        return self.finding(id_) if span is None else self.finding(id_, span[0], span[1] - span[0])
