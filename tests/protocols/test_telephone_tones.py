"""Digits and tones: what is played is heard, within the tolerances of the line, and nothing is heard in noise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protocols.telephone import dtmf, fsk, single, tones
from protocols.telephone.audio import Samples
from protocols.telephone.spectrum import analyse
from protocols.telephone.tones import TonesError

VECTORS = [json.loads(line) for line in (Path(__file__).parent / "vectors/contact_id.jsonl").read_text().splitlines()]
GOOD = [vector for vector in VECTORS if "keys" in vector]
ALL = "1234567890BCDEF?"


def between(sound: Samples) -> Samples:
    return tones.joined([tones.silence(0.1), sound, tones.silence(0.1)])


def heard(sound: Samples) -> str:
    return "".join(one.digit for one in dtmf.find(between(sound)))


def found(sound: Samples) -> list[single.Tone]:
    return single.find(analyse(between(sound)))


def test_each_digit_is_its_key() -> None:
    """As the table of the standard has them; 0 is the key 0, and B is the star."""
    pairs = [pair for vector in GOOD for pair in zip(vector["digits"], vector["keys"], strict=True)]
    keys = dict(pairs)
    assert len(keys) == 15
    assert keys == {digit: dtmf.KEYS[dtmf.DIGITS.index(digit)] for digit in keys}
    assert set(ALL) == set(dtmf.DIGITS)


def test_every_message_of_the_vectors_is_heard() -> None:
    """Digit by digit, those with a wrong check digit among them."""
    assert len(GOOD) >= 30
    for vector in GOOD:
        assert heard(tones.digits(vector["digits"])) == vector["digits"]


def test_equal_digits_behind_each_other_are_parted_by_their_pause() -> None:
    """At ten digits a second, and where a digit sounds for a whole second."""
    assert heard(tones.digits("00001111", on=0.05, off=0.05)) == "00001111"
    assert heard(tones.digits("0011", on=1.0, off=0.04)) == "0011"


@pytest.mark.parametrize("seconds", [0.03, 0.04, 0.05, 0.06, 0.2])
def test_lengths_are_measured(seconds: float) -> None:
    """Within 10 ms, as are the times."""
    digits = dtmf.find(between(tones.digits("159", on=seconds, off=0.07)))
    assert [one.digit for one in digits] == ["1", "5", "9"]
    for number, one in enumerate(digits):
        assert one.end - one.start == pytest.approx(seconds, abs=0.0101)
        assert one.start == pytest.approx(0.1 + number * (seconds + 0.07), abs=0.0101)


@pytest.mark.parametrize("shift", [-0.025, -0.015, 0.015, 0.025])
@pytest.mark.parametrize("twist", [-9.0, 0.0, 9.0])
@pytest.mark.parametrize("level", [-40.0, -11.0, -3.0])
def test_digits_may_be_off_uneven_and_faint(shift: float, twist: float, level: float) -> None:
    """All sixteen, at the ends of what is borne."""
    assert heard(tones.digits(ALL, shift=shift, twist=twist, level=level)) == ALL


def test_what_is_too_faint_too_short_or_a_single_tone_is_no_digit() -> None:
    """Nor are data, handshakes and kissoffs."""
    assert heard(tones.digits("123", level=-50)) == ""
    assert heard(tones.digits("123", on=0.012)) == ""
    assert heard(tones.tone(697, 0.5)) == ""
    assert heard(tones.contact_id_handshake()) == ""
    assert heard(tones.kissoff()) == ""
    assert heard(tones.fsk(bytes(range(256)))) == ""


def test_levels_are_those_that_were_played() -> None:
    """Of each tone, in dBm0."""
    [one] = dtmf.find(between(tones.digits("5", level=-14, twist=4)))
    assert (one.low, one.high) == (pytest.approx(-14, abs=0.5), pytest.approx(-10, abs=0.5))
    [tone] = found(tones.tone(2025, 0.6, -20))
    assert tone.level == pytest.approx(-20, abs=0.3)


@pytest.mark.parametrize("frequency", single.NOMINAL)
@pytest.mark.parametrize("off", [-0.012, 0.0, 0.012])
def test_a_tone_is_heard_with_its_frequency_and_length(frequency: int, off: float) -> None:
    """To 2 Hz and 10 ms."""
    [tone] = found(tones.tone(frequency * (1 + off), 0.3))
    assert tone.nominal == frequency
    assert tone.frequency == pytest.approx(frequency * (1 + off), abs=2)
    assert tone.length == pytest.approx(0.3, abs=0.0101)
    assert tone.off == pytest.approx(abs(off), abs=0.002)


def test_a_pair_is_no_single_tone() -> None:
    """However uneven."""
    assert [tone for tone in found(tones.digits(ALL, twist=6)) if tone.nominal] == []


def test_the_handshake_is_two_tones_with_a_pause() -> None:
    """100 ms each."""
    first, second = found(tones.contact_id_handshake())
    assert (first.nominal, second.nominal) == (1400, 2300)
    for length in (first.length, second.start - first.end, second.length):
        assert length == pytest.approx(0.1, abs=0.0101)


def test_noise_says_nothing() -> None:
    """Ten minutes of it: no digit, no tone, no data."""
    for seed in range(10):
        noise = tones.noisy(tones.silence(60), -25, seed)
        frames = analyse(noise, fsk.WANTED)
        assert dtmf.find(noise) == []
        assert single.find(frames) == []
        assert fsk.find(noise, frames, []) == []


def test_what_has_no_tone_is_refused() -> None:
    """A is no digit of Contact ID."""
    for text in ("12A4", "1 2", "x"):
        with pytest.raises(TonesError, match="has no tone"):
            tones.digits(text)
