"""A radio channel in words: its load, its airtime, and what was counted on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.telling.teller import Teller

ABREAST = 4
"""Counts in a line."""


def told_of(channel: Mapping[str, Any], teller: Teller) -> Iterator[str]:
    """Lines about a channel of the station's status; whatever is not there is left out."""
    say = teller.say
    if channel.get("jammed"):
        yield say("radio.jammed")
    busy, own = _number(channel, "busy"), _number(channel, "own")
    if busy is not None and own is not None:
        shares = {"busy": f"{100 * busy:.0f}", "own": f"{100 * own:.0f}"}
        yield say("radio.load", units=channel.get("units", 0), **shares)
    second = []
    budget, window = _number(channel, "budget_s"), _number(channel, "window_s")
    if budget is not None and window is not None:
        used = _number(channel, "airtime_s")
        values = {"budget": teller.duration(budget), "window": teller.duration(window)}
        second.append(
            say("radio.no-limit") if used is None else say("radio.airtime", used=_seconds(used, teller), **values)
        )
    if waiting := channel.get("waiting"):
        second.append(say("radio.waiting", n=waiting))
    if second:
        yield ", ".join(second)
    counts = channel.get("counts")
    if isinstance(counts, Mapping):
        counted = [_counted(name, n, teller) for name, n in counts.items() if n or name in ("frames", "accepted")]
        yield from (", ".join(counted[at : at + ABREAST]) for at in range(0, len(counted), ABREAST))
    if trouble := channel.get("trouble"):
        yield say("radio.keys", error=trouble)


def _counted(name: object, n: object, teller: Teller) -> str:
    """A number with its words; with its own name where there are none yet."""
    id_ = f"radio-count.{name}"
    said = teller.say(id_, n=n)
    return f"{str(name).replace('_', ' ')} {n}" if said == id_ else said


def _seconds(seconds: float, teller: Teller) -> str:
    return teller.say("unit.s", n=f"{seconds:.1f}") if seconds < 60 else teller.duration(seconds)


def _number(channel: Mapping[str, Any], name: str) -> float | None:
    value = channel.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
