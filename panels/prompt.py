"""A command prompt for a simulated panel: lines in, one after the other; results out as they come.

On a terminal with line editing and history, where what is told while somebody types is written above the line; fed by
a pipe without a prompt, each line done when the one before it is.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import DeferredQueue

from panels.actions import ACTIONS, FLOW

PROMPT = "panel> "


class Prompt:
    """Standard input and output of this process. Read by a thread of its own, for reading a terminal blocks.

    ``closing`` is called for Ctrl-D, or the end of the pipe, as :attr:`lines` then ends with None.
    """

    def __init__(self, reactor: Any) -> None:
        self.lines: DeferredQueue[str | None] = DeferredQueue()
        self.interactive = sys.stdin.isatty() and sys.stdout.isatty()
        self._reactor = reactor
        self._typing = False
        self._restore: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to read."""
        if self.interactive:
            self._set_up_terminal()
        target = self._read_terminal if self.interactive else self._read_pipe
        # A daemon: whoever sits in a read of the terminal cannot be called back from it.
        threading.Thread(target=target, name="prompt", daemon=True).start()

    def stop(self) -> None:
        """Leave the terminal as it was."""
        self._restore()

    def say(self, text: str) -> None:
        """Print a line, above the one being typed."""
        if not self._typing:
            print(text, flush=True)
            return
        import readline

        # What is typed is cleared, rows above the last included, and written again below. The cursor goes to its end;
        # readline itself puts it right with the next key.
        typed = f"{PROMPT}{readline.get_line_buffer()}"
        up = (len(typed) - 1) // max(1, os.get_terminal_size(sys.stdout.fileno()).columns or 80)
        above = f"\x1b[{up}A" if up else ""
        sys.stdout.write(f"\r{above}\x1b[J{text}\n{typed}")
        sys.stdout.flush()

    def _set_up_terminal(self) -> None:
        import readline
        import termios

        fd = sys.stdin.fileno()
        attributes = termios.tcgetattr(fd)
        self._restore = lambda: termios.tcsetattr(fd, termios.TCSADRAIN, attributes)
        names = sorted([*ACTIONS, *FLOW])

        def complete(text: str, state: int) -> str | None:
            found = [f"{name} " for name in names if name.startswith(text)]
            return found[state] if state < len(found) else None

        def begin() -> None:
            self._typing = True

        readline.set_pre_input_hook(begin)  # the prompt is on the screen
        readline.set_completer(complete)
        readline.parse_and_bind("tab: complete")

    def _read_terminal(self) -> None:
        while True:
            try:
                line: str | None = input(PROMPT)
            except (EOFError, KeyboardInterrupt, UnicodeDecodeError, ValueError):
                line = None
            self._typing = False
            self._reactor.callFromThread(self.lines.put, line)
            if line is None:
                return

    def _read_pipe(self) -> None:
        # Read below Python's buffers: a thread that holds their lock would keep the interpreter from ending.
        rest = b""
        fd = sys.stdin.fileno()
        while data := _some(fd):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._reactor.callFromThread(self.lines.put, line.decode("utf-8", "replace"))
        if rest:
            self._reactor.callFromThread(self.lines.put, rest.decode("utf-8", "replace"))
        self._reactor.callFromThread(self.lines.put, None)


def _some(fd: int) -> bytes:
    try:
        return os.read(fd, 65_536)
    except OSError:
        return b""
