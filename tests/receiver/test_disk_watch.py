"""The room on the journal's disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, execute

from receiver.disk import EVERY_S, MB, DiskWatch, Room, measure

Told = list[tuple[str, int, dict[str, list[str]]]]


@pytest.fixture
def told() -> Told:
    return []


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Says how many MB are free from now on."""
    real = os.statvfs

    def say(megabytes: int) -> None:
        class Answer:
            f_frsize = 1000
            f_bavail = megabytes * 1000
            f_blocks = 10**9

        monkeypatch.setattr(os, "statvfs", lambda path: Answer() if real(path) else None)

    return say


def watch(told: Told, tmp_path: Path, low_mb: int = 500) -> DiskWatch:
    return DiskWatch(tmp_path / "journal.db", low_mb, execute, lambda *event: told.append(event))


def test_the_real_disk_is_measured(tmp_path: Path) -> None:
    """Journal with its write-ahead log, and what the file system says."""
    (tmp_path / "journal.db").write_bytes(b"x" * 1000)
    (tmp_path / "journal.db-wal").write_bytes(b"x" * 500)
    room = measure(tmp_path / "journal.db")
    assert room.journal == 1500
    assert 0 < room.free <= room.total


def test_little_room_is_told_once_and_its_end_once(told: Told, tmp_path: Path, free: Callable[[int], None]) -> None:
    """With priority 2, in bytes; a little above the bound is not the end of it."""
    disk = watch(told, tmp_path)
    free(600)
    disk.begin(low=False)
    for at, megabytes in enumerate((499, 400, 501, 549, 560, 520)):
        free(megabytes)
        disk.tick(at * EVERY_S)
    assert told == [
        ("disk.low", 2, {"free_bytes": [str(499 * MB)], "bound_bytes": [str(500 * MB)]}),
        ("disk.recovered", 0, {"free_bytes": [str(560 * MB)], "bound_bytes": [str(500 * MB)]}),
    ]
    assert disk.room == Room(0, 520 * MB, 10**12)


def test_a_restart_does_not_tell_again_what_is_known(told: Told, tmp_path: Path, free: Callable[[int], None]) -> None:
    """But that it is over, when it ended meanwhile."""
    free(400)
    watch(told, tmp_path).begin(low=True)
    assert told == []
    free(4000)
    watch(told, tmp_path).begin(low=True)
    assert [code for code, *_ in told] == ["disk.recovered"]


def test_zero_is_off(told: Told, tmp_path: Path, free: Callable[[int], None]) -> None:
    """However little there is."""
    free(0)
    watch(told, tmp_path, low_mb=0).begin(low=False)
    assert told == []


def test_a_disk_that_does_not_answer_is_asked_no_second_question(tmp_path: Path) -> None:
    """Nor does a failure end the watch; what was found last stands."""
    asked: list[Deferred[Any]] = []

    def never(work: Callable[[], Room]) -> Deferred[Any]:
        asked.append(Deferred())
        return asked[-1]

    disk = DiskWatch(tmp_path / "journal.db", 1, never, lambda *event: None)
    for at in range(5):
        disk.tick(at * EVERY_S)
    assert len(asked) == 1
    asked[0].errback(OSError("gone"))
    assert disk.room is None
    disk.tick(5 * EVERY_S)
    disk.tick(5 * EVERY_S + 1)
    assert len(asked) == 2
    asked[1].callback(Room(1, 2 * MB, 3))
    assert disk.room == Room(1, 2 * MB, 3)
