"""The terminal while a check runs: lines, and below them one status line.

Written by a thread of its own: a terminal that is held (Ctrl-S) or a pipe that nobody reads must not keep the station
from answering a panel. What does not fit into the queue is left out, and counted.
"""

from __future__ import annotations

import os
import shutil
import threading
import unicodedata
from collections.abc import Callable
from queue import Full, Queue
from typing import TextIO

WAITING = 2000
"""Pieces of output that wait at most."""
_CLEAR = "\r\x1b[K"


class Output:
    """Lines and a status line. For one thread; never blocks and never raises."""

    def __init__(self, write: Callable[[str], object], *, status: bool, waiting: int = WAITING) -> None:
        """``write`` takes a text and may block; ``status``: whether a terminal reads it, which can rewrite its last
        line."""
        self._write_out = write
        self._with_status = status
        self._status = ""
        self._left_out = 0
        self._queue: Queue[str | None] = Queue(waiting)
        self.broken = False
        """Nobody will ever read what is written: the pipe or the terminal is closed."""
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)
        self._thread.start()

    @property
    def width(self) -> int:
        """Columns, for wrapping: those of the terminal from 60 to 120; 100 where there is none."""
        return min(120, max(60, shutil.get_terminal_size((100, 24)).columns)) if self._with_status else 100

    def lines(self, lines: list[str]) -> None:
        """Write lines above the status."""
        if not lines:
            return
        if self._left_out:
            lines = [f"({self._left_out} pieces of output left out here: they were not read in time)", *lines]
        text = "".join(f"{line}\n" for line in lines)
        if self._with_status:
            text = f"{_CLEAR}{text}{self._status}"
        self._put(text)

    def status(self, text: str) -> None:
        """Rewrite the status line; nothing where there is none."""
        if not self._with_status:
            return
        self._status = fitting(text, shutil.get_terminal_size((80, 24)).columns - 1)
        if self._queue.empty():
            self._put(f"{_CLEAR}{self._status}")

    def close(self, patience_s: float = 5.0) -> None:
        """Take the status line away and wait for what is still to be written."""
        if self._with_status:
            self._put(_CLEAR)
        try:
            self._queue.put(None, timeout=patience_s)
        except Full:
            return
        self._thread.join(patience_s)

    def _put(self, text: str) -> None:
        try:
            self._queue.put_nowait(text)
        except Full:
            self._left_out += 1
        else:
            self._left_out = 0

    def _write(self) -> None:
        while (text := self._queue.get()) is not None:
            if self.broken:
                continue
            try:
                self._write_out(text)
            except (OSError, ValueError):
                self.broken = True


def writer(out: TextIO) -> Callable[[str], None]:
    """What writes straight to a file's descriptor.

    A thread that waits inside a Python file holds its lock, and whoever else wants to write to it waits for that lock
    where not even Ctrl-C is heard.
    """
    out.flush()
    number, encoding = out.fileno(), out.encoding or "utf-8"

    def write(text: str) -> None:
        data = memoryview(text.encode(encoding, "backslashreplace"))
        while data:
            data = data[os.write(number, data) :]

    return write


def fitting(text: str, columns: int) -> str:
    """As much of the text as fits into so many columns."""
    used = 0
    for index, one in enumerate(text):
        if not unicodedata.combining(one):
            used += 2 if unicodedata.east_asian_width(one) in "WF" else 1
        if used > columns:
            return text[:index]
    return text
