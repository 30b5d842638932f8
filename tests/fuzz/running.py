"""Inputs one after the other, in one process or several: what failed, how many, how fast, which was the slowest."""

from __future__ import annotations

import signal
import time
import traceback
import tracemalloc
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from tests.fuzz import inputs, line_receiving, line_sending, receiving, sending
from tests.fuzz.case import Case, Target, Wrong, read, write
from tests.fuzz.shrinking import shrink

SLOW_S = 2.0
"""Seconds of CPU that no input may take."""
_MEASURED = 499
"""Every so many inputs the memory is measured, which takes its time."""
_MEMORY = 40_000_000
_TURN_S = 0.5
"""How often a process tells how far it is."""


_RUN: dict[Target, Callable[[Case, Counter[str]], None]] = {
    "receiving": receiving.run,
    "sending": sending.run,
    "line": line_receiving.run,
    "line answers": line_sending.run,
}


class Failure(Struct):
    """One way in which something failed, by the first input that did."""

    check: str
    detail: str
    seed: int
    number: int
    path: str
    """Empty where the input could not even be made: its seed and number make it again."""
    size: int
    """Bytes of the input, made small."""


class Result(Struct):
    """What a run found."""

    count: int = 0
    stats: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = []
    slowest_s: float = 0.0
    slowest: int = -1
    most_memory: int = 0
    heaviest: int = -1
    told: int = 0
    """Failures already told of."""

    def add(self, other: Result) -> None:
        """What another process found since it last told."""
        self.count += other.count
        self.stats += other.stats
        self.failures += [new for new in other.failures if new.check not in {old.check for old in self.failures}]
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest = other.slowest_s, other.slowest
        if other.most_memory > self.most_memory:
            self.most_memory, self.heaviest = other.most_memory, other.heaviest


def try_(case: Case, stats: Counter[str]) -> Wrong | None:
    """Run an input; what is wrong, or None. An exception of the code under test is wrong by its place."""
    try:
        _RUN[case.target](case, stats)
    except Wrong as wrong:
        return wrong
    except Exception as error:
        return _raised(error)
    return None


def _raised(error: Exception) -> Wrong:
    """An exception as what is wrong, named by its kind and its place."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}:{last.name}"
    return Wrong(f"{type(error).__name__} in {where}", "".join(traceback.format_exception(error)))


def timed(case: Case, stats: Counter[str]) -> tuple[Wrong | None, float]:
    """As :func:`try_`, with the seconds of CPU it took; too many of them are wrong."""
    began = time.thread_time()
    wrong = try_(case, stats)
    took = time.thread_time() - began
    if wrong is None and took > SLOW_S:
        wrong = Wrong("slow", f"{took:.1f} s of CPU for {len(case.data)} bytes")
    return wrong, took


class Worker:
    """Every ``step``-th input of a seed, from ``first`` on."""

    def __init__(self, seed: int, first: int, step: int, folder: Path) -> None:
        self.seed, self.next, self.step, self.folder = seed, first, step, folder
        self._known: set[str] = set()

    def until(self, moment: float, most: int) -> Result:
        """Run inputs until a monotonic time, at most so many."""
        result = Result()
        while result.count < most and (time.monotonic() < moment or not result.count):
            self._one(self.next, result)
            self.next += self.step
            result.count += 1
        return result

    def _one(self, number: int, result: Result) -> None:
        try:
            case = inputs.make(self.seed, number)
        except Exception as error:  # the sending end makes the frames
            raised = _raised(error)
            if raised.check not in self._known:
                self._known.add(raised.check)
                result.failures.append(Failure(raised.check, raised.detail, self.seed, number, "", 0))
            return
        measured = number % _MEASURED == 0
        if measured:
            tracemalloc.start()
        wrong, took = timed(case, result.stats)
        if measured:
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            if peak > result.most_memory:
                result.most_memory, result.heaviest = peak, number
            if wrong is None and peak > _MEMORY:
                wrong = Wrong("memory", f"{peak} bytes for {len(case.data)} bytes")
        elif took > result.slowest_s:
            result.slowest_s, result.slowest = took, number
        result.stats[f"bytes of input in {case.target}"] += len(case.data)
        if wrong is not None and wrong.check not in self._known:
            self._known.add(wrong.check)
            result.failures.append(self.keep(case, wrong, number))

    def keep(self, case: Case, wrong: Wrong, number: int) -> Failure:
        """Make a failing input small and write it."""

        def fails(smaller: Case) -> bool:
            found, _ = timed(smaller, Counter())
            return found is not None and found.check == wrong.check

        small = shrink(case, fails)
        again = try_(small, Counter()) or wrong
        name = "".join(letter if letter.isalnum() else "-" for letter in wrong.check).strip("-").lower()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}-{self.seed}-{number}.json"
        command = f"python -m tests.fuzz --replay {path}"
        write(path, replace(small, made=case.made), again, {"seed": self.seed, "input": number, "again": command})
        return Failure(wrong.check, again.detail, self.seed, number, str(path), len(small.data))


def replay(path: Path) -> Wrong | None:
    """Run a failing input again."""
    return timed(read(path), Counter())[0]


def run(
    seed: int, seconds: float, most: int, jobs: int, folder: Path, progress: Callable[[Result, float], None]
) -> Result:
    """Inputs for so long, at most so many. A keyboard interrupt ends it with what was found so far."""
    began = time.monotonic()
    total = Result()
    if jobs == 1:
        worker = Worker(seed, 0, 1, folder)
        try:
            while total.count < most and time.monotonic() < began + seconds:
                turn = min(time.monotonic() + _TURN_S, began + seconds)
                total.add(worker.until(turn, most - total.count))
                progress(total, time.monotonic() - began)
        except KeyboardInterrupt:
            total.stats["interrupted"] = 1
        return total
    _in_processes(seed, began + seconds, most, jobs, folder, total, lambda: progress(total, time.monotonic() - began))
    return total


def _in_processes(
    seed: int, deadline: float, most: int, jobs: int, folder: Path, total: Result, progress: Callable[[], None]
) -> None:
    context = get_context("spawn")
    lines: list[Connection] = []
    processes: list[SpawnProcess] = []
    for place in range(jobs):
        mine, theirs = context.Pipe()
        share = most // jobs + (place < most % jobs)
        process = context.Process(
            target=_work, args=(theirs, seed, place, jobs, deadline - time.monotonic(), share, str(folder)), daemon=True
        )
        process.start()
        theirs.close()
        lines.append(mine)
        processes.append(process)
    try:
        while lines:
            for line in wait(lines, timeout=_TURN_S):
                assert isinstance(line, Connection)
                try:
                    total.add(line.recv())
                except EOFError:
                    lines.remove(line)
            progress()
    except KeyboardInterrupt:
        total.stats["interrupted"] = 1
    finally:
        for process in processes:
            if total.stats["interrupted"]:
                process.terminate()
            process.join()
            if process.exitcode and not total.stats["interrupted"]:
                total.failures.append(Failure("process", f"exit code {process.exitcode}", seed, -1, "", 0))


def _work(line: Connection, seed: int, first: int, step: int, seconds: float, most: int, folder: str) -> None:
    """A process of its own. The parent is the one who hears Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    deadline = time.monotonic() + seconds
    worker = Worker(seed, first, step, Path(folder))
    done = 0
    while done < most and time.monotonic() < deadline:
        result = worker.until(min(time.monotonic() + _TURN_S, deadline), most - done)
        done += result.count
        line.send(result)
    line.close()
