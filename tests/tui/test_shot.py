"""Pictures of the screen: a file is written whole, or not at all."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tui.shot import keep


def test_a_picture_takes_the_place_of_an_older_one_and_keeps_its_rights(tmp_path: Path) -> None:
    file, link = tmp_path / "screen.svg", tmp_path / "link.svg"
    file.write_text("older and longer")
    file.chmod(0o640)
    link.symlink_to(file.name)
    keep("новая", link)
    assert file.read_text(encoding="utf-8") == "новая"
    assert file.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link.svg", "screen.svg"]


def test_a_new_picture_may_be_read_as_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    keep("x", tmp_path / "screen.svg")
    assert (tmp_path / "screen.svg").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        keep("picture", pipe)
        assert os.read(reader, 100) == b"picture"
        assert pipe.is_fifo()
    finally:
        os.close(reader)


@pytest.mark.parametrize("before", ["", "an older picture"])
def test_a_disk_that_fails_leaves_what_was_there_and_names_the_file(tmp_path: Path, before: str) -> None:
    """A process that may write 1000 bytes to a file stands for a full disk."""
    file = tmp_path / "screen.svg"
    if before:
        file.write_text(before)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from pathlib import Path; from tui.shot import keep; keep('x' * 5000, Path({str(file)!r}))",
        ],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert done.stderr.splitlines()[-1].endswith(f"File too large: {str(file)!r}")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == ([("screen.svg", before)] if before else [])


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        keep("x", tmp_path / "nowhere" / "screen.svg")
    assert caught.value.filename == str(tmp_path / "nowhere" / "screen.svg")
