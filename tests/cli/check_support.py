"""``ptsn check`` as a process, and panels that report to it over real sockets."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from protocols.dc09 import SendingEnd
from protocols.dc09.quirks import STRICT, Quirks
from protocols.ends import Message, Outcome, OutcomeKind
from protocols.lines.options import Speaker
from protocols.model import Edition, Moment, Noise, Qualifier, Scheme, Signal
from protocols.wires import find
from tests.support.station import PATIENCE_S, PTSN, until


class Check:
    """One check, from its start to its report. A context manager that ends it."""

    def __init__(
        self, folder: Path, *arguments: str, addresses: Sequence[str] = ("tcp:0", "udp:0"), stdout: int | None = None
    ) -> None:
        self.folder = folder
        # Not in pytest's folder: its name may be too long for a socket, and the check would go elsewhere with its own.
        self.temporary = Path(tempfile.mkdtemp(prefix="c-"))
        weakref.finalize(self, shutil.rmtree, self.temporary, ignore_errors=True)
        self.html = folder / "report.html"
        self.json = folder / "report.json"
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*PTSN, "check", *addresses, "--html", str(self.html), "--json", str(self.json), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out if stdout is None else stdout,
                stderr=err,
                env={**os.environ, "TMPDIR": str(self.temporary), "TZ": "UTC"},
            )

    @property
    def out(self) -> str:
        """What it said so far."""
        return self._out.read_text()

    @property
    def err(self) -> str:
        """What it complained of."""
        return self._err.read_text()

    @property
    def said(self) -> str:
        """What it said, on one line."""
        return re.sub(r"\s+", " ", self.out)

    def port(self, transport: str = "TCP") -> int:
        """The port that it told people to type in, once it listens."""
        found = until(lambda: re.search(rf"(\d+) \([^)]*{transport}", self.out) or self._dead(), "the address")
        assert isinstance(found, re.Match), self.err
        return int(found[1])

    def _dead(self) -> bool:
        return self.process.poll() is not None

    def shows(self, text: str) -> None:
        """Wait until it shows a text, however it is wrapped."""
        until(lambda: text in self.said, f"{text!r} to be shown; so far: {self.out!r}")

    def folders(self) -> list[Path]:
        """Folders of temporary stations that are there."""
        return list(self.temporary.glob("ptsn-check-*"))

    def wait(self) -> int:
        """The exit code."""
        return self.process.wait(PATIENCE_S)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does; the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def report(self) -> dict[str, Any]:
        """The report for programs."""
        found = json.loads(self.json.read_text())
        assert isinstance(found, dict)
        return found

    def __enter__(self) -> Check:
        until(lambda: "Ctrl-C" in self.out or self._dead(), "the check to begin")
        assert not self._dead(), self.err
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class _Counters:
    def __init__(self) -> None:
        self._next = 0

    def take(self, name: str, count: int = 1) -> int:
        first = self._next
        self._next += count
        return first


class WirePanel:
    """A panel on a blocking socket: our own sending end, with quirks."""

    def __init__(
        self,
        port: int,
        account: str = "1234",
        *,
        key: bytes | None = None,
        quirks: Quirks = STRICT,
        edition: Edition = Edition.E2013,
        udp: bool = False,
        keep: bool = True,
        clock_offset_s: float = 0.0,
        ack_timeout_s: float = 30.0,
        attempts: int = 1,
    ) -> None:
        self._address = ("127.0.0.1", port)
        self._udp = udp
        self._keep = keep
        self._socket: socket.socket | None = None
        self._end = SendingEnd(
            account=account,
            counters=_Counters(),
            counter="test",
            key=key,
            quirks=quirks,
            edition=edition,
            clock_offset_s=clock_offset_s,
            ack_timeout_s=ack_timeout_s,
            attempts=attempts,
        )

    def send(self, *messages: Message) -> list[Outcome]:
        """Send messages and wait for what becomes of all of them."""
        now = _now()
        for message in messages:
            self._end.submit(message, now)
        outcomes: list[Outcome] = []
        while len(outcomes) < len(messages):
            out = self._end.data_to_send()
            if out:
                self._wire().sendall(out)
            due = self._end.next_timeout()
            self._wire().settimeout(max(0.01, (due or time.monotonic() + 30.0) - time.monotonic()))
            try:
                got: list[Outcome | Noise] = list(self._end.receive(self._wire().recv(65536), _now()))
            except TimeoutError:
                got = list(self._end.expire(_now()))
            outcomes += [each for each in got if isinstance(each, Outcome)]
        if not self._keep:
            self.close()
        return outcomes

    def accepted(self, *messages: Message) -> None:
        """Send messages, all of which are to be acknowledged."""
        outcomes = self.send(*messages)
        assert [each.kind for each in outcomes] == [OutcomeKind.ACCEPTED] * len(messages), outcomes

    def _wire(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if self._udp else socket.SOCK_STREAM)
            self._socket.connect(self._address)
        return self._socket

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class LinePanel:
    """A sender of a line protocol on an open file: our own sending end, with quirks."""

    def __init__(self, protocol: str, handle: int, account: str = "1234", **quirks: bool | int | str) -> None:
        """``handle``: of a connected socket, or of an open serial port."""
        self._handle = handle
        speaker = Speaker(account=account, ack_timeout_s=PATIENCE_S, attempts=3, quirks=quirks)
        end: Any = find(protocol).sending(speaker)
        self._end = end
        end.connected(_now())

    def accepted(self, *messages: Message) -> None:
        """Send messages, all of which are to be acknowledged, and hear every answer out."""
        for message in messages:
            self._end.submit(message, _now())
        outcomes: list[Outcome] = []
        while len(outcomes) < len(messages) or self._end.awaited:
            os.write(self._handle, self._end.data_to_send())
            due = self._end.next_timeout()
            ready, _, _ = select.select([self._handle], [], [], max(0.0, due - time.monotonic()))
            got = self._end.receive(os.read(self._handle, 4096), _now()) if ready else self._end.expire(_now())
            outcomes += [each for each in got if isinstance(each, Outcome)]
        assert [each.kind for each in outcomes] == [OutcomeKind.ACCEPTED] * len(messages), outcomes


def _now() -> Moment:
    return Moment(time.time(), time.monotonic())


def cid(code: str, qualifier: Qualifier = Qualifier.NEW, number: str = "015", partition: str = "01") -> Signal:
    """A Contact ID event of account 1234."""
    return Signal(
        account="1234",
        scheme=Scheme.CONTACT_ID,
        code=code,
        qualifier=qualifier,
        partition=partition,
        number=number,
        subject="zone",
    )


def sia(code: str, text: str = "", number: str = "15") -> Signal:
    """A SIA event of account 1234."""
    return Signal(
        account="1234",
        scheme=Scheme.SIA,
        code=code,
        qualifier=Qualifier.NEW,
        partition="1",
        number=number,
        subject="zone",
        text=text,
    )


def ids(panel: dict[str, Any]) -> set[str]:
    """The findings of a panel's report."""
    return {each["id"] for each in panel["findings"]}
