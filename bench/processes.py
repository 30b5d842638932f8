"""Receivers as processes: started, watched (processor time, memory), stopped."""

from __future__ import annotations

import io
import os
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.frames import KEY, Message, panels
from ptsn.cli import run
from receiver.journal.reader import JournalReader

PATIENCE_S = 60.0
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_MIB = 1024


class BenchError(Exception):
    """A benchmark cannot go on; the text is for a person."""


class Receiver:
    """A process that says ``ready tcp:HOST:PORT``. A context manager that starts and stops it."""

    def __init__(self, name: str, command: list[str], log: Path) -> None:
        self.name = name
        self._command = command
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self.address = ("", 0)

    def __enter__(self) -> Self:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        deadline = time.monotonic() + PATIENCE_S
        while not select.select([self._process.stdout], [], [], 0.1)[0]:
            if time.monotonic() > deadline:
                raise self._broken("did not get ready")
        line = self._process.stdout.readline()
        if not line.startswith("ready "):
            raise self._broken("ended before it was ready")
        host, _, port = line.split()[1].partition(":")[2].rpartition(":")
        self.address = (host, int(port))
        return self

    def _broken(self, what: str) -> BenchError:
        self.stop()
        return BenchError(f"{self.name} {what}; it said:\n{self._log.read_text()[-2000:]}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """SIGTERM, and patience."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    def cpu_s(self) -> float:
        """Processor time used so far by all its threads, user and system, in seconds (steps of 10 ms)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_S

    def rss_mib(self) -> float:
        """Resident memory in MiB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / _MIB
        return 0.0


class Foreign:
    """How busy programs keep the machine that are neither this one nor the receiver."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._began = self._ended = (0.0, 0.0)

    def start(self) -> None:
        """Begin to watch."""
        self._began = self._now()

    def stop(self) -> None:
        """Watch no more."""
        self._ended = self._now()

    def processors(self) -> float:
        """Mean number of processors in use by others."""
        wall, busy = (end - begin for begin, end in zip(self._began, self._ended, strict=True))
        return max(0.0, busy / wall) if wall else 0.0

    def _now(self) -> tuple[float, float]:
        own = os.times()
        fields = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        # user, nice, system, irq, softirq, steal
        busy = sum(fields[at] for at in (0, 1, 2, 5, 6, 7)) * _TICK_S
        return time.monotonic(), busy - own.user - own.system - self._receiver.cpu_s()


def echo(folder: Path) -> Receiver:
    """Twisted's echo."""
    return Receiver("echo", [sys.executable, "-m", "bench.receivers", "echo"], folder / "echo.log")


def pysiaalarm(folder: Path, connections: int) -> Receiver:
    """pysiaalarm's asyncio server."""
    command = [sys.executable, "-m", "bench.receivers", "pysiaalarm", "--connections", str(connections)]
    return Receiver("pysiaalarm", command, folder / "pysiaalarm.log")


class Station(Receiver):
    """A station with the accounts of the load, in a folder of its own."""

    def __init__(
        self, folder: Path, connections: int = 50, variant: str = "", stall_s: float = 0.0, every_s: float = 0.0
    ) -> None:
        """Without a ``variant`` it is ``ptsn serve``; ``thread`` and ``reactor`` see :mod:`bench.receivers`."""
        folder.mkdir(parents=True)
        self.folder = folder
        self.config = folder / "station.toml"
        self.config.write_text(
            '[station]\nname = "Bench"\n[[adapter]]\nname = "ip"\nprotocol = "dc09"\n'
            'listen = ["tcp:0:interface=127.0.0.1"]\n'
        )
        rows = ["account,prefix,receiver,key,key_form"]
        rows += [f"{panel.account},1,1,," for panel in panels(connections, False)]
        rows += [f"{panel.account},1,1,{KEY},text" for panel in panels(connections, True)]
        accounts = folder / "accounts.csv"
        accounts.write_text("\n".join(rows) + "\n")
        ptsn("accounts", "import", str(accounts), "-c", str(self.config))
        if variant:
            command = [sys.executable, "-m", "bench.receivers", variant, str(self.config)]
            command += ["--stall", str(stall_s), "--every", str(every_s)]
        else:
            command = [sys.executable, "-m", "ptsn", "serve", "-c", str(self.config)]
        super().__init__(f"ptsn {variant}".strip(), command, folder / "station.log")

    @property
    def socket(self) -> Path:
        """Where its API is."""
        return self.folder / "ptsn.sock"

    def check(self, acknowledged: Iterable[Message]) -> str:
        """After it stopped: every acknowledged message is in the journal exactly once, and the journal verifies.

        Returns the verdict for the table.
        """
        kept: Counter[str] = Counter()
        size = 0
        with JournalReader(self.folder / "journal.db") as reader:
            since = 0
            while page := reader.page(since, 5000):
                since = page[-1].id
                kept.update(entry.body.raw for entry in page if entry.body.raw)
        missing = repeated = 0
        for message in acknowledged:
            size += 1
            found = kept[message.raw.decode("latin-1")]
            missing += found == 0
            repeated += found > 1
        ptsn("journal", "verify", "-c", str(self.config))
        if missing or repeated:
            return f"WRONG: of {size} acknowledged messages {missing} are missing, {repeated} are there twice"
        return f"{size} acknowledged messages, each in the journal exactly once; the journal verifies"


def ptsn(*arguments: str) -> str:
    """Run a command of ptsn to its end, in this process. Raises BenchError when it fails."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = run(arguments)
    if code:
        raise BenchError(f"ptsn {' '.join(arguments)}: exit {code}\n{said.getvalue()}")
    return said.getvalue()
