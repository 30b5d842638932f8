"""Recordings: WAV files into samples and back, whatever telephone systems write.

Linear PCM of 8, 16, 24 and 32 bits, floats, A-law and mu-law; any rate from 8000 a second on, which is brought down to
8000; of several channels (the two sides of a call) the sum is heard. The chunks are read here, since ``wave`` of the
standard library knows PCM only. Source: RFC 2361 (format tags), ITU-T G.711.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from protocols.errors import UserError

Samples = NDArray[np.float32]

RATE = 8000
"""Samples a second of everything in this package."""
LONGEST_S = 3600
"""Seconds of the longest call."""
FULL_SCALE_DBM0 = 3.14
"""The level of a sine of full scale (G.711, A-law; mu-law has 3.17)."""
_HIGHEST_RATE = 192_000
_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_HALF_TAPS = 16
"""Zero crossings of the resampling filter on either side."""


class AudioError(UserError, ValueError):
    """A file that is no recording of a call, or one of a kind that is not read. Carries no bytes of it."""


def is_wav(head: bytes) -> bool:
    """Whether a file that begins so (12 bytes) is a WAV file."""
    return head[:4] == b"RIFF" and head[8:12] == b"WAVE"


def read_wav(data: bytes) -> Samples:
    """The samples of a WAV file, one channel. Raises AudioError.

    A file that was cut off, or whose sizes were never filled in, is read as far as it goes.
    """
    if not is_wav(data[:12]):
        raise AudioError("the file is no WAV file: it must begin with RIFF and WAVE.")
    at, layout, sound = 12, b"", None
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt ":
            layout = data[at + 8 : at + 8 + size]
        elif name == b"data":
            sound = data[at + 8 : at + 8 + size]
            break
        at += 8 + size + size % 2
    if len(layout) < 16 or sound is None:
        raise AudioError("the WAV file has no sound in it: its fmt or data chunk is missing.")
    tag, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", layout)
    if tag == _EXTENSIBLE and len(layout) >= 26:
        tag = int.from_bytes(layout[24:26], "little")
    if not RATE <= rate <= _HIGHEST_RATE:
        raise AudioError(
            f"the WAV file has {rate} samples a second; 8000 to {_HIGHEST_RATE} are read. "
            "The tones of a call need 8000 at least: record it anew."
        )
    if not 1 <= channels <= 8 or block != channels * ((bits + 7) // 8):
        raise AudioError(f"the WAV file says {channels} channels of {bits} bits in {block} bytes, which cannot be.")
    if len(sound) > LONGEST_S * rate * block:
        raise AudioError(f"the recording is longer than {LONGEST_S // 60} minutes: cut out the call.")
    samples = _samples(sound[: len(sound) // block * block], tag, bits)
    return resampled(samples.reshape(-1, channels).mean(axis=1, dtype=np.float32), rate)


def _samples(sound: bytes, tag: int, bits: int) -> Samples:
    if tag == _PCM and bits == 8:
        return (np.frombuffer(sound, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    if tag == _PCM and bits == 16:
        return np.frombuffer(sound, "<i2").astype(np.float32) / np.float32(32768)
    if tag == _PCM and bits == 24:
        wide = np.zeros((len(sound) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(sound, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
    if tag == _PCM and bits == 32:
        return np.frombuffer(sound, "<i4").astype(np.float32) / np.float32(2**31)
    if tag == _FLOAT and bits in (32, 64):
        floats = np.frombuffer(sound, f"<f{bits // 8}").astype(np.float32)
        return np.clip(np.nan_to_num(floats), -1, 1)
    if tag == _A_LAW and bits == 8:
        return _A_LAW_TABLE[np.frombuffer(sound, np.uint8)]
    if tag == _MU_LAW and bits == 8:
        return _MU_LAW_TABLE[np.frombuffer(sound, np.uint8)]
    raise AudioError(
        f"the WAV file holds samples of a kind that is not read (format tag {tag}, {bits} bits); "
        "make it 16 bit PCM: sox FILE -e signed -b 16 -r 8000 call.wav"
    )


def _a_law(code: int) -> float:
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 15
    size = (mantissa << 4) + 8 if exponent == 0 else (mantissa << 4) + 0x108 << exponent - 1
    return (size if code & 0x80 else -size) / 32768


def _mu_law(code: int) -> float:
    code = ~code & 0xFF
    size = (((code & 15) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return (-size if code & 0x80 else size) / 32768


_A_LAW_TABLE: Samples = np.array([_a_law(code) for code in range(256)], np.float32)
_MU_LAW_TABLE: Samples = np.array([_mu_law(code) for code in range(256)], np.float32)


def resampled(samples: Samples, rate: int) -> Samples:
    """Samples of another, higher rate at 8000 a second, by a windowed sinc that keeps what is below 3600 Hz."""
    if rate == RATE:
        return samples
    step = rate / RATE
    half = int(np.ceil(_HALF_TAPS * step))
    padded = np.pad(samples, half)
    offsets = np.arange(1 - half, half + 1)
    made = []
    for first in range(0, int(len(samples) / step), 1 << 13):
        places = np.arange(first, min(first + (1 << 13), int(len(samples) / step))) * step
        whole = places.astype(np.int64)
        distance = offsets - (places - whole)[:, None]
        taps = np.sinc(distance * 0.95 / step) * (0.95 / step) * (0.5 + 0.5 * np.cos(np.pi * distance / half))
        made.append(np.sum(padded[whole[:, None] + offsets + half] * taps, axis=1, dtype=np.float32))
    return np.concatenate(made) if made else np.zeros(0, np.float32)


def write_wav(file: BinaryIO, samples: Samples, rate: int = RATE) -> None:
    """Write 16 bit PCM, one channel. What is louder than full scale is cut."""
    sound = pcm(samples)
    size = len(sound)
    layout = struct.pack("<IHHIIHH", 16, _PCM, 1, rate, rate * 2, 2, 16)
    file.write(b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + layout + b"data" + struct.pack("<I", size))
    file.write(sound)


def pcm(samples: Samples) -> bytes:
    """Samples as 16 bit PCM, the lower byte first."""
    return np.clip(np.rint(samples * 32767), -32768, 32767).astype("<i2").tobytes()
