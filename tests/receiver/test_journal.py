"""The journal: durable groups, an unbroken chain, trouble that ends by itself."""

from __future__ import annotations

import csv
import io
import sqlite3
import threading
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.journal.chain import link
from receiver.journal.entry import Body, EntryKind, decode_body, encode_body, rfc3339
from receiver.journal.export import export_csv
from receiver.journal.export import rows as exported_rows
from receiver.journal.reader import JournalReader
from receiver.journal.schema import JournalError, open_writer
from receiver.journal.store import NOT_STORABLE, DiskError, Group, JournalStore
from receiver.journal.verify import parse_head, verify
from receiver.journal.writer import Batch, JournalWriter

AT = 1_700_000_000.25


def body(text: str = "", **fields: Any) -> Body:
    return Body(kind=EntryKind.SIGNAL, node="n", received_at=rfc3339(AT), text=text, **fields)


def group(*texts: str) -> Group:
    return Group(tuple(body(text) for text in texts), int(AT * 1e6))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_entries_of_one_message_share_its_arrival_and_rise_without_gaps(path: Path) -> None:
    """Ids are consecutive; a message's entries carry the id of its first."""
    store = JournalStore(path)
    first, second = store.commit([group("a", "b"), group("c")])
    assert first is not None
    assert second is not None
    assert [(e.id, e.arrival) for e in (*first, *second)] == [(1, 1), (2, 1), (3, 3)]
    store.close()
    with JournalReader(path) as reader:
        assert [e.body.text for e in reader.each()] == ["a", "b", "c"]
        assert reader.last_id() == 3


def test_group_sizes_of_every_shape_are_stored_in_order(path: Path) -> None:
    """Whatever number of rows one commit has, none is lost and none changes place."""
    store = JournalStore(path)
    texts = []
    for size in (1, 2, 3, 127, 128, 129, 300):
        names = [f"{size}/{number}" for number in range(size)]
        store.commit([group(name) for name in names])
        texts += names
    store.close()
    with JournalReader(path) as reader:
        assert [e.body.text for e in reader.each()] == texts
    assert verify(path).good


def test_the_journal_is_append_only(path: Path) -> None:
    """Whoever opens the file with SQLite cannot change or remove an entry by mistake."""
    store = JournalStore(path)
    store.commit([group("a")])
    store.close()
    db = sqlite3.connect(path)
    for statement in ("DELETE FROM entries", "UPDATE entries SET kind = 'x'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)
    db.close()


def _tamper(path: Path, statement: str) -> None:
    db = sqlite3.connect(path)
    for trigger in ("entries_no_update", "entries_no_delete"):
        db.execute(f"DROP TRIGGER {trigger}")
    db.execute(statement)
    db.commit()
    db.close()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), '\"b\"', '\"x\"') AS BLOB) WHERE id = 2",
            "entry 2: the chain breaks",
        ),
        ("UPDATE entries SET kind = 'action' WHERE id = 2", "column kind"),
        ("UPDATE entries SET received_us = 5 WHERE id = 2", "column received_us"),
        ("UPDATE entries SET arrival = 1 WHERE id = 2", "entry 2: the chain breaks"),
        ("DELETE FROM entries WHERE id = 2", "entries 2 to 2 are missing"),
    ],
)
def test_verify_tells_every_kind_of_tampering(path: Path, statement: str, fault: str) -> None:
    """A changed body, a changed column and a removed entry are all seen, and named."""
    store = JournalStore(path)
    store.commit([group("a"), group("b"), group("c")])
    store.close()
    assert verify(path).good
    _tamper(path, statement)
    report = verify(path)
    assert not report.good
    assert any(fault in each for each in report.faults), report.faults


def test_a_digest_covers_the_entry_its_place_and_everything_before() -> None:
    """The form is kept for ever: a head noted on paper years ago must still be found."""
    digest = link(bytes(32), 7, 5, b"{}")
    assert digest.hex() == sha256(bytes(32) + b"7.5.{}").hexdigest()
    others = [
        link(bytes(32), 8, 5, b"{}"),
        link(bytes(32), 7, 6, b"{}"),
        link(bytes(32), 7, 5, b"[]"),
        link(b"", 7, 5, b""),
    ]
    assert digest not in others


def test_a_noted_head_shows_that_the_end_was_cut_off(path: Path) -> None:
    """The chain alone cannot show it; a head noted elsewhere does."""
    store = JournalStore(path)
    store.commit([group("a"), group("b")])
    store.close()
    report = verify(path)
    noted = parse_head(f"{report.head_id}:{report.head}")
    assert verify(path, noted).good
    _tamper(path, "DELETE FROM entries WHERE id = 2")
    assert verify(path).good
    assert any("cut off" in fault for fault in verify(path, noted).faults)


