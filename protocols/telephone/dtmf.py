"""Digits in a call: each of the 16 pairs of tones, by 20 ms frames every 5 ms (a Goertzel filter bank as a matrix).

A tone may be off by 2.5 %, a pair uneven by 12 dB, and noise as strong as the pair. Digits are named as Contact ID
names them: the key ``*`` is B, ``#`` C, and the keys A, B and C are D, E and F; the key D, which
is none of its digits, is ``?``. Source: contact_id_and_sia.md 1.2.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from protocols.telephone.audio import RATE, Samples
from protocols.telephone.spectrum import FRAME, QUIETEST_DBM0, dbm0, framed, power_of, runs, span

LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477, 1633)
DIGITS = "123D456E789FB0C?"
"""By row and column of the keys."""
KEYS = "123A456B789C*0#D"
"""What stands on the keys, in the same order."""
UNKNOWN = "?"
SHORTEST_S = 0.02
_OFF = (0.985, 1.0, 1.015)
"""Where a tone is looked for around its frequency."""
_SHARE = 0.4
"""Least part of a frame's power that the pair has."""
_MOST_TWIST = 12.0
_CLEAR = 2.0
"""A tone is so many times stronger than any other of its group."""
_BRIDGE = 2
"""Frames that noise may take out of the middle of a digit."""
_FREQUENCIES = np.array([tone * off for tone in LOW + HIGH for off in _OFF])
_BANK = (np.exp(-2j * np.pi * np.outer(np.arange(FRAME), _FREQUENCIES) / RATE) * (2 / FRAME)).astype(np.complex64)


class Digit(Struct, frozen=True):
    """One digit, or the key D."""

    digit: str
    start: float
    end: float
    """Seconds from the beginning of the recording."""
    low: float
    high: float
    """Levels of its two tones in dBm0."""


def find(samples: Samples) -> list[Digit]:
    """The digits of a call in their order."""
    parts = [_pairs(frames) for frames in framed(samples)]
    if not parts:
        return []
    key, low, high = (np.concatenate([part[index] for part in parts]) for index in range(3))
    for first, last in runs(key < 0):
        if last - first <= _BRIDGE and first and last < len(key) and key[first - 1] == key[last]:
            key[first:last] = key[last]
    found = []
    edges = np.flatnonzero(np.diff(key)) + 1
    for first, last in zip(np.concatenate(([0], edges)), np.concatenate((edges, [len(key)])), strict=True):
        if key[first] < 0 or last - first < 2:
            continue
        start, end = span(low[first:last] + high[first:last], int(first))
        if end - start >= SHORTEST_S:
            levels = (dbm0(float(np.percentile(one[first:last], 75))) for one in (low, high))
            found.append(Digit(DIGITS[int(key[first])], start, end, *levels))
    return found


def _pairs(frames: Samples) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each frame the key (-1 for none) and the powers of its two tones."""
    powers = np.abs(frames @ _BANK) ** 2 / 2
    tones = powers.reshape(len(frames), 8, len(_OFF)).max(axis=2)
    total = np.mean(frames * frames, axis=1) + 1e-12
    low, high = tones[:, :4], tones[:, 4:]
    row, column = low.argmax(axis=1), high.argmax(axis=1)
    strong_low, strong_high = low.max(axis=1), high.max(axis=1)
    clear = (np.sort(low, axis=1)[:, 2] * _CLEAR < strong_low) & (np.sort(high, axis=1)[:, 2] * _CLEAR < strong_high)
    twist = 10 ** (_MOST_TWIST / 10)
    heard = (
        clear
        & (strong_low + strong_high >= _SHARE * total)
        & (strong_low < strong_high * twist)
        & (strong_high < strong_low * twist)
        & (strong_low + strong_high >= power_of(QUIETEST_DBM0))
    )
    return np.where(heard, row * 4 + column, -1), strong_low, strong_high
