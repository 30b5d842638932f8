"""``python -m bench``: run the benchmarks and print their tables."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
from msgspec.structs import replace

from bench import (
    committing,
    console_list,
    decode,
    latency,
    lines,
    memory,
    radio,
    search,
    serial_lines,
    storm,
    streaming,
    throughput,
)
from bench.options import DEFAULT, QUICK, SMALLEST, Options
from bench.processes import BenchError
from bench.table import Table, machine, say

BENCHMARKS: dict[str, Callable[[Options, Path], Table]] = {
    "throughput": throughput.measure,
    "streaming": streaming.measure,
    "memory": memory.measure,
    "latency": latency.measure,
    "committing": committing.measure,
    "decode": decode.measure,
    "lines": lines.measure,
    "serial": serial_lines.measure,
    "radio": radio.measure,
    "search": search.measure,
    "storm": storm.measure,
    "list": console_list.measure,
}


@click.command(epilog="Example: python -m bench --only throughput --rounds 20")
@click.option("--quick", is_flag=True, help="Under 40 seconds: few and short rounds.")
@click.option("--smallest", is_flag=True, help="A few seconds: only shows that everything runs.")
@click.option("--rounds", type=click.IntRange(1, 1000), help="Rounds of throughput; more of them settle the ratios.")
@click.option("--only", "names", type=click.Choice(list(BENCHMARKS)), multiple=True, help="Only this; may be repeated.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("/var/tmp"),
    show_default=True,
    help="Where the journals are put, in a folder that is removed at the end. Must be on a disk.",
)
def main(quick: bool, smallest: bool, rounds: int | None, names: tuple[str, ...], folder: Path) -> None:
    """Measure the station beside yardsticks of the same run, over loopback.

    Receiver and load are two processes. Tables go to standard output, progress to standard error. Everything
    takes less than ten minutes. docs/benchmarks.md says how to read the tables.
    """
    options = SMALLEST if smallest else QUICK if quick else DEFAULT
    if rounds is not None:
        options = replace(options, rounds=rounds)
    began = time.monotonic()
    place = Path(tempfile.mkdtemp(prefix="ptsn-bench-", dir=folder))
    try:
        _print(machine(place))
        for name in names or BENCHMARKS:
            say(name)
            _print(BENCHMARKS[name](options, place).text())
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"a receiver or the disk failed: {error}") from error
    except KeyboardInterrupt:
        sys.exit("stopped")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    say(f"{time.monotonic() - began:.0f} s in all")


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