def test_one_message_that_cannot_be_stored_is_kept_raw_and_silences_no_other(path: Path) -> None:
    """A lone surrogate fails to encode: its message is kept as raw bytes, those beside it are stored whole."""
    store = JournalStore(path)
    bad = Group((body("\ud800", account="1234", raw="\n1\r"),), int(AT * 1e6))
    before, culprit, after = store.commit([group("a"), bad, group("c")])
    assert before is not None
    assert after is not None
    assert (before[0].body.text, after[0].body.text) == ("a", "c")
    assert culprit is not None
    assert culprit[0].body.kind is EntryKind.UNREAD
    assert culprit[0].body.findings == (NOT_STORABLE,)
    assert (culprit[0].body.account, culprit[0].body.raw) == ("1234", "\n1\r")
    store.close()
    assert verify(path).good


def test_a_failing_disk_stores_nothing_and_blames_no_message(path: Path) -> None:
    """When the database cannot be written, nothing of the commit is stored; afterwards all of it can be."""
    store = JournalStore(path)
    store.commit([group("a")])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert store._db is not None
    store._db.execute("PRAGMA busy_timeout=10")
    with pytest.raises(DiskError):
        store.commit([group("b"), group("c")])
    assert not store.open
    other.execute("ROLLBACK")
    other.close()
    assert store.reopen() == []
    assert store.commit([group("b")])[0] is not None
    store.close()
    with JournalReader(path) as reader:
        assert [e.body.text for e in reader.each()] == ["a", "b"]
    assert verify(path).good


def test_entries_that_the_disk_kept_although_it_failed_are_found_again(path: Path) -> None:
    """A commit reported as failed may be on disk all the same: reopening tells which entries those are."""
    store = JournalStore(path)
    store.commit([group("a")])
    remembered = (store.last_id, store.head)
    store.commit([group("b")])
    store.close()
    store.last_id, store.head = remembered
    found = store.reopen()
    assert [e.body.text for e in found] == ["b"]
    store.commit([group("c")])
    store.close()
    assert verify(path).good


class Collected:
    """Batches of a writer, and a way to wait for them."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self._more = threading.Condition()

    def __call__(self, batch: Batch) -> None:
        with self._more:
            self.batches.append(batch)
            self._more.notify_all()

    def wait(self, settled: int = 0, extra: int = 0) -> None:
        def enough() -> bool:
            return (
                sum(len(b.settled) for b in self.batches) >= settled
                and sum(len(b.extra) for b in self.batches) >= extra
            )

        with self._more:
            assert self._more.wait_for(enough, 30)


def test_everything_appended_is_settled_once_in_order_and_on_disk(path: Path) -> None:
    """Each token comes back exactly once, in order, with its entries."""
    collected = Collected()
    writer = JournalWriter(path, "n", collected)
    writer.start()
    for number in range(2500):
        writer.append((body(str(number)),), AT, number)
    writer.finish()
    assert writer.join()
    settled = [pair for batch in collected.batches for pair in batch.settled]
    assert [token for token, _ in settled] == list(range(2500))
    assert all(entries and entries[0].body.text == str(token) for token, entries in settled)
    assert verify(path).entries == 2500


def test_trouble_is_told_and_ends_by_itself_even_when_nothing_arrives(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer tries again by itself, and the first entry afterwards says what happened."""
    full = threading.Event()
    commit = JournalStore._commit

    def commit_unless_full(self: JournalStore, *arguments: Any) -> Any:
        if full.is_set():
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return commit(self, *arguments)

    monkeypatch.setattr(JournalStore, "_commit", commit_unless_full)
    collected = Collected()
    writer = JournalWriter(path, "n", collected)
    writer.start()
    writer.append((body("a"),), AT, "a")
    collected.wait(settled=1)
    full.set()
    writer.append((body("b"),), AT, "b")
    collected.wait(settled=2)
    assert collected.batches[-1].trouble is not None
    assert collected.batches[-1].trouble.error == f"{path}: database or disk is full"
    assert ("b", None) in [pair for batch in collected.batches for pair in batch.settled]
    full.clear()
    collected.wait(settled=2, extra=1)
    recovered = collected.batches[-1].extra[0].body
    assert recovered.code == "journal.recovered"
    assert recovered.details["not_stored"] == ["1"]
    assert collected.batches[-1].trouble is None
    writer.append((body("c"),), AT, "c")
    writer.finish()
    assert writer.join()
    assert verify(path).good


