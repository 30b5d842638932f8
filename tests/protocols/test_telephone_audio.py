"""Recordings are read in every form that telephone systems write, and anything else is refused with words."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.telephone import audio, call, tones
from protocols.telephone.audio import AudioError, Samples, read_wav, resampled, write_wav

MESSAGE = "1234181131010158"


def wav(
    sound: bytes, *, tag: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, before: bytes = b""
) -> bytes:
    block = channels * bits // 8
    layout = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    chunks = (
        b"fmt " + struct.pack("<I", len(layout)) + layout + before + b"data" + struct.pack("<I", len(sound)) + sound
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def spoken(rate: int = 8000) -> Samples:
    return tones.joined([tones.silence(0.2, rate), tones.digits(MESSAGE, rate=rate), tones.silence(0.2, rate)])


def heard(samples: Samples) -> list[bytes]:
    return [message.item.raw for message in call.decode(samples).messages]


def law(samples: Samples, table: Samples) -> bytes:
    """The nearest code of each sample."""
    return np.abs(table[None, :] - samples[:, None]).argmin(axis=1).astype(np.uint8).tobytes()


def forms() -> dict[str, bytes]:
    sound = spoken()
    wide = np.rint(sound * 8388607).astype("<i4")
    return {
        "16 bit": wav(audio.pcm(sound)),
        "8 bit": wav(np.rint(sound * 127 + 128).astype(np.uint8).tobytes(), bits=8),
        "24 bit": wav(wide.view(np.uint8).reshape(-1, 4)[:, :3].tobytes(), bits=24),
        "32 bit": wav((wide << 8).tobytes(), bits=32),
        "float": wav(sound.astype("<f4").tobytes(), tag=3, bits=32),
        "A-law": wav(law(sound, audio._A_LAW_TABLE), tag=6, bits=8),
        "mu-law": wav(law(sound, audio._MU_LAW_TABLE), tag=7, bits=8),
        "two channels": wav(audio.pcm(np.repeat(sound, 2) * np.tile(np.float32([1, 0]), len(sound))), channels=2),
        "odd chunk before": wav(audio.pcm(sound), before=b"LIST\x03\0\0\0abc\0"),
        "cut off": wav(audio.pcm(sound))[:-101],
        "44100": wav(audio.pcm(spoken(44100)), rate=44100),
        "11025": wav(audio.pcm(spoken(11025)), rate=11025),
    }


@pytest.mark.parametrize("name", forms())
def test_a_call_is_heard_in_every_form(name: str) -> None:
    """Sample formats, rates, channels, further chunks, and a file that was cut off."""
    assert heard(read_wav(forms()[name])) == [MESSAGE.encode()]


def test_the_laws_are_those_of_g711() -> None:
    """Least and largest sizes, and zero, as the tables of G.711 have them (13 and 14 bits)."""
    a_law, mu_law = audio._A_LAW_TABLE * 32768, audio._MU_LAW_TABLE * 32768
    assert (a_law[0xD5], a_law[0x55], a_law[0xAA], a_law[0x2A]) == (8, -8, 32256, -32256)
    assert (mu_law[0xFF], mu_law[0x7F], mu_law[0x80], mu_law[0x00]) == (0, 0, 32124, -32124)


def test_extensible_files_name_their_form_further_on() -> None:
    """What Windows writes for more than 16 bits or two channels."""
    layout = struct.pack("<HHIIHH", 0xFFFE, 1, 8000, 16000, 2, 16) + struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    sound = audio.pcm(spoken())
    chunks = b"fmt " + struct.pack("<I", len(layout)) + layout + b"data" + struct.pack("<I", len(sound)) + sound
    assert heard(read_wav(b"RIFF\0\0\0\0WAVE" + chunks)) == [MESSAGE.encode()]


def test_what_is_written_is_read_back() -> None:
    """To the last bit but the rounding."""
    file = io.BytesIO()
    write_wav(file, spoken())
    assert np.allclose(read_wav(file.getvalue()), spoken(), atol=1e-4)


def test_other_rates_keep_tones_where_they_are() -> None:
    """A tone of 2300 Hz keeps its frequency and level; one that 8000 samples a second cannot hold is gone."""
    for rate in (8001, 11025, 16000, 22050, 44100, 48000, 96000):
        kept = resampled(tones.tone(2300, 0.5, rate=rate), rate)[400:-400]
        spectrum = np.abs(np.fft.rfft(kept * np.hanning(len(kept))))
        assert abs(spectrum.argmax() * 8000 / len(kept) - 2300) < 4
        assert 20 * np.log10(np.abs(kept).max() / tones.amplitude(tones.LEVEL)) == pytest.approx(0, abs=0.3)
        if rate > 12000:
            assert np.abs(resampled(tones.tone(5500, 0.5, rate=rate), rate)[400:-400]).max() < 0.01


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no WAV file"),
        (b"RIFF\0\0\0\0AVI LIST", "no WAV file"),
        (b"RIFF\0\0\0\0WAVE", "no sound"),
        (wav(b"", rate=6000), "6000 samples a second"),
        (wav(bytes(8), rate=400_000), "400000 samples a second"),
        (wav(bytes(8), tag=2, bits=16), "format tag 2"),
        (wav(bytes(8), bits=20), "cannot be"),
        (wav(bytes(8), channels=0), "cannot be"),
        (wav(bytes(8000 * 2 * 3601)), "longer than 60 minutes"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_reason(data: bytes, words: str) -> None:
    """An error for a person."""
    with pytest.raises(AudioError, match=words):
        read_wav(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(layout: bytes, sound: bytes) -> None:
    """Nothing else is ever raised, and what is read can be listened to."""
    data = b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", len(layout)) + layout + b"data\xff\xff\xff\xff" + sound
    try:
        samples = read_wav(data)
    except AudioError:
        return
    call.decode(samples)
