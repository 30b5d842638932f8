"""Everything that is closed with an alarm, in words: the operator signs for all of it."""

from __future__ import annotations

from protocols.catalogue import texts
from tui import look
from tui.look import State
from tui.state.headline import by_weight, newest_at
from tui.state.model import Alarm, Condition
from tui.telling import Teller, headline

DOMAIN = "alarms"
_MARKS = {1: State.ALARM, 2: State.URGENT, 3: State.TROUBLE}


def closing_words(alarm: Alarm, teller: Teller, language: str) -> tuple[list[str], str]:
    """A line for each thing in the alarm, what lasts first; and what is to be said of danger to life that lasts."""
    lines = [_line(one, alarm, teller, language) for one in by_weight(alarm)]
    if not lines:
        parts = (headline.event(alarm, teller), headline.place(alarm, teller), teller.time(alarm.opened_at))
        lines = ["  ".join(part for part in parts if part)]
    if alarm.more_conditions:
        lines.append(_say("note.more", language, count=alarm.more_conditions))
    lasting = sum(one.priority == 1 and one.restored_at is None for one in alarm.conditions)
    if not lasting and alarm.more_conditions and alarm.priority == 1:
        lasting = 1  # of those that are not followed nobody knows
    return lines, _say("note.danger", language, count=lasting) if lasting else ""


def _line(one: Condition, alarm: Alarm, teller: Teller, language: str) -> str:
    if one.restored_at is None:
        how = f"{look.mark(_MARKS.get(one.priority, State.PLAIN))} {_say('note.lasts', language)}"
    else:
        how = f"{look.mark(State.RESTORED)} {_say('note.over', language)}"
    count = _say("count", language, count=one.count) if one.count > 1 else ""
    event = " ".join(part for part in (teller.event(one), count) if part)
    parts = (how, event, teller.place(one, alarm.account_key), teller.time(newest_at(one)))
    return "  ".join(part for part in parts if part)


def _say(id_: str, language: str, **values: object) -> str:
    return texts.text(DOMAIN, id_, language, **values)
