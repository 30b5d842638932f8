"""What there is on the simulated air: modems, how they hear one another, and what is on its way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import hypot, log10

from msgspec import Struct

SENSITIVITY_DBM = -110.0
POWER_DBM = 30.0
LIGHT_KM_S = 299_792.458
FIRST_KM_DB = 100.0
"""Path loss of the first kilometre at VHF over built-up ground, and 35 dB for each tenfold distance."""
SLOPE_DB = 35.0


class Burst(Struct, frozen=True, kw_only=True):
    """Errors in bursts (Gilbert and Elliott): a link is good or bad, for exponential times."""

    good_s: float
    """On average."""
    bad_s: float
    good_ber: float = 0.0
    bad_ber: float = 0.5


class Link(Struct, frozen=True, kw_only=True):
    """From one node to another, in this direction."""

    level_dbm: float = -80.0
    delay_s: float = 0.0
    ber: float = 0.0
    loss: float = 0.0
    """Share of frames that fading takes as a whole."""
    burst: Burst | None = None


class Reception(Struct, frozen=True, kw_only=True):
    """A frame as a modem hands it over."""

    data: bytes
    level_dbm: float
    start: float
    end: float
    sender: str
    """Who sent it: for the tests' own book-keeping, no modem knows it."""
    damaged: bool


class Node:
    """One modem and its aerial. Make it by :meth:`Air.node`."""

    def __init__(
        self,
        name: str,
        receive: Callable[[Reception], None] | None,
        carrier: Callable[[bool], None] | None,
        *,
        position: tuple[float, float] | None,
        power_dbm: float,
        turnaround_s: float,
        checks: bool,
        duplicate: float,
        detect_s: float,
    ) -> None:
        self.name = name
        self.receive = receive
        self.carrier = carrier
        self.position = position
        self.power_dbm = power_dbm
        self.turnaround_s = turnaround_s
        self.checks = checks
        self.duplicate = duplicate
        self.detect_s = detect_s
        self.listening = receive is not None
        """Whether frames are handed over; changed by :meth:`Air.listen`."""
        self.sensing = carrier is not None
        """Whether changes of the carrier are told; see :meth:`Air.sense`."""
        self.sending_until = float("-inf")
        self.carriers = 0
        self.epoch = 0
        """Counts the times sensing began: what was foreseen for an earlier one is void."""
        self.present: list[Flight] = []
        """Frames at this place that may still overlap one that has not ended."""
        self.own: deque[tuple[float, float]] = deque()
        """When it was sending and deaf for it, in order."""


class Sent(Struct, eq=False):
    """A transmission on the air."""

    sender: Node
    start: float
    end: float


class Flight(Struct, eq=False):
    """A frame at one receiver."""

    start: float
    end: float
    level: float
    done: bool = False


def by_position(sender: Node, receiver: Node) -> Link:
    """Free of obstacles, by distance; nodes without a position hear one another well and at once."""
    if sender.position is None or receiver.position is None:
        return Link()
    distance = hypot(sender.position[0] - receiver.position[0], sender.position[1] - receiver.position[1])
    level = sender.power_dbm - FIRST_KM_DB - SLOPE_DB * log10(max(distance, 0.01))
    return Link(level_dbm=level, delay_s=distance / LIGHT_KM_S)
