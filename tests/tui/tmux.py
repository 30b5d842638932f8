"""A terminal for the console: tmux with a server of its own, so that nobody else's is touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.support.station import until


class Terminal:
    """A shell in a tmux window. A context manager that ends its own server and nothing else."""

    def __init__(self, folder: Path, columns: int = 120, rows: int = 40, environment: Mapping[str, str] | None = None):
        self._socket = folder / "tmux"
        self._size = (columns, rows)
        self._environment = {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **(environment or {})}

    def tmux(self, *arguments: str) -> str:
        """A command to the server."""
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            timeout=30,
            env=os.environ | self._environment,
        )
        return done.stdout

    def __enter__(self) -> Terminal:
        columns, rows = self._size
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), "env PS1='ready> ' sh")
        self.wait_for("ready>")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            print(self.screen())
        self.tmux("kill-server")

    def screen(self) -> str:
        """What the terminal shows."""
        return self.tmux("capture-pane", "-p")

    def type(self, text: str) -> None:
        """Text, as it is."""
        self.tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Keys, in tmux's names: ``F8``, ``Space``, ``Enter``, ``Escape``, ``C-c``."""
        self.tmux("send-keys", *keys)

    def run(self, command: str) -> None:
        """A command line."""
        self.type(command)
        self.press("Enter")

    def wait_for(self, text: str) -> str:
        """The screen, as soon as it shows a text."""
        shown: list[str] = []

        def seen() -> bool:
            shown[:] = [self.screen()]
            return text in shown[0]

        try:
            until(seen, repr(text))
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{shown[0]}") from None
        return shown[0]

    def wait_gone(self, text: str) -> None:
        """Until a text is no more to be seen."""
        until(lambda: text not in self.screen(), f"{text!r} to go")
