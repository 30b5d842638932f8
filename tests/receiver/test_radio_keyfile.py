"""The file of radio keys: private, changed by one at a time, whole after a crash, and never telling a key."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import multiprocessing
import os
import stat
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from protocols.datagram import Suite
from protocols.radio.book import Ways
from receiver.radio.enrolment import enrolled, free_station, removed, rolled
from receiver.radio.keyfile import BusyError, KeyFile, KeyFileError, KeyRecord, UnitRecord, change, load

SECRET = "00112233445566778899aabbccddeeff"
AT = "2026-11-23T04:00:00.000Z"
CCM = Suite.AES_CCM_8


def key(number: int = 1, digits: str = SECRET, suite: Suite = CCM, journal: str = "") -> KeyRecord:
    return KeyRecord(id=number, suite=suite, key=digits, made_at=AT, journal=journal)


def unit(station: int = 1, account: str = "1234", *keys: KeyRecord) -> UnitRecord:
    return UnitRecord(station=station, account=account, keys=keys)


def with_new(account: str) -> Callable[[KeyFile | None], KeyFile]:
    def how(file: KeyFile | None) -> KeyFile:
        file = file or KeyFile(network=0xA01)
        return enrolled(file, UnitRecord(station=free_station(file), account=account), CCM, 128, AT, None)

    return how


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "radio-keys.json"


def test_a_file_is_made_private_and_comes_back_as_it_was(path: Path) -> None:
    """All of a unit, and nothing is left beside it."""
    record = UnitRecord(station=7, account="AB12", ways=Ways.ONE, test_s=180.5, last_id=3, keys=(key(3),))
    written = change(path, lambda file: KeyFile(network=2561, units=(record,)))
    assert load(path) == written
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused_with_the_command_that_helps(path: Path, mode: int) -> None:
    """Also for a change: what is in it may be known."""
    change(path, with_new("1"))
    path.chmod(mode)
    for attempt in (lambda: load(path), lambda: change(path, with_new("2"))):
        with pytest.raises(KeyFileError, match=f"others may read the keys in it; run: chmod 600 {path}"):
            attempt()


def test_a_file_that_cannot_be_read_or_is_missing_says_what_to_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose it must be; what makes one; which folder."""
    with pytest.raises(KeyFileError, match="no such file; ptsn radio key new makes it"):
        load(path)
    with pytest.raises(KeyFileError, match="does not exist; create it"):
        change(path / "deeper" / "keys", with_new("1"))

    def refused(*_: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(KeyFileError, match="cannot be read: Permission denied; run: chown USER"):
        load(path)


def test_a_change_waits_for_another_and_says_when_it_takes_too_long(path: Path) -> None:
    """The file is whole meanwhile."""
    change(path, with_new("1"))
    fd = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    with pytest.raises(BusyError, match="another program is changing it; try again"):
        change(path, with_new("2"), wait_s=0.02)
    os.close(fd)
    assert [one.account for one in change(path, with_new("2"), wait_s=0.0).units] == ["1", "2"]


@pytest.mark.parametrize("call", ["fsync", "replace", "fchown"])
def test_a_crash_before_the_new_file_is_in_place_leaves_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """And the next change is not hindered by what it left, nor does it take over its mode."""
    before = change(path, with_new("1"))
    Path(f"{path}.new").write_text("torn")
    Path(f"{path}.new").chmod(0o644)

    def fails(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fails)
        if call == "fchown":
            patch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        with pytest.raises(KeyFileError, match="cannot be written: No space left on device"):
            change(path, with_new("2"))
    assert load(path) == before
    assert len(change(path, with_new("2")).units) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == [path.name]


def test_a_change_leaves_the_file_with_its_owner(path: Path) -> None:
    """Also one by root; else the station could not read its keys any more."""
    change(path, with_new("1"))
    if os.getuid() == 0:
        # Only root can give files away; anybody else's stay his.
        os.chown(path, 12345, 23456)
    before = path.stat()
    change(path, with_new("2"))
    after = path.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def test_a_link_is_followed(path: Path, tmp_path: Path) -> None:
    """The file it names is changed; the link stays."""
    real = tmp_path / "elsewhere" / "keys.json"
    real.parent.mkdir()
    path.symlink_to(real)
    change(path, with_new("1"))
    change(path, with_new("2"))
    assert path.is_symlink()
    assert len(load(real).units) == 2


def _enrol(path: Path, first: int) -> None:
    for number in range(first, first + 10):
        change(path, with_new(str(number)), wait_s=30.0)


def test_two_processes_that_change_it_at_once_lose_nothing(path: Path) -> None:
    """Each sees what the other wrote: every unit is there, with a number of its own."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_enrol, args=(path, first)) for first in (100, 200, 300)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    file = load(path)
    assert {one.account for one in file.units} == {
        str(at) for first in (100, 200, 300) for at in range(first, first + 10)
    }
    assert [one.station for one in file.units] == list(range(1, 31))


def test_an_unchanged_file_is_not_written(path: Path) -> None:
    """Readers watch it."""
    change(path, with_new("1"))
    before = path.stat().st_ino
    change(path, lambda file: replace(file, network=0xA01) if file else KeyFile(network=1))
    assert path.stat().st_ino == before


# What must not be in it


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (KeyFile(network=1, units=(unit(1, "1"), unit(1, "2"))), "station 1 or account 2 is there twice"),
        (KeyFile(network=1, units=(unit(1, "1"), unit(2, "1"))), "station 2 or account 1 is there twice"),
        (KeyFile(network=1, units=(unit(1, "1", key(1), key(1, "11" * 16)),)), "key 1: the id stands there twice"),
        (KeyFile(network=1, units=(unit(1, "1", key(1), key(2, SECRET.upper())),)), "key 2: is the same as another"),
        (KeyFile(network=1, units=(unit(1, "1", key(1)), unit(2, "2", key(1)))), "key 1: is the same as another"),
        (KeyFile(network=1, units=(unit(1, "1", key(1, SECRET[2:])),)), "has 16 or 32 bytes, not 15"),
        (KeyFile(network=1, units=(unit(1, "1", key(1, SECRET, Suite.CHACHA20_POLY1305)),)), "has 32 bytes, not 16"),
        (KeyFile(network=1, units=(unit(1, "1", key(1, "xy" * 16)),)), "digits are not hexadecimal"),
    ],
)  # fmt: skip
def test_what_would_break_the_protection_is_refused_read_or_written(path: Path, file: KeyFile, says: str) -> None:
    """One key for two units, or under two ids, would seal two datagrams with one nonce."""
    import msgspec

    with pytest.raises(KeyFileError, match=says):
        change(path, lambda _: file)
    assert not path.exists()
    path.write_bytes(msgspec.json.encode(file))
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match=says) as error:
        load(path)
    assert SECRET[2:].lower() not in str(error.value).lower()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a file of radio keys"),
        (b"\xff\xfe", "not a file of radio keys"),
        (b'{"version": 1, "network": 70000}', "network"),
        (b'{"version": 2, "network": 1, "what": []}', "is of version 2, and this program reads version 1"),
        (b'{"network": 1}', "missing required field `version`"),
        (b'{"version": 1, "network": 1, "units": [{"station": 1, "account": "a b"}]}', "account"),
        (b'{"version": 1, "network": 1, "' + SECRET.encode() + b'": 1}', r"unknown field `\.\.\.`"),
    ],
)
def test_something_else_is_refused_and_never_repeated(path: Path, data: bytes, says: str) -> None:
    """A key in the wrong place must not come out in a log."""
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match=says) as error:
        load(path)
    assert SECRET not in str(error.value)


def test_keys_are_in_no_repr_log_or_traceback(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """However deep they are inside."""
    wrong = key(2, SECRET + "zz")
    file = KeyFile(network=1, units=(unit(1, "1", key(1), wrong),))
    logging.getLogger().warning("%r %s %r", file, file.units, [key(1).radio_key()])
    shown = [caplog.text, repr(file), f"{key(1)!s}"]
    for attempt in (lambda: change(path, lambda _: file), lambda: wrong.radio_key()):
        try:
            attempt()
        except Exception:
            shown.append(traceback.format_exc())
    assert len(shown) == 5
    assert not any(SECRET[:8] in text.lower() or "\\x00\\x11" in text for text in shown)


# Enrolling


def test_a_new_unit_has_a_key_of_its_own_and_the_next_number(path: Path) -> None:
    """Numbers and key ids of removed units do not come back by themselves, and ids not at all."""
    file = with_new("2")(with_new("1")(None))
    assert [(one.station, one.keys[0].id) for one in file.units] == [(1, 1), (2, 1)]
    assert file.units[0].keys[0].key != file.units[1].keys[0].key
    file = removed(rolled(file, "2", None, None, AT, None, instead=False), "2")
    file = with_new("3")(file)
    assert [(one.station, one.account) for one in file.units] == [(1, "1"), (3, "3")]
    file = enrolled(file, UnitRecord(station=2, account="4"), CCM, 128, AT, None)
    assert [(one.station, one.keys[0].id) for one in file.units] == [(1, 1), (2, 3), (3, 1)]
    assert file.removed == ()
    change(path, lambda _: file)
    assert load(path) == file


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (unit(5, "1"), "account 1 has a unit already, station 1; give it a new key with ptsn radio key roll 1"),
        (unit(1, "2"), "station 1 is the unit of account 1; choose another number"),
        (unit(5, "a-b"), "'a-b' is not an account's number"),
        (unit(1 << 32, "2"), "0 to 4294967295 are allowed"),
    ],
)
def test_a_unit_that_cannot_be_is_refused(record: UnitRecord, says: str) -> None:
    """Number and account belong to one unit."""
    with pytest.raises(KeyFileError, match=says):
        enrolled(with_new("1")(None), record, CCM, 128, AT, None)


@pytest.mark.parametrize(
    ("suite", "bits", "digits"), [(CCM, 128, 32), (CCM, 256, 64), (Suite.CHACHA20_POLY1305, 256, 64)]
)
def test_a_key_has_the_size_that_was_asked_for_and_so_has_its_successor(suite: Suite, bits: int, digits: int) -> None:
    """Unless something else is said."""
    file = enrolled(KeyFile(network=1), UnitRecord(station=1, account="1"), suite, bits, AT, None)
    assert len(file.units[0].keys[0].key) == digits
    file = rolled(file, "1", None, None, AT, None, instead=False)
    assert (file.units[0].keys[1].suite, len(file.units[0].keys[1].key)) == (suite, digits)
    file = rolled(file, "1", Suite.CHACHA20_POLY1305, None, AT, None, instead=True)
    assert file.units[0].keys[-1].radio_key().suite is Suite.CHACHA20_POLY1305


def test_a_size_that_the_suite_has_not_is_refused() -> None:
    """With those it has."""
    with pytest.raises(KeyFileError, match="a key for chacha20-poly1305 has 256 bits, not 128"):
        enrolled(KeyFile(network=1), UnitRecord(station=1, account="1"), Suite.CHACHA20_POLY1305, 128, AT, None)


def test_key_ids_end_and_never_come_round() -> None:
    """The journal knows each for ever."""
    file = KeyFile(network=1, units=(UnitRecord(station=1, account="1", last_id=254, keys=(key(254),)),))
    file = rolled(file, "1", None, None, AT, None, instead=False)
    assert file.units[0].keys[-1].id == 255
    with pytest.raises(KeyFileError, match="has had all 255 key ids; remove it and enrol it anew under another number"):
        rolled(file, "1", None, None, AT, None, instead=True)


def test_the_file_is_json_that_a_person_can_read(path: Path) -> None:
    """One line a value."""
    change(path, with_new("1"))
    assert json.loads(path.read_text())["units"][0]["account"] == "1"
    assert len(path.read_text().splitlines()) > 10
