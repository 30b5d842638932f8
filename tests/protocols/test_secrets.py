"""Keys on the wire are hidden however a panel writes the field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.secrets import masked, masked_bytes, masked_piece, places

KEY = "0BADC0DE0BADC0DE0BADC0DE0BADC0DE"


@pytest.mark.parametrize("opening", ["[K", "[k", "[K ", "[ K", "[K\t", "[k 0x", "[K:", "[ k "])
@pytest.mark.parametrize("key", [KEY, KEY.lower(), f"{KEY[:16]} {KEY[16:]}", "sixteen letters!"])
@pytest.mark.parametrize("end", ["]_10:00\r", "", "\r\n"])
def test_a_key_is_hidden_however_it_is_written(opening: str, key: str, end: str) -> None:
    """Small letter, blanks, characters that are no digits, a field that is not closed; the length stays."""
    text = f"[#1234|1130 01 015]{opening}{key}{end}"
    shown = masked(text)
    assert len(shown) == len(text)
    assert key not in shown
    assert KEY[16:] not in shown.upper()
    assert shown.startswith("[#1234|1130 01 015][")
    assert shown.endswith(end)
    assert masked_bytes(text.encode()) == shown.encode()


def test_other_fields_are_shown() -> None:
    """Only keys are secret."""
    text = '"ADM-CID"0001L0#1234[#1234|1130 01 015][LKitchen][M0BADC0DE0BAD]_10:00:00,01-01-2026\r'
    assert masked(text) == text
    assert places(text) == ()


def test_a_piece_may_begin_inside_a_key() -> None:
    """Digits up to the end of the field, or of the piece; fewer than asked for are shown."""
    assert masked_piece("C0DE]_10:00") == "****]_10:00"
    assert masked_piece("KC0 DE]") == "K*****]"
    assert masked_piece("C0DE") == "****"
    assert masked_piece("C0DE", least=8) == "C0DE"
    assert masked_piece("GET /") == "GET /"


@given(st.text(st.sampled_from("[]Kk 0aF|\r\t"), max_size=60))
def test_hiding_changes_nothing_else(text: str) -> None:
    """The same length, the same characters outside; twice is once."""
    shown = masked(text)
    assert masked(shown) == shown
    hidden = {place for start, end in places(text) for place in range(start, end)}
    assert [each for place, each in enumerate(shown) if place not in hidden] == [
        each for place, each in enumerate(text) if place not in hidden
    ]
    assert all(shown[place] == "*" for place in hidden)
    assert len(masked_piece(text)) == len(text)