@pytest.mark.parametrize("error", [JournalError("not there"), ValueError("a fault of ours"), OSError(24, "EMFILE")])
def test_no_error_ends_the_journals_thread(path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Whatever fails, nothing is acknowledged meanwhile, and everything goes on by itself when it works again."""
    broken = threading.Event()
    reopen = JournalStore.reopen

    def reopen_unless_broken(self: JournalStore) -> Any:
        if broken.is_set():
            raise error
        return reopen(self)

    monkeypatch.setattr(JournalStore, "reopen", reopen_unless_broken)
    collected = Collected()
    writer = JournalWriter(path, "n", collected)
    broken.set()
    writer.start()
    writer.append((body("a"),), AT, "a")
    collected.wait(settled=1)
    assert collected.batches[-1].settled == [("a", None)]
    broken.clear()
    collected.wait(extra=1)
    writer.append((body("b"),), AT, "b")
    writer.finish()
    assert writer.join()
    with JournalReader(path) as reader:
        assert [e.body.text for e in reader.each() if e.body.kind is EntryKind.SIGNAL] == ["b"]


def test_the_path_taken_by_a_folder_is_trouble_and_not_the_end(path: Path) -> None:
    """For real: the file is moved away after trouble began and something else stands there."""
    store = JournalStore(path)
    store.commit([group("a")])
    store.close()
    kept = path.with_suffix(".kept")
    path.rename(kept)
    path.mkdir()
    with pytest.raises(DiskError):
        store.reopen()
    path.rmdir()
    kept.rename(path)
    assert store.reopen() == []


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("replaced", [False, True])
def test_a_journal_deleted_or_replaced_beneath_the_station_is_trouble(path: Path, suffix: str, replaced: bool) -> None:
    """SQLite would write on into a file that nobody can find: acknowledged, and lost."""
    store = JournalStore(path)
    store.commit([group("a")])
    file = Path(f"{path}{suffix}")
    kept = path.with_suffix(".kept")
    file.rename(kept)
    if replaced:
        file.write_bytes(kept.read_bytes())
    with pytest.raises(DiskError, match="is another file" if replaced else "is gone"):
        store.commit([group("b")])
    if replaced:
        file.unlink(missing_ok=True)
    if not suffix:
        with pytest.raises(DiskError, match="is gone"):
            store.reopen()
    kept.rename(file)
    assert store.reopen() == []
    store.commit([group("c")])
    store.close()
    assert verify(path).entries == 2


def test_entries_written_by_somebody_else_are_read_and_gone_on_from(path: Path) -> None:
    """Two writers must not be; but if they were, the station notices and goes on instead of storing nothing."""
    store = JournalStore(path)
    store.commit([group("a")])
    other = JournalStore(path)
    other.commit([group("foreign")])
    other.close()
    with pytest.raises(DiskError):
        store.commit([group("b")])
    assert [e.body.text for e in store.reopen()] == ["foreign"]
    store.commit([group("b")])
    store.close()
    assert verify(path).entries == 3


def test_what_the_station_itself_had_to_say_outlives_the_trouble(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path lost while the disk was full must still open its alarm: nobody would repeat that entry."""
    broken = threading.Event()
    commit = JournalStore._commit

    def commit_unless_broken(self: JournalStore, *arguments: Any) -> Any:
        if broken.is_set():
            raise OSError(28, "No space left on device")
        return commit(self, *arguments)

    monkeypatch.setattr(JournalStore, "_commit", commit_unless_broken)
    collected = Collected()
    writer = JournalWriter(path, "n", collected)
    writer.start()
    broken.set()
    writer.append((body("signal"),), AT, "signal")
    collected.wait(settled=1)
    writer.append((body("path.lost"),), AT, None)
    writer.append((body("signal again"),), AT, "again")
    collected.wait(settled=2)
    broken.clear()
    collected.wait(extra=2)
    writer.finish()
    assert writer.join()
    with JournalReader(path) as reader:
        entries = [e.body for e in reader.each()]
    assert [entry.code or entry.text for entry in entries] == ["journal.recovered", "path.lost"]
    assert entries[0].details["not_stored"] == ["2"]
    assert verify(path).good


def test_one_huge_message_after_the_other_is_stored_in_bounded_commits(path: Path) -> None:
    """Commits are bounded by rows, not by messages."""
    collected = Collected()
    writer = JournalWriter(path, "n", collected)
    for number in range(50):
        writer.append(tuple(body(f"{number}/{row}") for row in range(64)), AT, number)
    writer.start()
    writer.finish()
    assert writer.join()
    sizes = [sum(len(entries or ()) for _, entries in batch.settled) for batch in collected.batches]
    assert sum(sizes) == 3200
    assert max(sizes) < 1000 + 64


def test_marks_are_kept_with_some_later_commit(path: Path) -> None:
    """Small facts survive a restart."""
    writer = JournalWriter(path, "n", Collected())
    writer.start()
    writer.mark("where", "17")
    writer.append((body("a"),), AT, None)
    writer.finish()
    assert writer.join()
    again = JournalWriter(path, "n", Collected())
    assert again.marks() == {"where": "17"}


def test_first_since_finds_everything_young_enough(path: Path) -> None:
    """Also when the clock was set back in between."""
    store = JournalStore(path)
    for at in (10, 20, 30, 25, 40):
        store.commit([Group((body(str(at)),), at * 1_000_000)])
    store.close()
    with JournalReader(path) as reader:
        assert [e.received_us for e in reader.each(since=reader.first_since(25_000_000))] == [
            30_000_000,
            25_000_000,
            40_000_000,
        ]
        assert reader.first_since(50_000_000) == 5
        assert reader.first_since(0) == 0


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be looked at" * 30])
def test_a_file_that_is_no_journal_is_refused_in_plain_words(path: Path, content: bytes) -> None:
    """Nothing is overwritten."""
    path.write_bytes(content)
    with pytest.raises(JournalError, match="not a journal"):
        open_writer(path)
    assert path.read_bytes() == content


def test_somebody_elses_database_is_never_written(path: Path) -> None:
    """A wrong file name must not spoil another program's data."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE customers (id)")
    db.commit()
    db.close()
    with pytest.raises(JournalError, match="something else"):
        open_writer(path)


@settings(deadline=None, max_examples=200)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"])),
    values=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.just("x"))),
    number=st.none() | st.integers(0, 9999),
    place=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_body_comes_back_as_it_was(text: str, values: Any, number: int | None, place: float | None) -> None:
    """Encoding is canonical: the same body always gives the same bytes, and they read back to it."""
    made = body(text, details=values, number_of_message=number, latitude=place)
    data = encode_body(made)
    assert decode_body(data) == made
    assert encode_body(decode_body(data)) == data


@given(wall=st.floats(0, 200_000_000_000))
def test_times_are_rfc_3339_in_utc_to_the_millisecond(wall: float) -> None:
    """Compared with the standard library."""
    from datetime import UTC, datetime

    assert abs(datetime.fromisoformat(rfc3339(wall)).timestamp() - wall) <= 0.0006
    assert datetime.fromisoformat(rfc3339(wall)).tzinfo == UTC


@given(wall=st.floats(allow_nan=False, allow_infinity=False))
def test_a_time_outside_the_calendar_is_an_error_not_a_crash(wall: float) -> None:
    """Peers can claim any time."""
    try:
        rfc3339(wall)
    except ValueError:
        assert not 0 <= wall < 200_000_000_000


def test_what_an_entry_does_not_say_is_not_written(path: Path) -> None:
    """So that bodies of earlier releases are byte for byte the same."""
    assert encode_body(body("x")) == (
        b'{"kind":"signal","node":"n","received_at":"2023-11-14T22:13:20.250Z","text":"x"}'
    )
    added = Body(kind=EntryKind.AMENDMENT, node="n", received_at=rfc3339(AT), line="3", text="x", amends=7)
    assert decode_body(encode_body(added)) == added


def test_an_export_of_signals_has_what_was_added_to_them(path: Path) -> None:
    """With the entry that it adds to, and receiver and line."""
    store = JournalStore(path)
    rows = [body("", receiver="01", line="3"), Body(kind=EntryKind.STATION, node="n", received_at=rfc3339(AT))]
    rows.append(Body(kind=EntryKind.AMENDMENT, node="n", received_at=rfc3339(AT), text="KITCHEN", amends=1))
    store.commit([Group((one,), int(AT * 1e6)) for one in rows])
    store.close()
    out = io.StringIO(newline="")
    with JournalReader(path) as reader:
        export_csv(exported_rows(reader), out)
    found = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert [(row["id"], row["kind"], row["text"], row["amends"], row["line"]) for row in found] == [
        ("1", "signal", "", "0", "3"),
        ("3", "amendment", "KITCHEN", "1", ""),
    ]
