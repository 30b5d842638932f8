"""What disk and memory a check may take: whoever reaches its port can send it as much as the line carries."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

DISK_MAX = 500_000_000
"""Bytes of the temporary station. Its folder is often in memory itself (tmpfs)."""
MEMORY_MAX = 500_000_000
"""Bytes of this process in memory."""
_STATM = Path("/proc/self/statm")


class Room:
    """Looks after one check."""

    def __init__(self, folder: Path, disk: int = DISK_MAX, memory: int = MEMORY_MAX) -> None:
        self._folder = folder
        self._disk = disk
        self._memory = memory

    def used_up(self) -> bool:
        """Whether the check must end. Call it about once a second."""
        return size_of(self._folder) > self._disk or memory_used() > self._memory


def size_of(folder: Path) -> int:
    """Bytes of the files in a folder and below it."""
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += os.lstat(os.path.join(parent, name)).st_size
    return size


def memory_used() -> int:
    """Bytes of this process in memory; 0 where the system does not tell."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
