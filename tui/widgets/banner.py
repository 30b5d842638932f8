"""The banner: full width, only while it is true: NO CONNECTION, faults, trouble, EXERCISE, DEMO, BEHIND, slowness."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tui.state.health import Connection
from tui.widgets.cells import fit, visible
from tui.widgets.line import Line

if TYPE_CHECKING:
    from tui.app import Console

SMALLEST = (80, 24)
"""Cells that the pages are laid out for, columns and rows."""
SLOW_S = 1.0
"""The console says that it falls behind itself when its timer comes this late."""


class BannerLine(Line):
    """One line of it; shown while there are words for it."""

    def __init__(self, kind: str) -> None:
        super().__init__(classes=f"-{kind}")
        self.kind = kind
        self.text = ""

    def words(self, width: int) -> Content:
        """In the middle, so that it looks like nothing else."""
        return Content(fit(self.text.center(width) if len(self.text) < width else self.text, width))


class Banner(Vertical):
    """The lines in the order of their weight."""

    KINDS = ("down", "why", "fault", "trouble", "stalled", "mode", "behind", "slow", "small")

    def compose(self) -> ComposeResult:
        """All lines, none shown yet."""
        for kind in self.KINDS:
            line = BannerLine(kind)
            line.display = False
            yield line

    def show(self) -> None:
        """What is true now."""
        lines = list(self.query(BannerLine))
        true = dict(banners(lines[0].console)) if lines else {}
        for line in lines:
            line.text = true.get(line.kind, "")
            line.set_class(line.kind == "mode" and line.console.mode != "demo", "-exercise")
            if line.display != bool(line.text):
                line.display = bool(line.text)
            line.show()
        if self.display != bool(true):
            self.display = bool(true)


def banners(console: Console) -> Iterator[tuple[str, str]]:
    """``(kind, words)`` of all that must be said across the screen now."""
    health, say, now = console.station.health, console.say, console.now()
    connection = console.connection
    if connection is Connection.DOWN:
        if since := console.last_contact():
            yield "down", say("banner.down", since=since, span=console.span(health.age_s(now)))
        else:
            yield "down", say("banner.down-never", address=visible(console.options.address))
        yield "why", say("banner.why", why=console.why())
    elif connection is Connection.CONNECTING:
        yield "down", say("banner.connecting", address=visible(console.options.address))
    for part, why in health.faults(now).items():
        known = say(f"page.{part}")
        yield "fault", say("banner.fault", part=visible(part if known == f"page.{part}" else known), why=visible(why))
    if health.trouble:
        since = console.teller.time(health.trouble_since)
        yield "trouble", say("banner.trouble", since=since, error=visible(health.trouble))
    elif health.stalled:
        yield "stalled", say("banner.stalled")
    if console.mode != "live":
        yield "mode", console.mode_words()
    if health.is_behind(now):
        yield "behind", say("banner.behind", count=health.behind, span=console.span(health.behind_s(now)))
    if console.lag_s >= SLOW_S:
        yield "slow", say("banner.slow", span=console.span(console.lag_s))
    size = console.size
    if size.width < SMALLEST[0] or size.height < SMALLEST[1]:
        yield "small", say("banner.small", width=size.width, height=size.height)
