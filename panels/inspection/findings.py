"""Findings of one panel: how often each was seen, and a message that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct

from panels.inspection import conduct
from panels.inspection.frames import FrameBook
from panels.inspection.notes import Found
from panels.inspection.report import FindingSeen
from protocols.model import Arrival, Severity

KEYS = ("dc09.cipher.no-key", "dc09.cipher.wrong-key")
"""Why nothing else is known: the cause of whatever else such a message shows."""
GRAVEST_FIRST = (Severity.VIOLATION, Severity.DEVIATION, Severity.NOTE)


class _Seen(Struct):
    severity: Severity
    first: float
    last: float
    count: int = 0
    frame: int = 0
    excused: int = 0
    """How often it turned out to be nothing of the panel's doing."""


class FindingBook:
    """Counts findings by id. The ids come from the tables of the protocols, so there is an end to them."""

    def __init__(self, panel: str, frames: FrameBook) -> None:
        """``panel`` is the name of whose findings they are; ``frames`` keeps what shows them."""
        self._panel = panel
        self._frames = frames
        self._seen: dict[str, _Seen] = {}

    def message(self, arrival: Arrival, peer: str, at: float) -> tuple[Found, ...]:
        """What a message shows, the gravest first; each id once, however often the message shows it."""
        found: dict[str, Found] = {}
        for finding in arrival.findings:
            if finding.id in found:
                continue
            seen = self._seen.get(finding.id)
            if seen is None:
                frame = self._frames.keep(self._panel, arrival, peer, at)
                seen = self._seen[finding.id] = _Seen(finding.severity, at, at, 0, frame)
            found[finding.id] = _counted(finding.id, seen, at)
        return tuple(sorted(found.values(), key=lambda each: GRAVEST_FIRST.index(each.severity)))

    def conduct(self, id_: str, at: float, times: int = 1) -> Found:
        """A conduct shows once more, or so many times more."""
        seen = self._seen.setdefault(id_, _Seen(conduct.SEVERITIES[id_], at, at))
        return _counted(id_, seen, at, times)

    def take_back(self, id_: str) -> None:
        """What a conduct showed once turned out to be something else."""
        self._seen[id_].count -= 1

    def excuse(self, ids: Iterable[str]) -> None:
        """What a message showed was damage on its way. A finding that never was anything else is a note."""
        for id_ in frozenset(ids):
            self._seen[id_].excused += 1

    def count(self, id_: str) -> int:
        """How often something was seen."""
        seen = self._seen.get(id_)
        return 0 if seen is None else seen.count

    def __contains__(self, id_: str) -> bool:
        return id_ in self._seen

    def report(self) -> tuple[FindingSeen, ...]:
        """Every finding, the gravest first, then the most frequent."""
        return gravest_first(
            FindingSeen(
                id=id_,
                severity=Severity.NOTE if seen.excused == seen.count else seen.severity,
                count=seen.count,
                first=datetime.fromtimestamp(seen.first, UTC),
                last=datetime.fromtimestamp(seen.last, UTC),
                frame=seen.frame,
            )
            for id_, seen in self._seen.items()
            if seen.count
        )


def gravest_first(findings: Iterable[FindingSeen]) -> tuple[FindingSeen, ...]:
    """In the order in which they are told: before all others, that there is no fitting key."""
    return tuple(
        sorted(
            findings,
            key=lambda each: (each.id not in KEYS, GRAVEST_FIRST.index(each.severity), -each.count, each.id),
        )
    )


def _counted(id_: str, seen: _Seen, at: float, times: int = 1) -> Found:
    seen.count += times
    seen.last = at
    return Found(id_, seen.severity, seen.count)
