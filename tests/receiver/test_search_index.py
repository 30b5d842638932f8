"""The index beside the journal: it follows, it survives, it is never in the way."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from receiver.journal.store import JournalStore
from receiver.search import SearchError, schema
from receiver.search.follower import HANDED_MAX
from receiver.search.store import PAGE
from tests.receiver.api_station import until
from tests.receiver.search_support import Kept, body


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with Kept(tmp_path) as kept:
        yield kept


def test_the_index_follows_the_journal(kept: Kept) -> None:
    """What is committed is found, once the cursor is past it; the file is its owner's alone."""
    last = kept.add(body(text="first"))
    kept.known(last)
    assert kept.ids("first") == [last]
    assert stat.S_IMODE(kept.search.path.stat().st_mode) == 0o600
    newer = kept.add(body(text="second"), body(text="second"))
    kept.known(newer)
    assert kept.ids("second") == [newer, newer - 1]
    assert kept.find().upto == newer


def test_what_was_committed_while_no_index_ran_is_caught_up(tmp_path: Path) -> None:
    """Several pages and more than a transaction, with nothing handed over."""
    store_first = Kept(tmp_path)
    last = store_first.add(*[body(text=f"n{number}") for number in range(PAGE * 9 + 5)])
    with store_first as kept:
        kept.known(last)
        assert kept.ids("n0") == [1]
        assert kept.ids(f"n{last - 1}") == [last]
        assert len(kept.ids(limit=1000)) == 1000


def test_entries_handed_over_and_entries_read_are_indexed_alike(kept: Kept) -> None:
    """The same tokens either way: a rebuild changes no answer."""
    last = kept.add(
        body(text="Кабинет 5"),
        body("401", qualifier="restore", category="open_close", subject="user", number="003", user="Оператор"),
        body(kind="station", scheme="", code="path.lost", account_key="", account="", note="note"),  # type: ignore[arg-type]
        body("FA", scheme="sia", account="77", account_key="L5#77"),
        body("1A9", unknown=True, account_key="?L0#99", account="99", repeat=True),
        body(category="test"),
    )
    kept.known(last)
    questions = [
        "кабинет",
        "5",
        "поставлен",
        "оператор",
        "lost",
        "note",
        "fire",
        "l5",
        "77",
        "99",
        "1a9",
        "неизвестная",
    ]

    def answers() -> list[tuple[list[int], list[int]]]:
        return [(kept.ids(each), kept.ids(each, hidden=True)) for each in questions]

    before = answers()
    assert all(hidden for _, hidden in before)
    kept.stop()
    schema.throw_away(kept.search.path)
    kept.restart()
    kept.known(last)
    assert answers() == before


def test_the_cursor_goes_on_after_a_restart(kept: Kept) -> None:
    """Nothing twice, nothing left out."""
    kept.known(kept.add(body(text="before")))
    kept.stop()
    last = kept.add(body(text="between"))
    kept.again()
    kept.search.follower.start()
    kept.known(last)
    assert (kept.ids("before"), kept.ids("between")) == ([1], [2])


@pytest.mark.parametrize("damage", ["garbage", "truncated", "page", "table", "version", "removed", "replaced"])
def test_a_broken_index_is_thrown_away_and_made_anew(kept: Kept, damage: str) -> None:
    """While the station runs or before it starts; all of the journal is found again."""
    kept.known(kept.add(*[body(text=f"word{number}") for number in range(600)]))
    path = kept.search.path
    if damage not in ("removed", "replaced"):
        kept.stop()
    if damage == "garbage":
        path.write_bytes(b"not a database at all" * 500)
    elif damage == "truncated":
        os.truncate(path, path.stat().st_size // 2)
    elif damage == "page":
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(path.stat().st_size - 4096))
    elif damage == "table":
        with sqlite3.connect(path) as db:
            db.execute("DROP TABLE words")
    elif damage == "version":
        with sqlite3.connect(path) as db:
            db.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    elif damage == "removed":
        schema.throw_away(path)
    else:
        schema.throw_away(path)
        path.write_bytes(b"")
    if damage not in ("removed", "replaced"):
        kept.restart()
    last = kept.add(body(text="afterwards"))
    until(lambda: _found(kept, "afterwards") == [last], "the index to be made anew")
    assert kept.ids("word599") == [600]


def _found(kept: Kept, text: str, **more: int) -> list[int]:
    try:
        return kept.ids(text, **more)
    except SearchError:
        return []


def test_damage_that_a_question_meets_is_repaired(kept: Kept) -> None:
    """Its asker is told, and the next one has an answer."""
    kept.known(kept.add(body(text="word")))
    with sqlite3.connect(kept.search.path) as db:
        db.execute("DROP TABLE blocks")
    with pytest.raises(SearchError, match="made anew"):
        kept.ids("word", from_us=1)
    until(lambda: _found(kept, "word", from_us=1) == [1], "the index to be made anew")


