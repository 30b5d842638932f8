"""Memory of the receiver while thousands of panels stay connected and say nothing."""

from __future__ import annotations

import resource
from pathlib import Path

from bench.frames import panels
from bench.load import PATIENCE_S, Result, connected, drain
from bench.options import Options
from bench.processes import Station
from bench.table import Table, say

_OTHER_FILES = 100


def measure(options: Options, folder: Path) -> Table:
    """Connect them all, let each send one message, and look."""
    wanted = options.idle
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted + _OTHER_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, wanted + _OTHER_FILES), hard))
    count = min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _OTHER_FILES)
    table = Table(f"Memory of the receiver with {count:,} idle TCP connections", "moment", "RSS MiB", "KiB/connection")
    with Station(folder / "memory", options.connections) as station:
        empty = station.rss_mib()
        table.row("no connection", f"{empty:.0f}", "-")
        with connected(station.address, count) as connections:
            say(f"{count} connections stand")
            own = panels(options.connections, False)
            result = Result()
            # In groups: each group's answers show that the station has taken its connections up.
            for at in range(0, count, 500):
                group = connections[at : at + 500]
                for number, each in enumerate(group):
                    message = own[number % len(own)].take(1)[0]
                    each.outstanding.append((message, 0.0))
                    each.socket.send(message.raw)
                drain(group, result)
            used = station.rss_mib()
            table.row("connected, one message each", f"{used:.0f}", f"{(used - empty) * 1024 / count:.1f}")
        if result.unanswered or result.wrong_count:
            table.note(f"{result.unanswered} unanswered within {PATIENCE_S:.0f} s, {result.wrong_count} wrong answers.")
    if count < wanted:
        table.note(f"Asked for {wanted:,}; the limit of open files (ulimit -Hn) allows {count:,}.")
    table.note("Target: under 250 MiB with 5,000.")
    return table
