"""The terminal: whatever comes from it, and whatever becomes of it, the console lives or ends as it is told to."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

WITHIN_S = 20.0
APP = """
import sys
from textual.app import App
from textual.widgets import Static
from tui.terminal import Terminal

class Little(App):
    CSS = "Static { height: 1fr; }"

    def compose(self):
        yield Static()

    def on_mount(self):
        self.shade = 0
        self.set_interval(0.01, self.fill)

    def fill(self):
        self.shade += 1
        self.query_one(Static).update(chr(0x41 + self.shade % 26) * 4000)

    def on_key(self, event):
        with open(sys.argv[1], "a") as file:
            file.write(event.key + "\\n")
        if event.key == "q":
            self.exit()

Little(driver_class=Terminal).run()
sys.exit(7)
"""


class Held:
    """The little program on a terminal of ours."""

    def __init__(self, folder: Path) -> None:
        self.keys = folder / "keys"
        self.keys.touch()
        self.master, slave = pty.openpty()
        program = [sys.executable, "-c", APP, str(self.keys)]
        environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
        root = Path(__file__).parent.parent.parent
        self.process = subprocess.Popen(
            program, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=root, start_new_session=True
        )
        os.close(slave)

    def read(self) -> bytes:
        """What it wrote."""
        return os.read(self.master, 65536) if select.select([self.master], [], [], 0.01)[0] else b""

    def until(self, condition: Callable[[], object], *, reading: bool = True) -> None:
        """Wait, taking what it writes or not."""
        end = time.monotonic() + WITHIN_S
        while not condition():
            assert time.monotonic() < end, f"keys so far: {self.keys.read_text()!r}"
            if reading:
                with suppress(OSError):
                    self.read()
            time.sleep(0.005)

    def pressed(self, key: str) -> bool:
        """Whether it was told of a key."""
        return key in self.keys.read_text().split()


@contextmanager
def program(folder: Path) -> Iterator[Held]:
    """It, taking keys."""
    held = Held(folder)
    try:
        seen = b""
        end = time.monotonic() + WITHIN_S
        while b"AAAA" not in seen and time.monotonic() < end:
            seen += held.read()
        os.write(held.master, b"s")
        held.until(lambda: held.pressed("s"))
        yield held
    finally:
        held.process.kill()
        held.process.wait()
        with suppress(OSError):
            os.close(held.master)


@pytest.mark.parametrize(
    "nonsense",
    [b"\xe9", b"\xff\xfe\xc0", b"\x1b[M\x20\xf0\xf1", b"\x1b[3:A", b"\x1b[1114112u", b"\x1b[99999999999999999999Q"],
    ids=["windows-1251", "no UTF-8", "old mouse report", "empty number", "no character", "huge number"],
)
def test_what_is_no_key_harms_nobody_and_the_next_key_counts(tmp_path: Path, nonsense: bytes) -> None:
    with program(tmp_path) as held:
        os.write(held.master, nonsense + b"xx")
        held.until(lambda: held.pressed("x"))
        os.write(held.master, b"q")
        held.until(lambda: held.process.poll() is not None)
        assert held.process.returncode == 7


def test_a_terminal_that_takes_nothing_stops_neither_the_program_nor_its_end(tmp_path: Path) -> None:
    """As with Ctrl-S: it goes on working, and ends when it is told to."""
    with program(tmp_path) as held:
        # Every key is told of while more is drawn than the terminal holds.
        for number in range(60):
            os.write(held.master, b"y")
            held.until(lambda most=number: held.keys.read_text().count("y") > most, reading=False)
        os.write(held.master, b"q")
        held.until(lambda: held.process.poll() is not None, reading=False)
        assert held.process.returncode == 7


def test_a_terminal_that_is_closed_ends_the_program(tmp_path: Path) -> None:
    """Also without SIGHUP, as the terminal is not the program's own here."""
    with program(tmp_path) as held:
        os.close(held.master)
        held.until(lambda: held.process.poll() is not None, reading=False)
        assert held.process.returncode == 7
