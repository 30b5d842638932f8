"""Which keys of which units are accepted: by the file, by what the journal knows, and by what was lost."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from protocols.datagram import Suite
from protocols.model import Counter
from protocols.radio.book import Ways, window_name
from receiver.adapters.counters import FileCounters
from receiver.intake.windows import Windows
from receiver.journal.reader import JournalReader
from receiver.journal.store import Group, JournalStore
from receiver.radio.book import RadioBook
from receiver.radio.enrolment import KeyState, Known, enrolled, free_station, removed, rolled
from receiver.radio.keyfile import KeyFile, KeyFileError, UnitRecord, change, load

AT = "2026-11-23T04:00:00.000Z"
NETWORK = 0xA01
CCM = Suite.AES_CCM_8


def add(path: Path, account: str, station: int | None = None, ways: Ways = Ways.TWO, test_s: float = 0.0) -> None:
    def how(file: KeyFile | None) -> KeyFile:
        file = file or KeyFile(network=NETWORK)
        number = free_station(file) if station is None else station
        record = UnitRecord(station=number, account=account, ways=ways, test_s=test_s)
        return enrolled(file, record, CCM, 128, AT, None)

    change(path, how)


def roll(path: Path, account: str, known: Known | None = None, instead: bool = False) -> None:
    def how(file: KeyFile | None) -> KeyFile:
        assert file is not None
        return rolled(file, account, None, None, AT, known, instead)

    change(path, how)


def use(windows: Windows, key_id: int, station: int = 1) -> None:
    """A datagram under the key was stored."""
    windows.taken(Counter(window_name(NETWORK, station, key_id), 0, bytes(4)))


def ids(book: RadioBook, station: int = 1) -> list[int]:
    found = book.find(station)
    return [] if found is None else [key.key_id for key in found.keys]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "radio-keys.json"


@pytest.fixture
def windows() -> Windows:
    return Windows()


def book_of(path: Path, windows: Windows, journal: str = "aaaa", counters: FileCounters | None = None) -> RadioBook:
    return RadioBook(path, journal, windows.__contains__, counters)


def test_a_unit_is_found_by_its_number(path: Path, windows: Windows) -> None:
    """As it was enrolled."""
    add(path, "1234", ways=Ways.ONE, test_s=180)
    add(path, "77", station=900)
    book = book_of(path, windows)
    found = book.find(1)
    assert found is not None
    assert (found.account, found.ways, found.test_s, found.speaks) == ("1234", Ways.ONE, 180.0, 1)
    assert found.keys[0].material.hex() == load(path).units[0].keys[0].key
    assert book.find(2) is None
    assert sorted(one.account for one in book.all()) == ["1234", "77"]
    assert (book.network, book.locked, book.trouble) == (NETWORK, (), "")


def test_both_keys_are_accepted_until_the_newer_one_was_used(path: Path, windows: Windows) -> None:
    """Then the older one is retired, at once and after a restart; the centre speaks under the one in use."""
    add(path, "1234")
    book = book_of(path, windows)
    use(windows, 1)
    roll(path, "1234")
    assert ids(book) == [1]
    assert book.look()
    assert ids(book) == [1, 2]
    assert book.find(1).speaks == 1  # type: ignore[union-attr]
    use(windows, 2)
    assert ids(book) == [2]
    assert book.find(1).speaks == 2  # type: ignore[union-attr]
    assert ids(book_of(path, windows)) == [2]


def test_a_key_before_one_that_was_used_is_retired_even_if_it_was_never_used(path: Path, windows: Windows) -> None:
    """Whatever the file says."""
    add(path, "1234")
    roll(path, "1234")
    use_later = book_of(path, windows)
    assert ids(use_later) == [1, 2]
    use(windows, 2)
    assert ids(use_later) == [2]


def test_a_removed_unit_is_not_heard_any_more(path: Path, windows: Windows) -> None:
    """From the next look on; a change of nothing is nothing new."""
    add(path, "1234")
    add(path, "77")
    book = book_of(path, windows)
    assert not book.look()
    change(path, lambda file: removed(file, "1234") if file else KeyFile(network=1))
    assert book.look()
    assert book.find(1) is None
    assert ids(book, 2) == [1]


def test_keys_are_bound_to_the_first_journal_that_reads_them(path: Path, windows: Windows) -> None:
    """With another one, or after the loss of it, the unit is locked, and it is said what to do."""
    add(path, "1234")
    add(path, "77")
    assert ids(book_of(path, windows, "aaaa")) == [1]
    assert {key.journal for one in load(path).units for key in one.keys} == {"aaaa"}
    other = book_of(path, windows, "bbbb")
    assert [(one.station, one.account) for one in other.locked] == [(1, "1234"), (2, "77")]
    assert "used with another journal" in other.locked[0].why
    assert other.locked[0].why.endswith("ptsn radio key roll 1234")
    assert list(other.all()) == []
    roll(path, "1234", Known("bbbb", windows.__contains__))
    assert other.look()
    assert ids(other) == [2]
    assert [one.account for one in other.locked] == ["77"]
    assert ids(book_of(path, windows, "aaaa")) == [1]


def test_an_id_that_the_journal_knows_from_an_earlier_key_is_locked(path: Path, windows: Windows) -> None:
    """The file of keys was lost and made anew: the counters of the first key stand in the way of the second."""
    use(windows, 1)
    add(path, "1234")
    book = book_of(path, windows)
    assert book.find(1) is None
    assert "knows the id of its key from an earlier one" in book.locked[0].why
    assert load(path).units[0].keys[0].journal == ""
    roll(path, "1234")
    assert book.look()
    assert ids(book) == [2]
    assert book.locked == ()


def test_a_new_key_gets_an_id_that_the_journal_does_not_know(path: Path, windows: Windows) -> None:
    """Where it can be asked."""
    for key_id in (1, 2):
        use(windows, key_id)
    file = KeyFile(network=NETWORK)
    known = Known("aaaa", windows.__contains__)
    file = enrolled(file, UnitRecord(station=1, account="1"), CCM, 128, AT, known)
    assert [key.id for key in file.units[0].keys] == [3]


def test_lost_counters_lock_every_unit_until_it_has_a_new_key(path: Path, windows: Windows) -> None:
    """A number of ours would come twice under one key; what has a key from then on is well."""
    counters = path.with_name("counters")
    add(path, "1234")
    add(path, "77")
    assert ids(book_of(path, windows, counters=FileCounters(counters))) == [1]
    assert ids(book_of(path, windows, counters=FileCounters(counters))) == [1]
    counters.unlink()
    for _ in range(2):
        book = book_of(path, windows, counters=FileCounters(counters))
        assert [one.account for one in book.locked] == ["1234", "77"]
        assert "the file of counters was lost" in book.locked[0].why
        assert list(book.all()) == []
    roll(path, "77", Known("aaaa", windows.__contains__))
    assert book.look()
    for now in (book, book_of(path, windows, counters=FileCounters(counters))):
        assert [one.account for one in now.locked] == ["1234"]
        assert ids(now, 2) == [2]


def test_the_counter_of_each_key_is_missed_by_itself(path: Path, windows: Windows) -> None:
    """An older copy of the file, or one that another channel has begun anew, does not hide the loss."""
    counters = path.with_name("counters")
    add(path, "1234")
    book_of(path, windows, counters=FileCounters(counters))
    old = counters.read_bytes()
    add(path, "77")
    book_of(path, windows, counters=FileCounters(counters))
    counters.write_bytes(old)
    book = book_of(path, windows, counters=FileCounters(counters))
    assert [one.account for one in book.locked] == ["77"]
    counters.unlink()
    other = path.with_name("other.json")
    add(other, "5", station=55)
    book_of(other, windows, counters=FileCounters(counters))
    assert counters.exists()
    book = book_of(path, windows, counters=FileCounters(counters))
    assert [one.account for one in book.locked] == ["1234", "77"]


def test_a_counter_is_there_before_its_key_is_bound(
    path: Path, windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash in between locks nobody; a file of counters that cannot be used stops the start with its name."""
    counters = path.with_name("counters")
    add(path, "1234")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("receiver.radio.keyfile._write", crash)
        with pytest.raises(KeyboardInterrupt):
            book_of(path, windows, counters=FileCounters(counters))
    assert load(path).units[0].keys[0].journal == ""
    assert ids(book_of(path, windows, counters=FileCounters(counters))) == [1]
    counters.write_text("torn")
    with pytest.raises(KeyFileError, match="counters: not a file of counters"):
        book_of(path, windows, counters=FileCounters(counters))


