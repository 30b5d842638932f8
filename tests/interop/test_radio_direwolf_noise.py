"""Our frames as the sound of Dire Wolf, plain and with FX.25, in the same noise: how many come through.

The noise is white, from a seed, and rises over the hundred frames; the same frame has the same noise to bear in either
form. Nothing in it depends on time: the counts are the same on every run.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from protocols import kiss
from protocols.ax25 import Address
from protocols.datagram.payloads import ContactId
from protocols.model import Noise
from protocols.radio.framing import Frame, KissFraming, Where
from tests.protocols.radio_support import options, sealed
from tests.support.direwolf import SILENCE, DireWolf, atest, generated, needs_direwolf
from tests.support.station import until
from tests.test_connect_docs import FOLDER

PAGE = FOLDER / "dire-wolf.md"
COUNT = 100
PEAK = 5000.0
"""Of the clean sound; far from the 32767 that noise may add up to."""
LEAST, MOST = 0.3, 0.9
"""Standard deviation of the noise on the first and on the last frame, as shares of the peak."""
Samples: TypeAlias = np.ndarray[tuple[Any, ...], np.dtype[np.float64]]
SENT = [sealed(ContactId("1", "130", "01", f"{at:03d}", 1767355000), at) for at in range(COUNT)]
"""As many as Dire Wolf lets wait."""
END = b"behind it all there is silence"
"""What a last frame says, in the clear and without noise: all was heard."""


def _framing() -> KissFraming:
    return KissFraming(options(), ours=Address("OBJ1", 1), to=Address("PCN"))


def _said(folder: Path, fx25: int) -> Samples:
    """All frames as one transmission; whole once Dire Wolf's own decoder finds all in it."""
    with DireWolf(folder, f"fx25-{fx25}", fx25=fx25) as wolf, wolf.connect() as modem:
        framing = _framing()
        waits = kiss.settings(tx_delay_s=0.3, persistence=255, slot_s=0.1, tx_tail_s=0.1)
        modem.sendall(waits + b"".join(framing.wrap(datagram, Where()) for datagram in SENT))
        sizes = [0]

        def whole() -> bool:
            size = wolf.sound.stat().st_size
            sizes.append(size)
            return bool(size) and size == sizes[-2] and len(atest(folder, wolf.sound.read_bytes())) == COUNT

        until(whole, "all frames as sound")
        samples = np.frombuffer(wolf.sound.read_bytes(), "<i2").astype(np.float64)
    found: Samples = samples * (PEAK / np.abs(samples).max())
    return found


def _noisy(samples: Samples) -> bytes:
    loud = np.linspace(LEAST, MOST, len(samples)) * PEAK
    noise = np.random.default_rng(20).normal(size=len(samples)) * loud
    return np.clip(samples + noise, -32768, 32767).astype("<i2").tobytes()


def _heard(folder: Path, name: str, samples: bytes) -> set[bytes]:
    """The datagrams of noisy frames that come out of Dire Wolf's KISS port."""
    framing = _framing()
    heard: list[bytes] = []
    with DireWolf(folder, name) as wolf, wolf.connect() as modem:
        until(lambda: "Attached to KISS TCP client" in wolf.text(), "the modem to know its program")
        wolf.hear(samples + SILENCE + generated(folder, b"OBJ1-1>PCN:" + END) + SILENCE)
        while not any(datagram.startswith(END) for datagram in heard):
            data = modem.recv(65536)
            assert data, "the modem is gone"
            items = framing.feed(data, lambda datagram: True)
            assert not [item for item in items if isinstance(item, Noise)], "what a TNC hands over has a good check"
            heard += [item.datagram for item in items if isinstance(item, Frame)]
    came = {datagram for datagram in heard if not datagram.startswith(END)}
    assert came <= set(SENT), "no other frame than ours"
    return came


@needs_direwolf
def test_fx25_brings_at_least_five_more_of_a_hundred_frames_through_the_same_noise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    came = {}
    for fx25 in (0, 16):
        sound = _said(tmp_path, fx25)
        came[fx25] = len(_heard(tmp_path, f"heard-{fx25}", _noisy(sound)))
    with capsys.disabled():
        print(f" [of {COUNT} frames in rising noise: plain {came[0]}, FX.25 {came[16]}] ", end="")
    assert 50 <= came[0] <= 85, "the noise is such that there is something to gain"
    assert came[16] >= came[0] + 5
    (said,) = re.findall(r"100 frames in rising noise (\d+) instead of (\d+)", PAGE.read_text(encoding="utf-8"))
    for claimed, found in zip(said, (came[16], came[0]), strict=True):
        assert abs(int(claimed) - found) <= 3, "other versions and processors may differ by a few"
