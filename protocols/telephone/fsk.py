"""Data in a call: two tones, 300 or 110 bit/s, into bytes.

Where the power of a band is that of data, each tone is correlated over one bit, and the stronger one is the bit. A byte
begins where mark goes over into space; its bits are read from there in their middles, and its stop bit must be mark.
Bell 103 or V.21, and 300 or 110 bit/s, is what fits the sound best. Source: contact_id_and_sia.md 2.1.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from protocols.lines.scanning import Found, Scanner
from protocols.sia.blocks import BlockGrammar
from protocols.telephone.audio import RATE, Samples
from protocols.telephone.spectrum import HOP, QUIETEST_DBM0, Frames, power_of, runs


class Plan(Struct, frozen=True):
    """A pair of tones."""

    name: str
    mark: int
    space: int


BELL_ORIGINATE = Plan("bell-103", 1270, 1070)
BELL_ANSWER = Plan("bell-103", 2225, 2025)
V21_ORIGINATE = Plan("v.21", 980, 1180)
V21_ANSWER = Plan("v.21", 1650, 1850)
SPEEDS = (300, 110)


class Band(Struct, frozen=True):
    """Where one side speaks."""

    panel: bool
    plans: tuple[Plan, ...]
    band: tuple[int, int]
    """Where its data are, in Hz."""
    beside: tuple[int, int]
    """What of the sound they are compared with: the other side may speak at the same time."""


BANDS = (
    Band(True, (BELL_ORIGINATE, V21_ORIGINATE), (860, 1390), (300, 1550)),
    Band(False, (BELL_ANSWER, V21_ANSWER), (1530, 2345), (1550, 3400)),
)
WANTED = tuple(range_ for band in BANDS for range_ in (band.band, band.beside))
"""The powers that :func:`find` needs of ``spectrum.analyse``."""

_SHARE = 0.65
"""Least part of the power that data have of the sound beside them; of white noise it is 0.42."""
_SPILT = 5e-3
"""Of all that sounds: what is 23 dB below may be what the other side's data spill over."""
_SMOOTH = 11
"""Frames over which that is looked at."""
_SHORTEST_S = 0.08
_BRIDGE_S = 0.03
_TAPS = 101
_SILENT = 0.003
"""Of the strongest sound of a stretch: what is 25 dB below is silence."""
LEAST_BYTES, _LEAST_QUALITY, _FILLED = 4, 0.4, 0.5
"""What is in no block must be so many bytes, so clear, and fill so much of its time: a tone in noise does not."""
_BITS = 10
"""Of a byte, with its start and stop bit."""


class Data(Struct, frozen=True):
    """Bytes without a pause between them."""

    panel: bool
    plan: Plan
    speed: int
    """Bits a second."""
    data: bytes
    times: tuple[float, ...]
    """When each byte began, in seconds."""
    start: float
    end: float
    """Of the tones, the mark before the bytes included."""
    quality: float
    """From 0 to 1: what part of the sound they are, less for each missing stop bit."""


def find(samples: Samples, frames: Frames, mute: list[tuple[float, float]]) -> list[Data]:
    """The data of both sides in the order of their beginning. In ``mute`` (stretches in s) something else sounds."""
    found = []
    for band in BANDS:
        power, beside = (_smooth(frames.bands[range_]) for range_ in (band.band, band.beside))
        heard = np.maximum(power_of(QUIETEST_DBM0), _SPILT * _smooth(frames.total))
        open_ = (power >= _SHARE * beside) & (power >= heard)
        for start, end in mute:
            open_[max(0, int(start * RATE / HOP) - 3) : int(end * RATE / HOP) + 1] = False
        bridge = int(_BRIDGE_S * RATE / HOP)
        for first, last in runs(~open_):
            if last - first <= bridge and first and last < len(open_):
                open_[first:last] = True
        for first, last in runs(open_):
            if (last - first) * HOP >= _SHORTEST_S * RATE:
                found += _stretch(samples, first * HOP, last * HOP + 3 * HOP, band)
    return sorted(found, key=lambda one: one.start)


