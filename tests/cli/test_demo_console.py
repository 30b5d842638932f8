"""The demo in a terminal: the real console on a pseudo terminal, closed in every way there is."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.test_demo import folders, part
from tests.support.station import PTSN, until

IN_CONSOLE = "\x1b[?1049h"
"""Takes the other screen."""
BACK = "\x1b[?1049l"
F10 = "\x1b[21~"
F11 = "\x1b[23~"


def _own_terminal() -> None:
    """The terminal of standard input becomes that of the session: Ctrl-C and a closed window reach it as signals."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Screen:
    """A pseudo terminal with a demo in it, in a session of its own as a terminal window has it."""

    def __init__(self, tmp_path: Path, *arguments: str) -> None:
        self.tmp_path = tmp_path
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
        self.modes = termios.tcgetattr(self.slave)
        self.shown = ""
        self.demo = subprocess.Popen(
            [*PTSN, "demo", *arguments],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            preexec_fn=_own_terminal,
            env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "TMPDIR": str(tmp_path)},
        )
        self._closing = threading.Event()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        with suppress(OSError):
            while not self._closing.is_set():
                if select.select([self.master], [], [], 0.1)[0]:
                    self.shown += decode(os.read(self.master, 65536))

    def text(self) -> str:
        """What was written so far, without the sequences."""
        return re.sub(r"\x1b\[[0-9;?<>$]*[A-Za-z]", "", self.shown)

    def wait_for(self, words: str) -> None:
        """Until they were written."""
        until(lambda: words in self.text() or self.demo.poll() is not None, f"{words!r} in {self.text()[-3000:]!r}")
        assert words in self.text(), self.text()[-3000:]

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def close_window(self) -> None:
        """As a closed window does: nobody holds the other end any more, and the kernel sends SIGHUP."""
        self._closing.set()
        self._reading.join(30)
        os.close(self.slave)
        os.close(self.master)
        self.slave = self.master = -1

    def leave(self) -> None:
        """After a test."""
        self.demo.kill()
        self.demo.wait()
        self._closing.set()
        self._reading.join(30)
        for fd in (self.slave, self.master):
            if fd >= 0:
                os.close(fd)

    def ended(self, code: int = 0) -> None:
        """It ends with this code, and leaves nothing: no folder, no process, no mode of the terminal."""
        (folder,) = folders(self.tmp_path) or [self.tmp_path]
        assert self.demo.wait(90) == code, self.text()[-3000:]
        assert folders(self.tmp_path) == []
        assert not part(folder, "serve")
        assert not part(folder, "fleet")
        if self.slave >= 0:
            assert termios.tcgetattr(self.slave) == self.modes
            until(lambda: self.shown.rfind(BACK) > self.shown.rfind(IN_CONSOLE), "the first screen again")

    def ended_early(self) -> None:
        """As :meth:`ended`, without a console that came and went."""
        assert self.demo.wait(90) == 0, self.text()[-3000:]
        assert folders(self.tmp_path) == []
        assert termios.tcgetattr(self.slave) == self.modes


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """A demo that runs until it is ended."""
    screen = Screen(tmp_path)
    yield screen
    screen.leave()


def test_the_time_ends_the_console(tmp_path: Path) -> None:
    """What comes is shown by name; the summary follows as without a terminal."""
    screen = Screen(tmp_path, "--for", "6s")
    try:
        screen.wait_for("Panic alarm")
        screen.ended()
        screen.wait_for("the journal is whole; nothing is left behind")
        assert "Sample district: 24 schools report to tcp:127.0.0.1:" in screen.text()
    finally:
        screen.leave()


def test_a_key_raises_an_alarm_at_a_chosen_school(screen: Screen) -> None:
    """Picked from the list of the fleet; then the console is closed by its own key."""
    screen.wait_for("Panic alarm")
    screen.press(F11)
    screen.wait_for("7003")
    screen.press("7003\r")
    screen.wait_for("Low system battery")
    before = screen.text().count("Burglary")
    screen.press("burg\r")
    until(lambda: screen.text().count("Burglary") >= before + 2, "the burglary")
    screen.press(F10)
    screen.wait_for("Leave the console?")
    screen.press("\x1b[C\r")
    screen.ended()
    (signals,) = re.findall(r"signals: (\d+), of these by radio: \d+, alarms: ([2-9])", screen.text())
    assert int(signals[0]) > 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_told_to_stop_it_leaves_nothing_behind(screen: Screen, number: signal.Signals) -> None:
    """Neither a process nor a folder nor a terminal in disorder."""
    screen.wait_for("unseen")
    screen.demo.send_signal(number)
    screen.ended()


def test_a_closed_window_ends_it(screen: Screen) -> None:
    """Nothing can be written any more; nothing is left all the same."""
    screen.wait_for("unseen")
    screen.close_window()
    screen.ended()


def test_a_stop_before_the_console_is_there_is_obeyed(screen: Screen) -> None:
    """While the station starts."""
    screen.wait_for("starting the station")
    screen.demo.send_signal(signal.SIGTERM)
    screen.ended_early()


def test_a_station_that_dies_closes_the_console_and_is_told(screen: Screen) -> None:
    """On the first screen, with the end of its log."""
    screen.wait_for("unseen")
    (folder,) = folders(screen.tmp_path)
    os.kill(part(folder, "serve"), signal.SIGKILL)
    screen.ended(1)
    screen.wait_for("the station ended by itself (exit code -9)")


def test_the_console_needs_all_of_the_terminal(tmp_path: Path) -> None:
    """Piped into something else, the demo shows plain lines."""
    master, slave = pty.openpty()
    demo = subprocess.run(
        [*PTSN, "demo", "--for", "3s"],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C", "TMPDIR": str(tmp_path)},
    )
    os.close(slave)
    os.close(master)
    assert "#2" in demo.stdout
    assert IN_CONSOLE not in demo.stdout
