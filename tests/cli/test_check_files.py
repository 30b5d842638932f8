"""What ``ptsn check`` takes and leaves on disk: the files of the report, the key file, room for its station."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from panels.inspection import Inspection, Note
from panels.inspection.notes import ConnectionNote
from protocols.ends import Source
from protocols.model import Moment
from ptsn.checking.files import FileError, Target
from ptsn.checking.live import Live
from ptsn.checking.place import Place
from ptsn.checking.room import Room, memory_used, size_of
from ptsn.checking.watching import WatchedWire
from ptsn.checking.words import Words
from tests.support.station import PATIENCE_S, PTSN, ptsn

# The files of the report


def test_a_file_is_written_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    """A new one, and over an old one; nothing else is left in the folder."""
    file = tmp_path / ("r" * 250)
    target = Target(file)
    target.write(b"one")
    file.chmod(0o640)
    Target(file).write(b"two")
    assert file.read_bytes() == b"two"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it points to is written."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    Target(link).write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    """Whoever reads it gets all of it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    target = Target(pipe)
    assert target.special
    target.write(b"x" * 200_000)
    reader.join(PATIENCE_S)
    assert got == [b"x" * 200_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert Target(Path("/dev/null")).special


def test_a_file_that_may_be_written_in_a_folder_that_may_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is written in place: what was accepted at the start must work at the end."""
    file = tmp_path / "report"
    file.write_text("old and longer")
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path and real(path, mode))
    target = Target(file)
    number = file.stat().st_ino
    target.write(b"new")
    assert (file.read_bytes(), file.stat().st_ino) == (b"new", number)
    with pytest.raises(FileError, match="cannot be written"):
        Target(tmp_path / "other")


@pytest.mark.parametrize(("name", "words"), [("no/such", "there is no folder"), ("", "is a folder")])
def test_what_cannot_be_written_is_told_at_once(tmp_path: Path, name: str, words: str) -> None:
    """Before the check begins."""
    with pytest.raises(FileError, match=words):
        Target(tmp_path / name)


def test_a_file_that_may_not_be_written_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its folder would let it be replaced."""
    file = tmp_path / "report"
    file.write_text("kept")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != file)
    with pytest.raises(FileError, match="cannot be written"):
        Target(file)


def test_one_file_for_both_reports_is_refused(tmp_path: Path) -> None:
    """By whatever name."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "same")
    done = ptsn("check", "--html", str(tmp_path / "same"), "--json", str(link), check=False)
    assert done.returncode == 2
    assert "is to hold the page already" in done.stderr


def test_a_title_that_is_no_text_costs_no_report(tmp_path: Path) -> None:
    """It is shown with a mark in place of what cannot be read."""
    html, made = tmp_path / "r.html", tmp_path / "r.json"
    words: list[str | bytes] = [*PTSN, "check", "tcp:0", "--for", "1s", "--title", b"ab\xff"]
    done = subprocess.run(
        [*words, "--html", str(html), "--json", str(made)], capture_output=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 1, done.stderr
    assert json.loads(made.read_text())["station"]["title"] == "ab\ufffd"
    assert "ab\ufffd" in html.read_text()


# Keys


@pytest.mark.parametrize(("written", "form"), [("text:sixteen letters!", "text"), ("00" * 16, "hex")])
def test_a_key_file_is_read_once(tmp_path: Path, written: str, form: str) -> None:
    """A pipe gives its text only once."""
    made = tmp_path / "r.json"
    command = f"{' '.join(PTSN)} check tcp:0 --for 1s --json {made} --key @<(printf %s '{written}')"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 1, done.stderr
    assert [key["form"] for key in json.loads(made.read_text())["station"]["keys"]] == [form]


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read"), (b"\xff\xfe", "it is not text"), (b"@other", "names another file")]
)
def test_a_key_file_that_holds_no_key_is_told(tmp_path: Path, content: bytes | None, words: str) -> None:
    """Without what it holds."""
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    done = ptsn("check", "--key", f"@{file}", check=False)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())


# Room


def test_room_is_bounded_on_disk_and_in_memory(tmp_path: Path) -> None:
    """Files below the folder count, and so does this process."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below/file").write_bytes(b"x" * 1000)
    (tmp_path / "gone").symlink_to("nowhere")
    assert 1000 <= size_of(tmp_path) < 2000
    assert memory_used() > 1_000_000
    assert not Room(tmp_path, disk=2000, memory=10**12).used_up()
    assert Room(tmp_path, disk=999, memory=10**12).used_up()
    assert Room(tmp_path, disk=2000, memory=1_000_000).used_up()


def test_a_check_without_room_ends_by_itself_with_its_report(tmp_path: Path) -> None:
    """And says so; it does not conform."""
    made = tmp_path / "r.json"
    code = (
        "import sys; from ptsn.checking import room; room.Room.__init__.__defaults__ = (1, 10**12);"
        f"from ptsn.cli import main; sys.argv = ['ptsn', 'check', 'tcp:0', '--json', {str(made)!r}]; sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PATIENCE_S, check=False, text=True)
    assert done.returncode == 1, done.stderr
    assert "No room for more: the check ends by itself." in done.stdout
    assert {reason["id"] for reason in json.loads(made.read_text())["reasons"]} == {"nothing", "full"}


# Connections that the station breaks off


@pytest.mark.parametrize(
    ("note", "ours"),
    [
        ("cut: the peer did not read its answers for 60 s", True),
        ("closed to make room for another connection", True),
        ("closed: nothing came for 60 s", False),
        (None, False),
    ],
)
def test_a_connection_that_the_station_breaks_off_is_told_as_that(note: str | None, ours: bool) -> None:
    """And not as broken off by the panel; the next one from that port is judged anew."""
    notes: list[Note] = []
    moment = Moment(1_800_000_000.0, 0.0)
    wire = WatchedWire(Inspection(moment), notes.extend, lambda: moment)
    source = Source("tcp", "dc09", "192.0.2.7:1", "192.0.2.7")
    for about in (note, None):
        wire.note(source, "connected")
        if about is not None:
            wire.note(source, about)
        wire.note(source, "disconnected: broken off by the other side, or by the network")
    ends = [each for each in notes if isinstance(each, ConnectionNote) and not each.opened]
    assert [each.ours for each in ends] == [ours, False]
    shown = " ".join(Live(Words("en"), Place((), ())).lines(ends[0]))
    assert ("broken off by this station" in shown) == ours
