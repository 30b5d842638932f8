"""Numbers that never come twice, over runs and over processes."""

from __future__ import annotations

import multiprocessing
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from receiver.adapters.counters import CounterError, FileCounters, MemoryCounters

ROOT = Path(__file__).parents[2]


def test_numbers_in_memory_rise_from_0_by_name() -> None:
    """Each name counts for itself; a count of several is one run of numbers."""
    counters = MemoryCounters()
    assert [counters.take("a"), counters.take("a", 5), counters.take("a"), counters.take("b")] == [0, 1, 6, 0]


def test_a_new_object_continues_where_the_last_reserved(tmp_path: Path) -> None:
    """A run that ended wastes the rest of its block and repeats nothing."""
    path = tmp_path / "counters"
    first = FileCounters(path, block=10)
    assert [first.take("a") for _ in range(12)] == list(range(12))
    second = FileCounters(path, block=10)
    assert second.take("a") == 20
    assert second.take("b") == 0


def test_several_numbers_are_consecutive_whatever_the_block(tmp_path: Path) -> None:
    """More than is left of the block, and more than a block, start a new reservation."""
    counters = FileCounters(tmp_path / "counters", block=4)
    taken = [(counters.take("a", count), count) for count in (1, 4, 9, 1, 3)]
    numbers = [number for first, count in taken for number in range(first, first + count)]
    assert numbers == sorted(set(numbers))


def test_a_number_is_on_disk_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the reservation fails no number is given out, and none is lost from what was written before."""
    path = tmp_path / "counters"
    counters = FileCounters(path)
    assert counters.take("a") == 0

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            counters.take("a")
    assert counters.take("a") == 1


def test_a_file_that_is_gone_while_it_is_in_use_gives_no_numbers(tmp_path: Path) -> None:
    """They would begin again: under a radio key that breaks the cipher. Put back, it goes on."""
    path = tmp_path / "counters"
    counters = FileCounters(path, block=2)
    assert [counters.take("a"), counters.take("a"), counters.take("b")] == [0, 1, 0]
    kept = path.rename(tmp_path / "kept")
    for name in ("a", "c"):
        with pytest.raises(CounterError, match="is gone or empty while it is in use; put it back"):
            counters.take(name)
    kept.rename(path)
    assert [counters.take("a"), counters.take("c")] == [2, 0]


def test_counters_are_begun_together_and_begun_ones_stay(tmp_path: Path) -> None:
    """One write for many; the file says which there are."""
    counters = FileCounters(tmp_path / "counters")
    assert counters.names() == frozenset()
    counters.take("a", 5)
    counters.begin(["a", "b", "c"])
    assert counters.names() == {"a", "b", "c"}
    assert [counters.take(name) for name in "abc"] == [5, 0, 0]


def test_an_older_copy_put_in_its_place_gives_no_number_twice(tmp_path: Path) -> None:
    """This process knows how far it was."""
    path = tmp_path / "counters"
    counters = FileCounters(path)
    counters.take("a")
    old = path.read_bytes()
    counters.take("a", 5)
    path.write_bytes(old)
    assert counters.take("a") == 6


def test_the_file_is_private(tmp_path: Path) -> None:
    """Mode 0600 under any umask."""
    path = tmp_path / "counters"
    old = os.umask(0)
    try:
        FileCounters(path).take("a")
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"a": "1"}', b'{"a": -1}', b'{"a": 1.5}', b"\xff", b"null"])
def test_a_bad_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    """Beginning from 0 again is a person's decision."""
    path = tmp_path / "counters"
    path.write_bytes(content)
    with pytest.raises(CounterError, match="not a file of counters"):
        FileCounters(path).take("a")
    assert path.read_bytes() == content


def test_asking_for_no_number_is_an_error(tmp_path: Path) -> None:
    """A mistake of the caller."""
    for counters in (MemoryCounters(), FileCounters(tmp_path / "counters")):
        with pytest.raises(ValueError, match="at least 1"):
            counters.take("a", 0)


CHILD = """
import sys
from pathlib import Path
from receiver.adapters.counters import FileCounters
counters = FileCounters(Path(sys.argv[1]), block=int(sys.argv[2]))
print(*[counters.take("a", 1 + i % 3) * 10 + 1 + i % 3 for i in range(60)])
"""


@pytest.mark.parametrize("block", [1, 7])
def test_processes_running_in_parallel_never_share_a_number(tmp_path: Path, block: int) -> None:
    """Six processes at once on one file."""
    command = [sys.executable, "-c", CHILD, str(tmp_path / "counters"), str(block)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) for _ in range(6)]
    numbers: list[int] = []
    for child in children:
        output = child.communicate()[0]
        assert child.returncode == 0
        for word in output.split():
            first, count = divmod(int(word), 10)
            numbers += range(first, first + count)
    assert len(numbers) == len(set(numbers)) == 6 * 20 * (1 + 2 + 3)


def test_threads_never_share_a_number(tmp_path: Path) -> None:
    """One object in many threads."""
    counters = FileCounters(tmp_path / "counters", block=5)
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: counters.take("a"), range(200)))
    assert len(set(numbers)) == 200


def _take(counters: FileCounters, queue: multiprocessing.SimpleQueue[list[int]]) -> None:
    queue.put([counters.take("a") for _ in range(5)])


def test_a_forked_child_does_not_use_its_parents_block(tmp_path: Path) -> None:
    """What is left of the block belongs to the parent."""
    counters = FileCounters(tmp_path / "counters", block=100)
    before = [counters.take("a")]
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.SimpleQueue[list[int]] = context.SimpleQueue()
    child = context.Process(target=_take, args=(counters, queue))
    child.start()
    theirs = queue.get()
    child.join()
    ours = before + [counters.take("a") for _ in range(5)]
    assert not set(ours) & set(theirs)
