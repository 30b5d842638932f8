"""Marks and words of the states."""

from __future__ import annotations

import unicodedata

import pytest
from rich.cells import cell_len

from protocols.catalogue import LANGUAGES, texts
from tui.look import DOMAIN, State, mark, word

OUTSIDE_WGL4 = {"◆"}
WGL4_SYMBOLS = set("■□▪▫▬▲►▼◄◊○●◘◙◦√∞∩≈≠≡≤≥«»×÷·–—?")


def test_every_state_has_a_mark_of_its_own_one_cell_wide() -> None:
    """That fonts of terminals have, and that nobody draws as a picture."""
    marks = [mark(state) for state in State]
    assert len(set(marks)) == len(marks)
    for one in marks:
        assert len(one) == cell_len(one) == 1
        assert unicodedata.east_asian_width(one) in "ANNa"
        assert one in WGL4_SYMBOLS | OUTSIDE_WGL4
        assert one != ">", "the cursor's"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_a_word_of_its_own_that_fits(language: str) -> None:
    """Fifteen cells are enough for the longest."""
    words = [word(state, language) for state in State]
    assert {f"state.{state}" for state in State} <= texts.ids(DOMAIN, language)
    assert len(set(words)) == len(words)
    assert max(map(cell_len, words)) <= 15
