"""A quick network under attack, with everything going on in it that there is to record."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from panels.radio.air import Link
from panels.radio.attack import Attacker
from panels.radio.network import FIRE, OPENING, PANIC, Network, Plan
from protocols.channel import Profile
from protocols.datagram import Suite
from protocols.radio.options import Modem

QUICK = Profile(
    bit_rate=1e6, tx_delay_s=0.0, tx_tail_s=0.0, turnaround_s=0.0002, slot_s=0.001, persistence=255, overhead_bits=32
)
"""A channel that has room for hundreds of attacks in a second."""
OFF_S = 6.0
"""What an answer of the centre may be wrong by: it counts for ten seconds, and half of the time it took is added."""


class Siege:
    """Made by its seed: the same one gives the same siege."""

    def __init__(self, seed: int, *, modem: Modem = Modem.KISS, fec: int = 0, suite: Suite = Suite.AES_CCM_8) -> None:
        self.network = Network(
            Plan(
                units=3,
                profile=QUICK,
                modem=modem,
                fec=fec,
                suite=suite,
                tests_s=3.0,
                expected_s=2.0,
                link=Link(loss=0.05),
                commit_s=0.002,
                off_s=0.05,
                peril=0.0002,
            ),
            seed,
        )
        self.attacker = Attacker(self.network, Random(f"attacker {seed}"))
        self._events = 0

    def run(self, attacks: int, progress: Callable[[int], None] = lambda done: None) -> list[str]:
        """So many attacks; what was believed that must not be, or lost that must not be."""
        network = self.network
        network.start()
        self._event()
        self.attacker.start()
        while self.attacker.count < attacks:
            network.run(network.air.now + 0.5)
            progress(min(attacks, self.attacker.count))
        self._events = -1
        return [*network.ledger.faults, *self._clocks()]

    def _event(self) -> None:
        """Somewhere something happens, or a unit asks for the time."""
        if self._events < 0:
            return
        network, random = self.network, self.network.random
        self._events += 1
        index = random.randrange(len(network.stations))
        station = network.stations[index]
        if self._events % 10 == 0 and station.end is not None:
            station.guard(station.end.ask_time, station.now)
        else:
            network.report(index, random.choice((PANIC, FIRE, OPENING)))
        network.air.at(network.air.now + random.expovariate(1 / 0.25), self._event)

    def _clocks(self) -> list[str]:
        """Units whose clock was set by an old answer."""
        ends = ((station.unit.station, station.end) for station in self.network.stations if station.end is not None)
        return [
            f"the clock of unit {unit} is off by {end.offset_s:.1f} s"
            for unit, end in ends
            if abs(end.offset_s) > OFF_S
        ]
