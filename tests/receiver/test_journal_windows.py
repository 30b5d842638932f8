"""Which counters of radio units were taken: on disk with the message and never without it, and back after a restart."""

from __future__ import annotations

import errno
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.datagram.window import Standing, Window
from protocols.model import Counter
from receiver.intake.windows import REPEATS_ANSWERED, Windows
from receiver.journal.entry import Body, EntryKind, rfc3339
from receiver.journal.reader import JournalReader
from receiver.journal.schema import JournalError, open_writer
from receiver.journal.store import DiskError, Group, JournalStore
from receiver.journal.verify import parse_head, verify
from receiver.journal.writer import Batch, JournalWriter
from tests.receiver.test_earlier_databases import DATABASES, HEAD_1

AT = 1_700_000_000.0
ROOT = Path(__file__).parents[2]
A, B = "0a01/00000001/1", "0a01/00000002/1"
MARK = b"\x01\x02\x03\x04"


def body(text: str = "") -> Body:
    return Body(kind=EntryKind.SIGNAL, node="n", received_at=rfc3339(AT), text=text)


def group(number: int, window: str = A, *texts: str, mark: bytes = MARK) -> Group:
    return Group(tuple(body(text) for text in texts), int(AT * 1e6), Counter(window, number, mark))


def texts(path: Path) -> list[str]:
    with JournalReader(path) as reader:
        return [entry.body.text for entry in reader.each()]


def on_disk(path: Path) -> dict[str, Window]:
    db = sqlite3.connect(path)
    try:
        return {name: Window.from_bytes(value) for name, value in db.execute("SELECT name, value FROM windows")}
    finally:
        db.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_a_counter_is_taken_with_its_message_and_known_after_a_restart(path: Path) -> None:
    """Each unit and key has a window of its own."""
    store = JournalStore(path)
    store.commit([group(5, A, "a"), group(7, A, "b", "c"), group(5, B, "d")])
    expected = {A: Window().taken(5, MARK).taken(7, MARK), B: Window().taken(5, MARK)}
    assert store.windows() == expected
    store.close()
    again = JournalStore(path)
    assert again.windows() == expected
    assert again.windows()[A].ask(7, MARK) is Standing.SEEN
    assert again.windows()[A].ask(6, MARK) is Standing.NEW
    again.close()
    assert texts(path) == ["a", "b", "c", "d"]
    assert verify(path).good


def test_a_message_that_leaves_nothing_but_its_counter_takes_it(path: Path) -> None:
    """A link test writes no entry; it must not pass again all the same."""
    store = JournalStore(path)
    assert store.commit([group(1), group(2, B)]) == [(), ()]
    assert store.commit([group(3, A, "a"), group(4)])[1] == ()
    store.close()
    assert set(on_disk(path)) == {A, B}
    assert on_disk(path)[A].highest == 4
    report = verify(path)
    assert (report.good, report.entries) == (True, 1)


def test_a_commit_that_fails_leaves_no_trace_of_its_counters(path: Path) -> None:
    """Neither on disk nor in memory: the unit repeats, and the repetition is new."""
    store = JournalStore(path)
    store.commit([group(1, A, "a")])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert store._db is not None
    store._db.execute("PRAGMA busy_timeout=10")
    with pytest.raises(DiskError):
        store.commit([group(2, A, "b"), group(9, B)])
    other.execute("ROLLBACK")
    other.close()
    assert store.windows() == {A: Window().taken(1, MARK)}
    assert store.reopen() == []
    assert store.windows() == on_disk(path) == {A: Window().taken(1, MARK)}
    store.commit([group(2, A, "b")])
    store.close()
    assert on_disk(path)[A].highest == 2
    assert texts(path) == ["a", "b"]


