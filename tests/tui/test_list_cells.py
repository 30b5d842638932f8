"""Texts in cells, and columns in a width: exact for anything that comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.widgets.cells import fit, visible
from tui.widgets.columns import GAP, Column, lay_out

COLUMNS = st.lists(
    st.builds(
        Column,
        id=st.just("x"),
        title=st.text(max_size=5),
        width=st.integers(0, 30),
        grow=st.integers(1, 4),
        drop=st.integers(0, 3),
        least=st.integers(1, 12),
    ),
    max_size=9,
)
TRICKY = st.text(st.sampled_from("aЖқ漢\u0301\u0300\ufe0f\u200d\u202e\x1b\n\t\u3164❤🇰🇿👍🏽\u1160 "), max_size=60)


@given(st.one_of(st.text(), TRICKY), st.integers(0, 40), st.booleans())
def test_a_cell_has_its_width_and_nothing_unseen(text: str, width: int, right: bool) -> None:
    """Whatever a panel sends."""
    shown = fit(text, width, right=right)
    assert cell_len(shown) == width
    assert shown.isprintable()
    assert not set(shown) & set("\ufe0f\u200d\u202e\u3164\u1160")


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("школа", 8, "школа   "),
        ("школа №12", 6, "школа…"),
        ("漢字漢", 6, "漢字漢"),
        ("漢字漢", 5, "漢字…"),
        ("漢字漢", 4, "漢 …"),
        ("a\u202eb", 12, "a‹U+202E›b  "),
        ("й", 1, "й"),
        ("x" * 1_000_000, 3, "xx…"),
    ],
)
def test_cutting(text: str, width: int, shown: str) -> None:
    """By cells, with the ellipsis inside the width."""
    assert fit(text, width) == shown


def test_what_is_too_long_to_be_looked_at_whole_is_cut_visibly() -> None:
    """Letters of many characters each."""
    assert fit("e\u0302\u0301\u035e" * 10, 10).endswith("…")


def test_marks_that_climb_over_the_lines_above_are_shown_as_marks() -> None:
    """Two on a letter are writing, twenty are not."""
    assert visible("q\u0301\u0323") == "q\u0323\u0301"
    assert visible("q" + "\u0301" * 20).count("\u0301") == 2


@given(COLUMNS, st.integers(0, 300))
def test_columns_never_exceed_the_width_and_fill_it_where_one_can_grow(columns: list[Column], width: int) -> None:
    """In their order; one that may not vanish does so only where nothing else is left."""
    shown = lay_out(columns, width)
    total = sum(cells for _, cells in shown) + GAP * max(0, len(shown) - 1)
    assert total <= width
    assert [at for at, _ in shown] == sorted(at for at, _ in shown)
    assert all(cells > 0 for _, cells in shown)
    if any(not columns[at].width for at, _ in shown):
        assert total == width
    kept = {at for at, _ in shown}
    lost = [at for at in range(len(columns)) if at not in kept]
    if any(not columns[at].drop for at in lost):
        assert not any(columns[at].drop for at in kept)


def test_the_column_with_the_highest_drop_goes_first() -> None:
    """Then the next; what has none stays."""
    columns = (
        Column("a", "", 10, drop=2),
        Column("b", "", 10),
        Column("c", "", 10, drop=1),
        Column("d", "", 0, least=8),
    )
    for width, ids in ((41, "abcd"), (40, "bcd"), (29, "bd"), (19, "bd"), (12, "bd"), (9, "b")):
        assert "".join(columns[at].id for at, _ in lay_out(columns, width)) == ids, width
