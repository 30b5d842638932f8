"""One alarm in full, for a person: what, where, when, who did what, its newest entries. Pure, like ``ptsn.render``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ptsn.words import say
from tui.shown import clean, pad

if TYPE_CHECKING:
    from ptsn.render import Renderer

Fields = Mapping[str, Any]


def lines(
    alarm: Fields, entries: Sequence[Fields], account: Fields | None, renderer: Renderer, time_zone: str
) -> Iterator[str]:
    """``alarm`` and ``entries`` as ``/v1/alarms/ID`` gives them; ``account`` is its row, where somebody entered it."""
    yield renderer.alarm(alarm, "alarm.closed" if alarm["closed"] else "alarm.open")
    said = list(_labelled(alarm, account or {}, renderer, time_zone))
    width = max(len(label) for label, _ in said) + 2
    for label, text in said:
        yield f"  {pad(label, width)}{text}"
    yield f"  {say('alarms.conditions', renderer.language)}"
    yield from renderer.conditions(alarm, 1)
    yield f"  {say('alarms.entries', renderer.language)}"
    for entry in entries:
        yield f"    {renderer.entry(entry)}"


def _labelled(alarm: Fields, account: Fields, renderer: Renderer, time_zone: str) -> Iterator[tuple[str, str]]:
    language = renderer.language
    site = [alarm["account_key"], renderer.accounts.get(alarm["account_key"], "")]
    site += [account.get("address") or "", account.get("phone") or ""]
    yield say("alarms.site", language), ", ".join(clean(part) for part in site if part)
    if place := renderer.place(alarm):
        yield say("alarms.where", language), place
    yield say("alarms.opened-at", language), _at(alarm["opened_at"], time_zone)
    if happened := alarm["occurred_at"]:
        own = account.get("time_zone") or ""
        shown = _at(happened, time_zone)
        if own and own != time_zone:
            shown += f" = {_at(happened, own)}"
        yield say("alarms.panel-time", language), shown
    else:
        yield say("alarms.panel-time", language), say("alarms.not-told", language)
    if alarm["seen_by"]:
        seen = renderer.signed(alarm, "seen_by", "seen_unverified")
        yield say("alarms.seen-by", language), f"{seen}, {_at(alarm['seen_at'], time_zone)}"
    else:
        yield say("alarms.seen-by", language), say("alarms.nobody", language)
    if alarm["closed"]:
        closed = renderer.signed(alarm, "closed_by", "closed_unverified")
        yield say("alarms.closed-by", language), f"{closed}, {_at(alarm['closed_at'], time_zone)}"
        if alarm["note"]:
            yield say("alarms.note", language), clean(alarm["note"], 2000)
    yield say("alarms.signals", language), str(alarm["signals"])


def _at(stamp: str | None, time_zone: str) -> str:
    """``2026-11-22 14:43:06 Asia/Almaty``: a whole date, and whose time it is."""
    try:
        at = datetime.fromisoformat(stamp or "").astimezone(ZoneInfo(time_zone))
    except (ValueError, OverflowError, KeyError):
        return clean(stamp or "-")
    return f"{at:%Y-%m-%d %H:%M:%S} {time_zone}"