@pytest.mark.parametrize("spoilt", ["gone", "torn", "open to others"])
def test_a_file_that_cannot_be_read_changes_nothing_while_the_station_runs(
    path: Path, windows: Windows, spoilt: str
) -> None:
    """What it said stays in force, the trouble is told once, and a good file ends it."""
    add(path, "1234")
    book = book_of(path, windows)
    good = path.read_bytes()
    if spoilt == "gone":
        path.unlink()
    elif spoilt == "torn":
        path.write_bytes(good[:-20])
    else:
        path.chmod(0o644)
    assert book.look()
    assert str(path) in book.trouble
    assert not book.look()
    assert ids(book) == [1]
    with pytest.raises(KeyFileError):
        book_of(path, windows)
    path.write_bytes(good)
    path.chmod(0o600)
    assert book.look()
    assert book.trouble == ""
    assert not book.look()


def test_another_network_needs_a_restart(path: Path, windows: Windows) -> None:
    """The channel speaks for the one it began with."""
    add(path, "1234")
    book = book_of(path, windows)
    change(path, lambda file: replace(file, network=7) if file else KeyFile(network=7))
    assert book.look()
    assert "the network is 7 now and was 2561; restart the station" in book.trouble
    assert (book.network, ids(book)) == (NETWORK, [1])
    assert book_of(path, windows).network == 7


