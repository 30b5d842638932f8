"""The console's list before 100,000 rows, on a terminal: processor time of a storm of rows, and how soon a key shows.

``python -m bench.console_list SCENE`` is the console's side of it: the list alone, fed by itself.
"""

from __future__ import annotations

import re
import select
import sys
import time
from collections import deque
from collections.abc import Hashable
from pathlib import Path

from textual.app import App, ComposeResult

from bench.options import Options
from bench.processes import PATIENCE_S, BenchError
from bench.table import Table, percentile, say
from bench.terminals import Terminal
from tui import themes
from tui.look import State
from tui.widgets.virtual_list import Column, Row, VirtualList

ROWS = 100_000
RATE = 1000
FEEDS = 50
"""Times a second that rows arrive; the list looks ten times a second."""
SCENES = {
    "still": "nothing happens",
    "follow": "rows appended, the end followed",
    "append": "rows appended, another place read",
    "above": "rows put above the selected one",
    "bound": "rows appended, as many removed at the top",
}
_COLUMNS = (
    Column("time", "Time", 8),
    Column("account", "Account", 8),
    Column("site", "Site", grow=2),
    Column("event", "Event", grow=3),
    Column("zone", "Zone", 10, drop=1),
    Column("adapter", "Adapter", 10, drop=2),
)
_STATES = tuple(State)
_NOTHING = re.compile(rb"(?!)")


class Numbers:
    """Rows by running number."""

    def __init__(self) -> None:
        self.keys = deque(range(ROWS))
        self.down = False

    def __len__(self) -> int:
        return len(self.keys)

    def key(self, index: int) -> int:
        """Numbers run without a gap."""
        return self.keys[0] + index

    def index(self, key: Hashable) -> int | None:
        """As RowSource."""
        assert isinstance(key, int)
        at = key - self.keys[0]
        return at if 0 <= at < len(self.keys) else None

    def row(self, index: int) -> Row:
        """As RowSource."""
        key = self.key(index)
        clock = f"{key // 3600 % 24:02d}:{key // 60 % 60:02d}:{key % 60:02d}"
        cells = (clock, f"A{key % 10_000:04d}", f"School No. {key % 300}", f"Burglary, zone {key}", f"{key % 64}", "ip")
        return Row(key, cells, _STATES[key % len(_STATES)])

    def feed(self, scene: str, count: int) -> None:
        """Rows come."""
        if scene == "above":
            self.keys.extendleft(range(self.keys[0] - 1, self.keys[0] - 1 - count, -1))
            return
        self.keys.extend(range(self.keys[-1] + 1, self.keys[-1] + 1 + count))
        if scene == "bound":
            for _ in range(count):
                self.keys.popleft()


class Lone(App[None]):
    """The list, and rows that come."""

    CSS_PATH = [themes.BASE_CSS]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, scene: str) -> None:
        super().__init__()
        themes.install(self)
        self.scene = scene
        self.rows = Numbers()
        self.list = VirtualList(self.rows, _COLUMNS, follow=scene == "follow")

    def compose(self) -> ComposeResult:
        """The list alone."""
        yield self.list

    def on_mount(self) -> None:
        """Begin."""
        self.list.focus()
        self.list.select(ROWS - 1 if self.scene == "follow" else ROWS // 2)
        if self.scene != "still":
            self.set_interval(1 / FEEDS, self.feed)

    def feed(self) -> None:
        """Rows come."""
        self.rows.feed(self.scene, RATE // FEEDS)
        self.list.changed()


def measure(options: Options, folder: Path) -> Table:
    """Every scene on a terminal of 160 by 50."""
    title = f"The console's list: {ROWS:,} rows, {RATE:,} a second, 160x50"
    table = Table(title, "scene", "% of a core", "open, ms", "key shows, ms: median", "p99", "kB/s painted", "MiB")
    for scene, words in SCENES.items():
        began = time.monotonic()
        terminal = Terminal([sys.executable, "-m", "bench.console_list", scene])
        try:
            _until_cursor(terminal, b"")
            opened = time.monotonic() - began
            start, cpu, painted = time.monotonic(), terminal.cpu_s(), terminal.painted
            keys = _press(terminal, scene, start + options.paced_s)
            took = time.monotonic() - start
            share = (terminal.cpu_s() - cpu) / took * 100
            rate = (terminal.painted - painted) / took / 1000
            times = [key * 1000 for key in keys]
            table.row(
                words,
                f"{share:.0f}",
                f"{opened * 1000:.0f}",
                f"{percentile(times, 0.5):.0f}",
                f"{percentile(times, 0.99):.0f}",
                f"{rate:.0f}",
                f"{terminal.rss_mib():.0f}",
            )
        finally:
            terminal.stop()
        say(f"{words}: {len(keys)} keys")
    table.note("open: from the start of the process to the first cursor, imports included; keys: four a second.")
    return table


def _press(terminal: Terminal, scene: str, end: float) -> list[float]:
    """Press keys and wait for each to show. Seconds."""
    moves = (b"\x1b[F",) if scene == "follow" else (b"\x1b[B", b"\x1b[B", b"\x1b[A", b"\x1b[6~", b"\x1b[5~")
    times: list[float] = []
    while not times or time.monotonic() < end:
        _drain(terminal, 0.25)
        pressed = time.monotonic()
        _until_cursor(terminal, moves[len(times) % len(moves)])
        times.append(time.monotonic() - pressed)
    return times


def _drain(terminal: Terminal, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([terminal.fd], [], [], left)[0]:
            terminal.read(_NOTHING, 0.0)


def _until_cursor(terminal: Terminal, key: bytes) -> None:
    """Until the mark of the cursor is painted."""
    if key:
        terminal.press(key)
    end = time.monotonic() + PATIENCE_S
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal.fd], [], [], left)[0] and b">" in terminal.read(_NOTHING, 0.0):
            return
    raise BenchError("the list showed no cursor")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in SCENES:
        sys.exit(f"usage: python -m bench.console_list {'|'.join(SCENES)}")
    Lone(sys.argv[1]).run()
