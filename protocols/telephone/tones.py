"""The tones of both ends of a telephone line: digits, handshakes, kissoffs, acknowledgements, data.

Levels are in dBm0 (a sine of full scale has 3.14), times in seconds. Everything is made at 8000 samples a second unless
another rate is given. Source: contact_id_and_sia.md 1.2, 1.4, 2.1 and 2.2; -11 dBm0 is the level of spandsp.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from protocols.errors import UserError
from protocols.telephone.audio import FULL_SCALE_DBM0, RATE, Samples
from protocols.telephone.dtmf import DIGITS, HIGH, LOW
from protocols.telephone.fsk import BELL_ORIGINATE, Plan

LEVEL = -11.0
DIGIT_S = 0.055
"""How long a digit sounds, and how long it is silent behind it."""
KISSOFF_S = 0.85
ACKNOWLEDGE_S = 0.6
REVERSE_S = 0.18
"""The mark behind an acknowledgement that says: I have data for you."""
SYNC_BITS = 15
"""Mark before the first block; at least 12 bits are asked for."""


class TonesError(UserError, ValueError):
    """What has no tones."""


def amplitude(level: float) -> float:
    """Of a sine of that level, where 1.0 is full scale."""
    return float(10 ** ((level - FULL_SCALE_DBM0) / 20))


def silence(seconds: float, rate: int = RATE) -> Samples:
    """Nothing."""
    return np.zeros(round(seconds * rate), np.float32)


def tone(frequency: float, seconds: float, level: float = LEVEL, rate: int = RATE) -> Samples:
    """A sine."""
    places = np.arange(round(seconds * rate))
    return (amplitude(level) * np.sin(2 * np.pi * frequency * places / rate)).astype(np.float32)


def digits(
    text: str,
    *,
    on: float = DIGIT_S,
    off: float = DIGIT_S,
    level: float = LEVEL,
    twist: float = 0.0,
    shift: float = 0.0,
    rate: int = RATE,
) -> Samples:
    """Digits of Contact ID (0-9 and B-F; ``?`` is the key D), each with its silence behind it.

    ``level`` is that of the lower tone, ``twist`` how many dB the higher one is stronger, ``shift`` by what part of
    themselves both frequencies are off. Raises TonesError for anything else.
    """
    made = []
    for digit in text:
        place = DIGITS.find(digit)
        if place < 0 or not digit:
            raise TonesError(f"{digit!r} has no tone: the digits are 0-9 and B-F.")
        low, high = LOW[place // 4] * (1 + shift), HIGH[place % 4] * (1 + shift)
        made += [tone(low, on, level, rate) + tone(high, on, level + twist, rate), silence(off, rate)]
    return joined(made)


def contact_id_handshake(rate: int = RATE, *, each: float = 0.1, level: float = LEVEL) -> Samples:
    """The receiver waits for Contact ID: 1400 Hz, a pause, 2300 Hz."""
    return joined([tone(1400, each, level, rate), silence(each, rate), tone(2300, each, level, rate)])


def kissoff(seconds: float = KISSOFF_S, level: float = LEVEL, rate: int = RATE) -> Samples:
    """The receiver has stored the message."""
    return tone(1400, seconds, level, rate)


def sia_handshake(seconds: float = 1.0, level: float = LEVEL, rate: int = RATE) -> Samples:
    """The receiver waits for SIA: answer mark."""
    return tone(2225, seconds, level, rate)


def acknowledge(
    seconds: float = ACKNOWLEDGE_S, level: float = LEVEL, rate: int = RATE, *, data: bool = False
) -> Samples:
    """The receiver has stored the block: answer space; with ``data`` and a mark behind it, it has something to say."""
    made = [tone(2025, seconds, level, rate)]
    if data:
        made.append(tone(2225, REVERSE_S, level, rate))
    return joined(made)


def reject(seconds: float = ACKNOWLEDGE_S, level: float = LEVEL, rate: int = RATE) -> Samples:
    """The receiver did not understand the block: answer mark."""
    return tone(2225, seconds, level, rate)


def fsk(
    data: bytes,
    *,
    plan: Plan = BELL_ORIGINATE,
    bits: float = 300.0,
    lead: int = SYNC_BITS,
    trail: int = 3,
    level: float = LEVEL,
    rate: int = RATE,
) -> Samples:
    """Bytes as data: mark for ``lead`` bits, then of each byte a start bit, eight bits, the lowest first, a stop bit.

    The phase is continuous, as a modem's is. ``bits`` a second.
    """
    line = [1] * lead
    for byte in data:
        line += [0, *(byte >> place & 1 for place in range(8)), 1]
    line += [1] * trail
    count = round(len(line) / bits * rate)
    which = np.minimum((np.arange(count) * (bits / rate)).astype(np.int64), len(line) - 1)
    frequency = np.where(np.array(line)[which] == 1, float(plan.mark), float(plan.space))
    phase = 2 * np.pi * np.cumsum(frequency) / rate
    return (amplitude(level) * np.sin(phase)).astype(np.float32)


def joined(parts: Iterable[Samples]) -> Samples:
    """One after another."""
    made = list(parts)
    return np.concatenate(made) if made else np.zeros(0, np.float32)


def mixed(*sides: Samples) -> Samples:
    """At the same time; as long as the longest."""
    made = np.zeros(max((len(side) for side in sides), default=0), np.float32)
    for side in sides:
        made[: len(side)] += side
    return made


def noisy(samples: Samples, level: float, seed: int) -> Samples:
    """With white noise of a level in dBm0 over the whole band of 4000 Hz."""
    power = amplitude(level) ** 2 / 2
    noise = np.random.default_rng(seed).normal(0.0, power**0.5, len(samples))
    return (samples + noise).astype(np.float32)