def test_a_look_waits_for_nobody(path: Path, windows: Windows) -> None:
    """It runs beside the panels' connections: a held file is read at a later look."""
    add(path, "1234")
    book = book_of(path, windows)
    add(path, "77")
    fd = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    assert book.look()
    assert "another program is changing it" in book.trouble
    assert ids(book, 2) == []
    os.close(fd)
    assert book.look()
    assert (book.trouble, ids(book, 2)) == ("", [1])


def test_a_change_while_it_is_read_is_not_missed(path: Path, windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is stamped before it is read, not after."""
    add(path, "1234")
    book_of(path, windows)

    def load_and_be_overtaken(file: Path) -> KeyFile:
        found = load(file)
        monkeypatch.undo()
        add(path, "77")
        return found

    monkeypatch.setattr("receiver.radio.book.load", load_and_be_overtaken)
    book = book_of(path, windows)
    assert book.find(2) is None
    assert book.look()
    assert ids(book, 2) == [1]


def test_with_the_real_journal_a_used_key_survives_and_a_replaced_journal_locks(tmp_path: Path, path: Path) -> None:
    """Identity and windows as a command reads them beside the station."""
    journal = tmp_path / "journal.db"
    store = JournalStore(journal)
    add(path, "1234")
    roll(path, "1234")
    book = RadioBook(path, store.identity, store.windows().__contains__)
    assert ids(book) == [1, 2]
    store.commit([Group((), 0, Counter(window_name(NETWORK, 1, 2), 5, bytes(4)))])
    store.close()
    with JournalReader(journal) as reader:
        known = Known(reader.identity, reader.window_names().__contains__)
    assert known.states(NETWORK, load(path).units[0]) == (KeyState.RETIRED, KeyState.IN_USE)
    again = JournalStore(journal)
    assert ids(RadioBook(path, again.identity, again.windows().__contains__)) == [2]
    again.close()
    journal.unlink()
    new = JournalStore(journal)
    book = RadioBook(path, new.identity, new.windows().__contains__)
    new.close()
    assert book.find(1) is None
    assert [one.account for one in book.locked] == ["1234"]


def test_states_of_keys(windows: Windows) -> None:
    """In use, next, retired and locked, side by side."""
    known = Known("aaaa", windows.__contains__)
    file = enrolled(KeyFile(network=NETWORK), UnitRecord(station=1, account="1"), CCM, 128, AT, known)

    def states() -> tuple[str, ...]:
        return tuple(state.value for state in known.states(NETWORK, file.units[0]))

    assert states() == ("in use",)
    file = rolled(file, "1", None, None, AT, known, instead=False)
    assert states() == ("in use", "next")
    with pytest.raises(KeyFileError, match=r"has a successor that was not used yet \(key 2\).*--replace"):
        rolled(file, "1", None, None, AT, known, instead=False)
    file = rolled(file, "1", None, None, AT, known, instead=True)
    assert [key.id for key in file.units[0].keys] == [1, 3]
    # What was read by a station is bound, or the journal could not know it.
    file = KeyFile(network=NETWORK, units=tuple(bound(one, "aaaa") for one in file.units))
    use(windows, 3)
    assert states() == ("retired", "in use")
    file = rolled(file, "1", None, None, AT, known, instead=False)
    assert states() == ("retired", "in use", "next")
    file = KeyFile(network=NETWORK, units=(bound(file.units[0], "aaaa"),))
    use(windows, 4)
    file = rolled(file, "1", None, None, AT, known, instead=False)
    assert [key.id for key in file.units[0].keys] == [3, 4, 5]
    assert states() == ("retired", "in use", "next")
    known = Known("bbbb", lambda window: False)
    assert states() == ("locked", "locked", "in use")


def bound(unit: UnitRecord, journal: str) -> UnitRecord:
    return replace(unit, keys=tuple(replace(key, journal=journal) for key in unit.keys))


def test_without_the_journal_a_successor_is_replaced_only_when_asked(windows: Windows) -> None:
    """Whether it was used cannot be known."""
    file = enrolled(KeyFile(network=NETWORK), UnitRecord(station=1, account="1"), CCM, 128, AT, None)
    file = rolled(file, "1", None, None, AT, None, instead=False)
    with pytest.raises(KeyFileError, match=r"perhaps has a successor .*\(key 2\).*name the station with -c"):
        rolled(file, "1", None, None, AT, None, instead=False)
    file = rolled(file, "1", None, None, AT, None, instead=True)
    assert [key.id for key in file.units[0].keys] == [1, 3]
