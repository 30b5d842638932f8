"""A check as its user sees it: lines as things happen, and a status line."""

from __future__ import annotations

import time
from collections.abc import Sequence

from panels.inspection import Inspection, KeyInfo, Note
from panels.inspection.notes import ConductNote, MessageNote
from ptsn.checking.live import Live
from ptsn.checking.opening import opening
from ptsn.checking.output import Output
from ptsn.checking.place import Place
from ptsn.checking.session import View
from ptsn.checking.words import Words
from ptsn.render import clean
from tui.telling.reasons import reason


class TerminalView(View):
    """Shows one check."""

    def __init__(
        self, output: Output, words: Words, keys: Sequence[KeyInfo], seconds: float | None, *, color: bool
    ) -> None:
        self._output = output
        self._words = words
        self._keys = keys
        self._seconds = seconds
        self._color = color
        self._live: Live | None = None
        self._since = time.monotonic()
        self._last: float | None = None
        self._findings: set[tuple[str, str]] = set()
        self._faulty = False

    def opened(self, place: Place) -> None:
        """The station listens: say what to type into the panel."""
        self._live = Live(self._words, place, color=self._color)
        self._since = time.monotonic()
        self._output.lines([*opening(place, self._keys, self._words, self._seconds, self._output.width), ""])

    def notes(self, notes: Sequence[Note]) -> None:
        """Something is worth telling."""
        live = self._live
        if live is None:
            return
        live.width = self._output.width
        lines: list[str] = []
        for note in notes:
            if isinstance(note, MessageNote):
                self._last = time.monotonic()
                self._findings.update((note.account, found.id) for found in note.found)
            elif isinstance(note, ConductNote):
                self._findings.add((note.account, note.found.id))
            lines += live.lines(note)
        self._output.lines(lines)

    def tick(self, inspection: Inspection) -> bool:
        """A second has passed."""
        words, now = self._words, time.monotonic()
        elapsed = now - self._since
        left = ""
        if self._seconds is not None:
            left = words("status.left", left=words.duration(max(0, round(self._seconds - elapsed))))
        last = words("status.waiting")
        if self._last is not None:
            last = words("status.last", time=words.duration(round(now - self._last)))
        self._output.status(
            words(
                "status",
                elapsed=words.duration(round(elapsed)),
                left=left,
                messages=inspection.messages,
                panels=inspection.panels,
                findings=len(self._findings),
                last=last,
            )
        )
        if inspection.faults and not self._faulty:
            self._faulty = True
            self._output.lines([words("live.fault")])
        return not self._output.broken

    def link(self, address: str, error: str) -> None:
        """What is opened from here cannot be opened."""
        self._output.lines(
            [self._words("live.not-opened", address=clean(address), why=reason(error, self._words.language))]
        )

    def full(self) -> None:
        """The check ends by itself."""
        self._output.lines([self._words("live.full")])

    def ending(self) -> None:
        """The check ends."""
        self._output.lines(["", self._words("live.ending")])

    def fault(self, text: str) -> None:
        """The log has something grave to say."""
        self._output.lines([f"ptsn: {text}"])
