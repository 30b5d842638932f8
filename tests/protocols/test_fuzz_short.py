"""The fuzzer in small: some thousand inputs, always the same, and proof that it would see what it looks for."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import get_args

import pytest

from protocols.dc09 import framing, reading, receiving
from protocols.dc09.quirks import Quirks
from protocols.explanation import Layer, Part
from protocols.model import Arrival, Verdict
from tests.fuzz import explaining, fields, inputs, mutations, panels, reference
from tests.fuzz.case import Case, PanelSpec, Wrong, read, write
from tests.fuzz.running import Worker, replay, run, try_
from tests.fuzz.shrinking import shrink
from tests.protocols.dc09_support import VECTORS, crc16

SEED = 9
ROOT = Path(__file__).parents[2]


def test_some_thousand_damaged_inputs_break_nothing(tmp_path: Path) -> None:
    """The part of the fuzzer that runs with every test; ``make fuzz`` goes on from here."""
    result = Worker(SEED, 0, 1, tmp_path).until(time.monotonic() + 60, 1200)
    assert [(failure.check, failure.detail[:2000]) for failure in result.failures] == []
    assert result.count == 1200
    reached = {"event", "event keyed", "link-test", "link-test keyed", "opaque failed", "unsupported", "malformed"}
    assert reached | {"answer", "outcome accepted", "outcome refused", "explanations"} <= set(result.stats)


def test_an_input_depends_on_seed_and_number_alone() -> None:
    """So that it can be made again."""
    assert [inputs.make(SEED, number) for number in range(50)] == [inputs.make(SEED, number) for number in range(50)]
    assert inputs.make(SEED, 1) != inputs.make(SEED + 1, 1)


def test_every_switch_of_a_panel_is_turned() -> None:
    """With every value that a choice has."""
    assert set(panels._CHOICES) == set(Quirks.__struct_fields__)
    for name, values in panels._CHOICES.items():
        kind = Quirks.__annotations__[name]
        choices = set(re.findall(r'"([^"]*)"', str(kind))) if "Literal" in str(kind) else set(get_args(kind))
        default = getattr(Quirks(), name)
        assert choices - {default} <= set(values), name


def test_the_second_reading_of_the_frame_is_right() -> None:
    """It finds every captured frame, by a CRC of its own."""
    for vector in VECTORS.values():
        assert reference.crc(vector.frame) == crc16(vector.frame)
        found = reference.frames(vector.frame)
        assert bool(found) == vector.ok.startswith("ok"), vector.id
        assert all(b"\r" not in frame.body for frame in found)


def case_of(vector: str, **given: object) -> Case:
    """A captured frame as an input."""
    chosen = VECTORS[vector]
    keys = () if chosen.key is None else (chosen.key.hex(),)
    data = chosen.frame.decode("latin-1")
    return Case(target="receiving", data=data, keys=keys, origins=(data,), **given)  # type: ignore[arg-type]


def broken(case: Case) -> str:
    """The check that fails, ``""`` when none does."""
    wrong = try_(case, Counter())
    return "" if wrong is None else wrong.check


def test_good_frames_pass() -> None:
    """Or the checks would be worth nothing."""
    for vector in VECTORS:
        for verdict in Verdict:
            assert broken(case_of(vector, verdict=verdict, cuts=(3, 30))) == "", (vector, verdict)


def test_a_frame_with_a_wrong_crc_that_is_taken_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a framer that does not look."""
    bad = case_of("S01")
    data = bad.data.replace("NFA129", "NFA128")
    monkeypatch.setattr(framing, "crc", lambda body: 0xCE11)
    assert broken(Case(target="receiving", data=data)) == "frame-that-does-not-fit"


def test_a_frame_that_is_missed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a framer that forgets what follows rubbish."""
    monkeypatch.setattr(framing.Framer, "_next_head", lambda self, at, final: len(self._buffer))
    data = "rubbish" + case_of("S01").data
    assert broken(Case(target="receiving", data=data)) == "frame-missed"


def test_an_exception_is_seen_by_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is."""

    def fail(*_: object) -> Arrival:
        raise ZeroDivisionError

    monkeypatch.setattr(receiving, "read", fail)
    assert broken(case_of("S01")) == "ZeroDivisionError in test_fuzz_short.py:fail"


def test_an_account_that_is_misread_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm at the wrong school."""
    from msgspec.structs import replace

    true = reading.read

    def misread(*given: object) -> Arrival:
        found = true(*given)  # type: ignore[arg-type]
        return replace(found, account=found.account[:-1])

    monkeypatch.setattr(receiving, "read", misread)
    assert broken(case_of("S01")) == "header-misread"
    assert broken(case_of("F45")) == "account-not-in-header"


def test_a_wrong_answer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An echo that lost something, and an answer to what is none of ours."""
    true = receiving.ReceivingEnd._answer
    monkeypatch.setattr(receiving.ReceivingEnd, "_answer", lambda *given: true(*given).replace(b"L", b"l", 1))
    assert broken(case_of("S01")) == "answer-form"  # its CRC is wrong
    monkeypatch.setattr(receiving.ReceivingEnd, "_answer", lambda *given: b"")
    assert broken(case_of("S01")) == "no-answer"


