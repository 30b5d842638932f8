"""What a radio network must be able to do, in simulated time; ``python -m panels.radio.acceptance`` tries it in full.

The network is 1200 bit/s, KISS TNCs, 50 units that the centre asks (polls) instead of letting them test by themselves:
that leaves the channel to alarms. ``ptsn radio plan`` says why.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from panels.radio.air import Link
from panels.radio.ledger import Life, quantile
from panels.radio.network import BURGLARY, FIRE, OPENING, PANIC, Network, Plan
from panels.radio.siege import QUICK
from protocols.channel import Priority, ax25
from protocols.radio.options import Modem

POLLED = Plan(
    units=50,
    profile=ax25(1200, persistence=191),
    tests_s=0.0,
    expected_s=120.0,
    link=Link(loss=0.2, delay_s=2e-5),
)
"""The settings that reach the aims: P 191, no tests of the units' own, each asked after 137 s of silence."""
INTERVAL_S = 180.0
"""How often a unit is to be heard."""


class Lossy(Struct, frozen=True):
    """What became of alarms on a bad channel."""

    alarms: int
    stored: int
    acknowledged: int
    p50_s: float
    p95_s: float
    longest_s: float
    load: float
    silent: int
    """Units of which nothing was heard for two intervals, once for each time."""
    signs: int
    faults: tuple[str, ...]


def lossy(seed: int, seconds: float, plan: Plan = POLLED, every_s: float = 30.0) -> Lossy:
    """Alarms at random, one each ``every_s``, while everybody is supervised."""
    network = Network(plan, seed)
    network.start()
    network.run(INTERVAL_S)
    network.report_every(every_s, INTERVAL_S + seconds)
    network.run(INTERVAL_S + seconds)
    network.settle(900.0)
    lives = network.ledger.events.values()
    delays = network.ledger.delays()
    silent, signs = network.gaps(INTERVAL_S, 2 * INTERVAL_S)
    return Lossy(
        len(lives),
        len(delays),
        sum(life.acknowledged is not None for life in lives),
        quantile(delays, 0.5),
        quantile(delays, 0.95),
        delays[-1] if delays else 0.0,
        network.load(),
        silent,
        signs,
        tuple(network.ledger.faults),
    )


class Storm(Struct, frozen=True):
    """What became of it when everybody alarmed at once. Seconds from the alarm to the disk, sorted."""

    alarms: int
    urgent: tuple[float, ...]
    """Panic and fire."""
    others: tuple[float, ...]
    faults: tuple[str, ...]


def storm(seed: int, plan: Plan = POLLED, urgent: int = 10) -> Storm:
    """All units alarm in the same moment; some of it is panic and fire."""
    network = Network(plan, seed)
    network.start()
    network.run(60.0)
    order = list(range(plan.units))
    network.random.shuffle(order)
    for place, index in enumerate(order):
        network.report(index, BURGLARY if place >= urgent else PANIC if place % 2 else FIRE)
    network.settle(3600.0)
    lives = network.ledger.events.values()
    return Storm(
        len(lives),
        _took(lives, lambda life: life.priority <= Priority.FIRE),
        _took(lives, lambda life: life.priority > Priority.FIRE),
        tuple(network.ledger.faults),
    )


def _took(lives: Iterable[Life], which: Callable[[Life], bool]) -> tuple[float, ...]:
    return tuple(sorted(life.stored - life.submitted for life in lives if life.stored is not None and which(life)))


class Restarts(Struct, frozen=True):
    """What became of events while the power failed again and again, on both sides."""

    events: int
    stored: int
    acknowledged: int
    failures: int
    waiting: int
    """Events that a unit took and that the centre has not: none may be left at the end."""
    faults: tuple[str, ...]


PERILS = Plan(
    units=5, profile=QUICK, tests_s=4.0, expected_s=3.0, link=Link(loss=0.1), commit_s=0.005, off_s=0.2, peril=0.02
)
"""A quick channel: what is tried here are the moments at which the power fails."""


def restarts(seed: int, events: int, plan: Plan = PERILS, settle_s: float = 3600.0) -> Restarts:
    """Events, and the power fails before and after every write to a disk, before and after frames, and at random."""
    network, random = Network(plan, seed), Random(f"power {seed}")
    network.start()
    sides = (network.centre, *network.stations)
    for _ in range(events):
        network.report(random.randrange(plan.units), random.choice((PANIC, FIRE, BURGLARY, OPENING)))
        network.run(network.air.now + random.expovariate(1 / 0.3))
        if random.random() < 0.1:
            side = random.choice(sides)
            if side.end is not None:
                side.kill()
    for side in sides:
        side.disk.peril = 0.0
    network.settle(settle_s)
    lives = network.ledger.events.values()
    return Restarts(
        len(lives),
        sum(life.stored is not None for life in lives),
        sum(life.acknowledged is not None for life in lives),
        sum(side.starts - 1 for side in sides),
        sum(life.stored is None for life in lives if life.sure),
        tuple(network.ledger.faults),
    )


def jammed(seed: int, plan: Plan = POLLED, seconds: float = 900.0) -> tuple[float | None, float | None, int]:
    """Seconds from the jammer to its report, and from its end to the all-clear; and reports that were wrong."""
    network = Network(plan, seed)
    network.start()
    network.run(600.0)
    network.air.jam(600.0, 600.0 + seconds, 0.0)
    network.run(600.0 + seconds + 900.0)
    told = network.centre.jamming
    begun = [at for at, why in told if why is not None]
    during = [at for at in begun if 600.0 <= at < 600.0 + seconds]
    clear = [at for at, why in told if why is None and at >= 600.0 + seconds]
    return (
        during[0] - 600.0 if during else None,
        clear[0] - 600.0 - seconds if clear else None,
        len(begun) - len(during),
    )


def main(seeds: int = 5) -> int:
    """Everything in full; exit code 1 where an aim is missed."""
    missed = 0

    def tell(what: str, good: bool) -> None:
        nonlocal missed
        missed += not good
        print(f"{'' if good else 'MISSED '}{what}", flush=True)

    for seed in range(seeds):
        seen = lossy(seed, 3600.0)
        good = seen.stored == seen.acknowledged == seen.alarms and seen.p95_s < 20 and not seen.faults
        tell(f"20 % loss, seed {seed}: {seen}", good)
    for seed in range(seeds):
        for loss in (0.0, 0.2):
            found = storm(seed, replace(POLLED, link=Link(loss=loss, delay_s=2e-5)))
            arrived = len(found.urgent) + len(found.others) == found.alarms and not found.faults
            half, last = found.urgent[len(found.urgent) // 2], found.urgent[-1]
            middle, end = found.others[len(found.others) // 2], found.others[-1]
            tell(
                f"all at once, loss {loss:.0%}, seed {seed}: panic and fire {half:.0f} s (half), {last:.0f} s (all); "
                f"others {middle:.0f} s, {end:.0f} s",
                arrived and last < middle,
            )
    for seed in range(4 * seeds):
        after = restarts(seed, 1000, PERILS if seed % 2 else replace(PERILS, modem=Modem.TRANSPARENT))
        tell(f"restarts, seed {seed}: {after}", not after.waiting and not after.faults)
    for seed in range(seeds):
        took, clear, wrong = jammed(seed)
        good = took is not None and took <= 2 * INTERVAL_S and clear is not None and not wrong
        tell(f"jammer, seed {seed}: told after {took} s, clear after {clear} s, {wrong} wrong reports", good)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
