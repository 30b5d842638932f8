"""An alarm in words: what stands in its line, what stands below the list, and what an empty list says. No widgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from protocols.catalogue import texts
from tui import look
from tui.look import State
from tui.pages.acting import DOMAIN, closed_words
from tui.pages.detail_bytes import wrapped
from tui.state.alarms import AlarmBoard
from tui.state.headline import by_weight
from tui.state.headline import headline as first_of
from tui.state.model import Alarm, Condition, Entry
from tui.telling import Teller, headline
from tui.widgets.cells import fit, visible

if TYPE_CHECKING:
    from tui.app import Console

CLOSED = "alarm.closed"
ABOUT_MAX = 7
"""Lines below the list that tell of the selected alarm."""
_SCANNED_MAX = 2_000
"""Entries looked through for the last alarm."""


def station_now(console: Console) -> datetime | None:
    """The station's clock, running on without it; None before it was ever told."""
    return console.station.health.station_now(console.now())


def age_s(stamp: str | None, now: datetime | None) -> float | None:
    """Seconds since a stamp of the station; None where that cannot be told."""
    if now is None:
        return None
    try:
        since = datetime.fromisoformat(stamp or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (now - since).total_seconds())


def age(stamp: str | None, now: datetime | None, teller: Teller) -> str:
    """How long ago, in its largest unit alone: ``45 s``, ``3 min``, ``2 h``."""
    seconds = age_s(stamp, now)
    if seconds is None:
        return ""
    for unit in (86400, 3600, 60):
        if seconds >= unit:
            return teller.duration(seconds // unit * unit)
    return teller.duration(seconds // 1)


def notes(alarm: Alarm, board: AlarmBoard, teller: Teller, language: str) -> list[str]:
    """What else is to be known of an alarm at a glance: late, how often it rang, restored, who saw it."""
    if board.is_gone(alarm.id):
        return [closed_words(board.closing(alarm.id), teller, language)]
    found = course(alarm, teller, language)
    if alarm.seen_by:
        who = teller.operator(alarm.seen_by, alarm.seen_unverified)
        found.append(_say("seen-before" if alarm.ringing else "seen-by", language, who=who))
    return found


def course(alarm: Alarm, teller: Teller, language: str) -> list[str]:
    """What came of an open alarm without its operators: late, how often it rang, how much of it has ended."""
    found = list(teller.notes(alarm))
    if alarm.rings > 1:
        found.append(_say("rings", language, count=alarm.rings))
    if alarm.restored == "partly" or (alarm.restored == "all" and teller.alarm_state(alarm) is not State.RESTORED):
        found.append(_say(f"restored.{alarm.restored}", language))
    if alarm.unread:
        found.append(_say("unread", language, count=alarm.unread))
    return found


def about_lines(alarm: Alarm, console: Console) -> list[str]:
    """The selected alarm in at most five lines, the most important one first."""
    teller, language, board = console.teller, console.language, console.station.alarms
    state = teller.alarm_state(alarm, board.is_closed(alarm.id))
    head = f"{look.mark(state)} {look.word(state, language)} #{alarm.id}"
    names = console.station.names
    address, phone = visible(names.address(alarm.account_key)), visible(names.phone(alarm.account_key))
    account = _say("account", language, account=visible(alarm.account)) if alarm.account else ""
    times = [_say("opened", language, time=teller.time(alarm.opened_at), age=full_age(alarm.opened_at, console))]
    if alarm.occurred_at:
        times.append(_say("occurred", language, time=teller.time(alarm.occurred_at)))
    first = first_of(alarm)
    at = teller.time(first.at) if first.at != alarm.opened_at else ""
    said = teller.said(alarm) if headline.is_of_alarm(alarm) else teller.said(first.condition or alarm)
    lines = [
        _joined(
            head, headline.event_alone(alarm, teller), headline.place(alarm, teller), at, headline.counts(alarm, teller)
        ),
        _joined(teller.site(alarm), account, said),
        _joined(address, _say("phone", language, phone=phone) if phone else ""),
        _joined(*times, *notes(alarm, board, teller, language)),
        "; ".join(condition(one, alarm, teller, language) for one in others(alarm)),
    ]
    return [line for line in lines if line]


def folded(lines: Sequence[str], width: int, most: int = ABOUT_MAX) -> Iterator[tuple[int, str]]:
    """``(index of the line, words)``: a line that is too long goes on once below itself, as long as there is room."""
    spare = most - len(lines)
    for at, line in enumerate(lines):
        first, *rest = wrapped(line, width)
        if rest and spare > 0:
            spare -= 1
            yield at, first.rstrip(" ")
            yield at, fit(" ".join(rest).lstrip(" "), width).rstrip(" ")
        else:
            yield at, fit(line, width).rstrip(" ")


def others(alarm: Alarm) -> list[Condition]:
    """What was reported in an alarm beside what its line shows: what lasts first, by its weight."""
    shown = first_of(alarm).condition
    return [one for one in by_weight(alarm) if one is not shown]


def condition(one: Condition, alarm: Alarm, teller: Teller, language: str) -> str:
    """One thing that was reported: when, what, where, how often, whether it has ended."""
    place = teller.place(one, alarm.account_key)
    parts = [teller.time(one.since), teller.event(one), place, teller.said(one), *teller.notes(one)]
    if one.count > 1:
        parts.append(_say("count", language, count=one.count))
    if one.restored_at:
        parts.append(_say("restored.at", language, time=teller.time(one.restored_at)))
    return " ".join(part for part in parts if part)


def full_age(stamp: str | None, console: Console) -> str:
    """How long ago in words, with ``?`` where the station's clock is not known."""
    seconds = age_s(stamp, station_now(console))
    if seconds is None:
        return "?"
    return console.teller.duration(seconds if seconds >= 60 else seconds // 1)


def quiet_lines(console: Console) -> list[str]:
    """What an empty list says: that all is quiet and since when; never where that is not known to be true."""
    if console.is_old:
        return []
    language, teller, station = console.language, console.teller, console.station
    last = last_alarm(console)
    lines = [_say("quiet.now", language)]
    if last is not None:
        lines = [_say("quiet.since", language, time=teller.time(last), age=full_age(last, console))]
    paths = station.status.get("paths")
    counts = paths if isinstance(paths, dict) else {}
    sites = {row.account_key for row in station.paths if row.state == "ok"}
    if sites:
        lines.append(_say("quiet.sites", language, count=len(sites)))
    elif counts:
        lines.append(_say("quiet.paths", language, ok=counts.get("ok", 0), lost=counts.get("lost", 0)))
    return lines


def last_alarm(console: Console) -> str | None:
    """When the newest alarm of the entries held came or was closed."""
    journal = console.station.journal
    for index in range(len(journal) - 1, max(-1, len(journal) - 1 - _SCANNED_MAX), -1):
        entry: Entry = journal.at(index)
        urgent = entry.priority in (1, 2) and entry.qualifier != "restore" and entry.kind != "amendment"
        if entry.code == CLOSED or urgent:
            return entry.received_at
    return None


def _joined(*parts: str) -> str:
    return "  ".join(part for part in parts if part)


def _say(id_: str, language: str, **values: object) -> str:
    return texts.text(DOMAIN, id_, language, **values)
