"""A real station in a process of its own."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

PTSN = [sys.executable, "-m", "ptsn"]
PATIENCE_S = 60.0


def until(condition: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Wait for a condition to give something true, and give that back."""
    deadline = time.monotonic() + patience_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s:.0f} s for {what}")
        time.sleep(0.01)


def ptsn(*arguments: str | Path, check: bool = True, timeout_s: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    done = subprocess.run([*PTSN, *map(str, arguments)], capture_output=True, text=True, timeout=timeout_s, check=False)
    if check and done.returncode:
        raise AssertionError(f"ptsn {arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


class StationProcess:
    """``ptsn serve`` in a folder. A context manager that stops it."""

    def __init__(
        self,
        folder: Path,
        station: str = "",
        listen: tuple[str, ...] = ("tcp:0:interface=127.0.0.1", "udp:0:interface=127.0.0.1"),
        accounts: str = "",
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "station.toml"
        if not self.config.exists():
            self.config.write_text(
                f'[station]\nname = "Test"\nnode = "test"\n{station}\n'
                f'[[adapter]]\nname = "ip"\nprotocol = "dc09"\nlisten = {json.dumps(list(listen))}\n'
            )
        if accounts:
            (folder / "accounts.csv").write_text(accounts)
            ptsn("accounts", "import", folder / "accounts.csv", "-c", self.config)
        self.log = folder / "station.log"
        self.process: subprocess.Popen[str] | None = None
        self.addresses: list[str] = []

    def start(self, wait: bool = True) -> StationProcess:
        """Start it; with ``wait`` until it says ready."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*PTSN, "serve", "-c", str(self.config)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self) -> None:
        """Wait for the ready line and read the addresses from it."""
        assert self.process is not None
        assert self.process.stdout is not None
        deadline = time.monotonic() + PATIENCE_S
        while not select.select([self.process.stdout], [], [], 0.1)[0]:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the station did not get ready:\n{self.log.read_text()}")
        line = self.process.stdout.readline()
        assert line.startswith("ready"), f"{line!r}\n{self.log.read_text()}"
        self.addresses = line.split()[1:]

    def address(self, transport: str = "tcp", number: int = 0) -> tuple[str, int]:
        """Host and port of one of its endpoints."""
        found = [each for each in self.addresses if each.startswith(transport + ":")][number]
        host, _, port = found.partition(":")[2].rpartition(":")
        return host.strip("[]"), int(port)

    def connect(self, number: int = 0) -> socket.socket:
        """A TCP connection to it."""
        made = socket.create_connection(self.address("tcp", number), timeout=PATIENCE_S)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._close()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the station did not stop:\n{self.log.read_text()}") from None
        self._close()
        return code

    def _close(self) -> None:
        assert self.process is not None
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None

    def export(self, *arguments: str) -> list[dict[str, Any]]:
        """Its journal, as exported."""
        done = ptsn("journal", "export", "-c", self.config, *arguments)
        # Raw bytes stand in it as latin-1: one of them, U+0085, would be the end of a line to splitlines().
        return [json.loads(line) for line in done.stdout.split("\n") if line]

    def verify(self) -> None:
        """Its journal is whole."""
        ptsn("journal", "verify", "-c", self.config)

    def __enter__(self) -> StationProcess:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None:
            if error is not None:
                print(self.log.read_text())
                with suppress(Exception):
                    self.kill()
            else:
                assert self.stop() == 0, self.log.read_text()


def talk(connection: socket.socket, data: bytes, frames: int = 1) -> bytes:
    """Send, and read until so many answers are there."""
    connection.sendall(data)
    return read_answers(connection, frames)


def read_answers(connection: socket.socket, frames: int = 1) -> bytes:
    """Read until so many answers (ending with CR) are there, or the far end closes."""
    got = b""
    while got.count(b"\r") < frames:
        part = connection.recv(65536)
        if not part:
            break
        got += part
    return got


def silence(connection: socket.socket, for_s: float = 0.5) -> bool:
    """True when nothing comes for a while."""
    ready, _, _ = select.select([connection], [], [], for_s)
    return not ready or connection.recv(1, socket.MSG_PEEK) == b""
