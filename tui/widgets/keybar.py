"""The line of keys: what can be done here, by importance as many as fit. Each can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len
from textual import events
from textual.content import Content

from tui.actions import Action, actions_of
from tui.widgets.line import Line

GAP = 2
"""Cells between two keys."""
NEEDED = 4
"""Actions up to this rank are worth shorter words; the others rather give way to whole words."""
_LEAST = 99


class Shown(Struct, frozen=True):
    """A key of the line: its cells from ``start`` to before ``end``."""

    action: str
    key: str
    words: str
    start: int
    end: int


class KeyBar(Line):
    """The last line of every page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page
        self.keys: list[Shown] = []

    def words(self, width: int) -> Content:
        """``F1 Help  Space Seen ..``"""
        console = self.console
        usable = [one for one in actions_of(self._page) if one.shown and console.offers(one.id)]
        # The key of the page that one is on does nothing: it gives way to all others.
        here = f"go_{self._page}"
        ranked = [replace(one, rank=_LEAST) if one.id == here else one for one in usable]
        keys = [(one, console.key_name(one.keys[0])) for one in ranked]
        self.keys = lay_out([(one, key, console.say(f"action.{one.id}")) for one, key in keys], width)
        there = {one.action for one in self.keys}
        if any(one.rank <= NEEDED and one.id not in there for one in ranked):
            shorter = lay_out([(one, key, self._short(one.id)) for one, key in keys], width)
            if len(shorter) > len(self.keys):
                self.keys = shorter
        parts: list[str | tuple[str, str]] = []
        at = 0
        for shown in self.keys:
            parts += [" " * (shown.start - at), (shown.key, "reverse"), f" {shown.words}"]
            at = shown.end
        return Content.assemble(*parts, " " * (width - at))

    def _short(self, action: str) -> str:
        """Words for a narrow terminal, where they are others than the usual ones."""
        console = self.console
        id_ = f"action.{action}.short"
        words = console.say(id_)
        return console.say(f"action.{action}") if words == id_ else words

    def on_click(self, event: events.Click) -> None:
        """Do what was clicked."""
        event.stop()
        for shown in self.keys:
            if shown.start <= event.x < shown.end:
                self.console.do(shown.action)


def lay_out(actions: Sequence[tuple[Action, str, str]], width: int) -> list[Shown]:
    """Places for as many as fit: the least important are left out first, the others keep their order."""
    kept = list(actions)
    while kept and sum(_cells(key, words) + GAP for _, key, words in kept) - GAP > width:
        least = max(range(len(kept)), key=lambda index: (kept[index][0].rank, index))
        del kept[least]
    shown, at = [], 0
    for action, key, words in kept:
        shown.append(Shown(action.id, key, words, at, at + _cells(key, words)))
        at += _cells(key, words) + GAP
    return shown


def _cells(key: str, words: str) -> int:
    return cell_len(key) + 1 + cell_len(words)
