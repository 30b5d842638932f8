"""The benchmarks run; what they measure is nobody's pass or fail."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bench.__main__ import BENCHMARKS
from bench.frames import is_whole, panels
from tests.support.frames import crc16


@pytest.mark.slow
def test_the_smallest_run_prints_every_table_and_leaves_nothing_behind() -> None:
    """All benchmarks in the smallest size: they end well, nothing acknowledged is missing, the folder is empty."""
    # Not tmp_path: a station's socket needs a short path.
    with tempfile.TemporaryDirectory(prefix="b-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "bench", "--smallest", "--folder", folder],
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert list(Path(folder).iterdir()) == []
    assert done.returncode == 0, done.stdout + done.stderr
    for title in (
        "Acknowledged messages per second",
        "live-stream reader",
        "Memory of the receiver",
        "Waiting for the acknowledgement",
        "Group commit",
        "Decoding one frame",
        "Searching",
    ):
        assert title in done.stdout, done.stdout
    assert "each in the journal exactly once; the journal verifies" in done.stdout
    assert "WRONG" not in done.stdout


def test_the_help_names_an_example_and_every_benchmark() -> None:
    """``python -m bench --help`` says how to call it."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "Example: python -m bench" in done.stdout
    for name in BENCHMARKS:
        assert name in done.stdout


def test_no_two_frames_of_the_load_are_equal_even_after_the_sequence_numbers_start_again() -> None:
    """A panel's frames differ over more than a turn of the sequence numbers, so that nothing is a duplicate."""
    for panel in panels(2, encrypted=False):
        frames = [message.raw for message in panel.take(25_000)]
        assert len(set(frames)) == len(frames)


def test_the_frames_of_the_load_have_the_right_crc_and_length() -> None:
    """Checked with a CRC that shares no code with the load."""
    for encrypted in (False, True):
        for panel in panels(2, encrypted):
            for message in panel.take(20):
                body = message.raw[9:-1]
                assert int(message.raw[1:5], 16) == crc16(body)
                assert int(message.raw[5:9], 16) == len(body)


def test_an_answer_that_is_cut_or_damaged_does_not_count() -> None:
    """Only a whole frame with a right CRC is taken for an acknowledgement."""
    whole = panels(1, encrypted=False)[0].take(1)[0].raw
    assert is_whole(whole)
    assert not is_whole(whole[:-1])
    assert not is_whole(whole.replace(b"1000", b"1001"))
    assert not is_whole(b"\n\r")
