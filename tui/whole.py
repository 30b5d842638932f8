"""All that the console may need, read at its start: its files may be replaced by an upgrade while it runs for weeks.

Half of the old program and half of the new one in one process would end it at the worst moment.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from textual.app import App
from textual.screen import Screen

import tui
from protocols import catalogue
from protocols.catalogue import texts


def read_program() -> None:
    """Every module of the console, every table and all words."""
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        import_module(module.name)
    catalogue.preload()
    texts.preload()


def read_styles(app: App[Any]) -> None:
    """The styles of every page and window; Textual would read them when one is first opened."""
    for screen in _screens(Screen):
        given = screen.CSS_PATH or []
        for path in given if isinstance(given, list) else [given]:
            # As Textual finds it, so that it knows it again.
            file = (Path(inspect.getfile(screen)).parent / path).resolve()
            if not app.stylesheet.has_source(str(file), ""):
                app.stylesheet.read(file)


def _screens(of: type[Screen[Any]]) -> Iterator[type[Screen[Any]]]:
    for screen in of.__subclasses__():
        if screen.__module__.startswith("tui."):
            yield screen
        yield from _screens(screen)
