"""Single tones in a call: handshakes, kissoffs and acknowledgements, and any other that lasts.

A tone's frequency is measured, so that one that is 3 % off is heard and said to be off. Source: contact_id_and_sia.md
1.4 and 2.2.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from protocols.telephone.spectrum import QUIETEST_DBM0, Frames, dbm0, power_of, runs, span

NOMINAL = (1400, 2300, 2225, 2025, 1650, 1850)
"""Tones that mean something: handshake and kissoff, answer mark and space of Bell 103 and of V.21."""
TOLERANCE = 0.05
SHORTEST_S = 0.05
_SHARE = 0.3
_CLEAR = 4.0
"""A tone is so many times stronger than the next one: a DTMF pair is none, nor is data."""
_JUMP_HZ = 45.0
_BRIDGE = 6
"""Frames that noise may take out of the middle of a tone."""


class Tone(Struct, frozen=True):
    """One tone."""

    nominal: int
    """What it is meant to be, in Hz; 0 where that is not known."""
    frequency: float
    start: float
    end: float
    level: float
    """In dBm0."""

    @property
    def length(self) -> float:
        """In seconds."""
        return self.end - self.start

    @property
    def off(self) -> float:
        """How far it is from what it is meant to be, as a part of that."""
        return abs(self.frequency / self.nominal - 1) if self.nominal else 0.0


def find(frames: Frames) -> list[Tone]:
    """The tones of a call in their order."""
    power, frequency = frames.power, frames.frequency
    heard = (power >= _SHARE * frames.total) & (power > _CLEAR * frames.second) & (power >= power_of(QUIETEST_DBM0))
    for first, last in runs(~heard):
        near = first and last < len(heard) and abs(frequency[last] - frequency[first - 1]) < _JUMP_HZ
        if near and last - first <= _BRIDGE:
            heard[first:last] = True
            frequency[first:last] = frequency[last]
    found = []
    for first, last in runs(heard):
        cuts = np.flatnonzero(np.abs(np.diff(frequency[first:last])) > _JUMP_HZ) + 1
        for begin, end in zip([0, *cuts], [*cuts, last - first], strict=True):
            begin, end = first + int(begin), first + int(end)
            if end - begin < 3:
                continue
            start, stop = span(power[begin:end], begin)
            if stop - start >= SHORTEST_S:
                middle = float(np.median(frequency[begin:end]))
                found.append(Tone(_nominal(middle), middle, start, stop, dbm0(float(np.median(power[begin:end])))))
    return found


def _nominal(frequency: float) -> int:
    nearest = min(NOMINAL, key=lambda one: abs(frequency - one))
    return nearest if abs(frequency / nearest - 1) <= TOLERANCE else 0