def test_a_decryption_that_is_made_up_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read must be in the cipher."""
    from protocols.dc09 import cipher

    true = cipher.decrypt
    monkeypatch.setattr(cipher, "decrypt", lambda key, secret: true(key, secret).replace(b"BA0", b"FA0"))
    secret = next(name for name, vector in VECTORS.items() if vector.plain and b"BA0" in vector.plain)
    assert broken(case_of(secret)) == "plain-not-decrypted"


def test_parts_that_leave_out_a_byte_are_seen() -> None:
    """Every byte is said to be something."""
    assert not explaining.covers(Layer("wire", b"abc", (Part("x", 0, 1), Part("y", 2, 3))))
    assert not explaining.covers(Layer("wire", b"abc", (Part("x", 0, 2),)))
    assert explaining.covers(Layer("wire", b"abc", (Part("x", 0, 3),)))


def test_an_acknowledgement_of_another_message_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A panel that takes any answer loses alarms."""
    from protocols.dc09.sending import SendingEnd

    spec = PanelSpec(account="1234")
    wrong = reference.build(b'"ACK"0077L0#1234[]').decode("latin-1")
    case = Case(target="sending", data=wrong, panel=spec, signal=panels.signal(Random(1), "1234"))
    assert broken(case) == ""
    monkeypatch.setattr(SendingEnd, "_meant_by", lambda self, arrival: self._flight.earliest())
    assert broken(case) == "outcome-of-another-number"


def test_a_failing_input_is_made_small_and_runs_again_from_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file names the command; without the fault the same input passes."""
    with monkeypatch.context() as patch:
        patch.setattr(framing, "crc", lambda body: 0xCE11)
        data = "noise" * 50 + case_of("S01").data.replace("NFA129", "NFA128") + case_of("C15").data
        case = Case(target="receiving", data=data, cuts=(7, 9, 40))
        failure = Worker(SEED, 0, 1, tmp_path).keep(case, Wrong("frame-that-does-not-fit"), 5)
        path = Path(failure.path)
        assert failure.size < 80 < len(data)
        assert f"python -m tests.fuzz --replay {path}" in path.read_text()
        wrong = replay(path)
        assert wrong is not None
        assert wrong.check == "frame-that-does-not-fit"
    assert replay(path) is None


def test_a_file_keeps_an_input_whole(tmp_path: Path) -> None:
    """Every kind of it."""
    for number in range(60):
        case = inputs.make(SEED, number)
        write(tmp_path / "case.json", case, Wrong("x"), {})
        assert read(tmp_path / "case.json") == case


def test_shrinking_finds_the_bytes_that_matter() -> None:
    """And stops at its budget."""
    case = Case(target="receiving", data="x" * 300 + "A" + "y" * 300 + "B" + "z" * 300, cuts=(1, 2))
    small = shrink(case, lambda smaller: "A" in smaller.data and "B" in smaller.data)
    assert small.data == "AB"
    trials = 0

    def count(_: Case) -> bool:
        nonlocal trials
        trials += 1
        return False

    assert shrink(case, count, budget=20) == case
    assert trials <= 20


def test_every_mutation_changes_something() -> None:
    """Of the bytes, or of the fields of a frame, some time."""
    rng = Random(1)
    frames = [each for vector in VECTORS.values() for each in (vector.frame, vector.frame[9:-1])]
    for mutation in {*mutations.OF_BYTES, *fields.OF_FIELDS}:
        assert any(mutation(frame, rng) != frame for frame in frames for _ in range(3)), mutation.__name__


def test_processes_make_the_same_inputs_as_one(tmp_path: Path) -> None:
    """Each its share."""
    one = run(SEED, 60, 300, 1, tmp_path, lambda result, passed: None)
    two = run(SEED, 60, 300, 2, tmp_path, lambda result, passed: None)
    assert (one.count, one.stats) == (two.count, two.stats)
    assert one.failures == two.failures == []


def test_the_command_tells_what_it_did_and_ends_at_ctrl_c(tmp_path: Path) -> None:
    """Progress on standard error, the sum on standard output, no traceback."""
    command = [sys.executable, "-m", "tests.fuzz", "--seed", str(SEED), "--into", str(tmp_path)]
    done = subprocess.run([*command, "--inputs", "50"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0][:9]) == (0, "50 inputs")
    assert "slowest: input" in done.stdout
    assert f"seed {SEED}" in done.stderr
    process = subprocess.Popen([*command, "--for", "60s"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    while b"inputs" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert b"Traceback" not in err
    assert b"interrupted" in err
    assert b"slowest: input" in out
