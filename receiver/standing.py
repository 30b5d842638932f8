"""How a station is doing, put together from its parts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from protocols.model import Moment
from receiver.api.view import ClockStatus, EndpointStatus, Status, Trouble
from receiver.journal.entry import rfc3339

if TYPE_CHECKING:
    from receiver.station import Station


def status_of(station: Station, now: Moment) -> Status:
    """The station's answer for ``/v1/status``."""
    trouble, machine = station.watches.trouble, station.machine
    room, clocks = machine.disk.room, machine.clocks
    return Status(
        pid=os.getpid(),
        started_at=rfc3339(station.started.wall),
        uptime_s=round(now.mono - station.started.mono, 1),
        endpoints=tuple(
            EndpointStatus(
                adapter=state.adapter,
                protocol=state.protocol,
                listen=str(state.listen),
                address=state.address,
                connects=state.connects,
                open=state.port is not None,
                since=rfc3339(state.since) if state.since else "",
                state="" if state.error or state.port is not None else state.doing,
                trouble=state.error,
            )
            for state in station.listening.states
        ),
        journal=str(station.settings.journal),
        disk=None if trouble is None else Trouble(rfc3339(trouble.since), trouble.error),
        stalled=station.watches.stalled,
        queued=station.intake.queued,
        rates=station.pulse.rates(now.mono),
        counters=msgspec.to_builtins(station.intake.counters),
        paths={
            **{state.value: count for state, count in station.paths.counts().items()},
            "unwatched": station.paths.unwatched,
        },
        connections=station.listening.connections,
        journal_bytes=None if room is None else room.journal,
        disk_free_bytes=None if room is None else room.free,
        disk_total_bytes=None if room is None else room.total,
        disk_low=machine.disk.low,
        clock=ClockStatus(
            jumps=clocks.jumps,
            last_jump_at=None if clocks.last_jump_at is None else rfc3339(clocks.last_jump_at),
            last_jump_s=clocks.last_jump_s,
        ),
        radio=station.radio.status(now),
    )