def _smooth(powers: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.convolve(powers, np.full(_SMOOTH, 1 / _SMOOTH, np.float32), "same") if len(powers) >= _SMOOTH else powers


def _stretch(samples: Samples, first: int, last: int, band: Band) -> list[Data]:
    """The data of a stretch in which a band sounds, if there are any."""
    margin = RATE // 50
    begin = max(0, first - margin)
    sound = samples[begin : last + margin]
    best: tuple[tuple[int, float], Data] | None = None
    for plan in band.plans:
        filtered = _filtered(sound, plan)
        for speed in SPEEDS:
            soft, strength = _soft(filtered, plan, speed)
            data, times, broken = _bytes(soft, RATE / speed)
            # What is in blocks decides; else how much of the sound the two tones are, and how few stop bits lack.
            score = (_in_blocks(data), strength * len(data) / (len(data) + 3 * broken + 1e-9))
            filled = len(data) * _BITS / speed >= _FILLED * (last - first) / RATE
            if not score[0] and (len(data) < max(LEAST_BYTES, broken) or score[1] < _LEAST_QUALITY or not filled):
                continue
            when = tuple((begin + at) / RATE for at in times)
            one = Data(band.panel, plan, speed, data, when, first / RATE, last / RATE, score[1])
            if best is None or score > best[0]:
                best = (score, one)
    return [] if best is None else [best[1]]


def _in_blocks(data: bytes) -> int:
    """How many of the bytes are in whole blocks."""
    scanner = Scanner(BlockGrammar())
    scanner.feed(data)
    count = 0
    while (found := scanner.next(final=True)) is not None:
        count += len(found.raw) if isinstance(found, Found) else 0
    return count


def _filtered(sound: Samples, plan: Plan) -> Samples:
    """The sound around the two tones, so that what the other side says does not reach them."""
    middle, width = (plan.mark + plan.space) / 2, abs(plan.mark - plan.space) / 2 + 200
    at = np.arange(_TAPS) - _TAPS // 2
    taps = 2 * width / RATE * 2 * np.sinc(2 * width / RATE * at) * np.cos(2 * np.pi * middle / RATE * at)
    return np.convolve(sound, taps * np.hamming(_TAPS), "same").astype(np.float32)


def _soft(sound: Samples, plan: Plan, speed: int) -> tuple[NDArray[np.float64], float]:
    """From 1 for mark to -1 for space around each sample, and what part of the sound the two tones are."""
    size = round(RATE / speed)
    at = np.arange(len(sound))
    powers = []
    for frequency in (plan.mark, plan.space):
        turned = np.concatenate(([0], np.cumsum(sound * np.exp(-2j * np.pi * frequency / RATE * at))))
        whole = np.abs(turned[size:] - turned[:-size]) ** 2 * (2 / size**2)
        powers.append(np.pad(whole, (size // 2, size - 1 - size // 2)))
    mark, space = powers
    total = float(np.mean(sound.astype(np.float64) ** 2)) + 1e-20
    both = mark + space
    # Where there is nothing, in front of the tones and behind them, the line rests: that is mark.
    soft = np.where(both > _SILENT * both.max(), (mark - space) / (both + 1e-20), 1.0)
    return soft, float(np.mean(np.maximum(mark, space))) / total


def _bytes(soft: NDArray[np.float64], bit: float) -> tuple[bytes, list[int], int]:
    """Bytes, the samples where they begin, and how many beginnings were none."""
    falls = np.flatnonzero((soft[:-1] > 0) & (soft[1:] <= 0))
    edges = falls + soft[falls] / (soft[falls] - soft[falls + 1])
    data, times = bytearray(), []
    broken = 0
    after = 0.0
    places = np.arange(_BITS) * bit + bit / 2
    for edge in edges:
        if edge < after or edge + places[-1] + 1 >= len(soft):
            continue
        bits = soft[np.rint(edge + places).astype(np.int64)] > 0
        if bits[0]:
            continue
        if not bits[-1]:
            broken += 1
            continue
        data.append(int(np.packbits(bits[1:9], bitorder="little")[0]))
        times.append(int(edge))
        after = edge + (_BITS - 0.6) * bit
    return bytes(data), times, broken
