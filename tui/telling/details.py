"""What an entry tells besides its name and place: values with labels, addresses, paths, texts, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocols.catalogue.station_words import station_name
from tui.shown import clean, size
from tui.state.journal import GAP
from tui.state.model import Entry
from tui.telling.address import listening
from tui.telling.reasons import reason

if TYPE_CHECKING:
    from tui.telling.teller import Teller

_TOLD_BY_DETAILS = frozenset(("adapter.lost",))
"""Station events whose English text says only what their name and details say, too."""


def details(teller: Teller, entry: Entry) -> list[str]:
    """What a line says after the entry's name: all of it for the station's and security entries, else its values."""
    if entry.kind in ("signal", "amendment", "unread", "action", GAP):
        return values(teller, entry)
    where = clean(entry.peer or (entry.adapter if entry.account else ""))
    # The names of security entries say it all; of the others the text says what exactly.
    named = entry.kind == "security" and teller.event(entry) != clean(entry.code)
    text = "" if named else _text_of(teller, entry)
    address = [listening(entry.path)] if entry.code.startswith("endpoint.") else []
    more = f"(+{entry.count})" if entry.count else ""
    return [part for part in (text, *address, *values(teller, entry), where, more) if part]


def values(teller: Teller, entry: Entry) -> list[str]:
    """The details of an entry with their labels."""
    shown: list[str] = []
    for name, given in entry.details.items():
        if name == "listen":
            shown += map(listening, given)
        elif name == "renamed":
            shown.append(clean(", ".join(one.replace(" ", " -> ", 1) for one in given)))
        elif name == "last_run" and given == ["ended without a stop"]:
            shown.append(station_name("station.unclean-stop", teller.language))
        else:
            shown.append(f"{_label(teller, name)}: {clean(', '.join(_value(teller, name, one) for one in given))}")
    return shown


def jump(teller: Teller, seconds: float) -> str:
    """By how much a clock jumped, with its sign: ``+1 h``, ``-2.5 s``."""
    return f"{'-' if seconds < 0 else '+'}{_seconds(teller, abs(seconds))}"


def _label(teller: Teller, name: str) -> str:
    """What a detail is called; its own name where no catalogue has it."""
    short = name.removesuffix("_s")
    words = teller.known("detail", short)
    return clean(name) if words == clean(short) else words


def _value(teller: Teller, name: str, value: str) -> str:
    """A detail's value: seconds, bytes, times and modes as people read them."""
    try:
        if name == "jump_s":
            return jump(teller, float(value))
        if name.endswith("_s"):
            return _seconds(teller, float(value))
        if name.endswith("_bytes"):
            return size(float(value), teller.language)
    except (ValueError, OverflowError):
        return value
    if name in ("mode", "jammed"):
        return teller.known(name, value)
    shown = teller.time(value) if name == "since" else teller.date_time(value) if name == "last_heard" else ""
    return value if not shown or shown.startswith("--") else shown


def _seconds(teller: Teller, seconds: float) -> str:
    exact = seconds < 600 and seconds % 60
    return teller.say("unit.s", n=f"{seconds:g}") if exact else teller.duration(seconds)


def _text_of(teller: Teller, entry: Entry) -> str:
    """The English text of a station's entry, but not where it would say everything twice."""
    if teller.language != "en" and entry.code in _TOLD_BY_DETAILS:
        return ""
    return reason(entry.text, teller.language)
