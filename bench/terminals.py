"""Consoles on terminals of their own, watched: ``python -m bench.terminals CONFIG CONSOLES SECONDS REST PREFIX``.

Each console is the real command on a pseudo-terminal of 160 by 50. What it paints is searched for account numbers
beginning with ``PREFIX``: the first time one stands on a screen is noted. While that goes on, keys are pressed on the
first console (another page, and back) and the time is taken until its screen says so. All clocks are
CLOCK_MONOTONIC, which processes share. Prints ``ready``, and at the end one line of JSON.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

SIZE = (50, 160)
KEYS_EVERY_S = 0.5
PATIENCE_S = 30.0
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]")


class Terminal:
    """A console on a pseudo-terminal."""

    def __init__(self, command: list[str]) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8", LINES="50", COLUMNS="160")
            os.execvp(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        self.seen: dict[str, float] = {}
        self.painted = 0
        self._rest = b""

    def read(self, pattern: re.Pattern[bytes], now: float) -> bytes:
        """What it painted since the last call, escape sequences taken out; new matches are noted with the time."""
        with suppress(OSError):
            data = os.read(self.fd, 1 << 20)
            self.painted += len(data)
            text = _ESCAPES.sub(b"", self._rest + data)
            self._rest = data[-64:]
            for found in pattern.findall(text):
                self.seen.setdefault(found.decode(), now)
            return text
        return b""

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self.fd, key)

    def cpu_s(self) -> float:
        """Processor time used so far, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_S

    def rss_mib(self) -> float:
        """Resident memory in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def stop(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            # What it still wants to paint must be taken, or it never ends.
            if select.select([self.fd], [], [], 0.05)[0]:
                with suppress(OSError):
                    os.read(self.fd, 1 << 20)
            with suppress(ChildProcessError):
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    break
        else:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)


def main() -> None:
    """Start the consoles, watch them, say what was seen."""
    if len(sys.argv) != 6:
        sys.stderr.write(f"usage: {__doc__}\n")
        sys.exit(2)
    config, count, prefix = sys.argv[1], int(sys.argv[2]), sys.argv[5]
    seconds, rest_s = float(sys.argv[3]), float(sys.argv[4])
    pattern = re.compile(prefix.encode() + rb"[0-9]{4}")
    command = [sys.executable, "-m", "ptsn", "console", "-c", config, "--operator", "bench", "--lang", "en"]
    terminals = [Terminal(command) for _ in range(count)]
    keys: list[float] = []
    try:
        _settle(terminals, pattern, rest_s)
        before = [each.cpu_s() for each in terminals]
        began = time.monotonic()
        print("ready", flush=True)
        _watch(terminals, pattern, began + seconds, keys)
        took = time.monotonic() - began
        result = {
            "seen": [each.seen for each in terminals],
            "keys": keys,
            "cpu": [(each.cpu_s() - start) / took for each, start in zip(terminals, before, strict=True)],
            "rss": [each.rss_mib() for each in terminals],
            "painted": [each.painted for each in terminals],
        }
    finally:
        for each in terminals:
            each.stop()
    print(json.dumps(result), flush=True)


def _settle(terminals: list[Terminal], pattern: re.Pattern[bytes], rest_s: float) -> None:
    """Wait until every console has painted its first page, and for so long after it."""
    began = time.monotonic()
    by_fd = {each.fd: each for each in terminals}
    opened: set[int] = set()
    quiet = 0.0
    while not quiet or time.monotonic() < quiet:
        if time.monotonic() > began + PATIENCE_S:
            sys.exit(f"{len(terminals) - len(opened)} of {len(terminals)} consoles did not open")
        for fd in select.select(by_fd, [], [], 0.1)[0]:
            if b"F10" in by_fd[fd].read(pattern, time.monotonic()):
                opened.add(fd)
        if len(opened) == len(terminals) and not quiet:
            quiet = time.monotonic() + rest_s


def _watch(terminals: list[Terminal], pattern: re.Pattern[bytes], end: float, keys: list[float]) -> None:
    """Read what they paint; press keys on the first of them."""
    by_fd = {each.fd: each for each in terminals}
    first = terminals[0]
    turns = ((b"\x1bOR", b"Journal"), (b"\x1bOQ", b"Alarms"))  # F3, F2
    pressed, turn = 0.0, 0
    next_key = time.monotonic() + KEYS_EVERY_S
    while (now := time.monotonic()) < end:
        if not pressed and now >= next_key:
            pressed = time.monotonic()
            first.press(turns[turn % 2][0])
        for fd in select.select(by_fd, [], [], 0.02)[0]:
            each = by_fd[fd]
            text = each.read(pattern, time.monotonic())
            # The title of the page is the first thing on the screen.
            if each is first and pressed and _titled(text, turns[turn % 2][1]):
                keys.append(time.monotonic() - pressed)
                pressed, turn, next_key = 0.0, turn + 1, time.monotonic() + KEYS_EVERY_S
        if pressed and now - pressed > PATIENCE_S:
            keys.append(PATIENCE_S)
            pressed, turn, next_key = 0.0, turn + 1, now + KEYS_EVERY_S


def _titled(text: bytes, title: bytes) -> bool:
    return title in text


if __name__ == "__main__":
    main()
