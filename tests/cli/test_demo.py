"""The demo without a terminal: shows an alarm, ends by itself or when told, leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from protocols.catalogue import texts
from ptsn.demo.folder import MARK, DemoFolder, remove_abandoned
from ptsn.words import say
from tests.support.station import PTSN, ptsn, until


def folders(parent: Path) -> list[Path]:
    return list(parent.glob("ptsn-demo-*"))


def started(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PTSN, "demo", "--headless", *arguments],
        stdout=(tmp_path / "out").open("w"),
        stderr=(tmp_path / "err").open("w"),
        text=True,
        env={**os.environ, "LC_ALL": "C", "TMPDIR": str(tmp_path), **environment},
    )


def part(folder: Path, command: str) -> int:
    """The process of the demo in this folder that runs a command; 0 when there is none."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if command.encode() in words and any(os.fsencode(folder) in word for word in words):
                return int(process.name)
    return 0


def test_it_shows_alarms_and_ends_by_itself(tmp_path: Path) -> None:
    """In three languages, side by side; the journal each made was whole, and is gone."""
    words = {"en": "Panic alarm", "ru": "Тревожная кнопка", "kk": "Дабыл түймесі"}
    demos = {}
    for language in words:
        (tmp_path / language).mkdir()
        demos[language] = started(tmp_path / language, "--for", "6s", "--speed", "300", "--lang", language)
    for language, word in words.items():
        assert demos[language].wait(60) == 0, (tmp_path / language / "err").read_text()
        out = (tmp_path / language / "out").read_text()
        assert word in out, out
        assert "▲" in out
        assert say("journal.whole", language) in out
        assert say("demo.clean", language) in out
        assert texts.text("shell", "mode.demo-tag", language) in (tmp_path / language / "err").read_text()
        assert folders(tmp_path / language) == []


def test_a_school_reports_by_radio_on_loopback_alone(tmp_path: Path) -> None:
    """Over a channel with a path of its own; its key is private, and goes with the folder."""
    demo = started(tmp_path)
    (folder,) = until(lambda: folders(tmp_path), "the folder")
    until(lambda: "Sample Gymnasium No. 2" in (tmp_path / "out").read_text(), "a signal of the radio school")
    listed = json.loads(ptsn("paths", "-c", folder / "station.toml", "--json").stdout)
    assert [path["account"] for path in listed if path["adapter"] == "radio"] == ["7002"]
    assert {(folder / name).stat().st_mode & 0o777 for name in ("unit.json", "radio-keys.json")} == {0o600}
    first = (folder / "air.log").read_text().splitlines()[0]
    assert re.fullmatch(r"air: listening on tcp:\d+:interface=127\.0\.0\.1", first)
    demo.send_signal(signal.SIGINT)
    assert demo.wait(30) == 0
    counted = re.search(r"signals: (\d+), of these by radio: (\d+)", (tmp_path / "out").read_text())
    assert counted is not None
    assert 0 < int(counted[2]) < int(counted[1])
    assert folders(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_told_to_stop_it_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, a stop, and a closed terminal."""
    demo = started(tmp_path)
    until(lambda: "#2" in (tmp_path / "out").read_text(), "the first signal")
    demo.send_signal(number)
    assert demo.wait(30) == 0
    assert folders(tmp_path) == []


def test_killed_it_takes_its_station_and_its_panels_with_it(tmp_path: Path) -> None:
    """kill -9 leaves a folder, but nothing that runs."""
    demo = started(tmp_path)
    until(lambda: "#2" in (tmp_path / "out").read_text(), "the first signal")
    demo.kill()
    demo.wait()
    (folder,) = folders(tmp_path)

    until(lambda: not part(folder, "serve") and not part(folder, "fleet"), "its processes to end")
    port = re.findall(r"listening on tcp:(\d+)", (folder / "air.log").read_text())[0]
    until(lambda: not listens(int(port)), "the radio channel to end")


def listens(port: int) -> bool:
    """Whether anybody can be reached there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_speaks_the_language_of_the_locale(tmp_path: Path) -> None:
    """Where that is one of ours."""
    demo = started(tmp_path, "--for", "1s", LC_ALL="kk_KZ.UTF-8")
    assert demo.wait(60) == 0
    assert say("demo.clean", "kk") in (tmp_path / "out").read_text()


@pytest.mark.parametrize(("command", "name"), [("serve", "station"), ("fleet", "fleet")])
def test_when_a_part_dies_the_demo_says_so_and_cleans_up(tmp_path: Path, command: str, name: str) -> None:
    """With the tail of its log; the other part ends, too."""
    demo = started(tmp_path)
    until(lambda: "#2" in (tmp_path / "out").read_text(), "the first signal")
    (folder,) = folders(tmp_path)
    os.kill(part(folder, command), signal.SIGKILL)
    assert demo.wait(30) == 1
    error = (tmp_path / "err").read_text()
    assert f"ptsn: the {name} ended by itself (exit code -9):" in error
    assert "Traceback" not in error
    assert folders(tmp_path) == []
    assert not part(folder, "serve")
    assert not part(folder, "fleet")


def test_the_next_demo_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    """And says so; what only looks like a demo's folder stays."""
    mine = tmp_path / "ptsn-demo-notes"
    mine.mkdir()
    (mine / "important.txt").write_text("keep")
    killed = started(tmp_path)
    (folder,) = until(lambda: [path for path in folders(tmp_path) if (path / "ptsn.sock").exists()], "the station")
    killed.kill()
    killed.wait()
    until(lambda: not part(folder, "serve") and not part(folder, "fleet"), "its processes to end")
    assert started(tmp_path, "--for", "1s").wait(60) == 0
    assert str(folder) in (tmp_path / "err").read_text()
    assert folders(tmp_path) == [mine]
    assert (mine / "important.txt").read_text() == "keep"


def test_the_folder_of_a_demo_that_lives_is_never_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one whose mark is not a demo's, nor a link."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    living, foreign, linked = DemoFolder(), tmp_path / "ptsn-demo-foreign", tmp_path / "ptsn-demo-linked"
    foreign.mkdir()
    (foreign / MARK).write_text("[1]")
    linked.symlink_to(living.path)
    assert remove_abandoned() == []
    assert living.path.exists()
    abandoned = DemoFolder()
    os.close(abandoned._mark)  # as the kernel does when the demo is killed
    assert remove_abandoned() == [abandoned.path]
    assert living.remove()


def test_the_demo_says_nothing_that_has_no_words() -> None:
    """Every id in its code is in the catalogue, and the other way round."""
    import ptsn.commands.demo

    folder = Path(ptsn.commands.demo.__file__).parent.parent
    code = "".join(file.read_text() for file in [*(folder / "demo").glob("*.py"), folder / "commands" / "demo.py"])
    written = set(re.findall(r'"(demo\.[a-z.]+)"', code)) - {MARK}
    assert written == {id_ for id_ in texts.ids("console") if id_.startswith("demo.")}
