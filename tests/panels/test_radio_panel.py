"""What a simulated radio unit keeps over restarts, and when it refuses to speak."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from panels.brand import ProfileError
from panels.profiles import load, read
from panels.unit_state import FileShelf, KeptUnit, UnitStateError
from protocols.datagram import RadioKey, Suite
from protocols.radio.book import Ways
from protocols.radio.unit import Unit
from protocols.radio.unit_file import read_unit, write_unit
from receiver.adapters.counters import CounterError

KEY = RadioKey(1, Suite.AES_CCM_8, bytes(range(16)))
COUNTER = "radio/0a01/00000007/1/0"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of a unit that was never used."""
    path = tmp_path / "unit.json"
    path.write_bytes(write_unit(0x0A01, Unit(station=7, account="1234", key=KEY, test_s=60)))
    path.chmod(0o600)
    return path


def begun(file: Path) -> bool:
    return read_unit(file.read_bytes()).begun


def test_a_fresh_unit_begins_and_says_so_in_its_file(file: Path, tmp_path: Path) -> None:
    """From then on its counters must be there; the file stays private."""
    state = tmp_path / "counters.json"
    kept = KeptUnit(file, state)
    assert begun(file)
    assert kept.counters.names() == {COUNTER}
    assert [kept.counters.take(COUNTER) for _ in range(2)] == [0, 1]
    assert (file.stat().st_mode & 0o777, state.stat().st_mode & 0o777) == (0o600, 0o600)
    kept.shelf.close()
    assert KeptUnit(file, state).counters.take(COUNTER) == 2


def test_without_its_counters_a_used_unit_is_refused(file: Path, tmp_path: Path) -> None:
    """A lost state file, and one of another place: told what to do, and nothing is begun."""
    state = tmp_path / "counters.json"
    KeptUnit(file, state).shelf.close()
    state.unlink()
    for where in (state, tmp_path / "other.json"):
        with pytest.raises(UnitStateError, match="ptsn radio key roll 1234 --to FILE"):
            KeptUnit(file, where)
        assert not where.exists()


def test_a_crash_before_the_file_says_so_costs_nothing(file: Path, tmp_path: Path) -> None:
    """The counters go on where they are."""
    fresh = file.read_bytes()
    state = tmp_path / "counters.json"
    kept = KeptUnit(file, state)
    kept.counters.take(COUNTER)
    kept.shelf.close()
    file.write_bytes(fresh)
    again = KeptUnit(file, state)
    assert again.counters.take(COUNTER) == 1
    assert begun(file)


def test_a_folder_that_cannot_be_written_keeps_the_unit_from_speaking(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nobody would know later that it was in use."""

    def fails(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("panels.unit_state.put", fails)
    with pytest.raises(UnitStateError, match="cannot be written: Permission denied"):
        KeptUnit(file, tmp_path / "counters.json")
    monkeypatch.undo()
    KeptUnit(file, tmp_path / "counters.json")


def test_only_one_process_is_the_unit(file: Path, tmp_path: Path) -> None:
    """Two would send the same event twice, and lose each other's."""
    first = KeptUnit(file, tmp_path / "counters.json")
    with pytest.raises(UnitStateError, match="another program is this radio unit"):
        KeptUnit(file, tmp_path / "counters.json")
    first.shelf.close()
    KeptUnit(file, tmp_path / "counters.json")


def test_a_shelf_gives_back_what_was_put_there_last(tmp_path: Path) -> None:
    """Also to the next process, and privately."""
    shelf = FileShelf(tmp_path / "queue")
    assert shelf.load() == b""
    shelf.save(b"one")
    shelf.save(b"two")
    shelf.close()
    assert FileShelf(tmp_path / "queue").load() == b"two"
    assert (tmp_path / "queue").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("data", "mode", "said"),
    [
        (b"{}", 0o600, "not the file of a radio unit"),
        (b"\xff", 0o600, "not the file of a radio unit"),
        (None, 0o640, "others may read the key in it; run: chmod 600"),
    ],
)
def test_a_file_that_is_none_is_named(file: Path, tmp_path: Path, data: bytes | None, mode: int, said: str) -> None:
    """With what to do, and without its key."""
    if data is not None:
        file.write_bytes(data)
    file.chmod(mode)
    with pytest.raises(UnitStateError) as error:
        KeptUnit(file, tmp_path / "counters.json")
    assert said in str(error.value)
    assert KEY.material.hex() not in str(error.value)


def test_a_damaged_queue_is_named_and_lets_go_of_the_unit(file: Path, tmp_path: Path) -> None:
    """Whoever moves it away goes on; the counters are elsewhere."""
    state = tmp_path / "counters.json"
    kept = KeptUnit(file, state)
    kept.shelf.save(b"\xc1")
    kept.shelf.close()
    with pytest.raises(UnitStateError, match=r"cannot be read.*move it away"):
        KeptUnit(file, state)
    os.unlink(kept.shelf.path)
    KeptUnit(file, state).shelf.close()
    state.write_bytes(b"[]")
    with pytest.raises(CounterError):
        KeptUnit(file, state)


def test_a_profile_says_how_a_unit_speaks() -> None:
    """Of radio, and of nothing else."""
    assert load("radio-two-way").radio.ways is Ways.TWO
    assert (load("radio-one-way").radio.ways, load("radio-one-way").radio.ascii_form) == (Ways.ONE, True)
    least = '[identity]\nmaker = "M"\nmodel = "1"\nwhat = "w"\nsource = "unproven"\n[coding]\nscheme = "contact-id"\n'
    assert read(f'protocol = "radio"\n{least}', "mine", "mine.toml").radio.copies == 3
    for text, said in (
        (f"{least}[radio]\ncopies = 3\n", "radio: only the protocol radio has it"),
        (f'protocol = "radio"\n{least}[radio]\nways = "both"\n', "radio.ways: 'both' is not allowed"),
        (f'protocol = "radio"\n{least}[quirks.copies]\nvalue = 1000\nsource = "unproven"\n', "copies 1000: give 1 to"),
    ):
        with pytest.raises(ProfileError) as error:
            read(text, "mine", "mine.toml")
        assert said in str(error.value)
