"""``python -m tests.fuzz``: the command."""

from __future__ import annotations

import secrets
import sys
import time
from collections import Counter
from pathlib import Path

import click

from ptsn.commands.fleet import Duration
from tests.fuzz import inputs
from tests.fuzz.case import Wrong
from tests.fuzz.running import Result, replay, run, try_

ENDLESS = 10**12


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(path_type=Path)


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]}, epilog="Example: python -m tests.fuzz --for 10m --seed 7"
)
@click.option("--for", "seconds", type=Duration(), default="60s", show_default=True, help="How long.")
@click.option("--inputs", "most", type=click.IntRange(min=1), default=ENDLESS, help="At most so many inputs.")
@click.option("--seed", type=int, help="Which inputs; random, and told, when left out.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option("--into", type=_FOLDER, default="build/fuzz", show_default=True, help="Where failing inputs go.")
@click.option("--replay", "file", type=_FILE, help="Run a failing input again.")
@click.option("--input", "number", type=int, help="Run this input of the seed alone.")
def main(
    seconds: float, most: int, seed: int | None, jobs: int, into: Path, file: Path | None, number: int | None
) -> None:
    """Feed damaged messages of every protocol to everything that reads them, and see that nothing breaks.

    Exits with 1 when something did; each way of failing is written to a file once, made small.
    """
    if file is not None:
        _told(replay(file))
    if seed is None:
        seed = secrets.randbelow(10**9)
    if number is not None:
        case = inputs.make(seed, number)
        click.echo(f"{case.stream!r}\n{case}", err=True)
        _told(try_(case, Counter()))
    shown = _Progress(seed)
    began = time.monotonic()
    result = run(seed, seconds, most, jobs, into, shown)
    shown.end()
    _report(result, seed, time.monotonic() - began)
    sys.exit(1 if result.failures else 0)


def _told(wrong: Wrong | None) -> None:
    if wrong is None:
        click.echo("nothing is wrong")
        sys.exit(0)
    click.echo(str(wrong))
    sys.exit(1)


class _Progress:
    """One line on standard error, rewritten on a terminal, now and then elsewhere."""

    def __init__(self, seed: int) -> None:
        self._line = sys.stderr.isatty()
        self._next = 0.0
        self._failures = 0
        click.echo(f"seed {seed}", err=True)

    def __call__(self, result: Result, passed: float) -> None:
        for failure in result.failures[self._failures :]:
            start = "\r" if self._line else ""
            click.echo(f"{start}WRONG {failure.check}: {failure.path}", err=True)
        self._failures = len(result.failures)
        if passed < self._next:
            return
        self._next = passed + (0.5 if self._line else 30.0)
        rate = result.count / passed if passed else 0.0
        words = f"{passed:6.0f} s  {result.count} inputs  {rate:.0f}/s  {len(result.failures)} failures"
        click.echo(f"\r{words}" if self._line else words, err=True, nl=not self._line)

    def end(self) -> None:
        if self._line:
            click.echo(err=True)


def _report(result: Result, seed: int, passed: float) -> None:
    if result.stats.pop("interrupted", 0):
        click.echo("interrupted", err=True)
    click.echo(f"{result.count} inputs in {passed:.0f} s ({result.count / max(passed, 0.001):.0f}/s), seed {seed}")
    for name, count in sorted(result.stats.items()):
        click.echo(f"  {name}: {count}")
    again = f"--seed {seed} --input {result.slowest}"
    click.echo(f"slowest: input {result.slowest}, {result.slowest_s * 1000:.1f} ms of CPU ({again})")
    if result.heaviest >= 0:
        click.echo(f"most memory of those measured: input {result.heaviest}, {result.most_memory / 1e6:.1f} MB")
    for failure in result.failures:
        click.echo(f"\nWRONG {failure.check} (input {failure.number}, {failure.size} bytes)\n  {failure.detail[:600]}")
        again = f"--replay {failure.path}" if failure.path else f"--seed {failure.seed} --input {failure.number}"
        click.echo(f"  python -m tests.fuzz {again}")


if __name__ == "__main__":
    main()
