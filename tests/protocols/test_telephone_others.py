"""The same sound in other programs: multimon-ng reads our digits, minimodem our data, and we read minimodem's.

Each test is left out where its program is not installed; CI installs both.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.telephone import minimodem, multimon
from protocols.telephone import audio, calls, dtmf, fsk, tones
from protocols.telephone.audio import read_wav
from protocols.telephone.calls import Quirks
from protocols.telephone.fsk import BELL_ANSWER, BELL_ORIGINATE, V21_ANSWER, V21_ORIGINATE, Plan
from protocols.telephone.spectrum import analyse

HERE = Path(__file__).parent / "vectors"
MESSAGES = [
    vector for vector in map(json.loads, (HERE / "contact_id.jsonl").read_text().splitlines()) if "keys" in vector
]
BLOCKS = b"".join(
    bytes.fromhex(vector["hex"])
    for vector in map(json.loads, (HERE / "sia_blocks.jsonl").read_text().splitlines())
    if "function" in vector
)
PLANS = (BELL_ORIGINATE, BELL_ANSWER, V21_ORIGINATE, V21_ANSWER)

with_multimon = pytest.mark.skipif(shutil.which("multimon-ng") is None, reason="multimon-ng is not installed")
with_minimodem = pytest.mark.skipif(shutil.which("minimodem") is None, reason="minimodem is not installed")
each_plan = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.name}-{plan.mark}")
each_speed = pytest.mark.parametrize("bits", fsk.SPEEDS)


def modem(plan: Plan, bits: int) -> list[str]:
    return [str(bits), "-8", "-q", "-M", str(plan.mark), "-S", str(plan.space)]


@with_multimon
def test_multimon_reads_the_digits_of_every_message() -> None:
    """As the keys that the vectors name, all sixteen of them at that."""
    sound = tones.joined([tones.digits(vector["digits"]) for vector in MESSAGES])
    assert multimon(tones.joined([tones.silence(0.2), sound, tones.silence(0.3)])) == "".join(
        vector["keys"] for vector in MESSAGES
    )
    everything = tones.joined([tones.silence(0.2), tones.digits(dtmf.DIGITS), tones.silence(0.3)])
    assert multimon(everything) == dtmf.KEYS


@with_multimon
@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(lost_kissoffs=2),
        Quirks(wrong_check=1),
        Quirks(noise_level=-21.0),
        Quirks(twist=3.0, shift=0.005),
    ],
    ids=["good", "repeated", "wrong check digit", "noise", "uneven"],
)
def test_multimon_and_we_hear_the_same_in_a_call(quirks: Quirks) -> None:
    """Every digit of it, in the same order."""
    call = calls.contact_id(["1234181131010158", "123498113101015F"], quirks)
    ours = "".join(dtmf.KEYS[dtmf.DIGITS.index(one.digit)] for one in dtmf.find(call))
    assert len(ours) >= 32
    assert multimon(call) == ours


@with_minimodem
@each_plan
@each_speed
def test_minimodem_reads_our_data(plan: Plan, bits: int, tmp_path: Path) -> None:
    """Both tone plans, both sides, both speeds."""
    data = BLOCKS[:60]
    with (tmp_path / "ours.wav").open("wb") as file:
        audio.write_wav(file, tones.joined([tones.fsk(data, plan=plan, bits=bits, trail=30), tones.silence(0.2)]))
    done = subprocess.run(
        ["minimodem", "--rx", *modem(plan, bits), "-f", file.name], capture_output=True, check=True, timeout=30
    )
    assert done.stdout == data


@with_minimodem
@each_plan
@each_speed
@pytest.mark.parametrize("rate", [8000, 44100])
def test_we_read_the_data_of_minimodem(plan: Plan, bits: int, rate: int, tmp_path: Path) -> None:
    """At the rate of telephones, and at that of its own."""
    file = tmp_path / "theirs.wav"
    subprocess.run(
        ["minimodem", "--tx", *modem(plan, bits), "-R", str(rate), "-f", file],
        input=BLOCKS[:60],
        check=True,
        timeout=30,
    )
    sound = read_wav(file.read_bytes())
    [data] = fsk.find(sound, analyse(sound, fsk.WANTED), [])
    assert (data.data, data.plan, data.speed) == (BLOCKS[:60], plan, bits)


@with_minimodem
def test_minimodem_reads_a_whole_session(tmp_path: Path) -> None:
    """All blocks of the vectors in one go, as the measurement has it."""
    sent = tones.joined([tones.silence(0.3), tones.fsk(BLOCKS, trail=30), tones.silence(0.3)])
    assert minimodem(sent, tmp_path) == BLOCKS
