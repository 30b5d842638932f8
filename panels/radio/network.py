"""A whole radio network in simulated time: one centre and many units with the real protocol, modems, and the air.

Either side can lose its power at any moment: what is on its disk stays. The :class:`Ledger` knows what must be true.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

from msgspec import Struct, field

from panels.radio.air import SENSITIVITY_DBM, Air, Link, Node
from panels.radio.centre import Centre
from panels.radio.ledger import Ledger
from panels.radio.modem import Receive, Tnc, TransparentModem
from panels.radio.side import Counters, Disk, Shelf, Side
from panels.radio.wrapping import datagrams
from protocols.channel import Profile, ax25
from protocols.datagram import RadioKey, Suite
from protocols.ends import Outcome, OutcomeKind, Payload
from protocols.model import Noise, Qualifier, Scheme, Signal
from protocols.radio.book import Outstation, Units, Ways
from protocols.radio.composing import compose
from protocols.radio.options import Modem, RadioOptions
from protocols.radio.sending import RadioSendingEnd
from protocols.radio.unit import Unit
from protocols.radio.urgency import urgency

CENTRE = "centre"
PANIC, FIRE, BURGLARY, TROUBLE, OPENING = "120", "110", "130", "302", "401"
"""Codes of Contact ID, one for each priority of events."""


class Plan(Struct, frozen=True, kw_only=True):
    """What a network is made of."""

    units: int = 50
    profile: Profile = field(default_factory=lambda: ax25(1200))
    modem: Modem = Modem.KISS
    fec: int = 0
    ways: Ways = Ways.TWO
    copies: int = 3
    suite: Suite = Suite.AES_CCM_8
    network: int = 0x0A01
    tests_s: float = 180.0
    """How often a unit says that it is there; 0 for never, and the centre asks."""
    expected_s: float = 180.0
    """How often the centre wants to hear of it."""
    link: Link = Link(delay_s=2e-5)
    """How all hear one another."""
    hidden: float = 0.0
    """Share of the other units that a unit does not hear."""
    commit_s: float = 0.02
    peril: float = 0.0
    """With what chance a side loses its power at each of the moments that matter: before and after each write, before a
    frame is read, before it is sent."""
    off_s: float = 5.0
    """How long a side is without power then."""


class Station(Side):
    """A unit and the panel behind it."""

    def __init__(self, network: Network, index: int, unit: Unit, disk: Disk, random: Random) -> None:
        super().__init__(network.air, disk, network.plan.off_s)
        self._network = network
        self._random = random
        self.index = index
        self.unit = unit
        self.refused = 0
        """Events that the centre kept without understanding them, or that were given up."""

    def make(self) -> Any:
        """As after a start: queue, answered polls and counters are on the disk."""
        return RadioSendingEnd(
            self.unit,
            self._network.options,
            counters=Counters(self.disk),
            shelf=Shelf(self.disk),
            random=self._random,
        )

    def report(self, signal: Signal) -> bool:
        """The panel has something to say; whether the unit took it."""
        if self.end is None:
            return False
        ledger, payload = self._network.ledger, compose(signal)
        ledger.submitted(self.unit.station, payload, urgency(signal), self.air.now)
        if not self.guard(self.end.submit, signal, self.now):
            # Nobody was told that it was taken. It may be on the disk all the same.
            ledger.events[self.unit.station, payload].sure = False
            return False
        return True

    def on_air(self, data: bytes) -> None:
        """For the books."""
        for datagram in datagrams(data, self._network.options):
            self._network.ledger.sealed(datagram)

    def take(self, items: Sequence[Outcome | Noise]) -> None:
        """What became of events."""
        for item in items:
            if not isinstance(item, Outcome) or not isinstance(item.ticket.message, Signal | Payload):
                continue
            message = item.ticket.message
            payload = bytes.fromhex(message.content) if isinstance(message, Payload) else compose(message)
            if item.kind is OutcomeKind.ACCEPTED:
                if self.unit.ways is Ways.TWO:
                    self._network.ledger.acknowledged(self.unit.station, payload, self.air.now)
            else:
                self.refused += 1


class Network:
    """Made by a plan and a seed: the same ones give the same run."""

    def __init__(self, plan: Plan, seed: int = 0) -> None:
        self.plan = plan
        self.random = Random(seed)
        self.air = Air(self.random, hears=self._hears)
        self.options = RadioOptions(network=plan.network, profile=plan.profile, modem=plan.modem, fec=plan.fec)
        self._seed = seed
        self._number = 0
        self._signals = 0
        keys = {1 + index: self._key() for index in range(plan.units)}
        self.book = Units(
            Outstation(
                station=number,
                account=f"{number:04d}",
                ways=plan.ways,
                keys=(key,),
                speaks=key.key_id,
                test_s=plan.expected_s,
            )
            for number, key in keys.items()
        )
        self.ledger = Ledger({unit.station: unit for unit in self.book.all()})
        self.centre = Centre(
            self.air,
            Disk(self.random, plan.peril),
            self.options,
            self.book,
            self.ledger,
            self.random,
            commit_s=plan.commit_s,
            off_s=plan.off_s,
        )
        self.centre.modem = self._modem(CENTRE, self.centre.hear)
        self.stations = [self._station(index, number, key) for index, (number, key) in enumerate(keys.items())]

    def _key(self) -> RadioKey:
        return RadioKey(1, self.plan.suite, self.random.randbytes(self.plan.suite.sizes[0]))

    def _modem(self, name: str, receive: Receive) -> Tnc | TransparentModem:
        plan = self.plan
        make = Tnc if plan.modem is Modem.KISS else TransparentModem
        return make(self.air, name, receive, plan.profile)

    def _station(self, index: int, number: int, key: RadioKey) -> Station:
        plan = self.plan
        unit = Unit(
            station=number,
            account=f"{number:04d}",
            key=key,
            ways=plan.ways,
            test_s=plan.tests_s,
            copies=plan.copies,
        )
        made = Station(self, index, unit, Disk(self.random, plan.peril), self.random)
        made.modem = self._modem(f"unit {number}", made.hear)
        if plan.ways is Ways.ONE:
            self.air.listen(made.modem.node, False)
        return made

    def _hears(self, sender: Node, receiver: Node) -> Link:
        hidden = self.plan.hidden
        if hidden and CENTRE not in (sender.name, receiver.name):
            names = "|".join(sorted((sender.name, receiver.name)))
            if Random(f"{self._seed}|{names}").random() < hidden:
                return Link(level_dbm=SENSITIVITY_DBM - 1)
        return self.plan.link

    def start(self, spread_s: float = 0.0) -> None:
        """Power for everybody, the units spread over a time."""
        self.centre.start()
        for station in self.stations:
            self.air.at(self.random.uniform(0, spread_s) if spread_s else 0.0, station.start)
        self.air.run(self.air.now)

    def report(self, index: int, code: str, qualifier: Qualifier = Qualifier.NEW) -> bool:
        """Something happens at a site; no two happenings are the same."""
        station = self.stations[index]
        self._signals += 1
        return station.report(
            Signal(
                account=station.unit.account,
                scheme=Scheme.CONTACT_ID,
                code=code,
                qualifier=qualifier,
                partition="01",
                number=f"{1 + self._signals % 999:03d}",
                occurred_at=1_000_000_000.0 + self._signals,
            )
        )

    def report_every(self, every_s: float, until: float, code: str = BURGLARY) -> None:
        """Alarms of sites at random, one each ``every_s`` on average."""
        at = self.air.now + self.random.expovariate(1 / every_s)
        if at < until:
            self.air.at(at, self._report_next, every_s, until, code)

    def _report_next(self, every_s: float, until: float, code: str) -> None:
        self.report(self.random.randrange(self.plan.units), code)
        self.report_every(every_s, until, code)

    def run(self, until: float) -> None:
        """Go on to a moment."""
        self.air.run(until)

    def settle(self, most_s: float) -> float:
        """Go on until nothing waits, at most so long; returns the time it took."""
        began = self.air.now
        while self.waiting and self.air.now < began + most_s:
            self.run(self.air.now + 5.0)
        return self.air.now - began

    @property
    def waiting(self) -> bool:
        """Whether an event is not on the centre's disk, or waits at its unit."""
        if any(life.stored is None for life in self.ledger.events.values() if life.sure):
            return True
        return any(station.end is None or station.end.unfinished for station in self.stations)

    def load(self) -> float:
        """Airtime of everybody by time."""
        modems = (self.centre.modem, *(station.modem for station in self.stations))
        return sum(modem.airtime_s for modem in modems) / self.air.now if self.air.now else 0.0

    def gaps(self, since: float, longest_s: float) -> tuple[int, int]:
        """How often a unit gave no sign of life for longer than that, and how many signs there were."""
        missed = count = 0
        for station in self.stations:
            signs = [at for at in sorted(self.centre.signs.get(station.unit.station, [])) if at >= since]
            count += len(signs)
            missed += sum(after - before > longest_s for before, after in pairwise([since, *signs, self.air.now]))
        return missed, count
