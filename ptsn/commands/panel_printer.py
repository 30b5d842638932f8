"""What ``ptsn panel`` shows of the wire."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from protocols.ends import Source


class Printer:
    """Shows the wire, and keeps the last thing worth knowing about it."""

    def __init__(self, verbose: bool, say: Callable[[str], None] = click.echo) -> None:
        self._verbose = verbose
        self._say = say
        self._notes: deque[str] = deque(maxlen=10)

    def received(self, source: Source, data: bytes) -> None:
        """Bytes came in."""
        self._show("<-", data)

    def sent(self, source: Source, data: bytes) -> None:
        """Bytes went out."""
        self._show("->", data)

    def note(self, source: Source, text: str) -> None:
        """Something about the connection."""
        self._notes.append(text)
        if self._verbose:
            self._say(f"-- {text}")

    def hint(self, reason: str) -> str:
        """The last note that says something else than the reason, in brackets."""
        for text in reversed(self._notes):
            if reason not in text and not any(piece in reason for piece in text.split(": ", 1)):
                return f" ({text})"
        return ""

    def _show(self, direction: str, data: bytes) -> None:
        if self._verbose:
            # Control bytes are shown as \n, \r, \x1b: nothing a peer sends reaches the terminal as it is.
            self._say(f"{direction} {data.decode('latin-1').encode('unicode_escape').decode('ascii')}")
