"""A picture of the screen: as text, or as SVG."""

from __future__ import annotations

from typing import Any

from textual.app import App


def screen_text(app: App[Any]) -> str:
    """What stands on the screen, line by line, without styles and without the blanks at the ends of lines."""
    strips = app.screen._compositor.render_strips(app.size)  # as Textual's own pictures are made
    lines = ["".join(one.text for one in strip if not one.control).rstrip() for strip in strips]
    return "\n".join(lines) + "\n"


def screen_svg(app: App[Any]) -> str:
    """The screen as a picture. The same screen gives the same picture."""
    return app.export_screenshot(title="ptsn")
