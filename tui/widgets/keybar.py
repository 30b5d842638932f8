"""The line of keys: what can be done here, by importance as many as fit. Each can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len
from textual import events
from textual.content import Content

from tui.actions import Action, actions_of
from tui.widgets.line import Line

GAP = 2
"""Cells between two keys."""


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
        self.keys = lay_out(
            [(one, console.key_name(one.keys[0]), console.say(f"action.{one.id}")) for one in usable], width
        )
        parts: list[str | tuple[str, str]] = []
        at = 0
        for shown in self.keys:
            parts += [" " * (shown.start - at), (shown.key, "reverse"), f" {shown.words}"]
            at = shown.end
        return Content.assemble(*parts, " " * (width - at))

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
