"""Wrong bits: at random, and in bursts (Gilbert and Elliott)."""

from __future__ import annotations

from math import log, log1p
from random import Random

from msgspec import Struct

from panels.radio.nodes import Burst, Link


class _Fading(Struct, eq=False):
    """Where the burst state of a link is."""

    bad: bool
    until: float


class Noise:
    """Of one air; each link has weather of its own."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._fading: dict[tuple[str, str], _Fading] = {}

    def damage(self, sender: str, receiver: str, link: Link, data: bytes, start: float, end: float) -> bytes:
        """The frame with its wrong bits; the time on the air is spread evenly over its bytes."""
        bits = len(data) * 8
        wrong: list[int] = []
        if link.burst is None:
            wrong = self._errors(0, bits, link.ber)
        else:
            per_s = bits / (end - start)
            for since, until, ber in self._weather((sender, receiver), link, start, end):
                wrong += self._errors(round((since - start) * per_s), round((until - start) * per_s), ber)
        if not wrong:
            return data
        changed = bytearray(data)
        for bit in wrong:
            changed[bit >> 3] ^= 1 << (bit & 7)
        return bytes(changed)

    def _errors(self, first: int, end: int, ber: float) -> list[int]:
        """Places of wrong bits, by the gaps between them."""
        found: list[int] = []
        if ber <= 0:
            return found
        at = first - 1
        while True:
            at += 1 + (int(log(1 - self._random.random()) / log1p(-ber)) if ber < 1 else 0)
            if at >= end:
                return found
            found.append(at)

    def _weather(self, key: tuple[str, str], link: Link, start: float, end: float) -> list[tuple[float, float, float]]:
        """(since, until, bit error rate) of the stretches of a frame's time."""
        burst = link.burst
        assert burst is not None
        state = self._fading.get(key)
        if state is None:
            bad = self._random.random() < burst.bad_s / (burst.good_s + burst.bad_s)
            state = self._fading[key] = _Fading(bad, start + self._spell(burst, bad))
        at = start
        parts = []
        while True:
            until = min(end, state.until)
            if until > at:
                ber = max(link.ber, burst.bad_ber if state.bad else burst.good_ber)
                parts.append((at, until, ber))
                at = until
            if state.until > end:
                return parts
            state.bad = not state.bad
            state.until += self._spell(burst, state.bad)

    def _spell(self, burst: Burst, bad: bool) -> float:
        return self._random.expovariate(1 / (burst.bad_s if bad else burst.good_s))
