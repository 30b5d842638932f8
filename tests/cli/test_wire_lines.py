"""Records of the wire view as lines for a person."""

from __future__ import annotations

from typing import Any

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


def test_a_message_in_the_clear_has_no_such_line() -> None:
    """Its bytes were shown as they came."""
    assert len(Renderer().wire(record(plain="", decrypted=None))) == 1
    assert len(Renderer().wire(record(decrypted=None))) == 1
