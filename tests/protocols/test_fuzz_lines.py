"""The fuzzer's part for protocols of lines in small, and proof that it would see what it looks for."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from protocols import auto
from protocols.explanation import Explanation, Layer
from protocols.lines.receiving import LineReceivingEnd
from protocols.lines.sending import LineSendingEnd
from protocols.model import Arrival, Verdict
from protocols.surgard import WIRE
from protocols.surgard.reading import Reader
from protocols.wire import Likeness
from protocols.wires import WIRES
from tests.fuzz import inputs, line_receiving, lines
from tests.fuzz.case import Case
from tests.fuzz.running import Worker, try_
from tests.protocols.wire_examples import EXAMPLES

SEED = 11
LINE = "5011 181234E13001015\x14"


class Lines(Worker):
    """Inputs of lines alone."""

    def until(self, moment: float, most: int) -> Any:
        self.next, self.step = 0, inputs.LINES
        return super().until(moment, most)


def test_some_hundred_damaged_inputs_of_every_protocol_break_nothing(tmp_path: Path) -> None:
    """``make fuzz`` goes on from here."""
    result = Lines(SEED, 0, 1, tmp_path).until(time.monotonic() + 60, 700)
    assert [(failure.check, failure.detail[:2000]) for failure in result.failures] == []
    assert result.count == 700
    for name in lines.NAMES:
        assert {f"{name} event", f"{name} noise", f"{name} outcome gave-up"} <= set(result.stats), name
        if name != "mx8000":  # which can say little
            assert f"{name} outcome accepted" in result.stats, name
    assert {"sia amendment", "recognised", "explanations of lines"} <= set(result.stats)


def broken(case: Case) -> str:
    """The check that fails, ``""`` when none does."""
    wrong = try_(case, Counter())
    return "" if wrong is None else wrong.check


def case_of(data: str, wire: str = "surgard", **given: Any) -> Case:
    return Case(target="line", wire=wire, data=data, **given)


def test_good_messages_pass() -> None:
    """Or the checks would be worth nothing."""
    for name in lines.NAMES:
        for frame in EXAMPLES[name]:
            data = (frame + frame).decode("latin-1")
            assert broken(case_of(data, name, cuts=(3, 20))) == "", (name, frame)
            assert broken(case_of(data, name, verdict=Verdict.NOT_STORED, serial=True, silent=True)) == "", (
                name,
                frame,
            )


def patched(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    monkeypatch.setattr(owner, name, wrap(getattr(owner, name)))


def test_an_answer_before_the_verdict_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm acknowledged and not stored."""

    def eager(true: Any) -> Any:
        def receive(self: Any, data: bytes, now: Any) -> Any:
            items = true(self, data, now)
            self._out += [b"\x06" for item in items if isinstance(item, Arrival)]
            return items

        return receive

    patched(monkeypatch, LineReceivingEnd, "receive", eager)
    assert broken(case_of(LINE)) == "surgard: answer-before-verdict"


def test_an_answer_to_what_was_not_stored_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "answer", lambda *given: (b"\x06", "ACK"))
    assert broken(case_of(LINE, verdict=Verdict.NOT_STORED)) == "surgard: answered-unstored"


def test_a_mute_end_that_writes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another system answers on that line."""

    def loud(true: Any) -> Any:
        def data_to_send(self: Any) -> bytes:
            said: bytes = true(self)
            return said + b"\x06" if self._options.listen_only else said

        return data_to_send

    patched(monkeypatch, LineReceivingEnd, "data_to_send", loud)
    assert broken(case_of(LINE)) == "surgard: not-mute"


def test_a_message_that_comes_in_pieces_and_is_missed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a scanner that forgets."""
    from protocols.lines.scanning import Scanner

    def forgetful(true: Any) -> Any:
        def feed(self: Any, data: bytes) -> None:
            self._buffer, self._at = b"", 0
            true(self, data)

        return feed

    patched(monkeypatch, Scanner, "feed", forgetful)
    assert broken(case_of(LINE, cuts=(9,))) == "surgard: in-pieces"


def test_an_account_that_is_misread_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm at the wrong school."""

    def misread(true: Any) -> Any:
        def read(self: Any, *given: Any) -> Any:
            found = true(self, *given)
            signals = tuple(replace(signal, account="7777") for signal in found.arrival.signals)
            found.arrival = replace(found.arrival, signals=signals)
            return found

        return read

    patched(monkeypatch, Reader, "read", misread)
    assert broken(case_of(LINE)) == "surgard: account-not-in-the-bytes"


def with_wire(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Another Sur-Gard in the list."""
    changed = {**WIRES, "surgard": replace(WIRE, **changes)}
    monkeypatch.setattr(line_receiving, "WIRES", changed)


def test_parts_that_leave_out_a_byte_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with_wire(monkeypatch, explain=lambda data, **given: Explanation("surgard", (Layer("wire", data, ()),)))
    assert broken(case_of(LINE)) == "surgard: parts-do-not-cover"


def test_a_recognition_that_is_sure_of_anything_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with_wire(monkeypatch, recognise=lambda data, final: Likeness.SURE)
    assert broken(case_of("rubbish")) == "surgard: sure-of-nothing"
    with_wire(monkeypatch, recognise=lambda data, final: Likeness.MORE)
    assert broken(case_of("rubbish")) == "surgard: more-of-nothing"


def test_a_choice_that_answers_before_it_is_sure_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auto.ReceivingEnd, "data_to_send", lambda self: b"\x06")
    assert broken(case_of("rubbish")) == "auto: answer-before-choice"


def test_a_sender_that_is_told_twice_or_never_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what became of its message."""
    case = Case(target="line answers", wire="surgard", data="\x06")
    assert broken(case) == ""
    with monkeypatch.context() as patch:
        patched(patch, LineSendingEnd, "receive", lambda true: lambda *given: [*(found := true(*given)), *found])
        assert broken(case) == "surgard: second-outcome"
    with monkeypatch.context() as patch:
        patch.setattr(LineSendingEnd, "next_timeout", lambda self: None)
        assert broken(replace(case, data="")) == "surgard: never-decided"


def test_checks_are_made_good_after_the_damage() -> None:
    """Or the damage would never get behind them."""
    rng = Random(1)
    for name in ("sia", "mx8000", "d6600"):
        frame = next(frame for frame in EXAMPLES[name] if WIRES[name].recognise(frame, True) is Likeness.SURE)
        for _ in range(50):
            damaged = lines.digits(frame[:-2], rng) + frame[-2:]
            if name == "sia":
                damaged = lines.digits(lines.SIA_BLOCKS[2], rng)
            assert lines.checked(name, lines.checked(name, damaged)) == lines.checked(name, damaged)
