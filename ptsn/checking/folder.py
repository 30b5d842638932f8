"""The folder of a temporary station: made for its owner alone, and removed whichever way the check ends."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from receiver.lock import LockedError, StationLock
from receiver.settings import SOCKET_PATH_MAX

PREFIX = "ptsn-check-"
LOCK = "journal.db.lock"
_PARENT_MAX = SOCKET_PATH_MAX - 40
"""Bytes that the name of the folder's own folder may have, so that the socket inside can be opened."""
_SETTLED_S = 60.0
"""A lock younger than this may be about to be taken."""


def make() -> Path:
    """A new folder that only its owner can open. Remains of checks that were killed are removed. Raises OSError."""
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) > _PARENT_MAX:
        parent = "/tmp"  # noqa: S108 - the folder made there is the user's own, of mode 0700
    sweep(Path(parent))
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))


def remove(folder: Path) -> None:
    """Remove it; a file that is made meanwhile is removed by the second try."""
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Remove the folders of checks of this user that run no more: nobody holds their lock."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_ours(folder) and _is_left(folder):
                remove(folder)


def _is_ours(folder: Path) -> bool:
    """A folder of this user, and no link to another one."""
    about = folder.lstat()
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()


def _is_left(folder: Path) -> bool:
    """Whether the process that held its lock has ended, or did so before it made one."""
    lock = folder / LOCK
    try:
        about = lock.lstat()
    except FileNotFoundError:
        return time.time() - folder.lstat().st_mtime >= _SETTLED_S
    if time.time() - about.st_mtime < _SETTLED_S:
        return False
    held = StationLock(lock)
    try:
        held.acquire()
    except LockedError:
        return False
    held.release()
    return True
