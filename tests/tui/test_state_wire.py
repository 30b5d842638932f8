"""The rows of the wire."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.state.model import WireRecord
from tui.state.wire import LOST, WireLog


def record(n: int, what: str = "in", account: str = "", peer: str = "192.0.2.7:1", at: str = "") -> WireRecord:
    """One record."""
    return WireRecord(n=n, what=what, account=account, peer=peer, at=at)


def begun(n: int, peer: str) -> WireRecord:
    """A connection begins."""
    return WireRecord(n=n, what="note", text="connected", peer=peer)


def ns(log: WireLog) -> list[int]:
    """The rows from top to bottom."""
    return [log.at(index).n for index in range(len(log))]


def test_an_account_has_all_of_the_connections_that_brought_it() -> None:
    """Also where peers talk at the same time, and what came before the account was told, and noise, and the end."""
    log = WireLog()
    log.filter("1234")
    log.add([begun(0, "a"), record(1, peer="a"), record(2, peer="b"), record(3, "verdict", "77", "b")])
    assert ns(log) == []
    log.add([record(4, "out", peer="b"), record(5, "verdict", "1234", "a"), record(6, "out", peer="a")])
    log.add([record(7, peer="a"), record(8, "noise", peer="a"), record(9, "note", peer="a")])
    assert ns(log) == [0, 1, 5, 6, 7, 8, 9]
    log.filter()
    assert ns(log) == list(range(10))
    log.filter("1234")
    assert ns(log) == [0, 1, 5, 6, 7, 8, 9]
    log.filter(peer="b")
    assert ns(log) == [2, 3, 4]
    log.filter(("1234", "77"))
    assert ns(log) == list(range(10))


def test_the_next_connection_of_an_address_is_another_ones_until_it_says_so() -> None:
    """Ports come again."""
    log = WireLog()
    log.filter("1234")
    log.add([begun(0, "a"), record(1, "verdict", "1234", "a"), begun(2, "a"), record(3, "verdict", "77", "a")])
    assert ns(log) == [0, 1]


def test_an_account_is_found_by_its_header_its_data_and_a_frame_with_a_wrong_crc() -> None:
    """An installer types what the panel is programmed with, or what the station lists."""
    log = WireLog()
    log.filter("1234")
    log.add(
        [
            WireRecord(n=0, what="verdict", account="9", inside=("1234", "5"), peer="a"),
            WireRecord(n=1, what="noise", guess="dc09.crc-mismatch", values={"account": "1234"}, peer="b"),
            WireRecord(n=2, what="noise", guess="dc09.crc-mismatch", values={"account": "12345"}, peer="c"),
        ]
    )
    assert ns(log) == [0, 1]


def test_rows_stay_in_order_when_bytes_are_chosen_late() -> None:
    """The bytes of a message are chosen with its verdict: others may have been shown meanwhile."""
    log = WireLog()
    log.filter("1234")
    log.add([record(0, peer="a"), record(1, peer="b"), record(2, "verdict", "1234", "b")])
    log.add([record(3, "verdict", "1234", "a")])
    assert ns(log) == [0, 1, 2, 3]
    assert [log.index(n) for n in ns(log)] == [0, 1, 2, 3]


def test_in_a_pause_the_rows_stand_still_and_what_comes_is_counted() -> None:
    """And shown when it ends."""
    log = WireLog()
    log.add([record(0)])
    log.paused = True
    log.add([record(1), record(2)])
    assert (ns(log), log.waiting) == ([0], 2)
    log.paused = False
    assert (ns(log), log.waiting) == ([0, 1, 2], 0)


def test_what_was_lost_is_a_row() -> None:
    """Whether the station said so, or a number is missing."""
    log = WireLog()
    log.add([record(0)])
    log.lost(1, 5)
    log.add([record(6), record(9)])
    assert ns(log) == [0, 1, 6, 7, 9]
    assert [(log.at(one).what, log.at(one).size) for one in (1, 3)] == [(LOST, 5), (LOST, 2)]


def test_records_that_come_again_are_passed_over_and_a_new_start_goes_on_counting() -> None:
    """After a break the newest ones are asked for again; the station counts from 0 with each start."""
    log = WireLog()
    log.add([record(n, at=f"first {n}") for n in range(5)])
    log.add([record(n, at=f"first {n}") for n in range(3, 7)])
    assert ns(log) == list(range(7))
    log.add([record(n, at=f"second {n}") for n in range(3)])
    assert ns(log) == list(range(10))
    assert log.at(7).at == "second 0"
    log.add([record(n, at=f"second {n}") for n in range(4)])
    assert ns(log) == list(range(11))


@given(
    st.lists(st.tuples(st.sampled_from(["in", "verdict", "out"]), st.sampled_from("ab"), st.sampled_from(["1", "2"])))
)
def test_filtering_late_and_filtering_early_is_the_same(made: list[tuple[str, str, str]]) -> None:
    """Record by record, or all at once."""
    early, late = WireLog(), WireLog()
    early.filter(account="1")
    for n, (what, peer, account) in enumerate(made):
        for log in (early, late):
            log.add([record(n, what, account, peer)])
    late.filter(account="1")
    assert ns(early) == ns(late)


def test_it_holds_only_so_many() -> None:
    """The oldest go."""
    log = WireLog(limit=3)
    log.add([record(n) for n in range(10)])
    assert ns(log) == [7, 8, 9]
    assert log.index(6) is None
