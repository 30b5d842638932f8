"""How long an acknowledgement takes at a steady rate, beside a bare durable commit at the same rate."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.frames import panels
from bench.load import connected, paced
from bench.options import Options
from bench.processes import BenchError, Station
from bench.table import Table, percentile, ratio, say, spread
from receiver.journal.reader import JournalReader

BEHIND_MS = 50.0
"""A median wait above this is a queue, not a commit."""


def measure(options: Options, folder: Path) -> Table:
    """Alternate the station and the bare commit."""
    count, rate, seconds = options.connections, options.rate, options.paced_s
    waits: dict[str, list[list[float]]] = {"ptsn": [], "commit": []}
    with Station(folder / "latency", count) as station:
        own = panels(count, False)
        with connected(station.address, count) as connections:
            each = int(rate * seconds / count) + 1
            paced(connections, [panel.take(each) for panel in own], rate, min(0.5, seconds))
            size = _row_size(station.folder / "journal.db")
            for number in range(options.few):
                result = paced(connections, [panel.take(each) for panel in own], rate, seconds)
                waits["ptsn"].append(result.waits)
                waits["commit"].append(_bare(folder / "yardstick.db", rate, seconds, size))
                say(
                    f"round {number + 1}/{options.few}  p99: acknowledgement {_ms(waits['ptsn'][-1], 0.99):.1f} ms, "
                    f"bare commit {_ms(waits['commit'][-1], 0.99):.1f} ms"
                )
    table = Table(
        f"Waiting for the acknowledgement at {rate:,.0f}/s over {count} connections, ms from the intended moment",
        "what",
        "p50",
        "p90",
        "p99",
        "worst",
    )
    shares = (0.5, 0.9, 0.99, 1.0)
    for name, key in (("ptsn, plain", "ptsn"), (f"bare SQLite commit, {size} bytes", "commit")):
        table.row(name, *(spread([_ms(each, share) for each in waits[key]], ".2f") for share in shares))
    table.row("ratio", *(spread(_ratios(waits, share), ".1f") for share in shares))
    table.note("Both are open loops: what waits behind a stall of the disk is counted in full. Target: p99 ratio <= 3.")
    if any(_ms(each, 0.5) > BEHIND_MS for each in waits["commit"]):
        table.note(f"The disk could not make {rate:,.0f} single commits a second just now: the ratio says little.")
    return table


def _ms(waits: list[float], share: float) -> float:
    return percentile(waits, share) * 1e3


def _ratios(waits: dict[str, list[list[float]]], share: float) -> list[float]:
    return ratio([_ms(each, share) for each in waits["ptsn"]], [_ms(each, share) for each in waits["commit"]])


def _row_size(journal: Path) -> int:
    """The mean size of a stored body, in bytes."""
    with JournalReader(journal) as reader:
        found = reader.rows("SELECT avg(length(body)) FROM entries WHERE kind = 'signal'")
    return int(found[0][0] or 500)


def _bare(file: Path, rate: float, seconds: float, size: int) -> list[float]:
    command = [sys.executable, "-m", "bench.commit", str(file), str(rate), str(seconds), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"the bare commit failed:\n{done.stderr}")
    waits: list[float] = json.loads(done.stdout)
    return waits
