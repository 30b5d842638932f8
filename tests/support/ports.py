"""Serial ports without hardware: pseudo-terminals, alone and in pairs."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
import tty
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import pytest

needs_socat = pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")
needs_ser2net = pytest.mark.skipif(shutil.which("ser2net") is None, reason="ser2net is not installed")


class Port:
    """A pseudo-terminal under a name of its own; this side of it is the cable. Unplugging removes both."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cable = -1
        self.plug()

    @property
    def handle(self) -> int:
        """The cable, while it is plugged in."""
        return self._cable

    def plug(self) -> None:
        """Plug the cable in: the name is there."""
        self._cable, slave = os.openpty()
        tty.setraw(slave)
        name = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self._cable, False)
        with suppress(FileNotFoundError):
            self.path.unlink()
        self.path.symlink_to(name)

    def unplug(self) -> None:
        """Pull it out."""
        self.path.unlink(missing_ok=True)
        if self._cable >= 0:
            os.close(self._cable)
            self._cable = -1

    def write(self, data: bytes) -> None:
        """Send; what does not fit into the line is an error."""
        assert os.write(self._cable, data) == len(data)

    def read(self, patience_s: float = 0.0) -> bytes:
        """What came, up to now or after waiting for the first of it."""
        got = b""
        while select.select([self._cable], [], [], 0 if got else patience_s)[0]:
            try:
                got += os.read(self._cable, 4096)
            except OSError:
                break  # nobody has it open
        return got

    def __enter__(self) -> Port:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()


class Pair:
    """Two serial ports and a cable between them: a real socat, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.here = folder / "ttyA"
        self.there = folder / "ttyB"
        self._socat: subprocess.Popen[bytes] | None = None
        self.plug()

    def plug(self) -> None:
        """Start the cable."""
        self._socat = subprocess.Popen(
            ["socat", f"pty,raw,echo=0,link={self.here}", f"pty,raw,echo=0,link={self.there}"],
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while not (self.here.exists() and self.there.exists()):
            assert self._socat.poll() is None, "socat did not start"
            assert time.monotonic() < deadline, "socat did not start"
            time.sleep(0.01)

    def unplug(self) -> None:
        """Kill it."""
        if self._socat is not None:
            self._socat.kill()
            self._socat.wait()
            self._socat = None
            for name in (self.here, self.there):
                name.unlink(missing_ok=True)

    def __enter__(self) -> Pair:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()
