"""What of an alarm comes first: the most urgent, then the newest of what nobody has seen yet. Pure.

All that one account reports is one alarm. Its line must not show an old burglary while a fire is new in it, nor ring as
a new fire when only the path of a seen fire was lost.
"""

from __future__ import annotations

from msgspec import Struct

from tui.state.model import Alarm, Condition


class Headline(Struct, frozen=True, gc=False):
    """What an alarm's line is about."""

    condition: Condition | None
    """None: the alarm's own fields say it, since what it is about is not among the conditions that are followed."""
    at: str
    """``received_at`` of its newest report."""
    last: int
    """Journal id of that report; that of the alarm's last ringing where it is not told."""
    priority: int
    """That of what nobody has seen; of an alarm that is seen, its own."""
    others: tuple[Condition, ...] = ()
    """Further conditions that last, the most urgent first, then the newest."""


def headline(alarm: Alarm) -> Headline:
    """What comes first in an alarm."""
    priority = ringing_priority(alarm)
    shown = min(unseen(alarm) or alarm.conditions, key=_weight, default=None)
    others = tuple(sorted((one for one in alarm.conditions if one is not shown and _lasts(one)), key=_weight))
    if shown is None or (alarm.more_conditions and shown.priority > priority):
        at = alarm.last_at if alarm.more_conditions and alarm.last_at else alarm.opened_at
        return Headline(None, at, alarm.rang, priority, others)
    return Headline(shown, newest_at(shown) or alarm.opened_at, shown.last or alarm.rang, priority, others)


def unseen(alarm: Alarm) -> tuple[Condition, ...]:
    """The conditions reported, or reported again, since somebody saw this alarm; none where it does not ring.

    Those that have ended already are among them: a panic button may be let go before anybody looks.
    """
    return tuple(one for one in alarm.conditions if _is_unseen(one, alarm)) if alarm.ringing else ()


def ringing_priority(alarm: Alarm) -> int:
    """The priority of what nobody has seen of an alarm; its own where that is not known, or nothing is unseen."""
    if not alarm.ringing or alarm.more_conditions:
        return alarm.priority
    return min((one.priority for one in unseen(alarm) if one.priority), default=alarm.priority)


def by_weight(alarm: Alarm) -> list[Condition]:
    """All that an alarm is made of: what lasts before what has ended, the most urgent first, then the newest."""
    return sorted(alarm.conditions, key=lambda one: (not _lasts(one), *_weight(one)))


def newest_at(condition: Condition) -> str:
    """When a condition was reported last."""
    return condition.last_at or condition.since


def _is_unseen(condition: Condition, alarm: Alarm) -> bool:
    if condition.last:
        return condition.last > alarm.seen_to
    return newest_at(condition) > (alarm.seen_at or "")


def _lasts(condition: Condition) -> bool:
    return condition.restored_at is None


def _weight(condition: Condition) -> tuple[int, bool, int, tuple[int, ...]]:
    """Sorts by urgency, then what lasts, then the newest."""
    newest = tuple(-ord(letter) for letter in newest_at(condition))
    return condition.priority or 5, not _lasts(condition), -condition.last, newest
