"""A storm: traffic at a steady rate, alarms in it, consoles that must show them and still answer keys."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.frames import Message, frame, panels, stamp
from bench.load import connected, paced
from bench.options import Options
from bench.processes import PATIENCE_S, BenchError, Station, ptsn
from bench.table import Table, percentile, say

PREFIX = "EA"
"""Accounts of the alarms: ``EA0001`` ..., found nowhere else on a screen."""


class Alarms(threading.Thread):
    """Alarms of priority 1, one account each, at even intervals, on a connection of their own."""

    def __init__(self, address: tuple[str, int], count: int, seconds: float) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._count = count
        self._seconds = seconds
        self.sent: dict[str, float] = {}
        self.unacknowledged = 0

    def run(self) -> None:
        """Send them all, each once the one before is acknowledged."""
        with connected(self._address, 1) as (line,):
            start = time.monotonic()
            for number in range(self._count):
                due = start + (number + 0.5) * self._seconds / self._count
                time.sleep(max(0.0, due - time.monotonic()))
                account = f"{PREFIX}{number + 1:04d}"
                body = b'"ADM-CID"0001R1L1#%b[#%b|1120 01 003]%b'
                self.sent[account] = time.monotonic()
                line.socket.send(frame(body % (account.encode(), account.encode(), stamp())))
                answer = select.select([line], [], [], PATIENCE_S)[0] and line.socket.recv(65536)
                self.unacknowledged += not answer or b'"ACK"' not in answer


@contextmanager
def watching(station: Station, options: Options) -> Iterator[subprocess.Popen[str]]:
    """The consoles, for as long as the block runs."""
    numbers = (options.consoles, options.storm_s + options.rest_s, options.rest_s)
    command = [sys.executable, "-m", "bench.terminals", str(station.config), *map(str, numbers), PREFIX]
    with (station.folder / "consoles.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    try:
        if not select.select([process.stdout], [], [], 2 * PATIENCE_S)[0] or process.stdout.readline() != "ready\n":
            raise BenchError("the consoles did not open:\n" + (station.folder / "consoles.log").read_text()[-3000:])
        yield process
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def measure(options: Options, folder: Path) -> Table:
    """The same storm twice: without consoles, for what the station needs by itself, and with them."""
    table = Table(
        f"A storm: {options.rate:,.0f} signals/s for {options.storm_s:.0f} s, "
        f"{options.storm_alarms} alarms of priority 1, {options.consoles} consoles",
        "what",
        "median",
        "p99",
        "worst",
    )
    used: dict[bool, float] = {}
    count = options.connections
    for consoles in (False, True):
        with _station(folder / f"storm-{consoles}", count, options.storm_alarms) as station:
            own = panels(count, False, quiet=True)
            each = int(options.rate * options.storm_s / count) + 10
            messages = [panel.take(each) for panel in own]
            say(f"{'with' if consoles else 'without'} consoles")
            if not consoles:
                used[False], _ = _storm(station, messages, options)
                continue
            with watching(station, options) as process:
                used[True], alarms = _storm(station, messages, options)
                assert process.stdout is not None
                found = json.loads(process.stdout.readline() or "{}")
            if not found:
                raise BenchError("the consoles broke:\n" + (station.folder / "consoles.log").read_text()[-3000:])
    _tell(table, used, alarms, found)
    return table


def _station(folder: Path, connections: int, alarms: int) -> Station:
    """A station that knows the accounts of the alarms, too."""
    station = Station(folder, connections)
    rows = ["account,prefix,receiver,name"] + [f"{PREFIX}{at:04d},1,1,{PREFIX}{at:04d}" for at in range(1, alarms + 1)]
    accounts = folder / "alarms.csv"
    accounts.write_text("\n".join(rows) + "\n")
    ptsn("accounts", "import", str(accounts), "-c", str(station.config))
    return station


def _storm(station: Station, messages: Sequence[Sequence[Message]], options: Options) -> tuple[float, Alarms]:
    """Microseconds of the station's processor time per message, and the alarms."""
    alarms = Alarms(station.address, options.storm_alarms, options.storm_s)
    with connected(station.address, len(messages)) as connections:
        before = station.cpu_s()
        alarms.start()
        result = paced(connections, messages, options.rate, options.storm_s)
        alarms.join()
        taken = station.cpu_s() - before
    return taken / max(1, len(result.acknowledged) + len(alarms.sent)) * 1e6, alarms


def _tell(table: Table, used: dict[bool, float], alarms: Alarms, found: dict[str, Any]) -> None:
    for number, seen in enumerate(found["seen"], 1):
        waits = [(seen[account] - sent) * 1000 for account, sent in alarms.sent.items() if account in seen]
        missed = len(alarms.sent) - len(waits)
        name = f"alarm sent to alarm on console {number}, ms" + (f" ({missed} never)" if missed else "")
        table.row(name, *(f"{value:.0f}" for value in _three(waits)))
    keys = [wait * 1000 for wait in found["keys"]]
    table.row(f"key to the other page on console 1, ms ({len(keys)} keys)", *(f"{value:.0f}" for value in _three(keys)))
    for number, share in enumerate(found["cpu"], 1):
        table.row(f"console {number}, share of a core", f"{share:.0%}", "", "")
    table.row("memory of a console, MiB", f"{max(found['rss']):.0f}", "", "")
    table.row("station, CPU us a message, no console", f"{used[False]:.0f}", "", "")
    table.row(f"station, CPU us a message, {len(found['cpu'])} consoles", f"{used[True]:.0f}", "", "")
    table.note(f"The station's CPU a message grew by {used[True] / used[False] - 1:+.0%}.")
    if alarms.unacknowledged:
        table.note(f"WRONG: {alarms.unacknowledged} alarms were not acknowledged.")


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    return percentile(values, 0.5), percentile(values, 0.99), max(values, default=0.0)
