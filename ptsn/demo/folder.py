"""The demo's temporary folder.

A demo that is killed cannot remove its folder; the next one does. It knows such a folder by the mark inside: a file
that the demo keeps locked as long as it lives (flock: the kernel lets go of it with the process). A folder without a
mark, or with one that somebody holds, is never touched.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "ptsn-demo-"
MARK = "demo.json"


class DemoFolder:
    """A folder of one's own, for as long as this object is not removed. Raises OSError when none can be made."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            # Locked before it is a mark: nobody ever sees one that is free and in use.
            new = self.path / (MARK + ".new")
            self._mark = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._mark, fcntl.LOCK_EX)
            os.write(self._mark, json.dumps({"pid": os.getpid(), "started": round(time.time(), 3)}).encode())
            new.rename(self.path / MARK)
        except BaseException:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def remove(self) -> bool:
        """Remove it with all that is in it; whether nothing is left of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            os.close(self._mark)
        return not self.path.exists()


def remove_abandoned() -> list[Path]:
    """Remove the folders of demos of this user that live no more; which ones."""
    removed = []
    for folder in sorted(Path(tempfile.gettempdir()).glob(PREFIX + "*")):
        with suppress(OSError, ValueError):
            if _abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)
                if not folder.exists():
                    removed.append(folder)
    return removed


def _abandoned(folder: Path) -> bool:
    """Raises OSError or ValueError where it is no demo's."""
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
        return False
    mark = os.open(folder / MARK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        content = json.loads(os.read(mark, 1000))
        if not (isinstance(content, dict) and {"pid", "started"} <= content.keys()):
            return False
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)  # OSError while its demo lives
        return True
    finally:
        os.close(mark)
