"""What the interoperability tests share: peers in processes of their own, panels, and a station's accounts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
from msgspec import Struct

from panels.panel import Habits, Identity, Panel
from protocols.ends import LinkTest, Outcome, Source
from protocols.findings import SEVERITIES
from protocols.model import Finding, Qualifier, Scheme, Severity, Signal
from receiver.adapters.counters import MemoryCounters
from receiver.adapters.endpoints import parse_target
from tests.panels.fake import Loop
from tests.support.station import PATIENCE_S, StationProcess, until

PEERS = Path(__file__).parent / "peers"

TEXT_KEYS = {size: "0123456789abcdef0123456789ABCDEF"[:size] for size in (16, 24, 32)}
"""Keys for pysiaalarm, which takes the characters of a key for its bytes."""
KEYS = {size: bytes(range(size)) for size in (16, 24, 32)}

PLAIN = "1234"
"""Account without a key, of the examples in the document."""
KEYED = "2222"
"""Account with the first of ``TEXT_KEYS``, of the examples in the document."""

ZEROS = "0012"
"""Account without a key that begins with zeros."""

Message = Signal | LinkTest


def departures(findings: Iterable[str | Finding]) -> list[str]:
    """Ids of what is against the standard: notes, such as a plain message without a time stamp, are left out."""
    ids = [each.id if isinstance(each, Finding) else each for each in findings]
    return [id_ for id_ in ids if SEVERITIES[id_] is not Severity.NOTE]


def account_of(family: str, size: int | None) -> str:
    """One account for every family of tests and key size: ``A0`` and ``16`` are ``A016``, without a key ``A000``."""
    return f"{family}{size or 0:02d}"


def contact_id(code: str, qualifier: Qualifier = Qualifier.NEW, **more: Any) -> Signal:
    """A Contact ID signal of partition 01, zone 015 unless told otherwise."""
    fields: dict[str, Any] = {"account": "", "partition": "01", "number": "015", **more}
    return Signal(scheme=Scheme.CONTACT_ID, code=code, qualifier=qualifier, **fields)


def sia(code: str, qualifier: Qualifier = Qualifier.NEW, **more: Any) -> Signal:
    """A SIA signal of partition 1, zone 015 unless told otherwise."""
    fields: dict[str, Any] = {"account": "", "partition": "1", "number": "015", **more}
    return Signal(scheme=Scheme.SIA, code=code, qualifier=qualifier, **fields)


class PysiaalarmReceiver:
    """pysiaalarm at work in a process. A context manager that ends it."""

    def __init__(self, server: str, transport: str, accounts: dict[str, str | None]) -> None:
        settings = json.dumps({"server": server, "transport": transport, "accounts": accounts})
        self.process = subprocess.Popen(
            [sys.executable, str(PEERS / "pysiaalarm_receiver.py"), settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.errors = ""
        """What it wrote to standard error, once it has ended."""
        self._lines: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._complaints = threading.Thread(target=self._read_errors, daemon=True)
        self._complaints.start()
        until(lambda: self._lines or self.process.poll() is not None, "pysiaalarm to listen")
        if not self._lines:
            self._complaints.join(PATIENCE_S)
            raise AssertionError(f"pysiaalarm did not start:\n{self.errors}")
        self.port: int = self._lines[0]["port"]
        self.target = f"{transport}:127.0.0.1:{self.port}"

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(json.loads(line))

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()

    @property
    def heard(self) -> list[dict[str, Any]]:
        """Events that its callback got."""
        return self._lines[1:]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Its events, once there are so many. It tells its callback after it has answered."""
        until(lambda: len(self.heard) >= count, f"{count} events, of which there are {len(self.heard)}")
        return self.heard

    def __enter__(self) -> PysiaalarmReceiver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._reader.join(PATIENCE_S)
            self._complaints.join(PATIENCE_S)
            self.process.stdout.close()
            self.process.stderr.close()


class Job(Struct, kw_only=True):
    """What my-dc09-spt is to do."""

    host: str
    port: int
    transport: str
    account: str
    key: str | None = None
    receiver: int | None = None
    line: int | None = None
    first: int = 1
    offset_s: int = 0
    messages: list[tuple[str, dict[str, Any]]] = []
    poll: bool = False


class Done(Struct):
    """What came of it."""

    errors: list[str | None]
    """One for each message tried; None for acknowledged."""
    polls: int
    """Polls acknowledged."""


def run_spt(
    station: StationProcess, transport: str, account: str, key: bytes | None, *, zone: str = "UTC", **more: Any
) -> Done:
    """Let my-dc09-spt report to a station, in a process of its own whose local time is that of ``zone``."""
    host, port = station.address(transport)
    secret = None if key is None else key.hex()
    job = Job(host=host, port=port, transport=transport, account=account, key=secret, **more)
    done = subprocess.run(
        [sys.executable, str(PEERS / "spt_panel.py")],
        input=msgspec.json.encode(job),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, "TZ": zone},
    )
    assert done.returncode == 0, done.stderr.decode()
    return msgspec.json.decode(done.stdout, type=Done)


class Wire:
    """A tap that keeps the bytes of both directions."""

    def __init__(self) -> None:
        self.out: list[bytes] = []
        self.back: list[bytes] = []

    def received(self, source: Source, data: bytes) -> None:
        """Bytes came in."""
        self.back.append(data)

    def sent(self, source: Source, data: bytes) -> None:
        """Bytes went out."""
        self.out.append(data)

    def note(self, source: Source, text: str) -> None:
        """Nothing to keep."""


def report(
    loop: Loop, target: str, who: Identity, messages: Sequence[Message], **habits: Any
) -> tuple[list[Outcome], Wire]:
    """Let one of our panels send messages one after the other. What became of them, and what the wire saw."""
    wire = Wire()
    panel = Panel(who, parse_target(target), MemoryCounters(), loop.reactor, Habits(**habits), tap=wire)
    outcomes = [
        loop.result(panel.link_test() if isinstance(message, LinkTest) else panel.send(message)) for message in messages
    ]
    loop.result(panel.stop())
    return outcomes, wire


def journal(station: StationProcess, account: str) -> list[dict[str, Any]]:
    """What the station's export holds of messages whose header names an account, in order."""
    return [entry for entry in station.export() if entry["header_account"] == account]
