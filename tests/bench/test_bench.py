"""The benchmarks run; what they measure is nobody's pass or fail."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bench.__main__ import BENCHMARKS
from bench.exchanges import Pair
from bench.frames import is_whole, panels
from bench.lines import ROWS
from bench.serial_load import Line, Said, cabled
from protocols.model import Moment
from protocols.wires import WIRES
from tests.support.frames import crc16


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_smallest_run_prints_every_table_and_leaves_nothing_behind() -> None:
    """All benchmarks in the smallest size: they end well, nothing acknowledged is missing, the folder is empty."""
    # Not tmp_path: a station's socket needs a short path.
    with tempfile.TemporaryDirectory(prefix="b-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "bench", "--smallest", "--folder", folder],
            capture_output=True,
            text=True,
            timeout=280,
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
        "One message of each protocol",
        "Serial lines at 9600 baud",
        "One datagram of a radio channel",
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


def test_both_ends_of_every_protocol_understand_each_other() -> None:
    """Every message of the table of lines is taken, and says another thing than the one before it."""
    for row in ROWS:
        pair = Pair(WIRES[row.wire], "1000", row.compose)
        raws: list[bytes] = []
        said = [pair.exchange(Moment(1.7e9 + number, 1000.0 + number), raws) for number in range(4)]
        assert all(answer for steps in said for _, answer in steps)
        if row.title != "poll":
            assert len(set(raws)) == 4


def test_a_serial_line_is_paced_and_counts_only_the_answer_that_is_due() -> None:
    """Pieces of a FIFO, two messages at most on their way, and nothing counts behind a wrong answer."""
    messages = [Said(b"%02d" % number * 10, b"\x06", ()) for number in range(5)]
    line = Line("surgard", "1000", messages, baudrate=9600)
    with cabled([line]):
        port = os.open(line.device, os.O_RDWR | os.O_NOCTTY)
        line.begin()
        due: float | None = 1.0
        while due is not None:
            due = line.send(due, due, True)
        # 40 bytes, each of ten bits, but for the first piece, which is there when its time has come.
        assert (line.sent, line.unanswered, os.read(port, 100)) == (40, 2, messages[0].sent + messages[1].sent)
        os.write(port, b"\x06")
        assert line.hear()
        assert (len(line.acknowledged), line.unanswered) == (1, 1)
        os.write(port, b"\x15\x06")
        assert not line.hear()
        assert (len(line.acknowledged), line.wrong) == (1, b"\x15\x06")
        os.close(port)


def test_an_answer_that_is_cut_or_damaged_does_not_count() -> None:
    """Only a whole frame with a right CRC is taken for an acknowledgement."""
    whole = panels(1, encrypted=False)[0].take(1)[0].raw
    assert is_whole(whole)
    assert not is_whole(whole[:-1])
    assert not is_whole(whole.replace(b"1000", b"1001"))
    assert not is_whole(b"\n\r")
