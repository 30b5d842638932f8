"""A station as a process: its reactor, its log, its signals, its limits."""

from __future__ import annotations

import atexit
import gc
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue
from typing import Any, TextIO, cast

from twisted.internet.defer import Deferred
from twisted.logger import (
    FileLogObserver,
    FilteringLogObserver,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    formatEvent,
    globalLogBeginner,
)

from protocols.errors import UserError
from receiver.settings import Settings
from receiver.station import Station

SWITCH_S = 0.0005
"""How long a thread may keep the interpreter while another waits: the journal's thread gives it away at
every statement, and with the default of 5 ms a commit on a busy station would take ten times as long."""
LINES_WAITING = 10_000


def _line(event: Any) -> str | None:
    text = formatEvent(event)
    if not text:
        return None
    failure = event.get("log_failure")
    if failure is not None:
        text = f"{text}\n{failure.getTraceback()}"
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event["log_time"]))
    level = event["log_level"].name
    # Control characters of a peer must not reach the terminal.
    text = "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text)
    return f"{at} {level}: {text}\n"


class LogThread:
    """A file that is written to by a thread of its own: a reader that does not read must not stop the station.

    At most ``LINES_WAITING`` lines wait; further ones are left out, and counted.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines: Queue[str] = Queue(LINES_WAITING)
        self._left_out = 0
        threading.Thread(target=self._write, name="log", daemon=True).start()
        # What waits at the end is given a moment.
        atexit.register(self._drain)

    def write(self, text: str) -> None:
        """Take a line. Never blocks."""
        try:
            self._lines.put_nowait(text)
        except Full:
            self._left_out += 1

    def flush(self) -> None:
        """Every line is flushed by itself."""

    def _write(self) -> None:
        while True:
            text = self._lines.get()
            left_out, self._left_out = self._left_out, 0
            if left_out:
                text = f"({left_out} lines left out here: nobody read them)\n{text}"
            # A closed file is no reason to stop: there is the journal.
            with suppress(OSError, ValueError):
                self._out.write(text)
                self._out.flush()
            self._lines.task_done()

    def _drain(self) -> None:
        until = time.monotonic() + 1.0
        while self._lines.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.005)


def start_log(out: TextIO) -> None:
    """Send the log to ``out``, from level info on; library chatter only from warn on."""
    levels = LogLevelFilterPredicate(LogLevel.warn)
    for ours in ("receiver", "panels", "ptsn"):
        levels.setLogLevelForNamespace(ours, LogLevel.info)
    observer = FilteringLogObserver(FileLogObserver(cast(TextIO, LogThread(out)), _line), [levels])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)


def raise_limits() -> None:
    """As many open files as allowed: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard > 0 else soft, hard))


def reachable(addresses: list[str]) -> list[str]:
    """The addresses a panel in the network can be told, for endpoints that listen everywhere."""
    found = []
    for address in addresses:
        transport, _, rest = address.partition(":")
        for everywhere, families in _EVERYWHERE.items():
            if rest.startswith(everywhere):
                port = rest[len(everywhere) :]
                hosts = [host for family in families if (host := _own_host(family))]
                found += [f"{transport}:{host}:{port}" for host in hosts or ["127.0.0.1"]]
                break
        else:
            found.append(address)
    return list(dict.fromkeys(found))


_EVERYWHERE = {"0.0.0.0:": (socket.AF_INET,), "[::]:": (socket.AF_INET, socket.AF_INET6)}
"""Who is heard there: the second takes callers by IPv4 too (ipv6(7), ``IPV6_V6ONLY``)."""


def _own_host(family: int) -> str:
    """Our address towards the outside; ``""`` where there is none."""
    # A datagram socket "connected" to an address for documentation sends nothing, and tells which of our
    # addresses would be used towards the outside.
    far = "192.0.2.1" if family == socket.AF_INET else "2001:db8::1"
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((far, 9))
        host: str = probe.getsockname()[0]
        return f"[{host}]" if ":" in host else host
    return ""


def run(settings: Settings, ready: Callable[[list[str]], None]) -> int:
    """Run a station until it is told to stop. Returns the exit code. Raises UserError before it runs."""
    from twisted.internet import reactor as default_reactor

    reactor: Any = default_reactor
    # A step of the wall clock must not move any time-out.
    reactor.seconds = time.monotonic
    sys.setswitchinterval(SWITCH_S)
    start_log(sys.stderr)
    raise_limits()
    log = Logger(namespace="receiver.service")
    station = Station(settings, reactor)

    def opened() -> None:
        addresses = [state.address for state in station.listening.states if not state.connects]
        for address in reachable(addresses):
            log.info("panels reach this station at {address}", address=address)
        if addresses and not any(part in address for address in addresses for part in ("0.0.0.0", "[::]")):
            log.info(
                "only programs of this machine reach it if the address is 127.0.0.1 or [::1] (see [[adapter]] listen)"
            )
        # What lives now lives as long as the station: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        # Messages make many small objects that are gone a moment later, and hardly ever a cycle.
        gc.set_threshold(20_000, 50, 100)
        try:
            ready(addresses)
        except OSError as error:
            log.warn("nobody reads the ready line: {error}", error=error)

    def begin() -> None:
        try:
            station.start(opened)
        except UserError as error:
            log.error("the station cannot start: {error}", error=error)
            failed.append(1)
            reactor.stop()
        except Exception:
            log.failure("the station cannot start")
            failed.append(1)
            reactor.stop()

    failed: list[int] = []
    told: list[int] = []

    def asked_to_stop(number: int, _frame: object) -> None:
        # A second signal while the first is being obeyed changes nothing.
        if not told:
            told.append(number)
            reactor.callFromThread(reactor.stop)

    def stop() -> Deferred[Any]:
        log.info("stopping")
        return station.stop()

    def obey() -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, asked_to_stop)

    reactor.callWhenRunning(obey)
    reactor.callWhenRunning(begin)
    reactor.addSystemEventTrigger("before", "shutdown", stop)
    reactor.run()
    return 1 if failed else 0
