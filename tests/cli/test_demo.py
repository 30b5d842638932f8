"""The demo: runs without a terminal, shows an alarm, ends by itself or when told, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.station import PTSN, until


def folders(parent: Path) -> list[Path]:
    return list(parent.glob("ptsn-demo-*"))


def started(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PTSN, "demo", "--headless", *arguments],
        stdout=(tmp_path / "out").open("w"),
        stderr=(tmp_path / "err").open("w"),
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Panic alarm"), ("ru", "Тревож"), ("kk", "абыл")], ids=["en", "ru", "kk"]
)
def test_it_shows_alarms_and_ends_by_itself(tmp_path: Path, language: str, word: str) -> None:
    """In three languages; the journal it made was whole, and is gone."""
    demo = started(tmp_path, "--for", "6s", "--speed", "300", "--lang", language)
    assert demo.wait(60) == 0, (tmp_path / "err").read_text()
    out = (tmp_path / "out").read_text()
    assert word in out, out
    assert "▲" in out
    assert "is whole" in out
    assert folders(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_told_to_stop_it_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, a stop, and a closed terminal."""
    demo = started(tmp_path)
    until(lambda: "▲" in (tmp_path / "out").read_text(), "the first alarm")
    demo.send_signal(number)
    assert demo.wait(30) == 0
    assert folders(tmp_path) == []


def test_killed_it_takes_its_station_and_its_panels_with_it(tmp_path: Path) -> None:
    """kill -9 leaves a folder, but nothing that runs."""
    demo = started(tmp_path)
    until(lambda: "▲" in (tmp_path / "out").read_text(), "the first alarm")
    demo.kill()
    demo.wait()
    (folder,) = folders(tmp_path)

    def running() -> bool:
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                try:
                    if str(folder).encode() in (process / "cmdline").read_bytes():
                        return True
                except OSError:
                    continue
        return False

    until(lambda: not running(), "its processes to end")
