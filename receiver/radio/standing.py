"""How the radio channels of a station stand, for people."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from protocols.radio.channel import RadioChannel
from receiver.radio.jammed import Watch


class RadioStatus(Struct, frozen=True, kw_only=True):
    """One channel."""

    adapter: str
    network: int
    units: int
    """Units that have a key to be used."""
    busy: float
    """Share of the last five minutes that somebody was on the air, 0 to 1."""
    own: float
    """The station's own part of that."""
    airtime_s: float | None
    """Of the station's own airtime budget, what was used in the last ``window_s``; None where there is no limit."""
    budget_s: float
    window_s: float
    waiting: int
    """Frames that wait for the channel."""
    jammed: bool
    why: str
    """``carrier`` or ``silence``; empty while it is clear, or where an earlier run told of it."""
    trouble: str
    """Why the file of keys cannot be read; what it said before stays in force."""
    counts: dict[str, int]
    """Since the start: ``frames``, ``accepted``, ``forged`` and others (``protocols.radio.channel.Counted``)."""


def standing(adapter: str, channel: RadioChannel, watch: Watch, trouble: str, now: float) -> RadioStatus:
    """One channel as it stands now (monotonic seconds)."""
    profile, load = channel.options.profile, channel.load(now)
    spent = channel.access.spent(now)
    return RadioStatus(
        adapter=adapter,
        network=channel.options.network,
        units=sum(1 for _ in channel.book.all()),
        busy=round(load.busy, 4),
        own=round(load.own, 4),
        airtime_s=None if spent is None else round(spent, 2),
        budget_s=profile.budget_s,
        window_s=profile.duty_window_s,
        waiting=len(channel.access),
        jammed=watch.jammed,
        why="" if watch.why is None else watch.why.value,
        trouble=trouble,
        counts=msgspec.to_builtins(channel.counted),
    )
