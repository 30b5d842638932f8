"""What a reader of the live stream costs the receiver: processor time per message with and without one."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from bench.frames import Message, panels
from bench.load import Connection, Result, closed_loop, connected, paced
from bench.options import Options
from bench.processes import PATIENCE_S, BenchError, Station
from bench.table import Table, say, spread


@contextmanager
def reading(socket: Path) -> Iterator[list[int]]:
    """A reader for as long as the block runs; afterwards the list holds how many entries it got."""
    got: list[int] = []
    process = subprocess.Popen([sys.executable, "-m", "bench.reader", str(socket)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if not select.select([process.stdout], [], [], PATIENCE_S)[0] or process.stdout.readline() != "ready\n":
            raise BenchError("the reader of the live stream did not get ready")
        yield got
        process.terminate()
        got.append(int(process.stdout.readline() or 0))
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def measure(options: Options, folder: Path) -> Table:
    """Alternate rounds with and without a reader, at full speed and at a steady rate."""
    table = Table(
        "Cost of a live-stream reader (its own process, GET /v1/events)",
        "load",
        "reader",
        "messages/s",
        "receiver CPU us/message",
        "entries read per message",
    )
    count = options.connections
    with Station(folder / "streaming", count) as station:
        own = panels(count, False)
        for steady in (False, True):
            rates: dict[bool, list[float]] = {False: [], True: []}
            cpu: dict[bool, list[float]] = {False: [], True: []}
            share: list[float] = []
            for number in range(options.few):
                for with_reader in (False, True):
                    seconds = options.paced_s if steady else options.seconds
                    each = int((options.rate if steady else 25_000) * seconds / count) + 10
                    messages = [panel.take(each) for panel in own]
                    with connected(station.address, count) as connections:
                        watching: AbstractContextManager[list[int]]
                        watching = reading(station.socket) if with_reader else nullcontext([])
                        with watching as got:
                            result, used = _round(station, connections, messages, seconds, options.rate * steady)
                    if not result.acknowledged:
                        continue
                    rates[with_reader].append(result.per_second)
                    cpu[with_reader].append(used / len(result.acknowledged) * 1e6)
                    if got:
                        share.append(got[0] / len(result.acknowledged))
                say(f"round {number + 1}/{options.few}  {'steady' if steady else 'full speed'}")
            load = f"{options.rate:,.0f}/s" if steady else "full speed"
            for with_reader in (False, True):
                table.row(
                    load,
                    "one" if with_reader else "none",
                    spread(rates[with_reader]),
                    spread(cpu[with_reader], ".0f"),
                    spread(share, ".2f") if with_reader else "-",
                )
    table.note("Below 1.00 the reader lagged more than the ring holds and was told `behind`; nothing waited for it.")
    return table


def _round(
    station: Station,
    connections: Sequence[Connection],
    messages: Sequence[Sequence[Message]],
    seconds: float,
    rate: float,
) -> tuple[Result, float]:
    """A round at ``rate``, or at full speed where that is 0, and the processor seconds it took the station."""
    before = station.cpu_s()
    result = paced(connections, messages, rate, seconds) if rate else closed_loop(connections, messages, seconds)
    return result, station.cpu_s() - before
