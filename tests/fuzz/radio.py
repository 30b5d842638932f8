"""``python -m tests.fuzz.radio``: attacks on a simulated radio network, a million unless told otherwise.

Every siege is a network of its own (KISS, a transparent modem, one with Reed-Solomon; both suites), made by its seed.
"""

from __future__ import annotations

import secrets
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing import get_context

import click
from msgspec import Struct, field

from panels.radio.siege import Siege
from protocols.datagram import Suite
from protocols.radio.options import Modem

EACH = 5000
"""Attacks of one siege."""
TOLD_S = 30.0
"""How often it is told how far it is, where that is no terminal."""
_CCM, _CHACHA = Suite.AES_CCM_8, Suite.CHACHA20_POLY1305
KINDS = (
    (Modem.TRANSPARENT, 0, _CCM),
    (Modem.TRANSPARENT, 0, _CHACHA),
    (Modem.KISS, 0, _CCM),
    (Modem.TRANSPARENT, 16, _CCM),
    (Modem.TRANSPARENT, 0, _CCM),
    (Modem.TRANSPARENT, 0, _CHACHA),
    (Modem.KISS, 0, _CHACHA),
    (Modem.TRANSPARENT, 0, _CCM),
)
"""Modem, parity, suite. Reed-Solomon, which is slow, once only."""


class Result(Struct):
    """What sieges found."""

    attacks: Counter[str] = field(default_factory=Counter)
    events: int = 0
    stored: int = 0
    """Of these: had nothing come through, nothing would have been tried."""
    acknowledged: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = []

    def add(self, other: Result) -> None:
        """Of another siege."""
        self.attacks += other.attacks
        self.refused += other.refused
        self.events += other.events
        self.stored += other.stored
        self.acknowledged += other.acknowledged
        self.faults = [*self.faults, *other.faults]


def besiege(seed: int, attacks: int = EACH) -> Result:
    """One siege. The seed tells its kind, too."""
    modem, fec, suite = KINDS[seed % len(KINDS)]
    siege = Siege(seed, modem=modem, fec=fec, suite=suite)
    faults = siege.run(attacks)
    lives = siege.network.ledger.events.values()
    centre = siege.network.centre
    return Result(
        siege.attacker.attacks,
        len(lives),
        sum(life.stored is not None for life in lives),
        sum(life.acknowledged is not None for life in lives),
        centre.refused + Counter({"noise": centre.noise}),
        [f"siege {seed}: {fault}" for fault in faults],
    )


def _alone() -> None:
    """The parent is the one who hears Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def sieges(seed: int, count: int, jobs: int) -> Iterator[Result]:
    """One after the other, in some processes."""
    seeds = range(seed, seed + count)
    if jobs == 1:
        yield from map(besiege, seeds)
        return
    with get_context("spawn").Pool(jobs, _alone) as pool:
        yield from pool.imap_unordered(besiege, seeds)


def run(seed: int, attacks: int, jobs: int, progress: Callable[[Result], None]) -> Result:
    """At least so many attacks. A keyboard interrupt ends it with what was found so far."""
    total = Result()
    try:
        for result in sieges(seed, -(-attacks // EACH), jobs):
            total.add(result)
            progress(total)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
    return total


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: python -m tests.fuzz.radio --attacks 1000000 --jobs 2",
)
@click.option("--attacks", type=click.IntRange(min=1), default=1_000_000, show_default=True, help="How many.")
@click.option("--seed", type=int, help="Of the first siege; random, and told, when left out.")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
@click.option("--siege", type=int, help="Run this siege alone again.")
def main(attacks: int, seed: int | None, jobs: int, siege: int | None) -> None:
    """Attack radio networks in every way, and see that nothing is believed that nobody said.

    Exits with 1 when a signal was stored that no unit submitted, or twice as new; when a unit took for acknowledged
    what is not stored, answered a poll twice, or let its clock be set by an old answer.
    """
    seed = siege if siege is not None else secrets.randbelow(10**9) if seed is None else seed
    click.echo(f"seed {seed}", err=True)
    began = time.monotonic()
    line = sys.stderr.isatty()
    told = began

    def progress(result: Result) -> None:
        nonlocal told
        now = time.monotonic()
        if line or now - told >= TOLD_S:
            told = now
            done, passed = result.attacks.total(), now - began
            words = f"{passed:6.0f} s  {done} attacks  {done / passed:.0f}/s  {len(result.faults)} failures"
            click.echo(f"\r{words}" if line else words, err=True, nl=not line)

    total = run(seed, EACH if siege is not None else attacks, 1 if siege is not None else jobs, progress)
    if line:
        click.echo(err=True)
    click.echo(f"{total.attacks.total()} attacks in {time.monotonic() - began:.0f} s, seed {seed}")
    for kind, count in sorted(total.attacks.items()):
        click.echo(f"  {kind}: {count}")
    click.echo(f"events meanwhile: {total.events}, stored {total.stored}, acknowledged {total.acknowledged}")
    click.echo("refused: " + ", ".join(f"{why} {count}" for why, count in sorted(total.refused.items())))
    for fault in total.faults[:20]:
        click.echo(f"WRONG {fault}\n  python -m tests.fuzz.radio --siege {fault.split()[1].rstrip(':')}")
    click.echo(f"{len(total.faults)} failures")
    sys.exit(1 if total.faults or not total.stored else 0)


if __name__ == "__main__":
    main()
