"""``ptsn decode call.wav``: what was heard and when, the messages digit by digit, in three languages; and its page."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from protocols.telephone import audio, calls
from protocols.telephone.calls import Quirks
from ptsn.commands.decode import command
from tests.cli.test_decode_docs import agrees

PAGE = (Path(__file__).parents[2] / "docs" / "telephone.md").read_text(encoding="utf-8")
MESSAGES = ("1234181131010158", "1234183401010016")
BLOCKS = tuple(bytes.fromhex(one) for one in ("44 23 31 32 33 34 9C", "45 4E 42 41 30 30 31 C6", "40 30 8F"))


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def wav(samples: audio.Samples) -> bytes:
    file = io.BytesIO()
    audio.write_wav(file, samples)
    return file.getvalue()


GOOD = wav(calls.contact_id(MESSAGES))
FAULTY = wav(calls.contact_id(MESSAGES, Quirks(wrong_check=1, lost_kissoffs=1, kissoff_s=0.3)))
SIA = wav(calls.sia(BLOCKS, Quirks(rejects=1)))
BAD_HANDSHAKE = wav(calls.contact_id(MESSAGES, Quirks(handshake_s=0.2)))
SILENCE = wav(audio.resampled(calls.contact_id([])[:4000], 8000))


def decode(data: bytes, *arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(command, [*arguments, "-"], input=data)
    assert result.exit_code == code, result.output
    return result


def test_a_call_is_told_in_the_order_of_time() -> None:
    """Who said what; then each message by its digits."""
    lines = decode(GOOD).stdout.splitlines()
    assert lines[0].startswith("Recording of 7.5 s")
    told = [re.match(r" +0:\d\d\.\d{3} +(#\d)?  (->|<-)  (.*?)[:(]", line) for line in lines[1:6]]
    assert [match and (match[1], match[2], match[3]) for match in told] == [
        (None, "<-", "handshake of Contact ID"),
        ("#1", "->", "16 digits"),
        ("#1", "<-", "kissoff"),
        ("#2", "->", "16 digits"),
        ("#2", "<-", "kissoff"),
    ]
    assert any(line.endswith("Check digit 8: fits") for line in lines)
    assert "    => Perimeter (131)  account 1234  partition 01  zone 015" in lines


def test_what_is_off_is_said_and_counted() -> None:
    """A garbled message, a repetition, a kissoff that is too short."""
    shown = decode(FAULTY, code=1).stdout
    assert "Check digit 9, but the digits give 8" in shown
    assert "said 2 times" in shown
    assert "(said before: 1)" in shown
    assert "telephone.kissoff.short" in shown
    assert shown.splitlines()[-1].startswith("Messages: 2. Damaged, or no message: 1.")


def test_blocks_are_explained_as_on_every_other_wire() -> None:
    """With the account block that came before."""
    shown = decode(SIA).stdout
    assert "not understood, to be sent again" in shown
    assert "Parity byte C6: fits the bytes" in shown
    assert "=> Burglary alarm (BA)  account 1234  zone 001" in shown


def test_strict_counts_what_is_off_about_the_handshake() -> None:
    """It belongs to no message; and without --strict the call is right."""
    assert "not 70 to 130 ms long" in decode(BAD_HANDSHAKE).stdout
    decode(BAD_HANDSHAKE, "--strict", code=1)
    decode(GOOD, "--strict")


@pytest.mark.parametrize("data", [GOOD, FAULTY, SIA])
def test_programs_get_one_object_a_message(data: bytes) -> None:
    """With the digits as the frame, and from when to when."""
    code = 1 if data is FAULTY else 0
    found = [json.loads(line) for line in decode(data, "--json", code=code).stdout.splitlines()]
    assert {one["transport"] for one in found} == {"telephone"}
    assert all(re.match(r"from 0:\d\d\.\d{3} to 0:\d\d\.\d{3}", one["context"]) for one in found)
    if data is GOOD:
        assert [(one["frame"], one["protocol"], one["token"]) for one in found] == [
            (digits, "telephone", "Contact ID") for digits in MESSAGES
        ]
        assert [part["id"] for part in found[0]["explanation"]["layers"][0]["parts"]][-1] == "telephone.check"


@pytest.mark.parametrize(("language", "words"), [("ru", "сигнал подтверждения"), ("kk", "растау сигналы")])
def test_calls_are_told_in_the_other_languages(language: str, words: str) -> None:
    """No English word is left between the times."""
    for data, code in ((GOOD, 0), (FAULTY, 1), (SIA, 0)):
        shown = decode(data, "--lang", language, code=code).stdout
        timeline = shown.split("\n\n")[0]
        left = re.sub(r"Contact ID|SIA|Bell-103|\b[0-9A-F]{2,16}\b", "", timeline)
        assert not re.search("[A-Za-z]{2}", left), left
        if data is GOOD:
            assert words in timeline


def test_brief_is_a_line_or_two_a_message() -> None:
    """Without the timeline."""
    lines = decode(GOOD, "--brief").stdout.splitlines()
    assert len(lines) == 4
    assert lines[0].endswith("Contact ID  account 1234")


def test_silence_is_nothing() -> None:
    """Exit code 1, and it is said."""
    assert "no digits and no data were heard" in decode(SILENCE, code=1).stderr


def test_a_file_may_be_named_or_piped(tmp_path: Path) -> None:
    """Found out by its first bytes, not by its name."""
    file = tmp_path / "anything.bin"
    file.write_bytes(GOOD)
    named = subprocess.run([sys.executable, "-m", "ptsn", "decode", file], capture_output=True, check=True)
    piped = subprocess.run([sys.executable, "-m", "ptsn", "decode"], input=GOOD, capture_output=True, check=True)
    assert named.stdout == piped.stdout
    assert named.stdout.startswith(b"Recording of")


def test_a_file_that_cannot_be_read_is_said_with_its_name(tmp_path: Path) -> None:
    """And why."""
    file = tmp_path / "slow.wav"
    file.write_bytes(GOOD[:24] + (6000).to_bytes(4, "little") + GOOD[28:])
    done = subprocess.run([sys.executable, "-m", "ptsn", "decode", file], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{file}: the WAV file has 6000 samples a second" in done.stderr


def test_without_numpy_it_is_said_how_to_install_it(tmp_path: Path) -> None:
    """And everything else works."""
    (tmp_path / "call.wav").write_bytes(GOOD)
    program = "import sys; sys.modules['numpy'] = None; from ptsn.cli import run; sys.exit(run(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", program, "decode", tmp_path / "call.wav"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'ptsn[telephone]'" in done.stderr
    assert "Traceback" not in done.stderr
    frame = b'\nF9B20027"ADM-CID"0042L0#1234[#1234|1130 01 015]\r'
    other = subprocess.run([sys.executable, "-c", program, "decode"], input=frame, capture_output=True, check=False)
    assert other.returncode == 0


def test_nothing_else_imports_numpy() -> None:
    """It takes long to import, and most installations lack it."""
    program = (
        "import sys; import protocols.findings, ptsn.decoding.run, protocols.telephone.digits,"
        " protocols.telephone.explaining; sys.exit('numpy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_examples_of_the_page_print_what_it_shows(tmp_path: Path) -> None:
    """In a folder with its files, and a terminal of a hundred places."""
    (tmp_path / "call.wav").write_bytes(FAULTY)
    (tmp_path / "sia.wav").write_bytes(SIA)
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    examples = re.findall(r"```console\n\$ (ptsn .*)\n((?:.*\n)*?)```", PAGE)
    assert len(examples) >= 2
    for line, shown in examples:
        done = subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert agrees(shown.splitlines(), done.stdout.splitlines()), done.stdout


def test_the_page_names_every_finding_and_every_program() -> None:
    """And the figures are those that the code has."""
    from protocols.telephone import timing
    from protocols.telephone.findings import FINDINGS

    assert set(re.findall(r"`(telephone\.[a-z0-9.-]+)`", PAGE)) == set(FINDINGS)
    for figure in (*timing.HANDSHAKE_S, timing.DIGIT_S, timing.DIGIT_GAP_S, *timing.KISSOFF_S, timing.ACKNOWLEDGE_S):
        assert f"{figure * 1000:.0f}" in PAGE
    assert f"{timing.KISSOFF_START_S} s" in PAGE
    assert f"{timing.ACKNOWLEDGE_START_S} s" in PAGE
