"""Findings of one panel: how often each was seen, and a message that shows it."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from panels.inspection import conduct
from panels.inspection.frames import Explain, example
from panels.inspection.notes import Found
from panels.inspection.report import FindingSeen
from protocols.model import Arrival, Severity

GRAVEST_FIRST = (Severity.VIOLATION, Severity.DEVIATION, Severity.NOTE)


class _Seen(Struct):
    severity: Severity
    first: float
    last: float
    count: int = 0
    arrival: Arrival | None = None
    peer: str = ""


class FindingBook:
    """Counts findings by id. The ids come from the tables of the protocols, so there is an end to them."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def message(self, arrival: Arrival, peer: str, at: float) -> tuple[Found, ...]:
        """What a message shows, the gravest first; each id once, however often the message shows it."""
        found: dict[str, Found] = {}
        for finding in arrival.findings:
            if finding.id not in found:
                found[finding.id] = self._count(finding.id, finding.severity, at, arrival, peer)
        return tuple(sorted(found.values(), key=lambda each: GRAVEST_FIRST.index(each.severity)))

    def conduct(self, id_: str, at: float) -> Found:
        """A conduct shows once more."""
        return self._count(id_, conduct.SEVERITIES[id_], at, None, "")

    def _count(self, id_: str, severity: Severity, at: float, arrival: Arrival | None, peer: str) -> Found:
        seen = self._seen.get(id_)
        if seen is None:
            seen = self._seen[id_] = _Seen(severity, at, at, 0, arrival, peer)
        seen.count += 1
        seen.last = at
        return Found(id_, severity, seen.count)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._seen

    def report(self, explain: Explain | None) -> tuple[FindingSeen, ...]:
        """Every finding, the gravest first, then the most frequent."""
        found = [
            FindingSeen(
                id=id_,
                severity=seen.severity,
                count=seen.count,
                first=datetime.fromtimestamp(seen.first, UTC),
                last=datetime.fromtimestamp(seen.last, UTC),
                example=None if seen.arrival is None else example(seen.arrival, seen.peer, seen.first, explain),
            )
            for id_, seen in self._seen.items()
        ]
        return tuple(sorted(found, key=lambda each: (GRAVEST_FIRST.index(each.severity), -each.count, each.id)))
