"""The rows of the journal: their order, what is hidden, gaps, the limit."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import catalogue
from tui.look import State
from tui.pages.journal_rows import JournalSource
from tui.state.journal import GAP, JournalRows, is_hidden
from tui.state.model import Entry
from tui.state.names import Names
from tui.state.thin import RAW_SHOWN, thin
from tui.telling import Teller


def entry(number: int, **more: object) -> Entry:
    """A signal, every third of them a test."""
    fields: dict[str, object] = {"kind": "signal", "priority": 4, "category": "test" if number % 3 == 0 else "fire"}
    return msgspec.convert({"id": number, **fields, **more}, Entry)


def entries(first: int, last: int) -> list[Entry]:
    """From one id to another, both included."""
    return [entry(number) for number in range(first, last + 1)]


def ids(rows: JournalRows) -> list[int]:
    """The rows from top to bottom; a gap as its negative id."""
    found = [rows.at(index) for index in range(len(rows))]
    return [-one.id if one.kind == GAP else one.id for one in found]


def test_tests_and_repeats_are_left_out_and_counted_until_they_are_asked_for() -> None:
    """And back."""
    rows = JournalRows()
    rows.add([entry(1), entry(2, repeat=True), entry(3), entry(4)])
    assert (ids(rows), rows.hidden) == ([1, 4], 2)
    rows.show_hidden = True
    assert (ids(rows), rows.hidden) == ([1, 2, 3, 4], 0)
    rows.add([entry(5), entry(6)])
    rows.show_hidden = False
    assert (ids(rows), rows.hidden) == ([1, 4, 5], 3)
    assert rows.index(3) is None
    assert rows.get(3) == entry(3)


def test_nothing_urgent_and_nothing_unread_is_ever_hidden() -> None:
    """A repeat of a panic is a panic; a message that could not be read may have been one."""
    assert is_hidden(entry(1, category="test"))
    assert is_hidden(entry(1, repeat=True))
    assert not is_hidden(entry(1, repeat=True, priority=1))
    assert not is_hidden(entry(1, category="test", priority=2))
    assert not is_hidden(entry(1, kind="unread", repeat=True, priority=0))
    assert not is_hidden(entry(1, kind="station", priority=0))


def test_what_came_before_is_passed_over() -> None:
    """A page and the stream may overlap."""
    rows = JournalRows()
    rows.show_hidden = True
    rows.add(entries(5, 8))
    rows.add(entries(7, 10))
    rows.add_older(entries(1, 6))
    assert ids(rows) == list(range(1, 11))


def test_a_gap_is_a_row_until_it_is_filled() -> None:
    """From either end and from the middle; what comes after it is not held up."""
    rows = JournalRows()
    rows.show_hidden = True
    rows.add(entries(1, 3))
    rows.gap(4, 20)
    rows.add(entries(21, 22))
    assert ids(rows) == [1, 2, 3, -4, 21, 22]
    assert (rows.missing, rows.at(3).count, rows.newest) == (17, 17, 22)
    rows.fill(16, 20, entries(16, 20))
    assert ids(rows) == [1, 2, 3, -4, 16, 17, 18, 19, 20, 21, 22]
    rows.fill(8, 9, entries(8, 9))
    assert ids(rows)[3:8] == [-4, 8, 9, -10, 16]
    rows.fill(4, 7, [])
    rows.fill(10, 15, entries(10, 15))
    assert ids(rows) == [1, 2, 3, *range(8, 23)]
    assert (rows.missing, rows.gaps) == (0, ())
    rows.fill(1, 30, entries(1, 30))
    assert ids(rows) == [1, 2, 3, *range(8, 23)]


def test_a_gap_at_the_end_counts_as_known() -> None:
    """The next connection asks for what comes after it, not for the gap again."""
    rows = JournalRows()
    rows.add(entries(1, 1))
    rows.gap(2, 9)
    assert rows.newest == 9
    rows.gap(5, 12)
    assert rows.gaps == ((2, 9), (10, 12))
    assert rows.newest_entry == entry(1)


def test_beyond_the_limit_the_oldest_go() -> None:
    """And older pages only fill what room there is."""
    rows = JournalRows(limit=10)
    rows.show_hidden = True
    rows.add(entries(101, 105))
    rows.add_older(entries(90, 100))
    assert ids(rows) == list(range(96, 106))
    assert rows.full
    rows.complete = True
    rows.add(entries(106, 108))
    assert ids(rows) == list(range(99, 109))
    assert not rows.complete


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(1, 12)),
            st.tuples(st.just("gap"), st.integers(1, 12)),
            st.tuples(st.just("older"), st.integers(1, 12)),
            st.tuples(st.just("fill"), st.integers(0, 60), st.integers(0, 12)),
            st.tuples(st.just("hidden"), st.booleans()),
        ),
        max_size=40,
    )
)
def test_whatever_comes_the_rows_are_in_order_and_the_counts_are_right(steps: list[tuple[str, int, int]]) -> None:
    """Against a plain model: a dictionary of what is held and a set of what is missing."""
    rows, limit = JournalRows(limit=40), 40
    held, missing, first, last = dict[int, Entry](), set[int](), 200, 199
    for kind, *values in steps:
        if kind == "add":
            new = entries(last + 1, last + values[0])
            rows.add(new)
            held |= {one.id: one for one in new}
            last += values[0]
        elif kind == "gap":
            rows.gap(last + 1, last + values[0])
            missing |= set(range(last + 1, last + values[0] + 1))
            last += values[0]
        elif kind == "older" and held:
            room = limit - rows.held
            new = entries(first - values[0], first - 1)
            rows.add_older(new)
            kept = new[-room:] if room > 0 else []
            held |= {one.id: one for one in kept}
            first -= len(kept)
        elif kind == "fill":
            begin, end = 195 + values[0], 195 + values[0] + values[1]
            touched = next((gap for gap in rows.gaps if gap[0] <= end and begin <= gap[1]), None)
            rows.fill(begin, end, entries(begin, end))
            if touched:
                span = range(max(begin, touched[0]), min(end, touched[1]) + 1)
                missing -= set(span)
                held |= {number: entry(number) for number in span}
        elif kind == "hidden":
            rows.show_hidden = bool(values[0])
        # What the limit cut off is told by what is the oldest now.
        if rows.oldest is not None and rows.held == limit:
            first = rows.oldest
            held = {number: one for number, one in held.items() if number >= first}
            missing = {number for number in missing if number >= first}
        shown = ids(rows)
        assert [abs(number) for number in shown] == sorted({abs(number) for number in shown})
        assert [number for number in shown if number > 0] == [
            number for number in sorted(held) if rows.show_hidden or not is_hidden(held[number])
        ]
        assert rows.hidden == (0 if rows.show_hidden else sum(map(is_hidden, held.values())))
        assert rows.missing == len(missing)
        assert rows.held <= limit
        assert [rows.index(abs(number)) for number in shown] == list(range(len(shown)))


def test_entries_are_thinned_to_what_lines_show() -> None:
    """Equal strings are one, bytes are kept for unread messages only."""
    one, two = (thin(entry(number, account="12" + "34", raw="x" * 1000, findings=["a.b"])) for number in (1, 2))
    assert one.account is two.account
    assert (one.raw, one.findings) == ("", ())
    assert one.details is two.details
    unread = thin(entry(3, kind="unread", raw="y" * 1000, details={"a": ["b"]}))
    assert unread.raw == "y" * RAW_SHOWN
    assert unread.details == {"a": ["b"]}


def test_an_addition_is_hidden_with_its_event_and_thinned_to_what_lines_show() -> None:
    """An urgent one never."""
    assert is_hidden(entry(3, kind="amendment"))
    assert not is_hidden(entry(3, kind="amendment", priority=1))
    held = thin(entry(4, kind="amendment", amends=3, receiver="01", line="2", text="x"))
    assert (held.amends, held.text, held.receiver, held.line) == (3, "x", None, "")


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize(
    ("language", "word", "text"),
    [
        ("en", "addition", 'text added: "KITCHEN"'),
        ("ru", "дополнение", 'добавлен текст: "KITCHEN"'),
        ("kk", "толықтыру", 'мәтін қосылды: "KITCHEN"'),
    ],
)
def test_a_text_that_came_afterwards_has_a_row_that_is_no_event(
    language: str, word: str, text: str, wide: bool
) -> None:
    """It is told with what it adds to, and without its mark of urgency."""
    rows = JournalRows()
    fire = {"scheme": "contact-id", "code": "110", "qualifier": "new", "priority": 1, "text": "KITCHEN"}
    rows.add([entry(5, kind="amendment", amends=4, **fire)])
    source = JournalSource(rows, Teller(language), Names(), language, wide=wide, today="2026-11-22")
    row = source.row(0)
    assert (row.state, row.strong, row.cells[1]) == (State.PLAIN, False, word)
    said = "  ".join(row.cells[4:])
    assert said.startswith(text)
    assert catalogue.name("contact-id", "110", "new", language) in said
    assert said.count("KITCHEN") == 1
