"""Data over a telephone line: both tone plans, both speeds, both sides, at once and in noise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.sia.blocks import Block, build
from protocols.telephone import fsk, tones
from protocols.telephone.audio import Samples
from protocols.telephone.fsk import BELL_ANSWER, BELL_ORIGINATE, V21_ANSWER, V21_ORIGINATE, Data, Plan
from protocols.telephone.spectrum import analyse

VECTORS = [json.loads(line) for line in (Path(__file__).parent / "vectors/sia_blocks.jsonl").read_text().splitlines()]
BLOCKS = b"".join(bytes.fromhex(vector["hex"]) for vector in VECTORS if "function" in vector)
SESSION = bytes.fromhex("44 23 31 32 33 34 9C 45 4E 42 41 30 30 31 C6 40 30 8F")
PLANS = (BELL_ORIGINATE, BELL_ANSWER, V21_ORIGINATE, V21_ANSWER)


def heard(sound: Samples) -> list[Data]:
    sound = tones.joined([tones.silence(0.2), sound, tones.silence(0.2)])
    return fsk.find(sound, analyse(sound, fsk.WANTED), [])


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.name}-{plan.mark}")
@pytest.mark.parametrize("bits", fsk.SPEEDS)
def test_plan_speed_and_side_are_found_out(plan: Plan, bits: int) -> None:
    """By what the tones and the bits fit best."""
    [data] = heard(tones.fsk(SESSION, plan=plan, bits=bits))
    assert (data.data, data.plan, data.speed) == (SESSION, plan, bits)
    assert data.panel is (plan in (BELL_ORIGINATE, V21_ORIGINATE))


def test_every_block_of_the_vectors_comes_through() -> None:
    """In one go, as long as it is."""
    assert len(BLOCKS) > 350
    [data] = heard(tones.fsk(BLOCKS))
    assert data.data == BLOCKS


def test_bytes_have_their_times() -> None:
    """Each ten bits behind the one before it."""
    [data] = heard(tones.fsk(SESSION, lead=30))
    assert data.times[0] == pytest.approx(0.2 + 30 / 300, abs=0.003)
    assert data.times[-1] == pytest.approx(0.2 + (30 + 10 * (len(SESSION) - 1)) / 300, abs=0.003)


@pytest.mark.parametrize("bits", [294.0, 306.0])
def test_clocks_may_differ(bits: float) -> None:
    """By 2 %."""
    [data] = heard(tones.fsk(SESSION, bits=bits))
    assert data.data == SESSION


@pytest.mark.parametrize("level", [-30.0, -11.0, 0.0])
def test_the_other_side_may_sound_at_the_same_time(level: float) -> None:
    """A receiver whose carrier stays on, however loud beside the panel."""
    panel = tones.joined([tones.fsk(SESSION, trail=20), tones.silence(0.1)])
    receiver = tones.tone(2225, len(panel) / 8000, level)
    assert [one.data for one in heard(tones.mixed(panel, receiver)) if one.panel] == [SESSION]


def test_both_sides_may_send_at_once() -> None:
    """Each in its band."""
    panel, receiver = tones.fsk(SESSION), tones.fsk(b"\x40\x38\x87" * 4, plan=BELL_ANSWER)
    said = {one.panel: one.data for one in heard(tones.mixed(panel, receiver))}
    assert SESSION in said[True]
    assert b"\x40\x38\x87" * 4 in said[False]


def test_tones_and_digits_are_no_data() -> None:
    """Handshakes, acknowledgements, kissoffs."""
    for sound in (tones.sia_handshake(), tones.acknowledge(data=True), tones.reject(), tones.kissoff()):
        assert heard(sound) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.builds(Block, st.sampled_from("N#OA"), st.binary(max_size=16)), min_size=1, max_size=4),
    st.sampled_from(PLANS),
    st.integers(12, 40),
    st.floats(-35, 0),
)
def test_any_blocks_come_through(blocks: list[Block], plan: Plan, lead: int, level: float) -> None:
    """Whatever they hold, behind any mark from twelve bits on, at any level."""
    said = b"".join(build(block) for block in blocks)
    [data] = [one for one in heard(tones.fsk(said, plan=plan, lead=lead, level=level)) if one.speed == 300]
    assert said in data.data
    assert data.plan == plan


@pytest.mark.parametrize("seed", range(10))
def test_noise_as_strong_as_a_third_of_the_data_is_borne(seed: int) -> None:
    """5 dB over the whole band."""
    assert SESSION in [
        one.data[one.data.find(SESSION[:4]) :][: len(SESSION)]
        for one in heard(tones.noisy(tones.fsk(SESSION), tones.LEVEL - 5, seed))
    ]