def test_another_journal_in_its_place_is_indexed_from_its_beginning(tmp_path: Path) -> None:
    """The genesis tells the two apart, though the ids are the same."""
    with Kept(tmp_path) as kept:
        kept.known(kept.add(body(text="old"), body(text="old")))
    for path in tmp_path.glob("journal.db*"):
        path.unlink()
    with Kept(tmp_path) as kept:
        last = kept.add(body(text="new"), body(text="newer"))
        until(lambda: _found(kept, "newer") == [last], "the new journal's entries")
        assert kept.ids("old") == []


def test_an_earlier_copy_of_the_journal_that_went_on_otherwise_is_noticed(tmp_path: Path) -> None:
    """Same genesis, other entries: the digest at the cursor tells."""
    first = JournalStore(tmp_path / "journal.db")
    first.close()
    copy = (tmp_path / "journal.db").read_bytes()
    with Kept(tmp_path) as kept:
        kept.known(kept.add(body(text="gone")))
    for path in tmp_path.glob("journal.db*"):
        path.unlink()
    (tmp_path / "journal.db").write_bytes(copy)
    later = Kept(tmp_path)
    last = later.add(body(text="another"))
    later.again()
    with later as kept:
        until(lambda: _found(kept, "another") == [last], "the index of what the journal holds now")
        assert kept.ids("gone") == []


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """The index waits, says why, and goes on when the file is out of its way."""
    other = tmp_path / "journal.search.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE treasure (x)")
    with Kept(tmp_path) as kept:
        last = kept.add(body(text="word"))
        until(lambda: "something else" in kept.search.follower.trouble, "the trouble to be told")
        with sqlite3.connect(other) as db:
            assert db.execute("SELECT count(*) FROM treasure").fetchone() == (0,)
        db.close()
        other.rename(tmp_path / "treasure.db")
        kept.known(last)
        assert kept.ids("word") == [last]
        until(lambda: kept.search.follower.trouble == "", "the trouble to be over")


def test_two_journals_of_one_folder_have_an_index_each(tmp_path: Path) -> None:
    """However they are called; the usual one is called as ever."""
    names = ("journal.db", "journal", "journal.sqlite", "journal.2026")
    indexes = [schema.index_path(tmp_path / name).name for name in names]
    assert indexes[0] == "journal.search.db"
    assert len({*indexes, *names}) == 2 * len(names)


def test_an_index_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    """Nobody is told to ask again in a moment for ever."""
    schema.index_path(tmp_path / "journal.db").mkdir()
    with Kept(tmp_path) as kept:
        until(lambda: kept.search.follower.trouble, "the trouble to be told")
        with pytest.raises(SearchError, match=r"cannot be made: .*directory"):
            kept.ids("word")


def test_the_last_of_the_disk_is_left_to_the_journal(tmp_path: Path) -> None:
    """With less free than the reserve nothing is indexed, and asking says so by the cursor."""
    with Kept(tmp_path, reserve=1 << 62) as kept:
        kept.add(body(text="word"))
        until(lambda: "of the disk are free" in kept.search.follower.trouble, "the trouble to be told")
        assert kept.find("word").upto == 0
        kept.restart()
        kept.known(1)
        assert kept.ids("word") == [1]


def test_a_damaged_entry_of_the_journal_stops_nothing(tmp_path: Path) -> None:
    """The others of its page are found; it itself only by its place."""
    kept = Kept(tmp_path)
    last = kept.add(body(text="before"), body(text="damaged"), body(text="after"))
    kept.store.close()
    with sqlite3.connect(kept.path) as db:
        db.execute("DROP TRIGGER entries_no_update")
        db.execute("UPDATE entries SET body = ? WHERE id = 2", (b'{"kind": nonsense \xff',))
    db.close()
    kept.store = JournalStore(kept.path)
    kept.again()
    with kept:
        kept.known(last)
        assert (kept.ids("before"), kept.ids("damaged"), kept.ids("after")) == ([1], [], [3])
        assert kept.ids() == [3, 2, 1]


def test_a_follower_that_lags_reads_what_it_was_not_handed(tmp_path: Path) -> None:
    """What it has no room for is dropped, and read from the journal instead."""
    kept = Kept(tmp_path)
    for start in range(0, 12_000, 1000):
        last = kept.add(*[body(text=f"n{number}") for number in range(start, start + 1000)])
    assert last > HANDED_MAX
    with kept:
        kept.known(last)
        assert kept.ids("n0") == [1]
        assert kept.ids("n11999") == [12_000]
        assert kept.ids("n8500") == [8501]


def test_a_disk_that_takes_nothing_is_tried_again(tmp_path: Path) -> None:
    """The limit on the size of files stands for a full disk."""
    kept = Kept(tmp_path)
    last = kept.add(*[body(text=f"word{number}") for number in range(500)])
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, hard))
    try:
        kept.search.follower.start()
        until(lambda: kept.search.follower.trouble, "the trouble to be told")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
    try:
        kept.known(last)
        assert kept.ids("word499") == [500]
        assert kept.search.follower.trouble == ""
    finally:
        kept.stop()
        kept.store.close()
