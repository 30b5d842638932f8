"""The verdict: from what was counted to a grade and its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from panels.inspection import conduct
from panels.inspection.findings import KEYS, gravest_first
from panels.inspection.report import FindingSeen, Grade, Reason
from protocols.model import Severity, Verdict

NOTHING = "nothing"
"""No message came."""
NO_KEY = "no-key"
"""Encrypted messages, and no key was given: that is the check's doing, not the panel's."""
WRONG_KEY = "wrong-key"
"""Encrypted messages, and none of the keys given has opened any."""
REFUSED = "refused"
"""Messages that were not answered: no key opens them although one opens others, or they are answers themselves."""
UNREAD = "unread"
"""Messages that were not understood."""
LOST = "lost"
"""Messages answered with NAK that never came again: DC-09 wants the same message with the right time."""
LEFT_OUT = "left-out"
"""Messages of further panels, of which no account is kept: nothing is known of them."""
FULL = "full"
"""The check ended by itself: there was no room for more."""
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

FAILING = (
    NOTHING, NO_KEY, WRONG_KEY, REFUSED, LOST, UNREAD, CLOCK, DAMAGED, OTHER_PROTOCOL, NOT_STORED, FAULTS,
    LEFT_OUT, FULL, VIOLATIONS,
)  # fmt: skip
_NOT_JUDGED = frozenset((NOTHING, NO_KEY, WRONG_KEY))
"""Nothing is known of the panel, or not enough."""
REASONS = (*FAILING, DEVIATIONS)
"""Every reason, the gravest first."""

_HAVE_A_REASON = frozenset((conduct.REFUSED, conduct.UNREAD, conduct.LINE_UNREAD, conduct.DAMAGED, *KEYS))
"""Findings that another reason tells of."""
_WINDOW = "dc09.time.window"
"""Answered with NAK. Once the panel has set its clock by that, everything went as the standard has it; until it has,
the reason is :data:`CLOCK`."""
_WHEN_SET = {_WINDOW: Severity.NOTE, conduct.CLOCK_NOT_CORRECTED: Severity.DEVIATION}

NO_PANEL = frozenset(
    (
        "sip", "rtsp", "http-proxy", "http", "proxy-protocol", "tls", "ssh", "rdp", "smb", "mssql", "mysql",
        "postgresql", "redis", "memcached", "mqtt", "amqp", "ldap", "smtp", "ftp", "telnet", "vnc", "modbus", "x11",
        "dns", "socks", "scanner", "garbage",
    )
)  # fmt: skip
"""What the web, the office and scanners speak, and what is nothing at all."""


BROKEN = frozenset(
    (
        "sia.parity", "ademco685.incomplete", "ademco685.parity", "mx8000.incomplete", "d6600.damaged",
        "d6500.damaged", "osborne-hoffman.damaged",
    )
)  # fmt: skip
"""Messages of a line protocol that were not whole."""


def is_of_a_panel(guess: str) -> bool:
    """Whether noise of that kind comes from a panel; else it is a browser, a scanner, anything."""
    return guess not in NO_PANEL


def is_broken_frame(guess: str) -> bool:
    """Whether noise of that kind is a frame of a protocol that was not whole."""
    return guess.startswith("dc09.") or guess in BROKEN


def reason_of(guess: str) -> str:
    """The reason that noise of that kind gives, whoever sent it; empty for none."""
    if is_broken_frame(guess):
        return DAMAGED
    return OTHER_PROTOCOL if is_of_a_panel(guess) else ""


def grade_of(reasons: Iterable[Reason]) -> Grade:
    """The grade for these reasons."""
    ids = {reason.id for reason in reasons}
    if not ids:
        return Grade.CONFORMS
    failing = ids.intersection(FAILING)
    if not failing:
        return Grade.WORKS
    return Grade.NOT_JUDGED if failing <= _NOT_JUDGED else Grade.FAILS


def weighed(findings: Iterable[FindingSeen], *, clock_set: bool) -> tuple[FindingSeen, ...]:
    """The findings with the weight that they have in the end, the gravest first.

    A stamp outside the window is a violation while it stands. Where the panel has set its clock by the NAK, it is how
    the standard sets clocks, and a deviation only if that took more than one NAK.
    """
    if not clock_set:
        return gravest_first(findings)
    return gravest_first(
        replace(each, severity=_WHEN_SET[each.id]) if each.id in _WHEN_SET else each for each in findings
    )


def reasons_of(
    findings: Iterable[FindingSeen],
    outcomes: Mapping[str, int],
    last_of: Mapping[str, float],
    *,
    clock_set: bool,
    lost: int = 0,
) -> tuple[Reason, ...]:
    """Why one panel's verdict is not better, the gravest first. The findings are weighed already.

    ``outcomes`` counts messages by conduct id, reason or verdict, ``last_of`` says when the last of each was (seconds
    since the epoch). ``clock_set``: no NAK is without its correction. ``lost``: messages answered with NAK that did
    not come again.
    """
    reasons = []
    for reason, outcome in (
        (NO_KEY, NO_KEY),
        (WRONG_KEY, WRONG_KEY),
        (REFUSED, conduct.REFUSED),
        (UNREAD, conduct.UNREAD),
        (NOT_STORED, Verdict.NOT_STORED),
    ):
        if outcomes.get(outcome):
            reasons.append(_reason(reason, outcomes[outcome], last_of[outcome]))
    if not clock_set:
        reasons.append(_reason(CLOCK, outcomes[Verdict.STALE], last_of[Verdict.STALE]))
    elif lost:
        reasons.append(_reason(LOST, lost, last_of[Verdict.STALE]))
    by_severity: dict[Severity, list[FindingSeen]] = {}
    for finding in findings:
        if finding.id == conduct.DAMAGED:
            reasons.append(Reason(id=DAMAGED, count=finding.count, last=finding.last))
        if finding.id in _HAVE_A_REASON or finding.id == _WINDOW:
            continue
        by_severity.setdefault(finding.severity, []).append(finding)
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
