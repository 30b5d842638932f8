"""A command prompt for a simulated panel: lines in, one after the other; results out as they come.

On a terminal with line editing and history, where what is told while somebody types is written above the line; fed by
a pipe without a prompt, each line done when the one before it is.

A thread of its own sits in readline. What is to be told meanwhile is written by that thread, between two keys, when
readline has nothing half drawn: two threads that write to one terminal tear each other's lines.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import DeferredQueue

from panels.actions import ACTIONS, FLOW

PROMPT = "panel> "


class Prompt:
    """Standard input and output of this process. Read by a thread of its own, for reading a terminal blocks.

    :attr:`lines` ends with None for Ctrl-D, or at the end of the pipe. ``times`` puts the time of day, local, in front
    of each line told.
    """

    def __init__(self, reactor: Any, times: bool = False) -> None:
        self.lines: DeferredQueue[str | None] = DeferredQueue()
        self.interactive = sys.stdin.isatty() and sys.stdout.isatty()
        self._reactor = reactor
        self._times = times
        self._lock = threading.Lock()
        """For all that follows, and for writing."""
        self._typing = False
        """The thread is in readline, or on its way there."""
        self._held: list[str] = []
        """To be told by the thread as soon as it can."""
        self._restore: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to read."""
        if self.interactive:
            self._set_up_terminal()
        target = self._read_terminal if self.interactive else self._read_pipe
        # A daemon: whoever sits in a read of the terminal cannot be called back from it.
        threading.Thread(target=target, name="prompt", daemon=True).start()

    def stop(self) -> None:
        """Leave the terminal as it was; what is told from now on stands below."""
        self._restore()
        with self._lock:
            if self._typing:
                sys.stdout.write("\r\x1b[J")  # the prompt that nobody answers any more
                self._write_plain()
            self._typing = False

    def say(self, text: str) -> None:
        """Print a line, above the one being typed."""
        if self._times:
            now = time.time()
            text = f"{time.strftime('%H:%M:%S', time.localtime(now))}.{int(now * 1000) % 1000:03} {text}"
        with self._lock:
            if self._typing:
                self._held.append(text)
            else:
                print(text, flush=True)

    def _write_plain(self) -> None:
        held, self._held = self._held, []
        sys.stdout.write("".join(f"{text}\n" for text in held))
        sys.stdout.flush()

    def _write_above(self) -> None:
        """Called by readline's thread between two keys: the prompt stands, with what is typed."""
        with self._lock:
            if not (self._held and self._typing):
                return
            import readline

            # What is typed is cleared, rows above the last included, and written again below. The cursor goes to its
            # end; readline itself puts it right with the next key.
            typed = f"{PROMPT}{readline.get_line_buffer()}"
            up = (len(typed) - 1) // max(1, os.get_terminal_size(sys.stdout.fileno()).columns or 80)
            above = f"\x1b[{up}A" if up else ""
            held, self._held = self._held, []
            sys.stdout.write(f"\r{above}\x1b[J" + "".join(f"{text}\n" for text in held) + typed)
            sys.stdout.flush()

    def _set_up_terminal(self) -> None:
        import readline
        import termios

        fd = sys.stdin.fileno()
        attributes = termios.tcgetattr(fd)
        names = sorted([*ACTIONS, *FLOW, "exit"])

        def complete(text: str, state: int) -> str | None:
            found = [f"{name} " for name in names if name.startswith(text)]
            return found[state] if state < len(found) else None

        def idle() -> int:
            self._write_above()
            return 0

        # CPython calls this hook ten times a second while readline waits for a key (PyOS_InputHook of its C interface).
        self._hook = ctypes.CFUNCTYPE(ctypes.c_int)(idle)
        place = ctypes.c_void_p.in_dll(ctypes.pythonapi, "PyOS_InputHook")
        place.value = ctypes.cast(self._hook, ctypes.c_void_p).value

        def restore() -> None:
            place.value = None
            termios.tcsetattr(fd, termios.TCSADRAIN, attributes)

        self._restore = restore
        readline.set_completer(complete)
        readline.parse_and_bind("tab: complete")

    def _read_terminal(self) -> None:
        while True:
            with self._lock:
                self._typing = True
            try:
                line: str | None = input(PROMPT)
            except (EOFError, KeyboardInterrupt, UnicodeDecodeError, ValueError):
                line = None
            with self._lock:
                self._typing = False
                if line is None:
                    print(flush=True)
                self._write_plain()
            self._reactor.callFromThread(self.lines.put, line)
            if line is None:
                return

    def _read_pipe(self) -> None:
        # Read below Python's buffers: a thread that holds their lock would keep the interpreter from ending.
        rest = b""
        fd = sys.stdin.fileno()
        while data := _some(fd):
            *lines, rest = (rest + data).split(b"\n")
            self._reactor.callFromThread(self._put, [line.decode("utf-8", "replace") for line in lines])
        self._reactor.callFromThread(self._put, [rest.decode("utf-8", "replace"), None] if rest else [None])

    def _put(self, lines: Sequence[str | None]) -> None:
        for line in lines:
            self.lines.put(line)


def _some(fd: int) -> bytes:
    try:
        return os.read(fd, 65_536)
    except OSError:
        return b""
