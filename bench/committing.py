"""Group commit on a thread of its own, as the station does it, against group commit in the reactor's turn.

Speed is one half of the question. The other is what a disk that stalls does to those who need no disk: panels
whose link tests are answered late take their receiver for dead.
"""

from __future__ import annotations

from pathlib import Path

from bench.frames import panels
from bench.load import Result, connected, paced
from bench.options import Options
from bench.processes import Station
from bench.table import Table, percentile, say, spread
from bench.throughput import MOST, Series

VARIANTS = {"thread": "on a writer thread (ptsn)", "reactor": "in the reactor's turn"}
TESTING = 5
"""One connection in so many sends link tests only."""


def measure(options: Options, folder: Path) -> Table:
    """Full speed first, then a steady load on a disk that stalls."""
    table = Table(
        "Group commit: writer thread or reactor's turn",
        "commit",
        "messages/s",
        "CPU us/message",
        "acknowledged within ms p50 / p99 / worst",
        "link test answered within ms p50 / p99 / worst",
    )
    count = options.connections
    with Station(folder / "thread", count, "thread") as thread, Station(folder / "turn", count, "reactor") as turn:
        rows = [
            Series("thread", thread, panels(count, False), MOST["plain"]),
            Series("reactor", turn, panels(count, False), MOST["plain"]),
        ]
        for row in rows:
            row.round(min(0.5, options.seconds), keep=False)
        for number in range(options.rounds):
            for row in rows:
                result = row.round(options.seconds)
                say(f"round {number + 1}/{options.rounds}  commit in {row.name}: {result.per_second:,.0f}/s")
    stalled = {name: _stalled(options, folder / f"s-{name}", name) for name in VARIANTS}
    for row in rows:
        result = stalled[row.name]
        table.row(
            VARIANTS[row.name],
            spread(row.rates),
            spread(row.cpu_us, ".0f"),
            _three(result.waits),
            _three(result.link_test_waits),
        )
    table.note(
        f"Waits: {options.rate / 2:,.0f} messages/s, one in {TESTING} a link test, on a disk whose commits take "
        f"{options.stall_s:g} s longer every {2 * options.stall_s:g} s."
    )
    return table


def _stalled(options: Options, folder: Path, variant: str) -> Result:
    count = max(options.connections, TESTING)
    stall_s = options.stall_s
    seconds = max(options.paced_s, 6 * stall_s)
    with Station(folder, count, variant, stall_s, 2 * stall_s) as station, connected(station.address, count) as lines:
        rate = options.rate / 2
        each = int(rate * seconds / count) + 1
        messages = [
            panel.link_tests(each) if number % TESTING == 0 else panel.take(each)
            for number, panel in enumerate(panels(count, False))
        ]
        result = paced(lines, messages, rate, seconds)
    say(f"a stalling disk, commit in {variant}: worst link test {max(result.link_test_waits, default=0) * 1e3:.0f} ms")
    return result


def _three(waits: list[float]) -> str:
    return " / ".join(f"{percentile(waits, share) * 1e3:,.1f}" for share in (0.5, 0.99, 1.0))
