"""The lock that keeps a second writer out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from receiver.lock import LockedError, StationLock

ROOT = Path(__file__).parents[2]

HOLDER = """
import sys
from pathlib import Path
from receiver.lock import StationLock
with StationLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_is_told_who_has_it(tmp_path: Path) -> None:
    """By process number; and the kernel gives the lock back when the holder is killed."""
    path = tmp_path / "journal.db.lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=rf"in use by a station \(process {child.pid}\); stop it first"):
            StationLock(path).acquire()
        child.kill()
        child.wait()
    with StationLock(path):
        pass


def test_a_lock_can_be_taken_again_after_its_release(tmp_path: Path) -> None:
    """And only then, in the same process too."""
    lock = StationLock(tmp_path / "lock", "ptsn accounts")
    with lock, pytest.raises(LockedError, match="in use by ptsn accounts"):
        StationLock(tmp_path / "lock").acquire()
    with lock:
        pass
    lock.release()


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    """With the name of the file."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        StationLock(tmp_path / "nowhere" / "lock").acquire()
