"""``python -m bench.telephone``: how much noise a call bears, here and in the public decoders.

White noise over the whole band of 4000 Hz is mixed with messages of the usual level (-11 dBm0), by seeds. A message
counts where it was read exactly; ``wrong`` are rounds in which something else was taken for a message. multimon-ng and
minimodem hear the same sound where they are installed; that they check nothing is no fault of theirs, so that a message
of theirs counts where its digits or bytes are among what they print.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from bench.table import Table
from protocols.model import Arrival
from protocols.telephone import audio, call, tones
from protocols.telephone.audio import RATE, Samples
from protocols.telephone.dtmf import KEYS
from protocols.telephone.fsk import BELL_ORIGINATE

SNR_DB = (20, 10, 5, 3, 0, -3, -6)
DIGITS = "1234181131010158"
BLOCK = bytes.fromhex("45 4E 42 41 30 30 31 C6")
BLOCKS = bytes.fromhex("44 23 31 32 33 34 9C") + BLOCK
MULTIMON_RATE = 22050


def upsampled(samples: Samples, rate: int) -> Samples:
    """The same sound at a higher rate, nothing added above 4000 Hz."""
    size = round(len(samples) * rate / RATE)
    return (np.fft.irfft(np.fft.rfft(samples), size) * (size / len(samples))).astype(np.float32)


def multimon(samples: Samples) -> str:
    """The keys that multimon-ng hears."""
    sound = audio.pcm(upsampled(samples, MULTIMON_RATE) * 0.5)
    command = ["multimon-ng", "-q", "-c", "-a", "DTMF", "-t", "raw", "-"]
    heard = subprocess.run(command, input=sound, capture_output=True, check=True).stdout.decode("ascii")
    return "".join(line.removeprefix("DTMF: ") for line in heard.splitlines())


def minimodem(samples: Samples, folder: Path) -> bytes:
    """The bytes that minimodem hears."""
    with (folder / "heard.wav").open("wb") as file:
        audio.write_wav(file, samples * 0.5)
    plan = BELL_ORIGINATE
    command = ["minimodem", "--rx", "300", "-8", "-q", "-M", str(plan.mark), "-S", str(plan.space)]
    return subprocess.run([*command, "-f", file.name], capture_output=True, check=True).stdout


def _ours(sound: Samples, right: bytes, event: bytes) -> tuple[bool, bool]:
    """Whether the message was read, and whether something else was; ``event`` is what it says without its account."""
    read = [message.item for message in call.decode(sound).messages if isinstance(message.item, Arrival)]
    return any(item.raw == right for item in read), any(not item.raw.endswith(event) for item in read)


@click.command()
@click.option("--rounds", default=50, show_default=True, help="Messages for each line of the table.")
def main(rounds: int) -> None:
    """Print the tables.

    Example: python -m bench.telephone --rounds 20
    """
    there = {name: shutil.which(name) is not None for name in ("multimon-ng", "minimodem")}
    table = Table(
        f"Messages read of {rounds}, by signal-to-noise ratio",
        "SNR dB", "Contact ID", "wrong", "multimon-ng", "SIA", "wrong", "minimodem",
    )  # fmt: skip
    keys = DIGITS  # decimal digits are the keys themselves
    assert set(keys) <= set(KEYS)
    lead = tones.silence(0.3)
    spoken = tones.joined([lead, tones.digits(DIGITS), lead])
    sent = tones.joined([lead, tones.fsk(BLOCKS, trail=10), lead])
    took = heard = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for snr in SNR_DB:
            counts = dict.fromkeys(("digits", "digits-wrong", "multimon", "blocks", "blocks-wrong", "minimodem"), 0)
            for seed in range(rounds):
                noisy = tones.noisy(spoken, tones.LEVEL + 3 - snr, seed)  # a pair of tones has twice the power
                data = tones.noisy(sent, tones.LEVEL - snr, seed)
                began = time.perf_counter()
                read, wrong = _ours(noisy, DIGITS.encode("ascii"), DIGITS.encode("ascii"))
                counts["digits"] += read
                counts["digits-wrong"] += wrong
                read, wrong = _ours(data, BLOCKS, BLOCK)
                took += time.perf_counter() - began
                heard += (len(noisy) + len(data)) / RATE
                counts["blocks"] += read
                counts["blocks-wrong"] += wrong
                if there["multimon-ng"]:
                    counts["multimon"] += keys in multimon(noisy)
                if there["minimodem"]:
                    counts["minimodem"] += BLOCKS in minimodem(data, Path(folder))
            multimon_said = str(counts["multimon"]) if there["multimon-ng"] else "-"
            minimodem_said = str(counts["minimodem"]) if there["minimodem"] else "-"
            table.row(
                str(snr), str(counts["digits"]), str(counts["digits-wrong"]), multimon_said,
                str(counts["blocks"]), str(counts["blocks-wrong"]), minimodem_said,
            )  # fmt: skip
    table.note("An event whose account block was lost is read without an account, and is not counted.")
    table.note(f"One process heard {heard / took:,.0f} s of calls in a second.")
    sys.stdout.write(table.text())


if __name__ == "__main__":
    main()
