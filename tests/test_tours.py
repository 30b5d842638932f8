"""The tours and the console's manual are true: keys show what they say, in a real terminal; commands run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.station import PATIENCE_S, PTSN, StationProcess, until
from tests.test_docs import console_lines
from tests.tui.tmux import Terminal
from tui.actions import ACTIONS

DOCS = Path(__file__).parent.parent / "docs"
LANGUAGES = {"en": "", "ru": ".ru", "kk": ".kk"}
HEADS = ("| press |", "| нажмите |", "| басыңыз |")
KEYS = {
    "Space": "Space", "Пробел": "Space", "Бос орын": "Space", "Enter": "Enter", "Esc": "Escape", "Tab": "Tab",
    "↑": "Up", "↓": "Down", "←": "Left", "→": "Right", "Home": "Home", "End": "End",
} | {f"F{number}": f"F{number}" for number in range(1, 13)}  # fmt: skip

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


def steps(page: Path) -> list[tuple[list[str], list[str]]]:
    """What is pressed or typed, and what is then on the screen, from the tables of a tour."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", page.read_text(), re.MULTILINE):
        if table.startswith(HEADS):
            for row in table.splitlines()[2:]:
                press, see = row.strip("|").split("|")
                found.append((re.findall(r"`([^`]+)`", press), re.findall(r"`([^`]+)`", see)))
    assert found, page
    return found


def walk(terminal: Terminal, page: Path) -> None:
    """Do what the tables say, and see what they say."""
    for presses, sees in steps(page):
        print(presses, sees)
        for press in presses:
            if press in KEYS:
                terminal.press(KEYS[press])
            else:
                terminal.type(press)
        shown: list[str] = []

        def seen(sees: list[str] = sees, shown: list[str] = shown) -> bool:
            shown[:] = [terminal.screen()]
            return all(see in shown[0] for see in sees)

        try:
            until(seen, f"{sees} after {presses}")
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{shown[0]}") from None


@needs_tmux
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_the_operators_tour_shows_what_it_says(language: str, tmp_path: Path) -> None:
    """From the first alarm to the last word of the demo, in three languages."""
    with Terminal(tmp_path, 120, 34, {"TMPDIR": str(tmp_path)}) as terminal:
        terminal.run(shlex.join([*PTSN, "demo", "--lang", language]) + "; clear -x")
        walk(terminal, DOCS / f"tour-operator{LANGUAGES[language]}.md")
