"""An upgrade replaces the files under a running console: it needs none of them any more."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.fake_station import running
from tui.whole import _screens, read_program

pytestmark = pytest.mark.anyio

PROGRAM = """
import sys
from tui.whole import read_program
read_program()
before = set(sys.modules)
import tui.dialogs.note, tui.dialogs.quit, tui.dialogs.raise_alarm, tui.palette
import tui.pages.alarms, tui.pages.detail, tui.pages.help, tui.pages.journal, tui.pages.paths, tui.pages.station
assert set(sys.modules) == before, set(sys.modules) - before
"""


def test_every_module_is_there_after_the_start() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def test_no_page_or_window_reads_its_styles_when_it_is_first_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    read_program()
    async with running() as it:
        read: list[str] = []
        original: Callable[..., None] = it.console.stylesheet.read

        def watched(path: str | Path) -> None:
            read.append(str(path))
            original(path)

        monkeypatch.setattr(it.console.stylesheet, "read", watched)
        for key in ("f3", "f4", "f5", "f6", "f2", "f1", "escape", "f10"):
            await it.pilot.press(key)
        assert read == []
        from textual.screen import Screen

        assert {"CloseNote", "DetailPage", "HelpPage", "WirePage"} <= {one.__name__ for one in _screens(Screen)}
