"""Reed-Solomon between the real ends, over transparent modems whose air turns bytes into others: what the code allows
is recovered to the byte, in both directions; what it does not allow is never taken for anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from panels.radio.air import Link
from panels.radio.network import BURGLARY, Network, Plan
from protocols.channel import transparent
from protocols.kiss import FEND, FESC, TFEND, TFESC
from protocols.model import Arrival, Noise
from protocols.radio.options import Modem

PARITY = 16
MOST = PARITY // 2
EVENTS = 12
SPECIAL = {FEND, FESC, TFEND, TFESC}
DAMAGED = Link(ber=1e-12)
"""So that the air asks its noise; which bytes are hit says :class:`Hits`."""


class Hits:
    """In place of the air's noise: so many bytes of every frame are others; FENDs at its ends are left alone.

    With ``plain`` only bytes that stand for themselves are hit, and become such: the framing is whole.
    """

    def __init__(self, count: int, plain: bool, seed: int) -> None:
        self.count = count
        self.plain = plain
        self._random = Random(seed)
        self.frames = 0

    def damage(self, sender: str, receiver: str, link: Link, data: bytes, start: float, end: float) -> bytes:
        """As that of the air's noise."""
        del sender, receiver, link, start, end
        self.frames += 1
        inside = [at for at, byte in enumerate(data) if byte != FEND]
        places = [at for at in inside if not self.plain or not SPECIAL & {data[at], data[at - 1]}]
        hit = bytearray(data)
        for at in self._random.sample(places, self.count):
            banned = {data[at]} | (SPECIAL if self.plain else set())
            hit[at] = self._random.choice([byte for byte in range(256) if byte not in banned])
        return bytes(hit)


class Trial:
    """One unit and a centre; all that the centre heard."""

    def __init__(self, count: int, plain: bool, seed: int = 1) -> None:
        plan = Plan(
            units=1,
            modem=Modem.TRANSPARENT,
            fec=PARITY,
            profile=transparent(9600),
            tests_s=0.0,
            expected_s=0.0,
            link=DAMAGED,
        )
        self.network = Network(plan, seed)
        self.hits = Hits(count, plain, seed)
        self.network.air._noise = self.hits  # type: ignore[assignment]
        self.heard: list[Arrival] = []
        take = self.network.centre.take

        def listening(items: Sequence[Arrival | Noise]) -> None:
            self.heard += [item for item in items if isinstance(item, Arrival)]
            take(items)

        self.network.centre.take = listening  # type: ignore[method-assign]
        self.network.start()

    def events(self, count: int, patience_s: float) -> None:
        """One after the other."""
        for _ in range(count):
            assert self.network.report(0, BURGLARY)
            self.network.settle(patience_s)

    @property
    def acknowledged(self) -> int:
        """Events whose acknowledgement the unit has."""
        return sum(life.acknowledged is not None for life in self.network.ledger.events.values())


@pytest.mark.parametrize("count", range(MOST + 1))
def test_as_many_wrong_bytes_as_the_code_allows_cost_nothing(count: int) -> None:
    """Every event is taken from its first transmission, every acknowledgement too, and each byte is as it was sent."""
    trial = Trial(count, plain=True)
    trial.events(EVENTS, 60.0)
    assert trial.acknowledged == EVENTS
    assert trial.network.stations[0].modem.sent == EVENTS
    assert trial.network.centre.modem.sent == EVENTS
    assert trial.hits.frames == 2 * EVENTS
    assert [arrival.air.corrected for arrival in trial.heard if arrival.air] == [count] * EVENTS
    assert {arrival.air.correctable for arrival in trial.heard if arrival.air} == {MOST}
    assert {arrival.raw for arrival in trial.heard} <= set(trial.network.ledger.said)
    assert trial.network.ledger.faults == []


def test_one_wrong_byte_more_is_never_taken_for_anything_and_the_event_arrives_once_there_are_fewer() -> None:
    trial = Trial(MOST + 1, plain=True)
    trial.events(1, 120.0)
    assert trial.network.stations[0].modem.sent >= 3
    assert trial.network.ledger.rows == trial.acknowledged == 0
    assert [arrival for arrival in trial.heard if not arrival.refused] == []
    trial.hits.count = MOST
    assert trial.network.settle(120.0) < 120
    assert trial.acknowledged == trial.network.ledger.rows == 1
    assert trial.network.ledger.faults == []


def test_bytes_that_become_framing_or_were_part_of_it_are_put_right_as_a_rule() -> None:
    """An escape that is destroyed or made moves all bytes behind it; nine of ten frames are read all the same."""
    sent = heard = 0
    for seed in range(4):
        trial = Trial(5, plain=False, seed=seed)
        trial.events(EVENTS, 300.0)
        assert trial.acknowledged == EVENTS
        assert trial.network.ledger.faults == []
        sent += trial.network.stations[0].modem.sent
        heard += len([arrival for arrival in trial.heard if not arrival.refused])
    assert heard >= 0.9 * sent