def test_a_commit_that_breaks_in_its_middle_keeps_neither_entries_nor_counters(path: Path) -> None:
    """The rows are written before the windows: one transaction has both or none."""
    store = JournalStore(path)
    store.commit([group(1, A, "a")])
    db = sqlite3.connect(path)
    db.execute("CREATE TRIGGER no_window BEFORE UPDATE ON windows BEGIN SELECT RAISE(ABORT, 'not now'); END")
    db.commit()
    db.close()
    assert store.commit([group(2, A, "b")]) == [None]
    assert store.windows()[A].highest == 1
    assert store.commit([group(1, B, "c")])[0] is not None
    store.close()
    assert texts(path) == ["a", "c"]
    assert on_disk(path) == {A: Window().taken(1, MARK), B: Window().taken(1, MARK)}
    assert verify(path).good


@contextmanager
def reported_as_failed(store: JournalStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The disk writes a commit, and then says that it has not."""
    db = store._db
    assert db is not None
    atomic = db.atomic

    @contextmanager
    def lying() -> Iterator[Any]:
        with atomic() as inside:
            yield inside
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(db, "atomic", lying)
        yield


@pytest.mark.parametrize("entries", [(), ("b",)])
def test_a_counter_that_the_disk_kept_although_it_failed_is_found_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, entries: tuple[str, ...]
) -> None:
    """With or without entries: what is on disk counts, so the repetition is a copy."""
    store = JournalStore(path)
    store.commit([group(1, A, "a")])
    with reported_as_failed(store, monkeypatch), pytest.raises(DiskError):
        store.commit([group(2, A, *entries)])
    assert store.windows()[A].highest == 1
    assert [entry.body.text for entry in store.reopen()] == list(entries)
    assert store.windows()[A].ask(2, MARK) is Standing.SEEN
    store.close()
    assert verify(path).good


class Collected:
    """Batches of a writer."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self._more = threading.Condition()

    def __call__(self, batch: Batch) -> None:
        with self._more:
            self.batches.append(batch)
            self._more.notify_all()

    def wait(self, count: int) -> None:
        with self._more:
            assert self._more.wait_for(lambda: sum(len(batch.settled) for batch in self.batches) >= count, 30)


def test_the_station_is_told_of_what_is_taken_when_the_disk_is_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch brings all windows after the database was opened anew, before what it stored itself."""
    collected = Collected()
    writer = JournalWriter(path, "n", collected)
    assert writer.windows() == {}
    failing = threading.Event()
    commit = JournalStore._commit

    def commit_and_say_it_failed(self: JournalStore, *arguments: Any) -> Any:
        if not failing.is_set():
            return commit(self, *arguments)
        failing.clear()
        with reported_as_failed(self, monkeypatch):
            return commit(self, *arguments)

    monkeypatch.setattr(JournalStore, "_commit", commit_and_say_it_failed)
    writer.start()
    writer.append((body("a"),), AT, "a", Counter(A, 1, MARK))
    collected.wait(1)
    failing.set()
    writer.append((), AT, "b", Counter(A, 2, MARK))
    collected.wait(2)
    writer.append((), AT, "c", Counter(A, 3, MARK))
    writer.finish()
    assert writer.join()
    settled = dict(pair for batch in collected.batches for pair in batch.settled)
    assert settled["b"] is None
    assert settled["c"] == ()
    known = Windows()
    for batch in collected.batches:
        if batch.windows is not None:
            known.load(batch.windows)
        for token, stored in batch.settled:
            if stored is not None:
                known.taken(Counter(A, {"a": 1, "b": 2, "c": 3}[token], MARK))
    assert [known.ask(Counter(A, number, MARK)) for number in (1, 2, 3, 4)] == [Standing.SEEN] * 3 + [Standing.NEW]
    again = JournalWriter(path, "n", collected)
    assert again.windows()[A].highest == 3
    assert again.identity == writer.identity


def test_a_counter_that_no_datagram_can_have_silences_no_other(path: Path) -> None:
    """Its message is not stored, and so not acknowledged."""
    store = JournalStore(path)
    before, bad, after = store.commit([group(1, A, "a"), group(2, A, "b", mark=b"short"), group(3, A, "c")])
    assert (before is None, bad, after is None) == (False, None, False)
    store.close()
    assert texts(path) == ["a", "c"]
    assert on_disk(path)[A] == Window().taken(1, MARK).taken(3, MARK)


def test_a_message_that_can_only_be_kept_raw_takes_its_counter(path: Path) -> None:
    """It is on disk: its repetition is a copy."""
    store = JournalStore(path)
    stored = store.commit([Group((body("\ud800"),), int(AT * 1e6), Counter(A, 8, MARK))])[0]
    assert stored is not None
    assert stored[0].body.kind is EntryKind.UNREAD
    assert on_disk(path)[A].highest == 8
    store.close()


def test_a_journal_of_the_first_release_takes_counters(path: Path) -> None:
    """It has no table of windows until a station opens it; reading it changes nothing."""
    shutil.copy(DATABASES / "journal-1.sqlite", path)
    path.chmod(0o600)
    with JournalReader(path) as reader:
        identity = reader.identity
        assert reader.window_names() == frozenset()
    store = JournalStore(path)
    assert (store.windows(), store.identity) == ({}, identity)
    store.commit([group(1, A, "a")])
    store.close()
    with JournalReader(path) as reader:
        assert (reader.identity, reader.window_names()) == (identity, frozenset({A}))
    report = verify(path, parse_head(HEAD_1))
    assert (report.faults, report.entries) == ([], 6)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x02" + Window().taken(3, MARK).to_bytes()[1:],
        Window(highest=5, bitmap=0b10).to_bytes(),
        Window(highest=1, bitmap=0b101).to_bytes(),
    ],
)
def test_a_window_that_contradicts_itself_stops_the_start_with_a_clear_text(path: Path, value: bytes) -> None:
    """Beginning it anew would let every recording of the unit pass."""
    store = JournalStore(path)
    store.commit([group(3, A, "a"), group(3, B, "b")])
    store.close()
    db = sqlite3.connect(path)
    db.execute("UPDATE windows SET value = ? WHERE name = ?", [value, B])
    db.commit()
    db.close()
    with pytest.raises(DiskError, match=f"radio unit {B} .*restore the journal from a copy, or .*key remove") as error:
        JournalWriter(path, "n", Collected())
    assert str(error.value).count(str(path)) == 1
    db = sqlite3.connect(path)
    db.execute(f"DELETE FROM windows WHERE name = '{B}'")
    db.commit()
    db.close()
    JournalStore(path).close()


def test_another_journal_in_its_place_is_trouble_even_if_it_is_longer(path: Path) -> None:
    """Its windows are not ours: recordings would pass."""
    store = JournalStore(path)
    store.commit([group(1, A, "a")])
    store.close()
    other = JournalStore(path.with_name("other.db"))
    other.commit([group(1, B, "a", "b", "c")])
    other.close()
    path.rename(path.with_suffix(".kept"))
    path.with_name("other.db").rename(path)
    with pytest.raises(DiskError, match="is another journal than before; put the station's own back"):
        store.reopen()
    path.with_suffix(".kept").rename(path)
    assert store.reopen() == []
    assert set(store.windows()) == {A}
    store.close()


def test_the_name_of_a_journal_is_made_of_its_genesis(path: Path) -> None:
    """Key files keep it for years: its form stays."""
    db = open_writer(path)
    db.execute("UPDATE facts SET value = ? WHERE name = 'genesis'", [bytes(range(32))])
    db.close()
    assert JournalStore(path).identity == "158f962dedb6bd5f"
    other = JournalStore(path.with_name("other.db"))
    assert other.identity not in ("", "158f962dedb6bd5f")
    with JournalReader(other.path) as reader:
        assert reader.identity == other.identity


def test_something_else_than_a_journal_has_no_name(path: Path) -> None:
    """A command that looks gets an error with a text."""
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(JournalError):
        JournalReader(path)


_WRITE_FOR_EVER = """
import sys
from pathlib import Path
from protocols.model import Counter
from receiver.journal.entry import Body, EntryKind, rfc3339
from receiver.journal.store import Group, JournalStore
store = JournalStore(Path(sys.argv[1]))
number = 0
while True:
    store.commit([
        Group((Body(kind=EntryKind.SIGNAL, node="n", received_at=rfc3339(1.7e9), text=str(at)),), 1700000000000000,
              Counter("w", at, bytes(4)))
        for at in range(number, number + 3)
    ])
    number += 3
    print(number, flush=True)
"""


def test_whenever_it_is_killed_exactly_the_entries_on_disk_have_their_counters_taken(path: Path) -> None:
    """Never one without the other, whatever was being written; and what was told as stored is there."""
    told = 0
    for kills in range(4):
        path.unlink(missing_ok=True)
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        with subprocess.Popen(
            [sys.executable, "-c", _WRITE_FOR_EVER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(1 + kills * 7):
                told = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
        store = JournalStore(path)
        window = store.windows()["w"]
        assert store.last_id == window.highest + 1 >= told
        store.close()
        assert verify(path).good


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from([A, B]), st.integers(0, 200), st.sampled_from([b"aaaa", b"bbbb"])), max_size=6
        ),
        max_size=10,
    )
)
def test_what_is_on_disk_is_what_taking_one_after_the_other_makes(
    tmp_path_factory: pytest.TempPathFactory, commits: list[list[tuple[str, int, bytes]]]
) -> None:
    """However counters are laid into commits, and over restarts, also where several are of one window."""
    path = tmp_path_factory.mktemp("windows") / "journal.db"
    expected: dict[str, Window] = {}
    for commit in commits:
        store = JournalStore(path)
        assert store.windows() == expected
        store.commit([group(number, window, "x", mark=mark) for window, number, mark in commit])
        for window, number, mark in commit:
            expected[window] = expected.get(window, Window()).taken(number, mark)
        assert store.windows() == expected
        store.close()
    if commits:
        assert on_disk(path) == expected


# What the reactor knows


def test_a_copy_is_answered_again_a_few_times_and_no_more() -> None:
    """Its acknowledgements may be lost; but whoever replays it must not make us send for ever."""
    windows = Windows()
    counter = Counter(A, 5, MARK)
    assert windows.ask(counter) is Standing.NEW
    windows.taken(counter)
    assert windows.ask(counter) is Standing.SEEN
    assert [windows.may_repeat(counter) for _ in range(REPEATS_ANSWERED + 2)] == [True] * REPEATS_ANSWERED + [False] * 2
    assert windows.may_repeat(Counter(B, 5, MARK))
    assert windows.ask(Counter(A, 5, b"othr")) is Standing.DIFFERENT
    assert A in windows
    assert B not in windows


def test_how_often_copies_were_answered_is_forgotten_when_they_leave_the_window() -> None:
    """The memory is bounded by the width of the window."""
    windows = Windows()
    for number in range(500):
        counter = Counter(A, number, MARK)
        windows.taken(counter)
        windows.may_repeat(counter)
    assert len(windows._repeats[A]) <= 64
    assert windows.ask(Counter(A, 1, MARK)) is Standing.OLD


def test_windows_loaded_anew_replace_what_was_known() -> None:
    """What is on disk counts; copies already answered stay counted."""
    windows = Windows()
    counter = Counter(A, 5, MARK)
    windows.taken(counter)
    for _ in range(REPEATS_ANSWERED):
        assert windows.may_repeat(counter)
    windows.load({A: Window().taken(5, MARK).taken(6, MARK)})
    assert windows.ask(Counter(A, 6, MARK)) is Standing.SEEN
    assert not windows.may_repeat(counter)
