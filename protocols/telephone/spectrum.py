"""What a call sounds like every 5 ms: the strongest tone, the next one, and the power in bands.

A frame is 20 ms under a Hann window; frames follow each other every 5 ms. A frame of which a tone fills half shows it
6 dB lower, so that a tone lasts as long as its frames are above a quarter of its power. Frequencies in Hz, powers as
mean squares (a sine of full scale has 0.5).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from protocols.telephone.audio import FULL_SCALE_DBM0, RATE, Samples

FRAME = 160
HOP = 40
QUIETEST_DBM0 = -45.0
"""Below this nothing is heard; receivers begin at about -42 dBm0."""
_SIZE = 512
_BIN = RATE / _SIZE
_WINDOW = np.hanning(FRAME + 1)[:FRAME].astype(np.float32)
_LOWEST, _HIGHEST = 300, 3400
_APART = 130.0
"""Hz between a tone and another one that a frame can tell from it."""
_AT_ONCE = 4096

Floats = NDArray[np.float32]


class Frames(NamedTuple):
    """One value for each frame."""

    frequency: Floats
    power: Floats
    """Of the strongest tone."""
    second: Floats
    """Power of the strongest tone beside it."""
    total: Floats
    bands: dict[tuple[int, int], Floats]


def analyse(samples: Samples, bands: tuple[tuple[int, int], ...] = ()) -> Frames:
    """Look at a whole call; ``bands`` are ranges of Hz whose power is wanted."""
    parts = [_some(frames, bands) for frames in framed(samples)]
    if not parts:
        none = np.zeros(0, np.float32)
        return Frames(none, none, none, none, dict.fromkeys(bands, none))
    return Frames(
        np.concatenate([part.frequency for part in parts]),
        np.concatenate([part.power for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.total for part in parts]),
        {band: np.concatenate([part.bands[band] for part in parts]) for band in bands},
    )


def framed(samples: Samples) -> list[Samples]:
    """The frames of a call, some thousands at once: views of shape (frames, FRAME)."""
    if len(samples) < FRAME:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    return [windows[at : at + _AT_ONCE] for at in range(0, len(windows), _AT_ONCE)]


def _some(frames: Samples, bands: tuple[tuple[int, int], ...]) -> Frames:
    power = np.abs(np.fft.rfft(frames * _WINDOW, _SIZE, axis=1)) ** 2
    total = power.sum(axis=1) * (2 / (_SIZE * np.sum(_WINDOW**2)))
    heard = {
        band: power[:, int(band[0] / _BIN) : int(band[1] / _BIN) + 1].sum(axis=1) * (2 / (_SIZE * np.sum(_WINDOW**2)))
        for band in bands
    }
    low, high = int(_LOWEST / _BIN), int(_HIGHEST / _BIN)
    voice = power[:, low : high + 1]
    peak = voice.argmax(axis=1)
    rows = np.arange(len(voice))
    tiny = 1e-20
    before = np.log(voice[rows, np.maximum(peak - 1, 0)] + tiny)
    here = np.log(voice[rows, peak] + tiny)
    behind = np.log(voice[rows, np.minimum(peak + 1, high - low)] + tiny)
    bend = before - 2 * here + behind
    shift = np.where(bend < 0, 0.5 * (before - behind) / np.where(bend < 0, bend, -1), 0).clip(-0.5, 0.5)
    scale = 2 / np.sum(_WINDOW) ** 2
    strongest = np.exp(here - 0.25 * (before - behind) * shift) * scale
    away = np.abs(np.arange(high - low + 1) - peak[:, None]) > _APART / _BIN
    second = np.where(away, voice, 0).max(axis=1) * scale
    frequency = (low + peak + shift) * _BIN
    return Frames(
        frequency.astype(np.float32),
        strongest.astype(np.float32),
        second.astype(np.float32),
        total.astype(np.float32),
        {band: values.astype(np.float32) for band, values in heard.items()},
    )


def dbm0(power: float) -> float:
    """A power as a level."""
    return float(10 * np.log10(max(power, 1e-20) * 2) + FULL_SCALE_DBM0)


def power_of(level: float) -> float:
    """A level in dBm0 as a power."""
    return float(10 ** ((level - FULL_SCALE_DBM0) / 10) / 2)


def runs(wanted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches of True: first index, and the one behind the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], wanted, [False])).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def span(powers: Floats, first: int) -> tuple[float, float]:
    """When a tone whose frames from ``first`` on have these powers began and ended, in seconds."""
    loud = np.flatnonzero(powers >= 0.25 * np.median(np.sort(powers)[len(powers) // 2 :]))
    start, last = first + int(loud[0]), first + int(loud[-1])
    middle = FRAME / 2
    return (start * HOP + middle - HOP / 2) / RATE, (last * HOP + middle + HOP / 2) / RATE
