"""What comes first in an alarm, in words: its event with what else lasts, its place, its time."""

from __future__ import annotations

from rich.cells import cell_len

from tui.state.headline import Headline, headline
from tui.state.model import Alarm, Condition
from tui.telling.teller import Teller


def event(alarm: Alarm, teller: Teller) -> str:
    """``Fire alarm``, ``Panic alarm ×2``, ``Burglary +2``, ``Path lost (+ Fire)``."""
    return " ".join(part for part in (event_alone(alarm, teller), counts(alarm, teller)) if part)


def counts(alarm: Alarm, teller: Teller, most: int = 0) -> str:
    """``×2``: so often was it reported; ``+2``: so many further things last, a more urgent one by its name.

    ``most``: cells beyond which that name is left out; 0: none.
    """
    first = headline(alarm)
    others, parts = first.others, []
    if first.condition is not None and first.condition.count > 1:
        parts.append(f"×{first.condition.count}")
    if others:
        named = ""
        if others[0].priority < first.priority:
            more = f", +{len(others) - 1}" if len(others) > 1 else ""
            named = f"(+ {teller.event(others[0])}{more})"
        parts.append(named if named and (not most or cell_len(named) <= most) else f"+{len(others)}")
    return " ".join(parts)


def event_alone(alarm: Alarm, teller: Teller, first: Headline | None = None) -> str:
    """The event without its counts, as notices name it."""
    first = first or headline(alarm)
    return teller.event(_about(alarm, first))


def place(alarm: Alarm, teller: Teller) -> str:
    """Where that is."""
    about = _about(alarm, headline(alarm))
    return teller.place(about, alarm.account_key) if isinstance(about, Condition) else teller.place(about)


def is_of_alarm(alarm: Alarm) -> bool:
    """Whether an alarm's own fields, its text and its user among them, are about what comes first in it."""
    return _about(alarm, headline(alarm)) is alarm


def _about(alarm: Alarm, first: Headline) -> Alarm | Condition:
    """The alarm itself where it is about the same: it tells the user besides. Of a path the condition alone does."""
    one = first.condition
    shown = alarm.scheme, alarm.code, alarm.partition, alarm.number
    if one is None or (alarm.scheme and (one.scheme, one.code, one.partition, one.number) == shown):
        return alarm
    return one
