"""``ptsn console`` where there is nothing to draw on, and its pictures."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.station import PTSN, StationProcess, ptsn
from tests.tui.tmux import Terminal
from tui import themes
from tui.app import PAGES as ALL_PAGES
from tui.run import locale_language


def test_it_has_help_with_an_example() -> None:
    """Beginning with the command itself."""
    assert "Example: ptsn console" in ptsn("console", "--help").stdout


def test_its_choices_are_those_of_the_console() -> None:
    """They stand in the command, so that its help is quick."""
    from ptsn.commands import console

    assert console.PAGES == ALL_PAGES
    assert tuple(themes.THEMES) == console.THEMES


def test_without_a_terminal_it_says_so() -> None:
    """And what to use instead."""
    done = subprocess.run([*PTSN, "console", "nobody.sock"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 1
    assert done.stderr.startswith("ptsn: standard input is not a terminal")
    assert "--screenshot" in done.stderr


def test_a_dumb_terminal_is_told(tmp_path: Path) -> None:
    """Before anything is drawn."""
    with Terminal(tmp_path) as terminal:
        terminal.run(f"TERM=dumb {' '.join(PTSN)} console nobody.sock")
        terminal.wait_for("TERM is 'dumb'")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ftp://x"], "http://HOST:PORT"),
        (["x.sock", "--time-zone", "Mars/Base"], "Asia/Almaty"),
        (["x.sock", "--size", "5x5"], "160x50"),
        (["x.sock", "--sound", "'"], "--sound"),
        (["x.sock", "--page", "moon"], "journal"),
        (["x.sock"], "no picture of x.sock"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    """What was wrong, and what is allowed."""
    done = subprocess.run(
        [*PTSN, "console", *arguments, "--screenshot", str(tmp_path / "x.svg")],
        capture_output=True,
        text=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x.svg").exists()


def test_a_picture_of_a_running_station(tmp_path: Path) -> None:
    """As SVG and as text, of the page and the size asked for, without a terminal."""
    with StationProcess(tmp_path / "station", accounts="account,name\n1234,Sample School No. 12\n") as station:
        for name in ("screen.svg", "screen.txt"):
            file = tmp_path / name
            ptsn("console", "-c", station.config, "--screenshot", file, "--size", "90x30", "--page", "station")
        assert (tmp_path / "screen.svg").read_text(encoding="utf-8").startswith("<svg")
        screen = (tmp_path / "screen.txt").read_text(encoding="utf-8").splitlines()
        assert len(screen) == 30
        assert screen[0].startswith(" Station")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "kk_KZ.UTF-8"}, "kk"),
        ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, ""),
        ({"LANG": "C"}, ""),
        ({}, ""),
    ],
)
def test_the_locale_is_heard_where_it_is_russian_or_kazakh(environment: dict[str, str], language: str) -> None:
    """LC_ALL before LC_MESSAGES before LANG."""
    assert locale_language(environment) == language


@pytest.mark.parametrize(
    ("file", "why"),
    [("w.png", "a picture can be .svg or .txt, not .png"), ("missing/w.svg", "there is no folder")],
)
def test_a_picture_that_cannot_be_written_is_refused_before_the_station_is_asked(
    tmp_path: Path, file: str, why: str
) -> None:
    """With what is possible, and the path."""
    done = ptsn("console", str(tmp_path / "no.sock"), "--screenshot", str(tmp_path / file), check=False)
    assert done.returncode == 2
    assert why in " ".join(done.stderr.split())
    assert file.partition("/")[0] in done.stderr
