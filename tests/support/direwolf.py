"""Dire Wolf, a real software modem: sound in, sound out, KISS over TCP between; and the air between several of them.

What it hears is the standard input, raw samples; what it sends is a file that ALSA writes. Its standard input must stay
open: it ends where that ends, and so ends with this process, too.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from types import TracebackType

import numpy as np
import pytest

from tests.support.station import PATIENCE_S, until

needs_direwolf = pytest.mark.skipif(
    shutil.which("direwolf") is None or shutil.which("atest") is None, reason="direwolf is not installed"
)

RATE = 22050
"""Samples a second, of 16 bits, one channel."""
SETTINGS = "ARATE 22050\nACHANNELS 1\nCHANNEL 0\nMYCALL PCN\nMODEM 1200\nAGWPORT 0\nKISSPORT 8001\nFIX_BITS 0\n"
SILENCE = bytes(2 * (RATE // 4))
"""A quarter of a second: the carrier is gone."""
_QUIET_TURNS = 20
_TURN_S = 0.01
_TRIES = 5
_PORTS = range(20000, 32768)
"""Dire Wolf takes none above 49151, and these are not handed out to others that ask for any."""
_DUMPED = re.compile(r"^  [0-9a-f]{3}:  ((?:[0-9a-f]{2} ){1,16})", re.M)
_COLOURS = re.compile(r"\x1b\[[0-9;]*[mJ]")


def _free_port() -> int:
    numbers = Random()
    while True:
        port = numbers.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("", port))
            return port


class DireWolf:
    """One process. ``settings`` are lines of ``direwolf.conf``; sound and port are replaced. A context manager.

    ``fx25`` is the number of parity bytes that it sends with, 0 for plain AX.25; it reads both in any case.
    """

    def __init__(self, folder: Path, name: str = "direwolf", settings: str = SETTINGS, fx25: int = 0) -> None:
        self.name = name
        self.port = 0
        self._fx25 = fx25
        self._settings = "".join(
            line + "\n" for line in settings.splitlines() if not re.match(r"(ADEVICE|ARATE|PTT|KISSPORT)\b", line)
        )
        self._folder = folder
        self.log = folder / f"{name}.log"
        self.sound = folder / f"{name}.raw"
        """Everything it sent."""
        self._read = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> DireWolf:
        """Start it on a free port; on another one where somebody was faster."""
        try:
            for _ in range(_TRIES):
                self._begin()
                if "Ready" in until(self._ready, f"{self.name} to listen"):
                    return self
                self.stop()
            raise AssertionError(f"no port for {self.name}")
        except BaseException:
            self.stop()
            print(f"{self.name}:\n{self.text()}")
            raise

    def _begin(self) -> None:
        self.port = _free_port()
        config, alsa = self._folder / f"{self.name}.conf", self._folder / f"{self.name}.asound"
        config.write_text(f"ADEVICE stdin tofile\nARATE {RATE}\n{self._settings}KISSPORT {self.port}\n")
        alsa.write_text(
            "pcm.nothing { type null }\n"
            f'pcm.tofile {{ type file slave.pcm nothing file "{self.sound}" format "raw" }}\n'
        )
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "direwolf",
                    "-t",
                    "0",
                    "-q",
                    "hd",
                    *(("-X", str(self._fx25)) if self._fx25 else ()),
                    "-c",
                    str(config),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "ALSA_CONFIG_PATH": str(alsa)},
            )

    def _ready(self) -> str:
        assert self._process is not None
        said = self.text()
        assert self._process.poll() is None, said
        found = re.search(rf"Ready to accept KISS TCP client application 0 on port {self.port} |Bind failed", said)
        return found[0] if found else ""

    def text(self) -> str:
        """What it said so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def connect(self) -> socket.socket:
        """Be a program with this modem."""
        made = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def hear(self, samples: bytes) -> None:
        """Sound for it, whole samples."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(samples)
        self._process.stdin.flush()

    def sent(self) -> bytes:
        """Sound that it has sent since this was asked last, whole samples."""
        size = self.sound.stat().st_size if self.sound.exists() else 0
        size -= size % 2
        if size <= self._read:
            return b""
        with self.sound.open("rb") as file:
            file.seek(self._read)
            found = file.read(size - self._read)
        self._read = size
        return found

    def stop(self) -> None:
        """It is gone when this returns."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            # What nobody will read any more is nobody's error.
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process = None

    def __enter__(self) -> DireWolf:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is not None:
            print(f"{self.name}:\n{self.text()}")


def quieter(samples: bytes) -> bytes:
    """A quarter of it: Dire Wolf sends at full scale, and hears best at less."""
    return (np.frombuffer(samples, "<i2") // 4).tobytes()


class Air:
    """What one sends all others hear, and the silence behind it; a thread carries it. A context manager.

    ``weather`` is given the sender's name and a stretch of sound, and gives what the others hear of it; ``apart`` are
    pairs of names that do not hear each other.
    """

    def __init__(
        self,
        *wolves: DireWolf,
        weather: Callable[[str, bytes], bytes] | None = None,
        apart: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._wolves = wolves
        self._apart = {frozenset(pair) for pair in apart}
        self._weather = weather or (lambda name, samples: samples)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="air", daemon=True)
        self._error: Exception | None = None

    def _run(self) -> None:
        quiet = dict.fromkeys(self._wolves, _QUIET_TURNS)
        try:
            while not self._over.wait(_TURN_S):
                for wolf in self._wolves:
                    samples = wolf.sent()
                    quiet[wolf] = 0 if samples else quiet[wolf] + 1
                    if samples:
                        self._carry(wolf, self._weather(wolf.name, samples))
                    elif quiet[wolf] == _QUIET_TURNS:
                        self._carry(wolf, SILENCE)
        except Exception as error:  # the thread's end is told where it is waited for
            self._error = error

    def _carry(self, sender: DireWolf, samples: bytes) -> None:
        samples = quieter(samples)
        for wolf in self._wolves:
            if wolf is not sender and frozenset((wolf.name, sender.name)) not in self._apart:
                wolf.hear(samples)

    def __enter__(self) -> Air:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        if self._error is not None and error is None:
            raise self._error


def generated(folder: Path, text: bytes) -> bytes:
    """The sound of a plain frame, ``SOURCE>DESTINATION:text``, that Dire Wolf's test program makes."""
    file = folder / "generated.wav"
    command = ["gen_packets", "-r", str(RATE), "-o", str(file), "-"]
    subprocess.run(command, input=text, capture_output=True, timeout=PATIENCE_S, check=True)
    with wave.open(str(file), "rb") as wav:
        return wav.readframes(wav.getnframes())


def atest(folder: Path, samples: bytes, name: str = "sound") -> list[bytes]:
    """The AX.25 frames that Dire Wolf's test program hears, without FCS."""
    file = folder / f"{name}.wav"
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(samples)
    done = subprocess.run(["atest", "-h", str(file)], capture_output=True, timeout=PATIENCE_S, check=False)
    said = _COLOURS.sub("", done.stdout.decode("latin-1"))
    return list(_dumps(said))


def _dumps(said: str) -> Iterator[bytes]:
    frame = b""
    for found in _DUMPED.finditer(said):
        if found[0].startswith("  000:") and frame:
            yield frame
            frame = b""
        frame += bytes.fromhex(found[1])
    if frame:
        yield frame
