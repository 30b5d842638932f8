"""The verdict: from what was counted to a grade and its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from panels.inspection import conduct
from panels.inspection.report import FindingSeen, Grade, Reason
from protocols.model import Severity, Verdict

NOTHING = "nothing"
"""No message came."""
REFUSED = "refused"
"""Messages that were not answered: no key opens them, or they are answers themselves."""
UNREAD = "unread"
"""Messages that were not understood."""
CLOCK = "clock"
"""The clock is outside the window, and the panel did not set it by the NAK."""
DAMAGED = "damaged"
"""Frames that were not whole."""
OTHER_PROTOCOL = "other-protocol"
"""Somebody speaks the protocol of another panel."""
NOT_STORED = "not-stored"
"""The station could not store messages: that is not the panel's doing."""
FAULTS = "faults"
"""The inspection itself failed on messages."""
VIOLATIONS = "violations"
"""Findings of that severity."""
DEVIATIONS = "deviations"

FAILING = (NOTHING, REFUSED, UNREAD, CLOCK, DAMAGED, OTHER_PROTOCOL, NOT_STORED, FAULTS, VIOLATIONS)
REASONS = (*FAILING, DEVIATIONS)
"""Every reason, the gravest first."""

_HAVE_A_REASON = frozenset((conduct.REFUSED, conduct.UNREAD, conduct.DAMAGED, "dc09.cipher.wrong-key"))
"""Findings that another reason tells of."""
_WINDOW = "dc09.time.window"
"""Answered with NAK. Once the panel has set its clock by that, everything went as the standard has it; until it has,
the reason is :data:`CLOCK`."""

_NO_PANEL = frozenset(("http", "tls", "ssh", "garbage"))


def is_of_a_panel(guess: str) -> bool:
    """Whether noise of that kind comes from a panel; else it is a browser, a scanner, anything."""
    return guess not in _NO_PANEL


def is_broken_frame(guess: str) -> bool:
    """Whether noise of that kind is a frame of the protocol that was not whole."""
    return guess.startswith("dc09.")


def grade_of(reasons: Iterable[Reason]) -> Grade:
    """The grade for these reasons."""
    ids = {reason.id for reason in reasons}
    if not ids:
        return Grade.CONFORMS
    return Grade.FAILS if ids.intersection(FAILING) else Grade.WORKS


def reasons_of(
    findings: Iterable[FindingSeen], outcomes: Mapping[str, int], last_of: Mapping[str, float], *, clock_set: bool
) -> tuple[Reason, ...]:
    """Why one panel's verdict is not better, the gravest first.

    ``outcomes`` counts messages by conduct id or verdict, ``last_of`` says when the last of each was (seconds since
    the epoch). ``clock_set``: no NAK is without its correction.
    """
    reasons = []
    for reason, outcome in ((REFUSED, conduct.REFUSED), (UNREAD, conduct.UNREAD), (NOT_STORED, Verdict.NOT_STORED)):
        if outcomes.get(outcome):
            reasons.append(_reason(reason, outcomes[outcome], last_of[outcome]))
    if not clock_set:
        reasons.append(_reason(CLOCK, outcomes[Verdict.STALE], last_of[Verdict.STALE]))
    by_severity: dict[Severity, list[FindingSeen]] = {}
    for finding in findings:
        if finding.id == conduct.DAMAGED:
            reasons.append(Reason(id=DAMAGED, count=finding.count, last=finding.last))
        if finding.id in _HAVE_A_REASON or finding.id == _WINDOW:
            continue
        severity = finding.severity
        if finding.id == conduct.CLOCK_NOT_CORRECTED and clock_set:
            severity = Severity.DEVIATION  # it took more than one NAK
        by_severity.setdefault(severity, []).append(finding)
    for reason, severity in ((VIOLATIONS, Severity.VIOLATION), (DEVIATIONS, Severity.DEVIATION)):
        found = by_severity.get(severity)
        if found:
            reasons.append(Reason(id=reason, count=len(found), last=max(each.last for each in found)))
    return tuple(sorted(reasons, key=lambda each: REASONS.index(each.id)))


def _reason(id_: str, count: int, last: float) -> Reason:
    return Reason(id=id_, count=count, last=datetime.fromtimestamp(last, UTC))


def joined(of_panels: Iterable[tuple[Reason, ...]], own: Iterable[Reason]) -> tuple[Reason, ...]:
    """The reasons of all panels and those of the inspection as a whole, one of each."""
    found: dict[str, Reason] = {}
    for reason in (*(each for reasons in of_panels for each in reasons), *own):
        before = found.get(reason.id)
        if before is not None:
            times = [each for each in (before.last, reason.last) if each is not None]
            reason = Reason(id=reason.id, count=before.count + reason.count, last=max(times, default=None))
        found[reason.id] = reason
    return tuple(sorted(found.values(), key=lambda each: REASONS.index(each.id)))
