"""Records of the wire view as lines for a person."""

from __future__ import annotations

from typing import Any

import pytest

from ptsn.render import Renderer


def record(**more: Any) -> dict[str, Any]:
    """A verdict as the API gives it."""
    return {
        "at": "2026-11-22T14:43:06.123Z",
        "what": "verdict",
        "peer": "192.0.2.7:41122",
        "verdict": "stored",
        "answer": "ACK",
        "why": "on-disk",
        "token": "SIA-DCS",
        "account": "1234",
        "decrypted": True,
        "findings": [],
        **more,
    }


def test_the_decrypted_bytes_have_a_line_of_their_own() -> None:
    """Behind the verdict, in front of what departs from the standard; what cannot be seen is a mark."""
    findings = [{"id": "dc09.cipher.short-padding", "severity": "note"}]
    _, plain, finding = Renderer().wire(record(plain="#1234|NBA1]\x1b[31m", findings=findings))
    assert plain.endswith("   plain #1234|NBA1]‹1B›[31m")
    assert "dc09.cipher.short-padding" in finding


@pytest.mark.parametrize(
    ("language", "known"), [("en", "stored before"), ("ru", "записана раньше"), ("kk", "бұрын жазылған")]
)
def test_what_was_stored_before_is_called_acknowledged_only_by_the_answer(language: str, known: str) -> None:
    """A tap answers nothing, and of copies that came together one has the answer."""
    show = Renderer(language).wire
    silent, answered = (
        show(record(verdict="duplicate", why="stored-before", answer=token))[0] for token in ("", "ACK")
    )
    assert f": {known}  [" in silent
    assert f"ACK: {known}  [" in answered


def test_a_message_in_the_clear_has_no_such_line() -> None:
    """Its bytes were shown as they came."""
    assert len(Renderer().wire(record(plain="", decrypted=None))) == 1
    assert len(Renderer().wire(record(decrypted=None))) == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "It looks like Sur-Gard: set "), ("ru", "Похоже на Sur-Gard: "), ("kk", "Sur-Gard хаттамасына ұқсайды: ")],
)
def test_bytes_of_another_protocol_come_with_what_to_set(language: str, said: str) -> None:
    """In every language; no value of it is read as markup or moves the terminal."""
    noise = {"what": "noise", "adapter": "line\x1b", "guess": "garbage", "bytes": "5011", "size": 4}
    _, hint = Renderer(language).wire(record(**noise, values={"likely": "surgard", "title": "Sur-Gard"}))
    assert said in hint
    assert "surgard" in hint
    assert "line‹U+001B›" in hint


@pytest.mark.parametrize(
    ("language", "size", "said"),
    [
        ("en", 1, "(1 byte)"),
        ("en", 2, "(2 bytes)"),
        ("ru", 1, "(байт: 1)"),
        ("ru", 2, "(байт: 2)"),
        ("kk", 1, "(байт: 1)"),
    ],
)
def test_bytes_are_counted_as_the_language_counts(language: str, size: int, said: str) -> None:
    """One of them is one."""
    (line,) = Renderer(language).wire(record(what="in", bytes="\x06" * size, size=size))
    assert line.endswith(said)
